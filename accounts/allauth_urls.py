"""The part of allauth that this site has: in and out, and one's own password.

Accounts and addresses are given by an administrator. With allauth's own pages for them anybody could put another
person's address on their account, and get that person's mail.
"""

from allauth.account.urls import urlpatterns as all_of_them

OURS = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

urlpatterns = [pattern for pattern in all_of_them if pattern.name in OURS]
