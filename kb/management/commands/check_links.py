"""manage.py check_links: ask for the addresses that articles link to, and tell which links lead nowhere."""

import math
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize
from tqdm import tqdm

from kb.models import Article
from kb.services import links


class Command(BaseCommand):
    help = "Check what live articles link to. A page elsewhere counts as broken once it was so on two days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="also ask for addresses that were asked for today"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        links.record_missing()
        due = links.due_for_check(everything=options["again"])
        with tqdm(total=len(due), unit="address", desc="Asking", file=self.stderr, disable=None) as bar:
            count = links.check_web_links(due, seconds=math.inf, on_checked=bar.update)
        self.stdout.write(f"{count} address{pluralize(count, 'es')} asked")
        live = {article.pk: article for article in Article.objects.live().select_related("live_revision")}
        for pk, broken in links.broken_links(live.keys()).items():
            for link in broken:
                self.stdout.write(f"{live[pk].title}: {link.target}: {link.problem}")
