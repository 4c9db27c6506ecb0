"""Why search was not sure of an answer, in words: from what its confidence was judged by."""

from collections.abc import Mapping

FAR, LOOSE = 0.3, 0.5  # cosine of the nearest passage
CLOSE_RACE = 0.05  # lead of the first article over the next ones
MOST_TOLD = 2


def doubts(features: Mapping[str, float]) -> tuple[str, ...]:
    """What speaks against what was found, the weightiest first; nothing where nothing is known."""
    if not features:
        return ()
    found = tuple(_found(features))[:MOST_TOLD]
    return found or ("Nothing speaks against what was found, and too little for it.",)


def _found(features: Mapping[str, float]) -> list[str]:
    cosine = features.get("cosine", 0.0)
    told = []
    if cosine == 0:
        told.append("Only the words could be looked up, not what they mean.")
    elif cosine < FAR:
        told.append("No article comes near in meaning.")
    elif cosine < LOOSE:
        told.append("The nearest passage is only loosely about it.")
    if features.get("unmatched", 0.0) > 0:
        told.append("A name or a code in the question stands in no article that was found.")
    if features.get("lead", 0.0) < CLOSE_RACE:
        told.append("Several articles come equally close.")
    if features.get("agreement", 0.0) == 0:
        told.append("By its words alone, the nearest article is not found.")
    return told
