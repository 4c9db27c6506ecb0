"""Which language somebody wrote in, told by its most frequent small words, or not told at all."""

import re
from collections import Counter

_SMALL_WORDS: dict[str, str] = {
    "English": (
        "the and is to of in it i my that for on with not have this you be are was do does can how what "
        "when but from an at we me has no there why where which please cannot after since"
    ),
    "German": (
        "der die das und ist ich nicht ein eine zu mit auf für im den dem mein meine kann wie was seit aber "
        "auch es wir sich von habe hat geht kein keine bitte mir nach beim wenn"
    ),
    "French": (
        "le la les et est je ne pas un une des de du mon ma pour avec sur que qui comment dans ce il elle "
        "nous vous ai mais depuis plus au aux suis bonjour mes peux"
    ),
    "Spanish": (
        "el la los las y es no un una de que mi en con por para como se lo pero desde puedo cuando al del "
        "tengo hola está muy yo me su ha más"
    ),
    "Italian": (
        "il lo la gli le e è non un una di che mi in con per come si ma da posso quando al del della ho "
        "ciao sono più questo mio mia nel"
    ),
    "Dutch": (
        "de het een en is niet ik van op te dat mijn met voor kan hoe wat sinds maar ook er we zijn heb "
        "heeft geen naar bij aan als dit graag"
    ),
    "Portuguese": (
        "o os as e é não um uma de que meu minha em com por para como se mas desde posso quando ao do da "
        "tenho olá está muito eu me mais no na"
    ),
    "Polish": (
        "i w na nie się jest z do to że mam mój moja jak co od ale dla po czy już przez mi ja był są proszę"
    ),
}
ENOUGH = 3  # small words: fewer of them stand in an error message of any language
_KNOWN = {name: frozenset(words.split()) for name, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> str:
    """The language's English name; empty when the text is too short, or as much like another."""
    counted = Counter(_WORD.findall(text.casefold()))
    hits = {name: sum(counted[word] for word in words) for name, words in _KNOWN.items()}
    first, second = sorted(hits, key=lambda name: -hits[name])[:2]
    return first if hits[first] >= ENOUGH and hits[first] > hits[second] else ""
