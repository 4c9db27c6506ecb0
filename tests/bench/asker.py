"""Asks questions over HTTP as a browser with JavaScript does, and says how long each answer took.

Started by bench_ask: `python -m tests.bench.asker HOST:PORT COOKIES`, a line of JSON in, a line of JSON out.
"""

import http.client
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import local
from urllib.parse import urlencode

address, cookies = sys.argv[1:]
token = cookies.rpartition("=")[2]
mine = local()


def ask(question: str) -> float:
    """Milliseconds until the whole answer was there, over a connection that stays open."""
    if not hasattr(mine, "connection"):
        mine.connection = http.client.HTTPConnection(address)
    body = urlencode({"text": question, "csrfmiddlewaretoken": token})
    headers = {
        "Cookie": cookies,
        "Content-Type": "application/x-www-form-urlencoded",
        "HX-Request": "true",
        "Referer": f"http://{address}/",
    }
    began = time.perf_counter()
    mine.connection.request("POST", "/", body, headers)
    answer = mine.connection.getresponse()
    text = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {text[:500]!r}")
    return took


def ask_all(questions: list[str]) -> list[float]:
    """One asker's questions, in an order of their own."""
    return [ask(each) for each in random.sample(questions, len(questions))]


one = ThreadPoolExecutor(1)
for line in sys.stdin:
    wanted = json.loads(line)
    if wanted["askers"] == 1:
        times = one.submit(ask_all, wanted["questions"]).result()
    else:
        with ThreadPoolExecutor(wanted["askers"]) as askers:
            times = [
                each
                for done in askers.map(ask_all, [wanted["questions"]] * wanted["askers"])
                for each in done
            ]
    sys.stdout.write(json.dumps(times) + "\n")
    sys.stdout.flush()
