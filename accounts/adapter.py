"""How allauth behaves on this site."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator, so nobody signs themselves up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it, or log that it did not go out; the page says whom to ask when nothing arrives.

        The page must not tell: it would differ for an address that has an account and one that has none.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # no connection, or an answer of the mail server: SMTPException is one too
            logger.exception("A mail about somebody's account could not be sent")
