"""manage.py export_phrasings: the questions that editors wrote of articles, for git and for import_phrasings."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.own_lists import line_of
from search.services.own_lists import own_lists


class Command(BaseCommand):
    help = (
        "Write editors' own questions to a file, one {article, question, for_readers} a line; what people asked is "
        "not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [line_of(each) for each in own_lists()]
        try:
            options["file"].write_text("".join(lines), encoding="utf-8")
        except OSError as problem:
            raise CommandError(f"{options['file']} can't be written: {problem}.") from problem
        self.stdout.write(f"{len(lines)} questions")
