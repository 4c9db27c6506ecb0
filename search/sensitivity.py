"""What people handle and never a machine: harassment, health, a lost device, a fraud fallen for, distress. Pure.

A table of what people say of such things, each signal with who does what to whom in it: "kill the process" and "the
battery died" are about machines, "kill myself" and "my father died" are not. Where it is wrong, a person reads a
question that an article could have answered, and the page says how to search all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Sensitivity(StrEnum):
    """In the order in which they are looked for: of several, the first counts."""

    DISTRESS = "distress"
    HARASSMENT = "harassment"
    HEALTH = "health"
    LOST_DEVICE = "lost_device"
    PHISHING = "phishing"


@dataclass(frozen=True)
class Sensitive:
    """What a text tells of, and the very words that say so."""

    kind: Sensitivity
    words: str


def _any(*alternatives: str) -> str:
    return rf"(?:{'|'.join(alternatives)})"


def _near(first: str, then: str, within: int) -> str:
    """One after the other in the same sentence."""
    return rf"{first}[^.!?]{{0,{within}}}{then}"


_PERSON = _any(
    "someone", "somebody", "man", "woman", "guy", "person", "people", "stranger", "caller", "phone", "them",
    "him", "her",
)  # fmt: skip
_SOMEONE = _any(
    "he", "she", "they", "who", "someone", "somebody", "man", "woman", "guy", "person", "people", "boss", "manager",
    "supervisor", "team ?lead", "lead", "chief", "director", "colleagues?", "co-?workers?", "customers?", "client",
    "visitor", "intern", "employee", "neighbou?r", "ex", "ceo",
)  # fmt: skip
_KIN = r"(?:my|our|his|her) (?:\w+ )?" + _any(
    "father", "mother", "dad", "mum", "mom", "parents?", "wife", "husband", "partner", "son", "daughter",
    "child", "baby",
    "brother", "sister", "friend", "colleague", "co-?worker", r"grand\w+", "aunt", "uncle", "girlfriend", "boyfriend",
)  # fmt: skip
_DEVICE = (
    _any(
        "laptop", "notebook", "computer", "macbook", "phone", "smartphone", "mobile", "cell", "iphone", "ipad",
    "tablet",
        "badge", "(?:access|id|key|smart|employee|company|sim) ?card", "key ?(?:fob|card)", "yubikey", "token",
        "(?:security|hardware|office) keys?", "usb (?:stick|drive|key)", "memory stick", "work ?bag", "company car",
        "(?:external|hard|backup) (?:drive|disk)",
    ) + "s?"
)  # fmt: skip
_OWN = r"(?:my|our|his|her|their|the|a|an|one of (?:my|our|the))(?: (?!of|to|on|in|from|with|for)\w+){0,3}?"
# A part, a setting or a line of the device is lost: the device itself is there.
_ITSELF = "(?!(?:'s)? " + _any(
    r"connect\w*", "signal", "number", "settings?", "access", "drivers?", "password", "sync", "pairing",
    "network", "sound",
    "screen", "app", "wi-?fi", "data", "list", "name", "icon", "battery", "count",
    "in (?:the|my) (?:list|app|portal|settings|device manager|inventory)",
) + ")"  # fmt: skip
_STOLEN = _any("stole", "stolen", "nicked", "snatched", "swiped", "robbed", r"burgl\w+", "broken? into")
_FAKE = _any(
    "weird", "strange", "suspicious", r"fake\w*", r"phish\w*", r"scam\w*", r"fraud\w*", "dodgy", "shady", "bogus",
    "malicious", "virus", r"spoof\w*", "strangers?", "unknown (?:sender|person|number)", r"impersonat\w+",
    r"pretend\w*",
    "(?:one|body|person|people|sender|man|woman|number) i (?:do|did)(?:n'?t| not) know",
    "not (?:really |actually )?from", "turned out to be", "(?:wasn'?t|was not) real",
)  # fmt: skip
_DID_NOT = "(?<!not )(?<!n't )(?<!never )(?<!without )"
_FELL = _any(
    r"click\w*", "tapped", "opened", "followed", "scanned", "downloaded", "installed", "replied", "responded",
    "answered",
    "entered", "typed", "gave", "given", "told", "sent", "shared", "submitted", "filled", "logged", "signed",
    "bought",
    "paid", "transferred", "wired", "ran", "called back",
)  # fmt: skip
_TOLD = _any(
    "password", "passcode", "pass ?phrase", "credentials", "log-?in", "pin", "codes?", "tan", "otp",
    "employee number",
    "(?:card|bank|account) (?:number|details)", "date of birth",
)  # fmt: skip
_BODY = _any(
    "back", "neck", "wrist", "hand", "arm", "leg", "knee", "eyes?", "head", "shoulder", "foot", "ankle",
    "finger", "thumb",
    "chest", "stomach", "rib", "hip", "elbow",
)  # fmt: skip
_NOT_ON_IT = "(?<!of my )(?<!on my )(?<!in my )(?<!from my )(?<!of the )(?<!on the )(?<!from the )"
_GONE = "(?:gone|missing|disappeared|vanished)"
_AND_THEN = "(?: from| since| after| on| in| and|[,.!?]|$)"
_ON_THE_WAY = r"(?:taxi|cab|train|bus|tram|plane|street|river|lake|sea)\b"
_ELSEWHERE = "(?! (?:the |my )?(?:office|desk|home|work))"
_MESSAGE = r"(?: \w+){0,2} (?:text|sms|mail|e-?mail|message|whatsapp)"
_CANNOT = "(?:can'?t|cannot|can not)"
_REMOTE = _any("my (?:computer|laptop|pc|screen|machine)", "teamviewer", "anydesk")

_SIGNALS: dict[Sensitivity, tuple[str, ...]] = {
    Sensitivity.DISTRESS: (
        "(?:kill|hurt|harm|cut)(?:ing)? (?:my|him|her)self", r"self[- ]harm\w*", "suicidal",
        r"(?:commit\w*|attempt\w*|thoughts? of|think\w* (?:of|about)) suicide",
        "end (?:it all|(?:my|his|her|their) life)", "better off (?:without me|dead)",
        "(?:do(?:n'?t| not)|no longer) want to (?:live|be here|be alive|exist|wake up|go on)",
        "(?:nobody|no one) (?:would|will) (?:even )?(?:notice|miss|care)", f"{_CANNOT} go on",
        f"{_CANNOT} (?:cope|bear (?:it|this)|take (?:it|this)|stand (?:it|this)) any ?(?:more|longer)",
        rf"{_CANNOT} do this any ?(?:more|longer)(?=[,.!;]|\W*$| and| i )",
        "(?:see|is|have) no way out", "do(?:n'?t| not) see (?:a|any) way out",
        r"i(?: am|'m| feel) (?:\w+ )?(?:worthless|hopeless|broken|falling apart|overwhelmed)",
        "(?:a|having|had|have) (?:panic|anxiety) attacks?", "(?:nervous|mental) breakdown", "having a breakdown",
        r"i(?: am|'m)? (?:\w+ ){0,4}(?:cry|crying|cried|sobbing|in tears)",
        r"(?:stop|burst\w* (?:out|into)) (?:crying|tears)", "end of my (?:rope|tether)",
        "(?:scared|afraid|terrified) (?:to|of) (?:come|coming|go|going) (?:in ?to|to|back to) (?:work|the office)",
        f"{_KIN} (?:has |have |had |just |was |is |suddenly )*(?:died|passed away|killed|dead|dying)",
        "(?:death|died) in (?:the|my) family", "i(?: am|'m) (?:grieving|in mourning)",
    ),
    Sensitivity.HARASSMENT: (
        r"(?<!anti-)(?<!anti )harass(?!ment (?:training|course|policy|module))\w*", "(?:being )?bullied", "mobbed",
        "(?:being bullying|bull(?:ying|ies) (?:me|us))", "stalk(?:ed|ing) (?:by|me|her|him)", "(?:my|a) stalker",
        "discriminat(?:ion|ed|ing|es)(?! (?:training|policy|course))", "racists?", "racism", "sexis[mt]",
        "homophobic", "transphobic", "anti-?semitic", "islamophobic", "slurs?", "grop(?:ed|es|ing)",
        "sexual(?:ly|ized)?", "molested", "raped?", "assault(?:ed)?", "death threats?",
        r"unwanted (?:touch\w*|advances?|attention)",
        "threat(?:en(?:ed|s|ing)?)(?: to (?:hurt|hit|kill|beat|fire|harm)| me| us| my| her| him)",
        "(?:touch(?:ed|es|ing)|hit|hits|slapped|pushed|shoved|grabbed|kissed|cornered) (?:me|my (?:body|leg|hair))",
        _near(_SOMEONE, " follow(?:s|ed|ing)? me", 40), "follow(?:s|ed|ing)? me home",
        _near(_SOMEONE, " (?:scream|yell|shout|swear)(?:s|ed|ing)? at (?:me|us)", 40),
        _near(_SOMEONE, r" (?:insult|humiliat|belittl|mock|intimidat|ridicul)\w* (?:me|us)", 40),
        "call(?:s|ed|ing)? (?:me|us) (?:names|an? (?:idiot|bitch|whore|slut|loser))", "laugh(?:s|ed|ing)? at me",
        "mak(?:es?|ing) (?:fun|jokes) (?:of|about) (?:me|my)",
        "(?:comments?|remarks?|jokes?) (?:about|on) my (?:body|looks|breasts|weight|skin|religion|accent|age|clothes)",
        "star(?:es|ing|ed) at (?:me|my)", "(?:won'?t|does ?n'?t|will not) leave me alone", "block(?:s|ing|ed) my way",
        _near(_SOMEONE, " (?:scares|frightens) me", 40),
    "(?:feel|am|'m) (?:not safe|unsafe|afraid of (?:my|him|her))",
        "because of my (?:religion|race|skin|gender|age|disability|origin|sexuality|faith)",
        "because i(?: am|'m) (?:pregnant|gay|black|a woman|muslim|jewish|trans|too old|foreign)",
        "(?:go|went|going) out with (?:him|her)",
    ),
    Sensitivity.HEALTH: (
        "heart attack", "(?:having|had|has|have) a stroke", "seizures?", r"epilep\w+", "faint(?:ed|ing)",
        "unconscious", "(?:not|stopped) breathing", "can'?t breathe", "ambulance", r"overdos\w+", "allergic reaction",
        r"anaphyla\w+", "chest pains?", "concussion", "miscarriage", "chemo(?:therapy)?", "cancer", "tumou?r", "hiv",
        "(?:been|was|am|got|is) diagnosed", "burn-?out(?! test)", "depression", "anxiety", "alcohol(?:ic|ism)?",
        _near("(?:i am|i'm|i feel|says i|he is|she is)", " burn(?:t|ed) out", 20), "addict(?:ed|ion)",
        r"(?:i am|i'm|i feel|been) (?:\w+ )?depressed", "mental(?:ly)? (?:health|ill)", "therapist",
        "psych(?:iatrist|ologist|otherapy)", "in (?:the )?hospital",
        "my (?:illness|disease|disability|surgery|medication|condition|pregnancy)",
        "(?:someone|somebody|man|woman|colleague|customer|visitor|he|she|i)(?: has| just| suddenly| have)* collapsed",
        "(?:is|am|was|are|it'?s|'m|and|badly|heavily) bleeding(?! (?:light|edge|through|into))",
        _near(f"(?:my|his|her) {_BODY}", r"(?:pain\w*|hurts?|injur\w+|ach\w+|bleed\w*|broken|swollen|numb)", 25),
        f"(?:cut|broke|broken|burn(?:t|ed)|hurt|injured|sprained|crushed) (?:my|his|her) {_BODY}",
        "injur(?:ed|y|ies)", rf"{_SOMEONE} (?:is|was|are|were|got)(?: \w+)? hurt",
        "(?:i am|i'm|been) (?:seriously|terminally|chronically|very) ill",
    ),
    Sensitivity.LOST_DEVICE: (
        f"(?:lost|misplaced|mislaid) {_OWN} ?{_DEVICE}{_ITSELF}", _near(_STOLEN, f"{_DEVICE}{_ITSELF}", 60),
        _near(r"(?:mugged|pickpocket\w*)", _DEVICE, 60),
        _near(f"{_DEVICE}{_ITSELF}", _any(_STOLEN, "fell out", "(?:was|were|been|got) (?:lost|taken)"), 40),
        rf"{_NOT_ON_IT}{_DEVICE} (?:is|are|has|have|went|seems)?(?: \w+)? ?{_GONE}{_AND_THEN}",
        _near(_DEVICE, " (?:must have|think i|probably|may have) (?:lost|left|dropped)", 50),
        f"(?:left|forgot(?:ten)?|dropped) {_OWN} ?{_DEVICE} (?:somewhere|behind)",
        rf"(?:left|forgot(?:ten)?) {_OWN} ?{_DEVICE} (?:on|in|at|under)\b{_ELSEWHERE}",
        # What is dropped elsewhere is broken, and at hand.
        rf"dropped {_OWN} ?{_DEVICE} (?:in|on|into|off) (?:an? |the )?{_ON_THE_WAY}",
        f"(?:can'?t|cannot|could ?n'?t|can not) find {_OWN} ?{_DEVICE} any ?(?:more|where)",
    ),
    Sensitivity.PHISHING: (
        "fell for (?:it|a|an|the|this|that|some)", "ransom(?:ware)?", "bitcoins?",
        r"(?:been|got|was|were|are|i'm|am|have) (?:\w+ )?(?:hacked|scammed|phished|tricked|conned|defrauded)",
        "account (?:is |was |has been |got )?(?:hacked|compromised|taken over)",
        _DID_NOT + _near(rf"{_FELL}(?! {_TOLD})", _FAKE, 90),
        _DID_NOT + _near(_near(_FELL, _TOLD, 40), _FAKE, 70),
        _near(_FAKE, rf"(?:and|then|so|but|where|which) i (?:\w+ )?{_FELL}", 60),
        _DID_NOT + _near(_near("(?:gave|given|told|sent|read|shared)", _TOLD, 25), _PERSON, 30),
        _near(_near("(?:gave|told|sent|shared)", _PERSON, 20), _TOLD, 30),
        _near(_near("(?:caller|said|claimed|pretended|called|from microsoft)",
    r"(?:in|into|access\w*|install\w*)", 60),
              _REMOTE, 20),
        _near("(?:bought|purchased|sent|paid for)", "gift ?cards?", 20),
        rf"{_DID_NOT}(?:clicked|tapped)(?: on)? (?:the |a )?(?:link|button)s? in (?:a|an|that|this|some)\b{_MESSAGE}",
        _near("(?:log(?:ged|s|ging)?|sign(?:ed|s)?)[ -]?(?:in|on)(?:to|s)?", r"(?:was ?n'?t|not|isn'?t) me\b", 60),
        _near("(?:someone|somebody|stranger|hacker) (?:is|was|has|got|logged|signed|broke)",
              " (?:in|into|in to|on|access to) my (?:account|mail|mailbox|computer|laptop|pc)", 25),
        _near(_near("(?:approved|accepted|confirmed)", "(?:prompt|request|push|notification|sign-?in|login)", 30),
              "(?:did ?n'?t|did not|never|wasn'?t)", 30),
        _near("plugged", _near("(?:usb|stick|drive|cable)", "found", 40), 15),
        _near("found", _near("(?:usb|stick|drive)", "plugged", 40), 15),
    ),
}  # fmt: skip


def _pattern(signals: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{'|'.join(signals)})(?!\w)", re.IGNORECASE)


_PATTERNS = {kind: _pattern(signals) for kind, signals in _SIGNALS.items()}
# What is asked about, and has not happened.
_ONLY_ASKED = re.compile(
    r"\b(?:training|course|polic(?:y|ies)|simulation|test mail|how (?:do|can) (?:i|we) (?:recogni[sz]e|spot|avoid))\b",
    re.IGNORECASE,
)
_LONGEST = 4_000  # characters that are read


def read(text: str) -> Sensitive | None:
    """What people handle in this text, if anything."""
    words = " ".join(text[:_LONGEST].replace("’", "'").split())
    if _ONLY_ASKED.search(words):
        return None
    return next(_found(words), None)


def _found(words: str) -> Iterator[Sensitive]:
    for kind, pattern in _PATTERNS.items():
        if match := pattern.search(words):
            yield Sensitive(kind, match.group())
