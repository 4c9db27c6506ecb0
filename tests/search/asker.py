"""A process of its own that asks: a line of JSON in ({"user": pk, "text": …}), a line out (what it was shown)."""

import json
import sys

import django

django.setup()

from accounts.models import User  # noqa: E402
from search import services  # noqa: E402

for line in sys.stdin:
    asked = json.loads(line)
    question = services.ask(user=User.objects.get(pk=asked["user"]), text=asked["text"])
    shown = list(question.shown.select_related("article"))
    told = {
        "outcome": question.outcome,
        "quoted": [each.article.external_id for each in shown if each.quotes],
        "shown": [each.article.external_id for each in shown],
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
