"""What is said to what people handle: that it is heard, and what to do until a person is there."""

from dataclasses import dataclass

from django.conf import settings

from search.sensitivity import Sensitivity


@dataclass(frozen=True)
class Words:
    """What a page says instead of an answer: that it is heard, and what to do until a person is there.

    `before_sending` holds only while nothing has been sent to anybody.
    """

    heard: str
    until_then: tuple[str, ...]
    before_sending: tuple[str, ...] = ()


WORDS: dict[Sensitivity, Words] = {
    Sensitivity.DISTRESS: Words(
        "I am sorry that it is this hard right now. This is for a person, and not for a machine.",
        (
            "You don't have to find the right words: what you wrote is enough.",
            "If you or somebody else may be in danger, don't wait for us: call the emergency services now.",
            "If you can, go to somebody who is near you. You need not be alone with this.",
        ),
    ),
    Sensitivity.HARASSMENT: Words(
        "I am sorry that this is happening. It is right to tell, and a person should hear it, not a machine.",
        ("If you are in danger now, get to where other people are, and call the emergency services.",),
        ("You decide what you tell and whom: you can leave out every line before it is sent.",),
    ),
    Sensitivity.HEALTH: Words(
        "This is about somebody's health: a person should help with it, not a machine.",
        (
            "In an emergency don't wait for us: call the emergency services first, then tell somebody near you.",
            "You need not name a diagnosis. It is enough to say what you need.",
        ),
    ),
    Sensitivity.LOST_DEVICE: Words(
        "This happens, and the sooner we know, the more we can protect. A person should take it from here.",
        (
            "Say which device it is, and when and where you had it last.",
            "Don't go after a thief, and don't call a number that a finder sends you: leave that to us.",
        ),
    ),
    Sensitivity.PHISHING: Words(
        "Good that you say so: nobody is blamed for it. It is urgent, and a person should take it from here.",
        (
            "Take the device off the network: pull the cable, switch off Wi-Fi. Leave it switched on.",
            "Type no password on it any more, and confirm no sign-in that you did not start yourself.",
            "Delete nothing: the message helps whoever looks into it.",
        ),
    ),
}
_OF_THINGS = (Sensitivity.LOST_DEVICE, Sensitivity.PHISHING)


def heard(sensitivity: str) -> str:
    """The first words to a sensitive turn."""
    return WORDS[Sensitivity(sensitivity)].heard


def until_then(sensitivity: str) -> tuple[str, ...]:
    """What is said below them, with whom this company wants to be called; nothing to any other turn."""
    if not sensitivity:
        return ()
    return (*once_sent(sensitivity), *WORDS[Sensitivity(sensitivity)].before_sending)


def once_sent(sensitivity: str) -> tuple[str, ...]:
    """Of these, what still holds when a person has been told."""
    kind = Sensitivity(sensitivity)
    contact = settings.SECURITY_CONTACT if kind in _OF_THINGS else settings.EMERGENCY_CONTACT
    call = (f"If it can't wait, call: {contact}.",) if contact else ()
    return (*call, *WORDS[kind].until_then)
