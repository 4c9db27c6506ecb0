import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError

from accounts.roles import Role
from kb import services
from kb.models import Article, Category, Revision
from kb.workflow import State
from tests.factories import AudienceFactory, UserFactory

pytestmark = pytest.mark.django_db

GOOD = """---
id: reset-password
title: Reset your password
kind: how-to
category: Accounts
summary: Get a new password.
reviewed: 2026-09-14
review_by: 2027-03-14
---

## On a laptop

1. Open the portal.
"""


def run(path: Path, **options: object) -> tuple[str, str, int]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import_articles", str(path), stdout=out, stderr=err, **options)
    except SystemExit as exit_:
        code = int(str(exit_.code))
    return out.getvalue(), err.getvalue(), code


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "reset-password.md").write_text(GOOD)
    return tmp_path


def test_a_published_import_is_live_with_its_governance(folder: Path) -> None:
    output, _, code = run(folder, publish=True)
    article = Article.objects.get(external_id="reset-password")
    assert (last_line(output), code) == ("1 created, 0 updated, 0 unchanged, 0 failed", 0)
    assert article.live_revision.title == "Reset your password"
    assert article.category.name == "Accounts"
    assert str(article.review_by) == "2027-03-14"
    assert f"{article.live_revision.reviewed_at:%Y-%m-%d}" == "2026-09-14"


def test_a_second_run_changes_nothing(folder: Path) -> None:
    run(folder, publish=True)
    output, _, _ = run(folder, publish=True)
    assert last_line(output) == "0 created, 0 updated, 1 unchanged, 0 failed"
    assert Revision.objects.count() == 1


def test_a_second_run_changes_only_what_changed(folder: Path) -> None:
    run(folder, publish=True)
    (folder / "other.md").write_text("---\ntitle: Other\n---\nText.\n")
    (folder / "accounts" / "reset-password.md").write_text(GOOD.replace("portal", "new portal"))
    output, _, _ = run(folder, publish=True)
    assert last_line(output) == "1 created, 1 updated, 0 unchanged, 0 failed"
    assert Article.objects.get(external_id="reset-password").live_revision.number == 2


def test_without_publish_the_texts_wait_for_review(folder: Path) -> None:
    run(folder)
    assert Revision.objects.get().state == State.IN_REVIEW
    assert not Article.objects.live().exists()


def test_what_waited_is_published_by_a_later_run(folder: Path) -> None:
    run(folder)
    output, _, _ = run(folder, publish=True)
    assert last_line(output) == "0 created, 1 updated, 0 unchanged, 0 failed"
    assert Article.objects.live().count() == 1


def test_the_person_named_approves_and_may_not_be_the_author(folder: Path) -> None:
    publisher = UserFactory(username="grace", role=Role.PUBLISHER)
    (folder / "own.md").write_text("---\ntitle: Own\nauthor: grace\n---\nText.\n")
    output, errors, code = run(folder, publish=True, approver="grace")
    assert last_line(output) == "1 created, 0 updated, 0 unchanged, 1 failed"
    assert "own.md: You wrote this revision" in errors
    assert code == 1
    assert Article.objects.get().live_revision.reviewed_by == publisher


def test_a_bad_file_is_named_with_its_reason_and_the_rest_go_on(folder: Path) -> None:
    (folder / "untitled.md").write_text("Just text.\n")
    (folder / "broken.md").write_text("---\ntitle: [unclosed\n---\nText.\n")
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00")
    (folder / "kind.md").write_text("---\ntitle: T\nkind: poem\n---\nText.\n")
    (folder / "audience.md").write_text("---\ntitle: T\naudience: nobody\n---\nText.\n")
    output, errors, code = run(folder, publish=True)
    assert last_line(output) == "1 created, 0 updated, 0 unchanged, 5 failed"
    assert "untitled.md: It has no title." in errors
    assert "broken.md: Its front matter is not valid YAML" in errors
    assert "binary.md: It is not UTF-8" in errors
    assert "kind.md: Its kind is “poem”" in errors
    assert "audience.md: There is no audience “nobody”" in errors
    assert code == 1


def matter(lines: str) -> bytes:
    return f"---\ntitle: T\n{lines}\n---\nText.\n".encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(matter("reviewed: 2026-02-31"), "can't be read: day", id="a day that never comes"),
        pytest.param(matter("expires: 9999-12-31T23:59:59-23:59"), "calendar", id="after the end of time"),
        pytest.param(matter("id: " + "9" * 5_000), "can't be read", id="a number too long"),
        pytest.param(matter("id: 0x" + "f" * 9_000), "too long", id="a number too long to write out"),
        pytest.param(matter("id: !!timestamp soon"), "can't be read", id="a tag that does not fit"),
        pytest.param(matter("deep: " + "[" * 8_000), "nested too deeply", id="deep"),
        pytest.param(matter("deep: " + "[" * 200_000), "longer than 20,000", id="deep and long"),
        pytest.param(matter("a: &a [1]\nb: [*a, *a]"), "alias", id="an alias"),
        pytest.param(matter('summary: "\\ud800"'), "", id="half a character"),
        pytest.param(b"---\n- title\n---\nText.\n", "not a list of keys", id="a list"),
        pytest.param(matter("") + b"x" * 5_000_001, "longer than 5 MB", id="long"),
    ],
)
def test_hostile_front_matter_fails_alone(folder: Path, content: bytes, reason: str) -> None:
    (folder / "bad.md").write_bytes(content)
    output, errors, code = run(folder, publish=True)
    assert (last_line(output), code) == ("1 created, 0 updated, 0 unchanged, 1 failed", 1)
    assert "bad.md: " in errors
    assert reason in errors


def test_what_is_not_a_file_of_the_folder_is_named_and_not_read(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.md"
    elsewhere.write_text(GOOD.replace("reset-password", "secret"))
    (folder / "link.md").symlink_to(elsewhere)
    (folder / "device.md").symlink_to("/dev/zero")
    (folder / "linked").symlink_to(elsewhere.parent)
    (folder / "circle.md").symlink_to(folder / "circle.md")
    (folder / "gone.md").symlink_to(folder / "missing")
    (folder / "folder.md").mkdir()
    os.mkfifo(folder / "pipe.md")
    output, errors, _ = run(folder, publish=True)
    assert last_line(output) == "1 created, 0 updated, 0 unchanged, 7 failed"
    assert "linked: It is a link that leads out of the folder." in errors
    assert "circle.md: It can't be read" in errors
    assert "link.md: It is a link that leads out of the folder." in errors
    assert "device.md: It is a link that leads out of the folder." in errors
    assert "gone.md: It can't be read" in errors
    assert "folder.md: It is not a file." in errors
    assert "pipe.md: It is not a file." in errors


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path) -> None:
    file = folder / "accounts" / "reset-password.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    lines = folder / "lines.jsonl"
    lines.write_bytes(b"\xef\xbb\xbf" + json.dumps({"id": "a", "title": "One", "text": "Text."}).encode())
    for path in (folder, lines):
        assert run(path, publish=True)[2] == 0
    assert set(Article.objects.values_list("external_id", flat=True)) == {"reset-password", "a"}


def test_rules_in_a_text_without_front_matter_are_no_front_matter(folder: Path) -> None:
    (folder / "rules.md").write_text("Intro.\n\n---\ntitle: No\n---\nRest.\n")
    assert "rules.md: It has no title." in run(folder)[1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (r'{"id": "a", "title": "\ud800", "text": "x"}', "Its title holds half a character"),
        ('{"id": ' + "9" * 5_000 + ', "title": "T", "text": "x"}', "a number that is too long"),
        ('{"id": "a", "title": "' + "x" * 12_000_000 + '", "text": "x"}', "longer than 5 MB"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": "b", "title": "T", "text": "x"}', "is that of articles.jsonl:1 already"),
    ],
)
def test_a_hostile_line_fails_alone(tmp_path: Path, line: str, reason: str) -> None:
    good = [json.dumps({"id": each, "title": "T", "text": "x"}) for each in ("b", "c")]
    (tmp_path / "articles.jsonl").write_text("\n".join([good[0], line, good[1]]))
    output, errors, code = run(tmp_path / "articles.jsonl", publish=True)
    assert (last_line(output), code) == ("2 created, 0 updated, 0 unchanged, 1 failed", 1)
    assert "articles.jsonl:2: " in errors
    assert reason in errors


@pytest.mark.parametrize("problem", [IntegrityError("twice"), DataError("no such text"), ValueError("no")])
def test_what_the_database_refuses_fails_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    (folder / "other.md").write_text("---\ntitle: Other\n---\nText.\n")
    write = services.write_revision

    def refuse_one(**fields: Any) -> Revision:
        if fields["title"] == "Other":
            raise problem
        return write(**fields)

    monkeypatch.setattr(services, "write_revision", refuse_one)
    output, errors, _ = run(folder, publish=True)
    assert last_line(output) == "1 created, 0 updated, 0 unchanged, 1 failed"
    assert f"other.md: {problem}" in errors
    assert Article.objects.get().external_id == "reset-password"


def test_a_jsonl_keeps_the_given_ids(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    rows = [
        {"id": "a-1", "title": "One", "text": "# One\n\nText."},
        {"id": 7, "title": "Two", "text": "Text."},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n\nnot json\n[1]\n")
    output, errors, _ = run(file, publish=True)
    assert last_line(output) == "2 created, 0 updated, 0 unchanged, 2 failed"
    assert set(Article.objects.values_list("external_id", flat=True)) == {"a-1", "7"}
    assert "articles.jsonl:4: It is not valid JSON" in errors


def test_a_first_heading_that_repeats_the_title_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text(json.dumps({"id": "a", "title": "One", "text": "# One\n\nText."}))
    run(file, publish=True)
    assert Revision.objects.get().body == "Text."


def test_the_audience_of_the_run_is_for_files_that_name_none(folder: Path) -> None:
    AudienceFactory(slug="finance")
    (folder / "open.md").write_text("---\ntitle: Open\naudience: everyone\n---\nText.\n")
    run(folder, publish=True, audience="finance")
    audiences = dict(Article.objects.values_list("external_id", "audience__slug"))
    assert audiences == {"reset-password": "finance", "open": "everyone"}


def test_an_editors_change_of_audience_survives_the_next_run(folder: Path) -> None:
    run(folder, publish=True)
    article = Article.objects.get()
    article.audience = AudienceFactory(slug="finance")
    article.save()
    run(folder, publish=True)
    article.refresh_from_db()
    assert article.audience.slug == "finance"


class TestWhoReadsALiveText:
    """A file may ask for other readers; only somebody who may approve gives them to a text that is live."""

    @pytest.fixture
    def restricted(self, folder: Path) -> Article:
        AudienceFactory(slug="finance")
        run(folder, publish=True, audience="finance")
        (folder / "accounts" / "reset-password.md").write_text(
            GOOD.replace("kind:", "audience: everyone\nexpires: 2031-01-01\nkind:")
        )
        return Article.objects.get()

    def test_a_file_that_nobody_approved_opens_it_to_nobody(self, folder: Path, restricted: Article) -> None:
        output, errors, code = run(folder)
        restricted.refresh_from_db()
        assert (restricted.audience.slug, restricted.expires_at) == ("finance", None)
        assert "Its audience and expiry stay as before" in errors
        assert (last_line(output), code) == ("0 created, 0 updated, 1 unchanged, 0 failed", 0)

    @pytest.mark.parametrize("state", ["in_review", "draft"])
    def test_nor_does_a_file_that_says_itself_that_it_is_not_ready(
        self, folder: Path, restricted: Article, state: str
    ) -> None:
        file = folder / "accounts" / "reset-password.md"
        file.write_text(file.read_text().replace("kind:", f"state: {state}\nkind:").replace("portal", "door"))
        run(folder, publish=True)
        restricted.refresh_from_db()
        assert (restricted.audience.slug, restricted.expires_at) == ("finance", None)
        assert "portal" in restricted.live_revision.body

    def test_nor_does_somebody_who_may_not_approve(self, folder: Path, restricted: Article) -> None:
        UserFactory(username="mallory", role=Role.CONTRIBUTOR)
        run(folder, publish=True, approver="mallory")
        restricted.refresh_from_db()
        assert restricted.audience.slug == "finance"

    def test_a_run_that_approves_gives_it_other_readers(self, folder: Path, restricted: Article) -> None:
        _, errors, _ = run(folder, publish=True)
        restricted.refresh_from_db()
        assert restricted.audience.slug == "everyone"
        assert restricted.expires_at.year == 2031
        assert "stay" not in errors

    def test_an_article_that_was_never_live_takes_them_at_once(self, folder: Path) -> None:
        AudienceFactory(slug="finance")
        run(folder)
        file = folder / "accounts" / "reset-password.md"
        file.write_text(GOOD.replace("kind:", "audience: finance\nkind:"))
        run(folder)
        assert Article.objects.get().audience.slug == "finance"


def test_names_in_any_script_make_shelves_of_their_own(folder: Path) -> None:
    for number, name in enumerate(["日本", "中国", "Café", "日本 IT", "IT"]):
        (folder / f"{number}.md").write_text(f"---\ntitle: T\ncategory: {name}\n---\nText.\n")
    run(folder, publish=True)
    shelves = dict(Category.objects.values_list("name", "slug"))
    assert set(shelves) == {"Accounts", "日本", "中国", "Café", "日本 IT", "IT"}
    assert (shelves["Café"], shelves["IT"]) == ("cafe", "it")
    assert all(category.get_absolute_url().isascii() for category in Category.objects.all())
    run(folder, publish=True)
    assert Category.objects.count() == len(shelves)


@pytest.mark.parametrize(
    "options", [{"audience": "nobody"}, {"publish": True, "approver": "nobody"}, {"approver": "x"}]
)
def test_options_that_cannot_work_are_refused_before_anything_is_read(
    folder: Path, options: dict[str, object]
) -> None:
    with pytest.raises(CommandError):
        run(folder, **options)
    assert not Article.objects.exists()


def test_a_path_that_is_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="neither a folder"):
        run(tmp_path / "missing")
