"""Turns that no article answers: a greeting, thanks, word of how it went, or a wish for a person. Pure."""

import re
from enum import StrEnum


class Remark(StrEnum):
    """What a turn says that no article answers."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WORKED = "worked"
    FAILED = "failed"
    AGREES = "agrees"
    GIVES_UP = "gives up"
    WORDLESS = "wordless"
    HUMAN = "human"
    TICKETS = "tickets"

    @property
    def is_verdict(self) -> bool:
        """Whether it says that an answer did not help: then the next best is wanted."""
        return self is Remark.FAILED

    @property
    def wants_a_person(self) -> bool:
        """Whether it asks for somebody to talk to or for what was asked of somebody, or gives up without one."""
        return self in (Remark.HUMAN, Remark.TICKETS, Remark.GIVES_UP)


_FILLER = (
    r"ok(?:ay)?|great|perfect|super|cool|nice|good|excellent|brilliant|yes|yep|so much|very much|a lot|and|all|now|it|"
    r"again|for (?:your|the) help|then|well|ah|oh|i see|just|really|you|everyone|there|sorry|unfortunately|but|i"
)
_WORKED = (
    r"(?:that|this|it|which|your answer|one of (?:these|those|them)|the (?:first|second|third|last)(?: one)?) "
    r"(?:has |just )?(?:worked|helped|works|fixed it|did it|did the trick|solved it)"
    r"|worked|works(?: now| again)?|problem solved"
    r"|(?:it'?s |it is |that'?s |now )?(?:solved|fixed|sorted|working(?: now| again)?)"
)
_PATTERNS = [
    (Remark.WORKED, _WORKED),
    (Remark.THANKS, r"thanks?|thank you|thx|cheers|many thanks|ty|got it|much appreciated|you'?re great"),
    (Remark.GOODBYE, r"bye|goodbye|see you|have a (?:nice|good) (?:day|one|evening|weekend)"),
    (Remark.GREETING, r"hi|hello|hey|good (?:morning|afternoon|evening|day)|how are you"),
]
_NOTHING_ASKED = re.compile(
    rf"\W*(?:(?:{_FILLER}|{'|'.join(pattern for _, pattern in _PATTERNS)})\b\W*)+", re.IGNORECASE
)
_SAYS = [(remark, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for remark, pattern in _PATTERNS]
_FAILED = re.compile(
    r"""\W*(?:(?:no|nope|sorry|unfortunately|actually|but|well|ok(?:ay)?|thanks?|hm+)\b\W*)*
    (?:
      (?:i\ (?:did|tried)\ (?:that|this|it|them|all\ (?:of\ )?(?:that|this))\W*(?:and|but)?\W*)?
      (?:that|this|it|they|these|the\ (?:answer|article)s?)?\ ?(?:still\ |also\ |really\ )?
      (?:(?:did|does|do|has|was|is)\ ?n[o']?t|(?:did|does)\ not)\ ?(?:really\ |actually\ )?
      (?:work|help|worked|helped|(?:solve|fix)\ (?:it|this)|it|helpful|change\ anything|right)
    | (?:that|this|it|they)\ (?:did\ ?n[o']?t|did\ not) | (?:that|this|it)\ still\ fails
    | (?:that\ is|that'?s|it'?s|this\ is)?\ ?(?:still\ )?
      not\ (?:it|helpful|working|right|solved|fixed|what\ i\ (?:meant|asked))
    | (?:that\ is|that'?s|it'?s|it\ is)?\ ?still
      \ (?:not\ working|broken|failing|the\ same(?:\ (?:problem|error))?|stuck)
    | i(?:'ve|\ have)?\ (?:already\ )?(?:tried|did|done)\ (?:that|this|it|them|all\ (?:of\ )?(?:that|this))
      (?:\ (?:already|before|too))?
    | (?:already\ )?tried\ (?:that|this|it)(?:\ already)?
    | wrong\ (?:answer|article) | none\ of\ (?:these|those|them)(?:\ (?:helped|worked))?
    | nothing\ (?:helped|helps|worked|works) | not\ quite | no\ luck | nope | no
    )
    (?:\W*(?:either|sorry|unfortunately|at\ all|yet|though|for\ me|thanks?|thank\ you))*\W*""",
    re.IGNORECASE | re.VERBOSE,
)
_AGREES = re.compile(
    r"\W*(?:yes|yep|yeah|yup|sure|ok yes)(?:\W+(?:please|do|go ahead|thanks?))*\W*", re.IGNORECASE
)
_GIVES_UP = re.compile(
    r"\W*(?:(?:ok(?:ay)?|well|sorry|no|so|then)\b\W*)*(?:(?:i|i'm|i am) (?:gave|give|giving) up|never ?mind|forget it)"
    r"(?:\W+(?:now|then|thanks?|thank you|anyway))*\W*",
    re.IGNORECASE,
)
_SIGNS = (("👍", Remark.WORKED), ("👎", Remark.FAILED))
_POLITE = r"(?:(?:hi|hello|hey|please|sorry|no|ok(?:ay)?|thanks?|just|now)\b\W*)*"
_WISH = r"""(?:
      (?:can|could|may|how[ ](?:do|can))[ ](?:i|you|we)[ ] | i(?:'d|[ ]would)[ ]like[ ](?:to[ ])?
    | i[ ](?:want|need|wish)[ ](?:to[ ])? | let[ ]me[ ] | where[ ](?:do|can)[ ]i[ ]
    )?(?:please[ ]|just[ ])?"""
_SOMEBODY = r"(?:(?:an?|the|some)[ ])?(?:(?:real|live|actual|human|support|service[ ]desk)[ ])*"
_HUMAN = re.compile(
    rf"""\W*{_POLITE}{_WISH}(?:
      (?:(?:talk|speak|chat)[ ](?:to|with)|reach|contact|get|connect[ ]me[ ](?:to|with)
        |(?:put|pass)[ ]me[ ](?:through|on)[ ]to|transfer[ ]me[ ]to|give[ ]me)[ ]{_SOMEBODY}
      (?:human(?:[ ]being)?|person|people|agent|operator|representative|someone|somebody|support
        |service[ ]desk|help[ ]?desk)
    | {_SOMEBODY}(?:human(?:[ ]being)?|person|agent|operator|representative)
    | (?:open|create|raise|log|submit|file|make|start)[ ](?:an?[ ]|the[ ])?(?:new[ ])?(?:support[ ])?ticket
    | (?:a[ ])?new[ ]ticket
    )(?:\W+(?:please|now|instead|here|thanks?))*\W*""",
    re.IGNORECASE | re.VERBOSE,
)
_TICKETS = re.compile(
    rf"""\W*{_POLITE}(?:
      where[ ](?:are|is|(?:do|can)[ ]i[ ](?:see|find))[ ]
    | {_WISH}(?:see|show(?:[ ]me)?|list|open|view|find|check)[ ]
    | (?:what(?:'s|[ ]is)[ ])?(?:the[ ])?status[ ]of[ ]
    )?(?:all[ ])?(?:of[ ])?my[ ](?:open[ ]|old[ ])?(?:support[ ])?tickets?(?:\W+(?:please|now))*\W*""",
    re.IGNORECASE | re.VERBOSE,
)
_WISHES = ((Remark.TICKETS, _TICKETS), (Remark.HUMAN, _HUMAN))
LONGEST = 120


def remark(text: str) -> Remark | None:
    """What a turn says that no article answers ("hello", "that worked", "can I talk to a person?"); else None."""
    text = " ".join(text.replace("’", "'").split())
    if len(text) > LONGEST:
        return None
    for wish, pattern in _WISHES:
        if pattern.fullmatch(text):
            return wish
    if text and not re.search(r"\w", text):
        return next((each for sign, each in _SIGNS if sign in text), Remark.WORDLESS)
    if "?" in text:
        return None
    if _GIVES_UP.fullmatch(text):
        return Remark.GIVES_UP
    if _AGREES.fullmatch(text):
        return Remark.AGREES
    if _FAILED.fullmatch(text):
        return Remark.FAILED
    if not _NOTHING_ASKED.fullmatch(text):
        return None
    return next((each for each, pattern in _SAYS if pattern.search(text)), Remark.THANKS if text else None)
