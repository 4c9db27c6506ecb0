"""What other systems export, taken in with its pictures; exports and zips that were made to do harm."""

import io
import stat
import zipfile
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.roles import Role
from kb import services
from kb.exporting import Selection, files
from kb.foreign.page import BadSource
from kb.models import Article, Attachment
from kb.unpacking import unpacked
from tests.factories import UserFactory, draft_article, published_article
from tests.kb.docx import docx, paragraph, picture
from tests.kb.test_round_trip import png, write

pytestmark = pytest.mark.django_db


def bring(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    with suppress(SystemExit):
        call_command("import_articles", str(path), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "a.png").write_bytes(png())
    (tmp_path / "attachments" / "b.png").write_bytes(b"<svg onload=alert(1)>")
    (tmp_path / "Reset_10101.html").write_text(
        "<title>IT : Reset</title><div id=main-content><p>Look:</p>"
        "<p><img src=attachments/a.png alt='The [portal]'></p>"
        "<p><img src=attachments/b.png alt=Drawing></p><iframe src=x></iframe></div>"
    )
    return tmp_path


def test_pictures_of_a_page_are_kept_and_shown_from_here(page: Path) -> None:
    output, told = bring(page, publish=True)
    article = Article.objects.get(external_id="10101")
    kept = article.attachments.get()
    assert article.words.body == f"Look:\n\n![The \\[portal\\]](/articles/attachments/{kept.key})\n\nDrawing"
    assert "Reset_10101.html: An embedded frame (iframe) was left out." in told
    assert "An image was left out: b.png." in told
    assert "1 article lost something on the way" in output
    assert article.words.change_note.startswith("Imported. An embedded frame (iframe) was left out. An image")
    assert Attachment.objects.shown_to(article.words.reviewed_by).get() == kept


def test_a_second_run_changes_nothing(page: Path) -> None:
    bring(page, publish=True)
    output, _ = bring(page, publish=True)
    assert output.strip().splitlines()[-1] == "0 created, 0 updated, 1 unchanged, 0 failed"
    assert Attachment.objects.count() == 1


def test_what_waits_since_a_run_that_did_not_publish_is_approved_by_one_that_does(page: Path) -> None:
    (page / "plain.md").write_text("---\ntitle: Plain\n---\nText.\n")
    bring(page)
    assert not Article.objects.filter(live_revision__isnull=False).exists()
    assert bring(page, publish=True)[0].strip().splitlines()[-1] == (
        "0 created, 2 updated, 0 unchanged, 0 failed"
    )
    assert Article.objects.filter(live_revision__isnull=False).count() == 2


def test_what_people_here_turned_down_is_not_made_live_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain.md").write_text("---\ntitle: Plain\n---\nText.\n")
    bring(tmp_path)
    waiting = Article.objects.get().revisions.get()
    services.request_changes(revision=waiting, by=UserFactory(role=Role.PUBLISHER), reason="Shorter")
    output, told = bring(tmp_path, publish=True)
    assert output.strip().splitlines()[-1] == "0 created, 0 updated, 1 unchanged, 0 failed"
    assert "its text is changes requested here, and stays so" in told


def test_a_word_document_comes_with_its_pictures(tmp_path: Path) -> None:
    content = docx(paragraph("Hold it.") + picture("The button"), parts={"word/media/image1.png": png()})
    (tmp_path / "Reset.docx").write_bytes(content)
    bring(tmp_path, publish=True)
    article = Article.objects.get(external_id="Reset")
    assert (
        article.words.body
        == f"Hold it.\n\n![The button](/articles/attachments/{article.attachments.get().key})"
    )


def test_a_policy_is_compliance_governed_and_a_file_eases_that_only_when_it_is_approved(
    tmp_path: Path,
) -> None:
    file = tmp_path / "leave.md"
    file.write_text("---\ntitle: Leave\nkind: policy\n---\nText.\n")
    bring(tmp_path, publish=True)
    assert Article.objects.get().governance == "compliance"
    file.write_text("---\ntitle: Leave\nkind: policy\ngovernance: experience\n---\nText.\n")
    assert "Its governance stays as before" in bring(tmp_path)[1]
    bring(tmp_path, publish=True)
    assert Article.objects.get().governance == "experience"
    assert Article.objects.get().trail.filter(action="changed settings").exists()


class TestAnExportThatWasTamperedWith:
    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        article = published_article(external_id="reset")
        content = dict(files(Selection.everything()))
        article.live_revision = None
        article.save()
        article.revisions.all()._raw_delete("default")
        article.delete()
        return write(tmp_path, content)

    def told(self, export: Path) -> str:
        output, told = bring(export, publish=True)
        assert output.strip().splitlines()[-1] == "0 created, 0 updated, 0 unchanged, 1 failed"
        assert not Article.objects.exists()
        return told

    @pytest.mark.parametrize(
        ("before", "after", "reason"),
        [
            ("number: 1\n", "number: 2\n", "gives itself another number"),
            ("number: 1\n", "number: 1\nbased_on: 7\n", "based on one that is not there"),
            ("state: published\n", "state: sacred\n", "Its state is “sacred”"),
            ("state: published\n", "state: scheduled\n", "not for when"),
            ("reviewed_by:", "reviewer:", "nobody reviewed it"),
            ("title:", "x: &a [1]\ny: *a\ntitle:", "alias"),
            ("title:", "x: " + "[" * 500 + "\ntitle:", ""),
            ("---\n", "", "no front matter"),
            ("created:", "created: soon\nx:", "is not a time"),
            ("created:", "comments: [1]\nx:", "not a list of keys"),
            ("created:", "created: 9999-12-31 23:59:59-14:00\nx:", ""),
        ],
    )
    def test_a_revision_that_could_not_be_is_refused(
        self, export: Path, before: str, after: str, reason: str
    ) -> None:
        file = export / "reset" / "revisions" / "0001.md"
        file.write_text(file.read_text().replace(before, after, 1))
        assert reason in self.told(export)

    def test_nobody_reviews_themselves_by_way_of_a_file(self, export: Path) -> None:
        file = export / "reset" / "revisions" / "0001.md"
        lines = file.read_text().splitlines()
        author = next(line.split(": ")[1] for line in lines if line.startswith("author: "))
        file.write_text(
            "\n".join(f"reviewed_by: {author}" if x.startswith("reviewed_by") else x for x in lines)
        )
        assert "was reviewed by who wrote it" in self.told(export)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("attachments:\n- file: ../../../etc/passwd\n", "not named by its key"),
            (f"attachments:\n- file: {'a' * 32}.png\n", "is missing"),
            ("redirects:\n- javascript:alert(1)\n", "is no address"),
            ("redirects: nine\n", "not a list"),
            ("archived: 2020-01-01 00:00:00+00:00\n", "archived and yet"),
        ],
    )
    def test_an_article_that_could_not_be_is_refused(self, export: Path, line: str, reason: str) -> None:
        file = export / "reset" / "article.md"
        file.write_text(file.read_text().replace("address:", f"{line}address:", 1))
        assert reason in self.told(export)

    def test_a_picture_that_is_none_is_left_out_and_named(self, export: Path) -> None:
        file = export / "reset" / "article.md"
        key = "a" * 32
        file.write_text(
            file.read_text().replace("address:", f"attachments:\n- file: {key}.png\n  name: x\naddress:")
        )
        write(export, {f"reset/attachments/{key}.png": b"<html><script>alert(1)</script>"})
        output, told = bring(export, publish=True)
        assert "1 created" in output
        assert "The picture x was left out." in told
        assert not Attachment.objects.exists()

    def test_links_out_of_it_are_not_followed(
        self, export: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        outside = tmp_path_factory.mktemp("outside") / "0001.md"
        file = export / "reset" / "revisions" / "0001.md"
        outside.write_text(file.read_text())
        file.unlink()
        file.symlink_to(outside)
        assert "a link that leads out of the folder" in self.told(export)

    @pytest.mark.parametrize("name", ["audiences.yaml", "categories.yaml"])
    @pytest.mark.parametrize(
        "content", ["- 1", "nine", "- slug: '../x'\n  name: y", "\0", "- &a [1]\n- *a", "[" * 999]
    )
    def test_lists_that_are_none_are_refused(self, export: Path, name: str, content: str) -> None:
        (export / name).write_text(content)
        with pytest.raises(CommandError):
            call_command("import_articles", str(export), create_audiences=True, stderr=StringIO())

    def test_an_audience_is_made_closed_whatever_the_file_says(self, export: Path) -> None:
        from kb.models import Audience

        (export / "audiences.yaml").write_text(
            "- slug: all\n  name: All\n  everyone: true\n  groups: [Board]\n"
        )
        bring(export, create_audiences=True)
        made = Audience.objects.get(slug="all")
        assert (made.everyone, made.groups.count()) == (False, 0)


def zipped(tmp_path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


class TestZips:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("../evil.md", "lie elsewhere"),
            ("a/../../evil.md", "lie elsewhere"),
            ("/etc/evil.md", "lie elsewhere"),
            ("a" * 500, "lie elsewhere"),
            ("..\\evil.md", "no name"),
            ("C:evil.md", "no name"),
            ("a/. /b.md", "no name"),
            (link("link.md"), "a link in it"),
        ],
    )
    def test_a_file_that_would_lie_elsewhere_is_refused(self, tmp_path: Path, name: Any, reason: str) -> None:
        path = zipped(tmp_path, ("a.md", b"x"), (name, b"/etc/passwd"))
        with pytest.raises(BadSource, match=reason), unpacked(path):
            pass
        assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, ("a.md", b"\0" * 40_000_000))
        with pytest.raises(BadSource, match="far more than"), unpacked(path):
            pass

    def test_the_same_name_twice_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, ("a.md", b"x"), ("A.md", b"y"))
        with pytest.raises(BadSource, match="twice"), unpacked(path):
            pass

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip" * 99])
    def test_what_is_no_zip_is_told(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(CommandError, match="no zip"):
            call_command("import_articles", str(tmp_path / "a.zip"))

    def test_the_folder_is_gone_afterwards(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, ("sub/a.md", b"---\ntitle: T\n---\nText.\n"))
        with unpacked(path) as folder:
            assert (folder / "sub" / "a.md").is_file()
        assert not folder.exists()

    def test_articles_in_a_zip_are_imported(self, tmp_path: Path) -> None:
        bring(
            zipped(tmp_path, ("sub/a.md", b"---\ntitle: T\n---\nText.\n"), ("b.html", b"<title>U</title>x"))
        )
        assert set(Article.objects.values_list("external_id", flat=True)) == {"a", "b"}


def test_a_large_picture_is_named(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("1", (13_000, 1)).save(file, "PNG")
    (tmp_path / "wide.png").write_bytes(file.getvalue())
    (tmp_path / "p.html").write_text("<title>T</title>x<img src=wide.png>")
    assert "An image was left out: wide.png." in bring(tmp_path)[1]


def test_what_is_being_written_here_is_not_overwritten_by_an_export(tmp_path: Path) -> None:
    article = draft_article(external_id="reset")
    write(tmp_path, dict(files(Selection.everything())))
    assert "1 unchanged" in bring(tmp_path, publish=True)[0]
    assert article.revisions.get().state == "draft"
