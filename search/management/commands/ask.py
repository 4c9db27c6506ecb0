"""manage.py ask "QUESTION": what a person would be answered, in the terminal."""

import json
import textwrap
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import Role
from accounts.services import system_account
from kb.outline import readable_text
from search import services
from search.api import TurnSerializer, turn_of
from search.progress import reconcile_with_progress
from search.turns import ArticleView, TurnView


class Command(BaseCommand):
    help = "Ask a question as somebody would: quotes from the articles, or the nearest ones when not sure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question")
        parser.add_argument(
            "--as", dest="user", metavar="USER", help="who asks; without it, an employee in no group"
        )
        parser.add_argument("--json", action="store_true", help="print the turn as the API would")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["question"].strip():
            raise CommandError("Ask something: the question is empty.")
        reconcile_with_progress(self.stderr)
        turn = turn_of(services.ask(user=self._asker(options["user"]), text=options["question"]))
        if options["json"]:
            self.stdout.write(
                json.dumps(TurnSerializer(turn).data, ensure_ascii=False, indent=2, default=str)
            )
        else:
            self.stdout.write(as_text(turn))

    def _asker(self, username: str | None) -> User:
        if username is None:
            return system_account(username="command-line", name="Command line", roles=(Role.EMPLOYEE,))
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is nobody called “{username}”.")
        return user


def as_text(turn: TurnView) -> str:
    """A turn for the terminal."""
    if turn.kind == "unavailable":
        return "Search is not available right now. A person can still help."
    if turn.kind == "small_talk":
        return turn.reply
    if turn.kind == "answered":
        lines = ["Here is what our articles say.", ""]
        for article in turn.answers:
            lines += _quoted(article)
        heading = "Other articles:"
    elif turn.kind == "maybe":
        lines, heading = [], "This may be it:"
    else:
        lines, heading = ["I'm not sure.", ""], "These come closest:"
    if turn.nearest:
        lines += [heading, *(f"  - {article.title}" for article in turn.nearest)]
    return "\n".join(lines)


def _quoted(article: ArticleView) -> list[str]:
    lines = []
    for quote in article.quotes:
        text = readable_text(quote.text)
        lines += [
            textwrap.fill(line, 90, initial_indent="  ", subsequent_indent="  ") for line in text.splitlines()
        ]
    reviewed = f", reviewed {article.reviewed_on:%-d %B %Y}" if article.reviewed_on else ""
    return [*lines, f"  — from “{article.title}”{reviewed}", ""]
