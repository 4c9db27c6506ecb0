"""Browser and device in plain words, out of what the browser says of itself (docs/decisions/013)."""

import re

# The first that is found: most browsers also name those that they are made after.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"), ("Opera", r"OPR/|Opera"), ("Samsung Internet", "SamsungBrowser/"),
    ("Firefox", "Firefox/|FxiOS/"), ("Chrome", "Chrome/|CriOS/"), ("Safari", "Version/.*Safari/"),
)  # fmt: skip
# Since browsers stopped telling, Windows 11 calls itself 10 and every Mac the same version: no more is claimed.
_DEVICES = (
    ("an iPhone", "iPhone"), ("an iPad", "iPad"), ("an Android phone", "Android.*Mobile"),
    ("an Android tablet", "Android"), ("a Chromebook", "CrOS"), ("Windows 10 or 11", r"Windows NT 10\."),
    ("an old Windows", "Windows NT"), ("a Mac", "Macintosh"), ("Linux", "Linux|X11"),
)  # fmt: skip


def in_words(user_agent: str) -> str:
    """Such as "Firefox on Windows 10 or 11"; empty when nothing of it is known."""
    browser, device = _first(_BROWSERS, user_agent), _first(_DEVICES, user_agent)
    if browser and device:
        return f"{browser} on {device}"
    return browser or (device[:1].upper() + device[1:])


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, user_agent)), "")
