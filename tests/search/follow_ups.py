"""Scripted conversations over the demo company's articles: the turns, and which articles may come first at the last."""

from typing import NamedTuple


class Script(NamedTuple):
    turns: tuple[str, ...]
    expected: frozenset[str]


def _to(expected: str, *turns: str) -> Script:
    return Script(turns, frozenset(expected.split()))


PLATFORMS = [
    _to("set-up-android", "How do I set up my work iPhone?", "and on Android?"),
    _to("set-up-iphone", "How do I set up a work Android phone?", "what about an iPhone?"),
    _to("set-up-android", "How do I set up mail on my iPhone?", "no, I meant Android"),
    _to("set-up-android", "set up my iphone for work", "Sorry, I have an Android phone"),
    _to("set-up-iphone", "How do I set up my new phone for work?", "it is an iPhone"),
    _to("vpn-install-connect", "How do I install the VPN on Windows?", "and on a Mac?"),
    _to("add-printer", "How do I add the printer on my Windows laptop?", "and on a Mac?"),
    _to("wifi-staff", "How do I connect my laptop to the staff Wi-Fi?", "and my phone?"),
    _to("vpn-install-connect", "how do I connect to the vpn", "on linux?"),
]
NEXT_THING = [
    _to("wifi-guest", "How do I connect to the staff Wi-Fi?", "What about the guest Wi-Fi?"),
    _to("wifi-guest", "How do I connect to the staff Wi-Fi?", "and for a visitor?"),
    _to("recover-deleted-email", "How do I get back a deleted file?", "and a deleted e-mail?"),
    _to("restore-deleted-file", "How do I get back a deleted e-mail?", "what about a file?"),
    _to("restore-previous-version", "How do I get back a deleted file?", "and an older version of it?"),
    _to("vpn-error-fc-720", "VPN error FC-412", "and FC-720?"),
    _to("vpn-error-fc-412", "I get error FC-720 from the VPN", "no, I meant FC-412"),
    _to("teams-microphone meeting-room-no-sound", "Nobody can hear me in Teams", "and in a meeting room?"),
    _to("share-calendar", "How do I book a meeting room?", "and how do I share my calendar?"),
    _to("scan-to-email", "How do I print with my badge?", "and scanning?"),
    _to("shared-mailbox", "Set an out-of-office reply", "also for a shared mailbox?"),
    _to("email-signature", "Set an out-of-office reply", "and my signature?"),
    _to("mobile-roaming", "How do I use my phone as a hotspot?", "what if I am abroad?"),
    _to("hub-timesheets", "How do I book leave in Hub?", "and my timesheet?"),
    _to("teams-recordings-faq teams-captions", "Can I record a Teams meeting?", "what about captions?"),
]
GOING_ON = [
    _to("restore-deleted-file", "How do I get back a deleted file?", "how long does that take?"),
    _to("restore-deleted-file", "How do I get back a deleted file?", "and after 60 days?"),
    _to("usb-storage-policy", "Can I use a USB stick?", "who do I ask then?"),
    _to("usb-storage-policy", "Can I use a USB stick?", "what if I found one?"),
    _to("teams-recordings-faq", "Can I record a Teams meeting?", "how long is it kept?"),
    _to("teams-recordings-faq", "Can I record a Teams meeting?", "who can start it?"),
    _to("password-policy", "What is the password policy?", "how often do I have to change it?"),
    _to("mailbox-full", "My mailbox is full", "can you give me more space?"),
    _to("new-phone-authenticator", "I have a new phone, how do I move the Authenticator?", "the old one is gone"),
    _to("bitlocker-recovery-key", "My laptop asks for a BitLocker recovery key", "where do I find it?"),
    _to("lost-device", "How do I report a lost device?", "do I have to call the police?"),
    _to("share-file-outside send-personal-data data-classification", "How do I share a file with a customer?",
        "and if it is confidential?"),
    _to("vpn-slow", "The VPN is slow at home", "why?"),
    _to("phone-not-compliant", "My phone is not compliant", "what does that mean?"),
    _to("printer-offline", "The printer is offline", "I did that and nothing comes out"),
    _to("mobile-roaming", "Can I use my work phone in Switzerland?", "and in the United States?"),
    _to("set-up-android", "How do I set up my work iPhone?", "and on Android?", "how long does that take?"),
    _to("wifi-guest", "How do I connect to the staff Wi-Fi?", "What about the guest Wi-Fi?", "how long is it valid?"),
]  # fmt: skip
NEW_TOPICS = [
    _to("printer-offline", "How do I reset my password?", "the printer is offline"),
    _to("book-meeting-room", "My VPN is slow", "book a meeting room"),
    _to("book-leave-hub", "How do I claim expenses?", "how do I book leave"),
    _to("mailbox-full", "How do I install the VPN?", "my mailbox is full"),
    _to("calendar-wrong-time", "The printer is offline", "meetings show at the wrong time"),
    _to("claim-expenses", "VPN error FC-412", "claim expenses"),
    _to("bluetooth-headset", "I forgot my password", "bluetooth headset"),
    _to("vpn-slow", "How do I share my calendar?", "it is about the VPN, it is slow"),
    _to("wifi-guest", "How do I sign a PDF electronically?", "guest wifi"),
    _to("office-unlicensed", "How do I print with my badge?", "Word says Unlicensed Product"),
    _to("mobile-roaming", "My mailbox is full", "is roaming on in Norway?"),
]
AFTER_SMALL_TALK = [
    _to("set-up-android", "How do I set up my work iPhone?", "thanks!", "and on Android?"),
    _to("wifi-guest", "hello", "How do I connect to the staff Wi-Fi?", "ok great", "and for a visitor?"),
]
TEN_TURNS = _to(
    "new-phone-authenticator",
    "How do I reset my password?", "my mailbox is full", "thanks", "The printer is offline", "and on a Mac?",
    "How do I connect to the staff Wi-Fi?", "what about the guest Wi-Fi?", "VPN error FC-412", "and FC-720?",
    "I have a new phone, how do I move the Authenticator?", "and without the old one?",
)  # fmt: skip
# One or two words of another topic; the knowledge base says nothing of pizza.
SWITCHES = [
    _to("bluetooth-headset", "FC-412", "headset"),
    _to("claim-expenses", "FC-412", "claim mileage"),
    _to("book-leave-hub", "FC-412", "payslip"),
    _to("book-leave-hub", "VPN error FC-412", "parental leave"),
    _to("add-printer printer-offline", "VPN error FC-412", "printer"),
    _to("book-leave-hub", "VPN", "parental leave"),
    _to("book-leave-hub", "How do I install the VPN?", "payslip"),
    _to("", "FC-412", "pizza"),
    _to("", "VPN error FC-412", "pizza"),
]
SCRIPTS = [*PLATFORMS, *NEXT_THING, *GOING_ON, *NEW_TOPICS, *AFTER_SMALL_TALK, TEN_TURNS]
