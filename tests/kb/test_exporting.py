import io
import zipfile
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.exported import folder_of
from kb.exporting import Selection, files
from kb.models import Article, Redirect
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    new_revision,
    published_article,
)
from tests.kb.test_round_trip import png

pytestmark = pytest.mark.django_db


def everything() -> dict[str, bytes]:
    return dict(files(Selection.everything()))


def run(folder: Path, **options: Any) -> str:
    out = StringIO()
    call_command("export_articles", str(folder), stdout=out, stderr=StringIO(), **options)
    return out.getvalue().strip()


@pytest.fixture
def publisher() -> User:
    return UserFactory(username="paul", role=Role.PUBLISHER, groups=["Staff"])


@pytest.fixture
def secret() -> Article:
    """What the publisher may not read: its shelf, its audience and its words appear nowhere for them."""
    audience = AudienceFactory(name="Board", slug="board", groups=["Board"])
    shelf = CategoryFactory(name="Takeovers", slug="takeovers")
    return published_article(
        "Project Heron", "We buy Heron.", audience=audience, category=shelf, external_id="heron"
    )


class TestWhatIsWritten:
    def test_an_article_has_a_file_of_its_own_and_one_for_each_revision(self) -> None:
        article = published_article("Reset it", "Open the portal.\n", external_id="reset")
        new_revision(article, body="Open the door.\n")
        found = everything()
        assert {name for name in found if name.startswith("reset/")} == {
            "reset/article.md", "reset/revisions/0001.md", "reset/revisions/0002.md",
        }  # fmt: skip
        text = found["reset/article.md"].decode()
        assert text.startswith("---\nid: reset\ntitle: Reset it\nkind: how-to\n")
        assert text.endswith("---\nOpen the door.\n\n")
        assert "state: published\n" in text
        assert f"address: {article.get_absolute_url()}\n" in text

    def test_twice_is_the_same(self) -> None:
        published_article()
        draft_article("Another")
        assert list(files(Selection.everything())) == list(files(Selection.everything()))

    def test_a_changed_word_is_one_line_of_text_that_differs(self) -> None:
        article = published_article("Reset it", "One.\nTwo.\nThree.\n", external_id="reset")
        before = everything()
        new_revision(article, body="One.\n2.\nThree.\n")
        after = everything()
        assert {name for name in before if before[name] != after[name]} == {
            "reset/article.md",
            "reset/revisions/0001.md",  # which is superseded now
        }
        old, new = (
            each["reset/article.md"].decode().rpartition("---\n")[2].splitlines() for each in (before, after)
        )
        assert [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]] == [("Two.", "2.")]

    @pytest.mark.parametrize(
        "name", ["a/b", "..", ".", "../../etc/passwd", ".git", "ä" * 200, "con:x", "a\\b", "x" * 200]
    )
    def test_any_id_has_a_folder_within_the_export(self, name: str) -> None:
        folder = folder_of(name)
        assert folder.isascii()
        assert len(folder) <= 100
        assert not folder.startswith(".")
        assert not set('/\\:<>|"') & set(folder)

    def test_a_picture_whose_file_is_gone_stops_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        article = draft_article(external_id="reset")
        picture = services.attach(content=png(), name="a.png", by=article.owner, article=article)
        assert f"reset/attachments/{picture.key}.png" in everything()
        default_storage.delete(picture.file.name)
        assert f"reset/attachments/{picture.key}.png" not in everything()
        assert "is gone" in caplog.text

    def test_many_articles_cost_no_more_queries(self, django_assert_max_num_queries: Any) -> None:
        shelf = CategoryFactory()
        for number in range(12):
            published_article(f"Number {number}", category=shelf)
        with django_assert_max_num_queries(10):
            everything()

    def test_passwords_mail_addresses_and_groups_are_nowhere(self, secret: Article) -> None:
        text = b"".join(everything().values())
        assert b"pbkdf2" not in text
        assert b"md5$" not in text
        assert b"@fernhill.example" not in text
        assert b"groups" not in text


class TestZip:
    def take(self, client: Client, user: User) -> zipfile.ZipFile:
        client.force_login(user)
        response = client.get("/articles/workbench/export.zip")
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/zip"
        return zipfile.ZipFile(io.BytesIO(b"".join(response)))

    def test_it_holds_what_the_person_works_on_and_no_trace_of_the_rest(
        self, client: Client, publisher: User, secret: Article
    ) -> None:
        mine = published_article("Reset it", external_id="reset")
        services.archive(article=mine, by=publisher, reason="Gone", replaced_by=secret)
        archive = self.take(client, publisher)
        assert archive.testzip() is None
        content = b"".join(name.encode() + archive.read(name) for name in archive.namelist()).lower()
        assert b"reset/article.md" in content
        for trace in (b"heron", b"board", b"takeovers"):
            assert trace not in content

    def test_it_is_the_same_zip_each_time(self, client: Client, publisher: User) -> None:
        published_article()
        first, second = (self.take(client, publisher).fp.read() for _ in range(2))
        assert first == second

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.CONTRIBUTOR, Role.AGENT])
    def test_others_do_not_get_it(self, client: Client, role: Role) -> None:
        client.force_login(UserFactory(role=role))
        assert client.get("/articles/workbench/export.zip").status_code == 403

    def test_only_reading_is_possible(self, client: Client, publisher: User) -> None:
        client.force_login(publisher)
        assert client.post("/articles/workbench/export.zip").status_code == 405


class TestCommand:
    def test_a_folder_is_brought_up_to_date(self, tmp_path: Path) -> None:
        article = published_article(external_id="reset")
        draft_article("Another", external_id="another")
        (tmp_path / ".git").mkdir()
        assert run(tmp_path) == "2 articles in 6 files"
        (tmp_path / "another" / "notes.txt").write_text("mine")
        (tmp_path / "readme.txt").write_text("mine")
        written = (tmp_path / "reset" / "article.md").stat().st_mtime_ns
        Article.objects.get(external_id="another").delete()
        assert run(tmp_path) == "1 articles in 4 files"
        assert (tmp_path / "reset" / "article.md").stat().st_mtime_ns == written
        assert not (tmp_path / "another" / "article.md").exists()
        assert (tmp_path / "another" / "notes.txt").read_text() == "mine"
        assert (tmp_path / "readme.txt").exists()
        assert article.external_id in {path.name for path in tmp_path.iterdir()}

    def test_a_folder_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("mine")
        with pytest.raises(CommandError, match="something else than an export"):
            run(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_as_somebody_it_holds_what_they_work_on(
        self, tmp_path: Path, publisher: User, secret: Article
    ) -> None:
        published_article(external_id="reset")
        run(tmp_path / "new", person="paul")
        assert {path.name for path in (tmp_path / "new").iterdir()} == {
            "reset",
            "audiences.yaml",
            "categories.yaml",
        }
        UserFactory(username="eve", role=Role.EMPLOYEE)
        for name, reason in (("eve", "takes a Publisher"), ("nobody", "nobody called")):
            with pytest.raises(CommandError, match=reason):
                run(tmp_path / "other", person=name)


class TestFormerAddresses:
    @pytest.fixture
    def client(self, publisher: User) -> Client:
        client = Client()
        client.force_login(publisher)
        return client

    def test_one_of_before_leads_to_the_article(self, client: Client) -> None:
        article = published_article()
        Redirect.objects.create(path="/articles/kb/12/reset/", article=article)
        for path in ("/articles/kb/12/reset/", "/articles/kb/12/reset"):
            response = client.get(path)
            assert (response.status_code, response.headers["Location"]) == (302, article.get_absolute_url())

    def test_an_archived_one_leads_to_what_took_its_place(self, client: Client, publisher: User) -> None:
        articles = [published_article(f"Number {number}") for number in range(3)]
        for old, new in pairwise(articles):
            services.archive(article=old, by=publisher, reason="Newer", replaced_by=new)
        response = client.get(f"/articles/{articles[0].pk}/number-0/")
        assert response.headers["Location"] == articles[2].get_absolute_url()

    def test_a_circle_ends(self, client: Client, publisher: User) -> None:
        one, two = published_article("One"), published_article("Two")
        services.archive(article=one, by=publisher, reason="Newer", replaced_by=two)
        services.archive(article=two, by=publisher, reason="Newer", replaced_by=one)
        assert client.get(f"/articles/{one.pk}/one/").status_code == 404

    def test_what_one_may_not_read_is_nowhere(self, client: Client, publisher: User, secret: Article) -> None:
        Redirect.objects.create(path="/articles/kb/13/heron/", article=secret)
        gone = published_article("Gone")
        services.archive(article=gone, by=publisher, reason="Newer", replaced_by=secret)
        unknown = client.get("/articles/999999/nothing/")
        for path in (
            "/articles/kb/13/heron/",
            f"/articles/{gone.pk}/gone/",
            f"/articles/{secret.pk}/project-heron/",
        ):
            response = client.get(path)
            assert (response.status_code, "Location" in response.headers) == (404, False)
        assert unknown.status_code == 404

    def test_only_those_whom_an_archived_one_was_for_are_sent_on(
        self, client: Client, publisher: User, secret: Article
    ) -> None:
        shown = published_article("Shown to everybody")
        Redirect.objects.create(path="/articles/kb/14/heron/", article=secret)
        services.archive(article=secret, by=publisher, reason="Newer", replaced_by=shown)
        for path in (f"/articles/{secret.pk}/project-heron/", "/articles/kb/14/heron/"):
            response = client.get(path)
            assert (response.status_code, "Location" in response.headers) == (404, False)
            assert response.templates[0].name == client.get("/articles/kb/15/none/").templates[0].name
        member = UserFactory()
        member.groups.set(secret.audience.groups.all())
        client.force_login(member)
        for path in (f"/articles/{secret.pk}/project-heron/", "/articles/kb/14/heron/"):
            assert client.get(path).headers["Location"] == shown.get_absolute_url()

    def test_a_way_through_what_one_may_not_know_of_ends_there(
        self, client: Client, publisher: User, secret: Article
    ) -> None:
        first, last = published_article("First"), published_article("Last")
        services.archive(article=first, by=publisher, reason="Newer", replaced_by=secret)
        services.archive(article=secret, by=publisher, reason="Newer", replaced_by=last)
        assert client.get(f"/articles/{first.pk}/first/").status_code == 404

    @pytest.mark.parametrize(
        "path", ["x" * 2000, "%00", "99999999999999999999/x/", "12", "a//b", "..%2f..%2f", "😀"]
    )
    def test_any_other_address_is_not_there(self, client: Client, path: str) -> None:
        assert client.get(f"/articles/{path}").status_code in (404, 400, 301)
