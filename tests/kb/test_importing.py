import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.roles import Role
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
