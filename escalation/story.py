"""A pack in a few words: the subject of its ticket, and three lines for whoever takes over."""

from escalation.pack import Kind, Line, Pack


def suggested_subject(pack: Pack) -> str:
    """The newest question, shortened. Never an article's title: not every reader of the subject may know it."""
    questions = [line.text for line in pack.of(Kind.QUESTION)]
    if questions:
        words = " ".join(questions[-1].split())
        return words if len(words) <= 150 else f"{words[:149].rstrip()}…"
    return "Question about an article" if any(pack.of(Kind.ARTICLE)) else ""


def story(pack: Pack, *, who: str, need: str, reason: str) -> tuple[str, str, str]:
    """For whoever takes over: who needs what; what was tried; how urgent it is and why now. Mask the pack first."""
    return f"{who} needs help: {need}", _tried(pack), f"{_how_urgent(pack)} {reason}".strip()


def _tried(pack: Pack) -> str:
    count = [line.kind for line in pack.lines].count
    if not count(Kind.QUESTION):
        article = next(pack.of(Kind.ARTICLE), None)
        reading = (
            f"They were reading {_title(article)}." if article else "They asked for a person straight away."
        )
        return f"{reading}{_left_out(pack)}"
    shown = len({line.ref.article_id if line.ref else line.id for line in pack.of(Kind.QUOTED, Kind.NEAREST)})
    parts = [f"asked {_times(count(Kind.QUESTION))}", f"were shown {_articles(shown)}"]
    parts.append(f"opened {count(Kind.OPENED) or 'none'}")
    sentence = f"They {', '.join(parts[:-1])} and {parts[-1]}."
    return sentence + _turned_down(pack) + _left_out(pack)


def _turned_down(pack: Pack) -> str:
    rejected = list(dict.fromkeys(_title(line) for line in pack.of(Kind.REJECTED)))
    if not rejected:
        return ""
    more = f" and {len(rejected) - 2} more" if len(rejected) > 2 else ""
    return f" Did not help: {', '.join(rejected[:2])}{more}."


def _title(line: Line) -> str:
    return f"“{line.ref.title}”" if line.ref else "a restricted article"


def _left_out(pack: Pack) -> str:
    if not pack.left_out:
        return ""
    return f" They left out {pack.left_out} {'line' if pack.left_out == 1 else 'lines'}."


def _how_urgent(pack: Pack) -> str:
    reasons = sorted(pack.of(Kind.URGENCY), key=lambda line: -line.points)
    why = "; ".join(line.text for line in reasons[:3])
    return f"Reads as {pack.level}: {why}." if why else f"Reads as {pack.level}: nothing says otherwise."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _articles(number: int) -> str:
    return {0: "no article", 1: "one article"}.get(number, f"{number} articles")
