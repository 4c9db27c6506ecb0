"""manage.py load_demo: fill an empty site with the demo company. A site that holds anything else is left alone."""

from typing import Any

from django.core.management.base import BaseCommand

from demo import loading


class Command(BaseCommand):
    help = "Fill an empty site with the demo company's people, articles and tickets."

    def handle(self, *args: Any, **options: Any) -> None:
        if not loading.is_wanted():
            return
        self.stdout.write("Filling the empty site with a demo company: about a minute.")
        loading.load(stream=self.stderr)
        self.stdout.write(self.style.SUCCESS("The demo company has moved in."))
