"""Whether a pack tells of something that is down, and not of one person's trouble."""

import re

from escalation.handoff.impact import Impact
from escalation.handoff.pack import Pack
from escalation.handoff.telling import SAID

_OUTAGE = re.compile(r"(?<!\w)(?:outage|power cut|blackout)(?!\w)", re.IGNORECASE)
_DOWN = re.compile(
    r"(?<!\w)(?:(?:is|are|seems?|went|been) (?:completely |all |still )?(?:down|offline|unreachable|dead)"
    r"|nothing works|no (?:internet|network|power|e-?mail|phones?))(?!\w)",
    re.IGNORECASE,
)


def is_outage(pack: Pack) -> bool:
    """Somebody calls it one, or says that something is down for more than themselves."""
    words = "\n".join((pack.description, *(line.text for line in pack.of(*SAID))))
    return bool(_OUTAGE.search(words)) or (pack.impact != Impact.PERSON and bool(_DOWN.search(words)))
