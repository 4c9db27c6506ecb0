"""The audit: go over every surface as everybody, and tell what each of them saw that they should not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from accounts.models import User
from audit.addresses import addresses_in
from audit.ground import Ground, probes
from audit.knowledge import Knowledge, reader_of
from audit.registry import sweeps
from audit.standing import Document, Reader
from audit.surfaces.mails import mails
from audit.visiting import Errand, Probe, Seen, run


@dataclass(frozen=True)
class Trace:
    """Something that was seen by somebody who may not know of it."""

    surface: str
    reader: str
    article: str
    found: str
    excerpt: str
    where: str
    times: int = 1


@dataclass
class Report:
    """What the audit found, each trace once, and where it has been."""

    traces: dict[tuple[str, str, str, str], Trace] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)
    looks: int = 0

    def add(self, trace: Trace) -> None:
        key = (trace.surface, trace.reader, trace.article, trace.found)
        known = self.traces.get(key)
        self.traces[key] = replace(known, times=known.times + 1) if known else trace


@dataclass
class Judge:
    """Looks at what was shown to a reader."""

    knowledge: Knowledge
    reader: Reader
    report: Report

    def look(self, seen: Seen) -> None:
        self.report.looks += 1
        if seen.status >= 500:
            self._tell(seen, None, f"answers {seen.status}, so nothing can be said of it", "")
        for find in self.knowledge.needles.found_in(seen.text, said=seen.said):
            documents = [self.knowledge.documents[number] for number in find.documents]
            self._judge(seen, documents, find.excerpt)
        for address in addresses_in(seen.text):
            if address not in seen.sent:
                thing, number = address
                self._judge(seen, self.knowledge.addresses.get(address, []), f"{thing} {number}")

    def unlike(self, seen: Seen, found: str) -> None:
        self._tell(seen, None, found, "")

    def _judge(self, seen: Seen, documents: list[Document], excerpt: str) -> None:
        """It is a trace when no text that has it is for this reader."""
        if documents and not any(self._may_know(document, seen) for document in documents):
            self._tell(seen, documents[0], documents[0].what, excerpt)

    def _may_know(self, document: Document, seen: Seen) -> bool:
        if document.revision is not None and document.revision in seen.revisions:
            return True
        if seen.as_of and self.knowledge.changed_since(document, seen.as_of):
            return True
        return self.knowledge.may_know(self.reader, document)

    def _tell(self, seen: Seen, document: Document | None, found: str, excerpt: str) -> None:
        place = self.knowledge.place_of(document) if document else None
        article = f"{place.pk} “{place.title}” ({place.condition})" if place else ""
        self.report.add(Trace(seen.surface, self.reader.name, article, found, excerpt, seen.where))


def audit(
    ground: Ground, *, audience: str = "", on_start: Callable[[int], object], on_done: Callable[[], object]
) -> Report:
    """Sweep everything. `on_start` hears how many errands there are, `on_done` of each that is done."""
    report = Report()
    rounds = [
        (probe, list(_errands(ground, probe)))
        for probe in (*probes(ground.knowledge, audience), *_people(ground))
    ]
    on_start(sum(len(errands) for _, errands in rounds))
    for probe, errands in rounds:
        judge = Judge(ground.knowledge, probe.reader, report)
        report.visited |= run(probe, errands, on_seen=judge.look, on_unlike=judge.unlike, on_done=on_done)
    for reader, seen in mails(ground):
        Judge(ground.knowledge, reader, report).look(seen)
        report.visited.add(seen.surface)
    return report


def _errands(ground: Ground, probe: Probe) -> Iterator[Errand]:
    for sweep in sweeps():
        if _is_for(sweep.__name__, probe):
            yield from sweep(ground, probe)


def _is_for(name: str, probe: Probe) -> bool:
    """People of this site only look at their own past; a stranger only knocks."""
    if probe.reader.pk is not None:
        return name == "own_past"
    if not probe.signed_in:
        return name in {"plain_pages", "shelves", "error_pages", "former_addresses", "administration"}
    return True


def _people(ground: Ground) -> Iterator[Probe]:
    """Those who asked something, sent something, or said something of an article."""
    asked = User.objects.filter(conversations__isnull=False) | User.objects.filter(tickets__isnull=False)
    spoke = User.objects.filter(flags__isnull=False) | User.objects.filter(votes__isnull=False)
    for user in (asked | spoke).filter(is_active=True).distinct().order_by("pk"):
        yield Probe(reader_of(user, ground.knowledge, f"{user.username} (their own past)"))
