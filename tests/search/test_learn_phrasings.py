import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kb.models import Article
from search.models import Phrasing, PhrasingVector
from tests.factories import published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer() -> Article:
    return published_article("Printer problems", "Open the front flap.\n")


def ticket(number: int, article: Article, **values: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "created": "2024-03-01T10:00:00Z",
        "title": f"It ate sheet {number}",
        "body": "The paper is stuck. Ask me at robin.kane@gmail.com\nThanks, Robin",
        "kb_links": [article.external_id],
        **values,
    }


def written(path: Path, *lines: object) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def learn(path: Path, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("learn_phrasings", "--tickets", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", ["history.jsonl", "history.jsonl.gz"])
def test_a_history_teaches_what_its_tickets_asked_and_embeds_it(
    tmp_path: Path, printer: Article, name: str
) -> None:
    out, _ = learn(written(tmp_path / name, ticket(1, printer), ticket(2, printer)))
    assert "2 tickets learnt from" in out
    learnt = Phrasing.objects.order_by("origin").first()
    assert learnt is not None
    assert learnt.text == "It ate sheet 1\nThe paper is stuck. Ask me at [email]"
    assert learnt.origin == "history:1"
    assert not learnt.for_readers
    assert PhrasingVector.objects.count() == 2


def test_every_ticket_that_teaches_nothing_is_counted_with_the_reason(
    tmp_path: Path, printer: Article
) -> None:
    names = [printer.external_id, "other", "third"]
    out, err = learn(
        written(
            tmp_path / "history.jsonl",
            ticket(1, printer),
            ticket(2, printer, kb_links=[]),
            ticket(3, printer, kb_links=names),
            ticket(4, printer, kb_links=["other"]),
            ticket(5, printer, title="Hi", body="Thanks"),
            ticket(6, printer, created="2024-07-01T00:00:00Z"),
            "{",
            "[1]",
            {"id": {}, "created": "now"},
            ticket(7, printer, created="yesterday"),
            ticket(8, printer, kb_links=[printer.external_id, "other"]),
        ),
        "--until",
        "2024-07-01",
    )
    counted = {line.split(maxsplit=1)[1]: int(line.split()[0]) for line in out.splitlines()}
    assert counted == {
        "tickets learnt from": 2,
        "tickets known already": 0,
        "tickets from later on": 1,
        "tickets name no article": 1,
        "tickets name too many articles": 1,
        "tickets name no article that is here": 1,
        "tickets say nothing": 1,
        "lines are no tickets": 4,
    }
    assert [f"Line {number} is left out" in err for number in (6, 7, 8, 9, 10, 11)] == [
        False, True, True, True, True, False,
    ]  # fmt: skip


def test_a_second_run_learns_only_what_is_new(tmp_path: Path, printer: Article) -> None:
    learn(written(tmp_path / "history.jsonl", ticket(1, printer)))
    out, _ = learn(written(tmp_path / "history.jsonl", ticket(1, printer), ticket(2, printer)))
    assert "1 tickets learnt from" in out
    assert "1 tickets known already" in out
    assert Phrasing.objects.count() == 2


def test_a_dry_run_changes_nothing(tmp_path: Path, printer: Article) -> None:
    out, _ = learn(written(tmp_path / "history.jsonl", ticket(1, printer)), "--dry-run")
    assert "1 tickets learnt from" in out
    assert not Phrasing.objects.exists()


def test_hostile_words_are_stored_as_words(tmp_path: Path, printer: Article) -> None:
    body = "a\u0000b \ud800 <script>alert(1)</script> '; DROP TABLE"
    learn(written(tmp_path / "history.jsonl", ticket(1, printer, body=body), "[" * 100_000))
    assert "<script>" in Phrasing.objects.get().text


def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "history.jsonl.gz"
    broken.write_bytes(gzip.compress(b"{}\n" * 1_000)[:-20])
    for path in (tmp_path / "nothing.jsonl", broken, tmp_path):
        with pytest.raises(CommandError, match="can't be read"):
            learn(path)


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="until"):
        call_command("learn_phrasings", "--tickets", str(tmp_path), "--until", "soon")


@pytest.mark.parametrize("lines", [[], ["null", "[1]"], ['{"id": 1}']])
def test_a_file_without_any_ticket_is_a_mistake(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(CommandError, match="holds no ticket"):
        learn(written(tmp_path / "history.jsonl", *lines))


def test_what_is_wrong_with_a_line_or_a_day_is_told_in_words(tmp_path: Path, printer: Article) -> None:
    bad = ["null", "{", ticket(2, printer, id=None), ticket(3, printer, created="soon")]
    _, err = learn(written(tmp_path / "history.jsonl", ticket(1, printer), *bad))
    for number, problem in enumerate(
        ["no object with id, created", "no JSON", "has no id", "created is no time such as"], 2
    ):
        assert any(f"Line {number} " in line and problem in line for line in err.splitlines())
    with pytest.raises(CommandError, match="'yesterday' is no day such as 2024-07-01"):
        call_command("learn_phrasings", "--tickets", str(tmp_path), "--until", "yesterday")
