"""Tells what is known in lines: each stands after the one that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from escalation.handoff.intake import ASKS
from escalation.handoff.known import About, Known, Place, ShownArticle, Turn
from escalation.handoff.languages import language
from escalation.handoff.pack import Kind, Line, Pack, Ref
from escalation.handoff.urgency import Said, read

MAX_TURNS = 40  # the newest ones; whoever asked more often than that is told how many are not in the pack
# What the person wrote themselves.
SAID = (Kind.QUESTION, Kind.FEEDBACK, Kind.INTAKE)
KIND_OF_RULE = {
    "blocked": Kind.BLOCKED,
    "many": Kind.AFFECTED,
    "deadline": Kind.DEADLINE,
    "frustration": Kind.TONE,
    "capitals": Kind.TONE,
}
MAX_QUOTE = 1500  # characters: a quote is a step or a paragraph, and the reference gives the rest


def compose(known: Known) -> Pack:
    """Put all that is known into lines."""
    lines = [
        *_about(known.about),
        *_too_many(known.turns),
        *(line for turn in known.turns[-MAX_TURNS:] for line in _turn(turn)),
        *_place("origin", "Asked for a person", _elsewhere(known)),
        *_place("origin.start", "The conversation started", known.started_on),
        *_device(known.device),
    ]
    return Pack((*lines, *read_lines(lines)))


def read_lines(lines: Sequence[Line], added: Sequence[str] = ()) -> Iterator[Line]:
    """What is read out of the words: the language, and why it is urgent."""
    said = [line.text for line in lines if line.kind in SAID]
    if name := language("\n".join((*said, *added))):
        yield Line("language", Kind.LANGUAGE, f"Written in {name}, as far as the words tell.")
    yield from _urgency(lines, added)


def _urgency(lines: Sequence[Line], added: Sequence[str]) -> Iterator[Line]:
    """Why it is urgent, out of what the lines say and the words that were added to them."""
    said = [Said(line.id, line.text) for line in lines if line.kind in SAID]
    said += [Said("", text) for text in added]
    count = [line.kind for line in lines].count
    found = read(said, questions=count(Kind.QUESTION), rejected=count(Kind.REJECTED))
    for reason in found.reasons:
        yield Line(
            f"urgency.{reason.rule}",
            KIND_OF_RULE.get(reason.rule, Kind.URGENCY),
            reason.text,
            rests_on=reason.source,
            rule=reason.rule,
            points=reason.points,
        )


def _about(about: About | None) -> Iterator[Line]:
    if about is None:
        return
    yield Line("article", Kind.ARTICLE, _named(about.ref), about.ref)
    if about.helpful is not None:
        text = _verdict("The article", about.helpful, about.note)
        yield Line("article.vote", Kind.FEEDBACK, text, rests_on="article")


def _too_many(turns: Sequence[Turn]) -> Iterator[Line]:
    if len(turns) > MAX_TURNS:
        yield Line("earlier", Kind.NOTE, f"{len(turns) - MAX_TURNS} earlier questions are not listed here.")


def _turn(turn: Turn) -> Iterator[Line]:
    question = f"q{turn.id}"
    yield Line(question, Kind.QUESTION, turn.text, at=turn.asked_at)
    yield Line(f"{question}.answer", Kind.ANSWER, _outcome(turn), rests_on=question)
    if turn.doubts:
        yield Line(f"{question}.doubt", Kind.DOUBT, " ".join(turn.doubts), rests_on=question)
    for shown in turn.shown:
        yield from _shown(shown, question)
    if turn.helpful is not None:
        text = _verdict("This answer", turn.helpful, turn.note)
        yield Line(f"{question}.feedback", Kind.FEEDBACK, text, rests_on=question)


def _shown(shown: ShownArticle, question: str) -> Iterator[Line]:
    article, kind = f"s{shown.id}", Kind.QUOTED if shown.quoted or shown.quotes else Kind.NEAREST
    name = f"{_named(shown.ref)}; its text has changed since" if shown.changed else _named(shown.ref)
    line = Line(article, kind, name, shown.ref, rests_on=question)
    yield line
    for place, quote in enumerate(shown.quotes, start=1):
        ref = replace(shown.ref, start=quote.start, end=quote.end, anchor=quote.anchor)
        yield Line(f"{article}.quote{place}", Kind.QUOTE, _shortened(quote.text), ref, rests_on=article)
    if shown.opened_at:
        yield replace(line, id=f"{article}.opened", kind=Kind.OPENED, at=shown.opened_at, rests_on=article)
    if shown.rejected:
        yield replace(line, id=f"{article}.rejected", kind=Kind.REJECTED, rests_on=article)


def _device(device: str) -> Iterator[Line]:
    if device:
        yield Line("device", Kind.DEVICE, f"{device}, as the browser says.")


def _place(id_: str, before: str, place: Place | None) -> Iterator[Line]:
    if place:
        yield Line(id_, Kind.ORIGIN, f"{before} {_page(place)}", place.ref)


def _page(place: Place) -> str:
    if place.ref:
        return f"on the article {_named(place.ref)}"
    if place.path == "/" or place.path.startswith("/conversations/"):
        return "on the ask page"
    return "through the API" if place.path.startswith("/api/") else f"on {place.path}"


def _elsewhere(known: Known) -> Place | None:
    """Where the person came from, unless it is the article that the first line names already."""
    about, place = known.about, known.came_from
    return None if about and place and place.ref and place.ref.article_id == about.ref.article_id else place


def _named(ref: Ref) -> str:
    return f"“{ref.title}”{ref.figures}"


def _verdict(what: str, helpful: bool, note: str) -> str:
    verdict = f"{what} was marked as {'helpful' if helpful else 'not helpful'}"
    return f"{verdict}: “{note}”" if note else f"{verdict}."


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE].rstrip()} …"


def _outcome(turn: Turn) -> str:
    chance = "" if turn.confidence is None else f" ({turn.confidence:.0%})"
    if turn.outcome == "answered":
        return f"With quotes from our articles, {_in_words(turn.confidence)}{chance}."
    if turn.outcome == "maybe":
        return "No answer: articles that may be it were shown."
    if turn.outcome == "unsure":
        return f"Not sure{chance}: only the articles that came closest were shown."
    if turn.outcome == "sensitive":
        return "Not looked up: it is a matter for people."
    if turn.outcome == "with_person":
        return "Not looked up: a person was answering already."
    return "Search was not available, so nothing could be shown."


def intake_lines(answers: Mapping[str, str]) -> Iterator[Line]:
    """What was asked first on the form, with what the person answered."""
    for key, answer in answers.items():
        if key in ASKS and answer:
            yield Line(f"intake.{key}", Kind.INTAKE, f"{ASKS[key].text} “{answer}”")


def _in_words(confidence: float | None) -> str:
    if confidence is None:
        return "without a measure of how sure"
    if confidence >= 0.8:
        return "sure that they answer"
    return "fairly sure that they answer" if confidence >= 0.5 else "with little confidence"
