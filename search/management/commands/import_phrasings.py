"""manage.py import_phrasings: put the questions that export_phrasings wrote on the lists of their articles here."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kb.services.moving import operator
from search.own_lists import BadList, read
from search.services.own_lists import take_in


class Command(BaseCommand):
    help = (
        "Take in editors' own questions, one {article, question, for_readers} a line, once their articles are here. "
        "Run it again as you like: what is on a list here stays as it is, and what was pruned here stays pruned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as lines, transaction.atomic():
                counts = take_in(read(lines), by=operator())
        except (BadList, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{counts['new']} new, {counts['known']} known already")
        if counts["homeless"]:
            self.stdout.write(f"{counts['homeless']} of articles that are not here: import those first")
