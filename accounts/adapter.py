"""How allauth behaves on this site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator, so nobody signs themselves up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
