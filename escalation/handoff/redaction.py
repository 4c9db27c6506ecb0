"""What is taken out of a pack: by the person who sends it, and for a reader who may not see all of it.

Striking out a question takes its answer along, striking out an article its quotes, and the words that made a struck
question read as urgent go with it: nothing of a struck line stays behind.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from escalation.handoff.pack import READ, Kind, Line, Pack
from escalation.handoff.telling import read_lines

RESTRICTED: dict[Kind, str] = {
    Kind.QUOTE: "A passage was quoted here that is not available to you.",
    Kind.ORIGIN: "The page of an article that is not available to you.",
}
RESTRICTED_ARTICLE = "An article that is not available to you."


def without(
    pack: Pack, struck_ids: Collection[str], *, added: Sequence[str] = (), answered: Iterable[Line] = ()
) -> Pack:
    """The pack that is sent: less what the person struck out, with what they answered, and read again with that."""
    gone = _with_dependants(pack, struck_ids)
    kept = [line for line in pack.lines if line.id not in gone and line.kind not in READ]
    kept += answered
    # Read again, because another question may say the same as the one that was struck out.
    read = [line for line in read_lines(kept, added) if line.id not in struck_ids]
    return Pack((*kept, *read), left_out=pack.left_out + len(gone))


def mask(pack: Pack, readable_revision_ids: Collection[int]) -> Pack:
    """The pack for one reader: what rests on a revision that they may not see keeps neither title nor text."""
    return replace(
        pack,
        lines=tuple(
            _restricted(line) if line.ref and line.ref.revision_id not in readable_revision_ids else line
            for line in pack.lines
        ),
    )


def _with_dependants(pack: Pack, struck_ids: Collection[str]) -> set[str]:
    """The struck lines and all that rests on them; a line always stands after the one it rests on."""
    gone: set[str] = set()
    for line in pack.lines:
        if line.id in struck_ids or line.rests_on in gone:
            gone.add(line.id)
    return gone


def _restricted(line: Line) -> Line:
    return replace(line, text=RESTRICTED.get(line.kind, RESTRICTED_ARTICLE), ref=None)
