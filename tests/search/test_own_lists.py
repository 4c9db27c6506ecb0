"""Editors' own questions move to another site beside the articles; nothing that anybody asked goes with them."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search.models import Phrasing
from search.services import phrasings
from tests.factories import UserFactory, published_article

pytestmark = pytest.mark.django_db
JAM = "It ate my sheet"
TONER = "The cartridge is empty – what now?"


@pytest.fixture
def printer() -> Article:
    return published_article("Printer problems", "Open the front flap.\n")


@pytest.fixture
def editor() -> User:
    return UserFactory(role=Role.CONTRIBUTOR)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "phrasings.jsonl"


def exported(file: Path) -> list[dict[str, object]]:
    call_command("export_phrasings", str(file), stdout=StringIO())
    return [json.loads(line) for line in file.read_text().splitlines()]


def imported(file: Path) -> str:
    out = StringIO()
    call_command("import_phrasings", str(file), stdout=out)
    return out.getvalue()


def lists() -> set[tuple[str, str, bool]]:
    return set(Phrasing.objects.values_list("article__external_id", "text", "for_readers"))


def test_a_list_that_is_taken_to_another_site_is_the_same_there(
    printer: Article, editor: User, file: Path
) -> None:
    phrasings.write_own(article=printer, lines=[JAM], by=editor)
    phrasings.write_own(article=printer, lines=[TONER], by=editor, for_readers=True)
    before = lists()
    exported(file)
    Phrasing.objects.all().delete()
    assert imported(file).startswith("2 new, 0 known")
    assert lists() == before
    assert imported(file).startswith("0 new, 2 known")
    assert lists() == before


def test_what_people_asked_and_what_was_pruned_stays_where_it_is(
    printer: Article, editor: User, file: Path
) -> None:
    phrasings.write_own(article=printer, lines=[JAM, TONER], by=editor)
    phrasings.prune(phrasing=phrasings.own(article=printer, line=JAM), by=editor)
    phrasings.learn(
        [Phrasing(article=printer, text="Robin's printer eats sheets", source="ticket", origin="ticket:1")]
    )
    assert [line["question"] for line in exported(file)] == [TONER]


def test_the_same_lists_give_the_same_file(printer: Article, editor: User, file: Path) -> None:
    for line in (TONER, JAM):
        phrasings.write_own(article=printer, lines=[line], by=editor)
    first = exported(file)
    Phrasing.objects.all().delete()
    phrasings.write_own(article=printer, lines=[JAM, TONER], by=editor)
    assert exported(file) == first


def test_what_was_decided_here_stands(printer: Article, editor: User, file: Path) -> None:
    phrasings.write_own(article=printer, lines=[JAM, TONER], by=editor, for_readers=True)
    exported(file)
    phrasings.prune(phrasing=phrasings.own(article=printer, line=JAM), by=editor)
    phrasings.suggest_to_readers(phrasing=phrasings.own(article=printer, line=TONER), for_readers=False)
    imported(file)
    assert phrasings.own(article=printer, line=JAM).pruned_at
    assert not phrasings.own(article=printer, line=TONER).for_readers


def test_questions_of_an_article_that_is_not_here_are_counted(file: Path) -> None:
    file.write_text('{"article": "nowhere", "question": "Where am I?"}\n')
    assert "1 of articles that are not here" in imported(file)
    assert not Phrasing.objects.exists()


def test_what_tells_of_a_person_is_taken_out_of_a_list_from_outside(printer: Article, file: Path) -> None:
    line = {"article": printer.external_id, "question": "It is stuck, says robin.kane@gmail.com"}
    file.write_text(json.dumps(line))
    imported(file)
    assert Phrasing.objects.get().text == "It is stuck, says [email]"


@pytest.mark.parametrize(
    "bad",
    [
        "{nonsense",
        "[" * 100_000,
        "[1]",
        '{"article": "x"}',
        '{"article": "x", "question": 7}',
        '{"article": "x", "question": " "}',
        '{"article": "x", "question": "y", "for_readers": "yes"}',
        json.dumps({"article": "x", "question": "y" * 2_000}),
    ],
)
def test_a_file_of_something_else_is_refused_whole_and_says_where(
    printer: Article, file: Path, bad: str
) -> None:
    good = json.dumps({"article": printer.external_id, "question": JAM})
    file.write_text(f"{good}\n\n{bad}\n")
    with pytest.raises(CommandError, match="Line 3 is no"):
        imported(file)
    assert not Phrasing.objects.exists()


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        imported(file)
