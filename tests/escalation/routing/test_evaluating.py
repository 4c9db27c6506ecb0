"""Routing is measured on later tickets, by what was known before them."""

import json
from pathlib import Path

import numpy as np
import pytest

from escalation.routing.evaluating import BadHistory, evaluate, read

DAYS = 120


def write(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "history.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def row(day: int, title: str, label: object) -> dict[str, object]:
    return {
        "created": f"2024-{1 + day // 28:02}-{1 + day % 28:02}T08:00:00Z",
        "title": title,
        "body": "",
        "queue": label,
    }


def test_of_a_list_of_labels_the_first_counts_and_tickets_without_one_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, [row(3, "b", ["vpn", "x"]), row(1, "a", "wifi"), row(2, "c", None)])
    assert [(each.text, each.label) for each in read(path, "queue")] == [("a", "wifi"), ("b", "vpn")]


@pytest.mark.parametrize(
    "line", ["{", "[1]", '{"title": "a", "queue": "b"}', '{"created": "soon", "queue": "b"}']
)
def test_a_line_that_is_no_ticket_is_told_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(BadHistory, match="Line 2"):
        read(path, "queue")


def test_a_desk_that_is_divided_anew_is_followed_only_by_whoever_learns(tmp_path: Path) -> None:
    """Two kinds of tickets change their queues on the day: what is frozen is wrong from then on."""
    words = ("tunnel drops", "paper jam")
    names = [("vpn", "print"), ("network", "devices")]
    rows = [row(day, f"{words[n]} {day}", names[day >= DAYS][n]) for day in range(280) for n in (0, 1)]
    tickets = read(write(tmp_path, rows), "queue")
    vectors = np.array([[1, 0] if "tunnel" in each.text else [0, 1] for each in tickets], dtype=np.float32)
    frozen, learning = evaluate(tickets, vectors, until=tickets[DAYS * 2].days, risk=0.2)
    said = {report.name: {each.name: each for each in report.figures} for report in (frozen, learning)}
    assert said["frozen"]["nearest tickets"].overall == 0
    assert said["learning"]["nearest tickets"].overall > 0.8
    assert frozen.unknown == learning.unknown == 1
    assert frozen.tested == learning.tested == len(rows) - DAYS * 2


def test_a_day_before_all_tickets_leaves_nothing_to_learn_from(tmp_path: Path) -> None:
    tickets = read(write(tmp_path, [row(1, "a", "x"), row(2, "b", "y")]), "queue")
    with pytest.raises(BadHistory, match="before and after"):
        evaluate(tickets, np.eye(2, dtype=np.float32), until=0, risk=0.2)
