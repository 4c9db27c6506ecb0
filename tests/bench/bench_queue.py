"""The desk's list over a hundred thousand tickets: how long the server takes, and with how many queries.

    DATABASE_URL=postgres://… .venv/bin/python -m tests.bench.bench_queue --sizes 10,10k,100k

Each size has a test database of its own, which is dropped at the end. The time is that of a whole request in this
process: middleware, queries, template; the best of them is what a machine that others use says least wrongly.
`--undone 1` leaves every ticket open.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

ROUNDS = 20
CLOCKS = ("Planning Time", "Execution Time")
AT_ONCE = 5000
AGENTS, QUEUES, ASKERS = 30, 12, 2000
SUBJECTS = [
    "VPN refuses",
    "Printer jams",
    "Laptop is slow",
    "Password expired",
    "Screen stays dark",
    "No sound",
]
ADDRESSES = {
    "the first page": "",
    "mine": "view=mine",
    "late": "view=late",
    "resolved": "view=resolved",
    "all": "view=all",
    "all, most urgent first": "view=all&sort=urgent",
    "first due first": "sort=due&view=all&status=open",
    "a queue and a priority": "view=all&queue={queue}&priority=high",
    "words that many have": "view=all&q=printer",
    "words that one has": "view=all&q=zebra",
    "a number": "view=all&q=TZ-1005",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=_sizes, default=[10, 10_000, 100_000])
    parser.add_argument("--undone", type=float, default=0.1, help="the share of tickets that are open")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    report = {str(size): measured(size, options.undone, options.rounds) for size in options.sizes}
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


def measured(size: int, undone: float, rounds: int) -> dict[str, Any]:
    """Of each address, and of a page deep in the list: the times and the queries."""
    with _database():
        from escalation.models import Queue

        client = _desk(size, undone)
        queue = Queue.objects.latest("pk").pk
        addresses = {name: query.format(queue=queue) for name, query in ADDRESSES.items()}
        addresses |= _deep()
        return {name: _timed(client, query, rounds) for name, query in addresses.items()}


def _timed(client: Any, query: str, rounds: int) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = f"/help/desk/?{query}"
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    asked = [query["sql"] for query in captured.captured_queries]
    taken, worked = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        assert client.get(address).status_code == 200
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return (
        f"{statistics.median(taken):.0f} ms, at best {min(taken):.0f}, "
        f"{min(worked):.0f} in this process, {_in_database(asked):.0f} in the database, {len(asked)} queries"
    )


def _in_database(asked: Sequence[str]) -> float:
    """What planning and executing them takes by PostgreSQL's own clock, each at its best."""
    from django.db import connection

    taken = 0.0
    with connection.cursor() as cursor:
        for query in asked:
            runs = []
            for _ in range(5):
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query}")
                told = [line.split(":") for (line,) in cursor.fetchall()]
                runs.append(sum(float(parts[1].split()[0]) for parts in told if parts[0] in CLOCKS))
            taken += min(runs)
    return taken


def _deep() -> dict[str, str]:
    """Pages in the middle of the list."""
    from escalation.models import Ticket

    newest = Ticket.objects.order_by("-opened_at", "-pk")
    urgent = Ticket.objects.filter(status="open", assignee=None).order_by("-weight", "opened_at", "pk")
    halves = {"view=all": newest, "view=unassigned": urgent}
    middles = {
        view: found[found.count() // 2 : found.count() // 2 + 1].first() for view, found in halves.items()
    }
    return {f"{view}, halfway down": f"{view}&after={each.pk}" for view, each in middles.items() if each}


@contextmanager
def _database() -> Iterator[None]:
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment(debug=False)
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def _desk(size: int, undone: float) -> Any:
    """A desk with so many tickets, and somebody who works there."""
    from django.contrib.auth.models import Group
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from escalation.models import Queue, Ticket

    agents = _people("agent", AGENTS)
    for agent in agents:
        agent.groups.add(Group.objects.get(name="Agent"))
    askers = _people("asker", min(ASKERS, max(1, size)))
    queues = Queue.objects.bulk_create(
        Queue(name=f"Queue {number}", confidential=number == 0) for number in range(QUEUES)
    )
    drawn = random.Random(size)
    for start in range(0, size, AT_ONCE):
        rows = range(start, min(start + AT_ONCE, size))
        Ticket.objects.bulk_create(_ticket(at, drawn, agents, askers, queues, undone) for at in rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(User.objects.get(username="agent-1"))
    return client


def _people(name: str, number: int) -> list[Any]:
    from accounts.models import User

    made = (User(username=f"{name}-{at}", first_name=name.title(), last_name=str(at)) for at in range(number))
    return User.objects.bulk_create(made)


def _ticket(at: int, drawn: random.Random, agents: Any, askers: Any, queues: Any, undone: float) -> Any:
    from django.utils import timezone

    from escalation.models import Ticket
    from escalation.models.tickets import WEIGHTS

    opened = timezone.now() - timedelta(minutes=drawn.randrange(2_000_000))
    is_open = drawn.random() < undone
    status = drawn.choice(["open", "open", "open", "waiting"]) if is_open else "resolved"
    priority = drawn.choices(list(WEIGHTS), [2, 6, 2, 1])[0]
    return Ticket(
        requester=drawn.choice(askers),
        subject=f"{drawn.choice(SUBJECTS)} {'zebra' if at == 3 else at}",
        status=status,
        priority=priority.value,
        weight=WEIGHTS[priority],
        queue=drawn.choice([None, *queues]),
        assignee=drawn.choice([None, *agents]),
        key=f"key-{at}",
        opened_at=opened,
        due_at=timezone.now() + timedelta(minutes=drawn.randrange(-500, 5000)) if status == "open" else None,
    )


def _sizes(text: str) -> list[int]:
    return [int(size.removesuffix("k")) * (1000 if size.endswith("k") else 1) for size in text.split(",")]


if __name__ == "__main__":
    main()
