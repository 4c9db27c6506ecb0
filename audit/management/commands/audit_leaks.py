"""manage.py audit_leaks: go over every surface of the site, and print each trace of what its reader may not know."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from audit.ground import Ground
from audit.knowledge import read_knowledge
from audit.sweeping import Report, Trace, audit
from kb.models import Audience


class Command(BaseCommand):
    help = (
        "Go over every surface of the site as somebody of each audience and role, and print each trace of an article "
        "that they may not know of. Changes nothing: all that it does is rolled back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--audience", default="", metavar="SLUG", help="only as members of this audience")
        parser.add_argument("--thorough", action="store_true", help="leave out none of many that stand alike")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["audience"]
        if slug and not Audience.objects.filter(slug=slug).exists():
            known = ", ".join(Audience.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no audience “{slug}”; there are: {known}.")
        report = self._audit(slug, thorough=options["thorough"])
        traces = list(report.traces.values())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(trace) for trace in traces], ensure_ascii=False, indent=2))
        else:
            for trace in traces:
                self.stdout.write(as_text(trace))
            found = (
                f"{len(traces)} trace{'' if len(traces) == 1 else 's'} found" if traces else "No trace found"
            )
            self.stdout.write(f"{found} in {report.looks:,} looks at {len(report.visited)} surfaces.")
        if traces:
            raise SystemExit(1)

    def _audit(self, slug: str, *, thorough: bool) -> Report:
        with tqdm(desc="Reading", unit="text", file=self.stderr, disable=None, leave=False) as bar:
            knowledge = read_knowledge(on_read=bar.update)
        with tqdm(desc="Looking", unit="errand", file=self.stderr, disable=None) as bar:
            return audit(
                Ground(knowledge, thorough=thorough),
                audience=slug,
                on_start=lambda total: bar.reset(total=total),
                on_done=bar.update,
            )


def as_text(trace: Trace) -> str:
    """A trace on a few lines of the terminal."""
    lines = [f"{trace.surface}, to {trace.reader}: {trace.found}"]
    if trace.article:
        lines.append(f"of article {trace.article}")
    if trace.excerpt:
        lines.append(f"… {trace.excerpt} …")
    lines.append(f"at {trace.where}" + (f", and {trace.times - 1} times more" if trace.times > 1 else ""))
    return "\n  ".join(lines)
