"""A small knowledge base for search tests."""

from kb.models import Article, Audience
from tests.factories import published_article

PASSWORD = """## On a laptop

To reset a forgotten password on a laptop, use the sign-in screen.

1. Select **I forgot my password** on the sign-in screen.
2. Type the code that the Authenticator app shows.
3. Choose a new password and select **Save**.

## On a phone

Open the company portal app and select **Reset password**.
"""
VPN = """## Symptoms

The VPN stops with error `FC-412` when you connect from home.

## Resolution

1. Restart the laptop.
2. Open the VPN client and select **Refresh device identity**.
"""
PRINTER = """## Toner

When the printer says that toner is low, take a new cartridge from the cupboard beside it.

## Paper jam

Open the front flap and pull the paper out slowly with both hands.
"""
PAYROLL = """## Bonus run

The secret bonus run starts on the third Friday of the month; close the ledger `BON-991` before it.
"""


def small_company(restricted: Audience | None = None) -> dict[str, Article]:
    """Three articles for everyone, and one on payroll for the audience given."""
    articles = {
        "password": published_article(
            "Reset a forgotten password", PASSWORD, summary="Get back into your account."
        ),
        "vpn": published_article("VPN error FC-412", VPN, kind="known-error"),
        "printer": published_article("Printer problems", PRINTER),
    }
    if restricted:
        articles["payroll"] = published_article("Payroll bonus run", PAYROLL, audience=restricted)
    return articles
