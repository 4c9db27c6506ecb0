"""Pictures of articles: kept once, within limits, and shown to nobody who may not read their article."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.images import BadPicture
from kb.models import Article, Attachment, AuditEvent, WorkingCopy
from kb.services import attachments
from tests.factories import AudienceFactory, UserFactory, draft_article, new_revision, published_article
from tests.kb.hostile_uploads import NAMES, PNG, UPLOADS, Upload, picture

pytestmark = pytest.mark.django_db


def another(shade: int) -> bytes:
    """A picture that is not the same as one of another shade."""
    return picture("PNG", (4, 4), colour=(shade % 256, shade // 256, 7))


def illustrated(content: bytes = PNG, **fields: object) -> tuple[Article, Attachment]:
    """A live article whose text shows a picture."""
    article = published_article(**fields)
    kept = services.attach(
        content=content, name="tray.png", by=UserFactory(role=Role.CONTRIBUTOR), article=article
    )
    new_revision(article, body=f"![The tray]({kept.get_absolute_url()})\n")
    return article, kept


def asked(user: User, kept: Attachment, **headers: str) -> Any:
    client = Client()
    client.force_login(user)
    response: Any = client.get(kept.get_absolute_url(), headers=headers)
    response.body = response.getvalue()  # which also closes the file
    return response


def _without_tokens(page: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"|[0-9a-f]{32}', b"", page)


class TestKeeping:
    def test_a_picture_is_kept_as_written_anew_under_a_name_that_nobody_guesses(
        self, people: dict[Role, User]
    ) -> None:
        content = picture("JPEG", comment=b"<script>")
        kept = services.attach(content=content, name="../my tray.jpeg", by=people[Role.CONTRIBUTOR])
        with kept.file.open() as file:
            assert b"<script>" not in file.read()
        assert (kept.name, kept.media_type, kept.width, kept.height) == ("my tray.jpg", "image/jpeg", 32, 20)
        assert kept.file.name.endswith(f"/{kept.key}.jpg")
        assert AuditEvent.objects.get().action == "added a picture"

    def test_the_same_picture_on_the_same_article_is_kept_once(self, people: dict[Role, User]) -> None:
        article, by = draft_article(), people[Role.CONTRIBUTOR]
        first = services.attach(content=PNG, name="a.png", by=by, article=article)
        assert services.attach(content=PNG + b"behind", name="b.png", by=by, article=article) == first
        assert services.attach(content=PNG, name="a.png", by=by) != first
        assert services.attach(content=PNG, name="a.png", by=by, article=draft_article()) != first

    def test_an_article_has_so_many_pictures_and_a_person_so_many_without_one(
        self, people: dict[Role, User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "MOST_OF_AN_ARTICLE", 2)
        monkeypatch.setattr(attachments, "MOST_UNATTACHED", 1)
        article, by = draft_article(), people[Role.CONTRIBUTOR]
        for shade in range(2):
            services.attach(content=another(shade), name="a.png", by=by, article=article)
        with pytest.raises(BadPicture, match="This article has 2 pictures"):
            services.attach(content=another(2), name="a.png", by=by, article=article)
        services.attach(content=another(0), name="a.png", by=by)
        with pytest.raises(BadPicture, match="Save the article that you are writing"):
            services.attach(content=another(1), name="a.png", by=by)
        services.attach(content=another(1), name="a.png", by=people[Role.PUBLISHER])

    def test_what_is_no_picture_leaves_nothing_behind(self, people: dict[Role, User]) -> None:
        with pytest.raises(BadPicture):
            services.attach(content=b"<svg>", name="a.svg", by=people[Role.CONTRIBUTOR])
        with pytest.raises(PermissionDenied):
            services.attach(content=PNG, name="a.png", by=people[Role.EMPLOYEE])
        assert not Attachment.objects.exists()
        assert not AuditEvent.objects.exists()


class TestSweeping:
    def test_what_no_article_came_for_is_deleted_after_a_week(self, people: dict[Role, User]) -> None:
        by = people[Role.CONTRIBUTOR]
        forgotten, recent, typed = (
            services.attach(content=another(n), name="a.png", by=by) for n in range(3)
        )
        used = services.attach(content=PNG, name="a.png", by=by, article=draft_article())
        WorkingCopy.objects.create(author=by, body=f"![x]({typed.get_absolute_url()})")
        week_ago = timezone.now() - timedelta(days=7, minutes=1)
        Attachment.objects.exclude(pk=recent.pk).update(uploaded_at=week_ago)
        assert services.sweep_unattached() == 1
        assert set(Attachment.objects.all()) == {recent, typed, used}
        assert not default_storage.exists(forgotten.file.name)
        assert default_storage.exists(used.file.name)


class TestShowing:
    def test_readers_of_the_article_see_the_picture_of_its_live_text(self, people: dict[Role, User]) -> None:
        _, kept = illustrated()
        response = asked(people[Role.EMPLOYEE], kept)
        assert response.status_code == 200
        with Image.open(io.BytesIO(response.body)) as shown:
            assert shown.size == (32, 20)
        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Content-Disposition"] == 'inline; filename="tray.png"'
        assert "Location" not in response

    def test_whoever_has_it_already_is_told_in_a_line_unless_they_may_not_read_it_any_more(
        self, people: dict[Role, User]
    ) -> None:
        article, kept = illustrated()
        etag = asked(people[Role.EMPLOYEE], kept)["ETag"]
        again = asked(people[Role.EMPLOYEE], kept, if_none_match=etag)
        assert (again.status_code, again.body) == (304, b"")
        assert again["Content-Security-Policy"] == "default-src 'none'; sandbox"
        services.set_audience(
            article=article, audience=AudienceFactory(["Finance"]), by=people[Role.PUBLISHER]
        )
        assert asked(people[Role.EMPLOYEE], kept, if_none_match=etag).status_code == 404

    def test_a_name_with_any_letters_is_told_without_breaking_the_header(
        self, people: dict[Role, User]
    ) -> None:
        _, kept = illustrated()
        Attachment.objects.update(name='Größe "1"; x=\u202e.png')
        assert "filename*=utf-8''Gr%C3%B6%C3%9Fe" in asked(people[Role.EMPLOYEE], kept)["Content-Disposition"]

    def test_nobody_else_is_told_that_it_is_there(self, people: dict[Role, User]) -> None:
        restricted, hidden = illustrated(audience=AudienceFactory(["Finance"]))
        unknown = SimpleNamespace(get_absolute_url=lambda: reverse("kb:attachment", args=["0" * 32]))
        for role in Role:
            got, expected = asked(people[role], hidden), asked(people[role], unknown)
            assert got.status_code == expected.status_code == 404
            assert _without_tokens(got.body) == _without_tokens(expected.body), role
        assert asked(UserFactory(groups=["Finance"]), hidden).status_code == 200
        assert restricted.live_revision

    @pytest.mark.parametrize("state", ["expired", "archived", "taken out of the text", "only in a draft"])
    def test_what_readers_are_not_shown_any_more_those_who_write_still_see(
        self, people: dict[Role, User], state: str
    ) -> None:
        if state == "only in a draft":
            article = draft_article()
            kept = services.attach(content=PNG, name="a.png", by=people[Role.CONTRIBUTOR], article=article)
        else:
            article, kept = illustrated()
        if state == "expired":
            Article.objects.update(expires_at=timezone.now())
        elif state == "archived":
            services.archive(article=article, by=people[Role.PUBLISHER], reason="Old.")
        elif state == "taken out of the text":
            new_revision(article, body="No picture.\n")
        assert asked(people[Role.EMPLOYEE], kept).status_code == 404
        assert asked(people[Role.AGENT], kept).status_code == 404
        assert asked(people[Role.PUBLISHER], kept).status_code == 200

    def test_what_was_added_for_a_new_article_only_its_writer_sees(self, people: dict[Role, User]) -> None:
        kept = services.attach(content=PNG, name="a.png", by=people[Role.CONTRIBUTOR])
        assert asked(people[Role.CONTRIBUTOR], kept).status_code == 200
        assert asked(people[Role.PUBLISHER], kept).status_code == 404

    def test_a_picture_of_one_article_is_not_shown_by_naming_it_in_another(
        self, people: dict[Role, User]
    ) -> None:
        _, hidden = illustrated(audience=AudienceFactory(["Finance"]))
        published_article(body=f"![x]({hidden.get_absolute_url()})\n")
        assert asked(people[Role.EMPLOYEE], hidden).status_code == 404

    def test_strangers_are_asked_to_sign_in_and_nothing_is_posted(self, people: dict[Role, User]) -> None:
        _, kept = illustrated()
        assert Client().get(kept.get_absolute_url()).status_code == 302
        assert not Attachment.objects.shown_to(AnonymousUser()).exists()
        client = Client()
        client.force_login(people[Role.EMPLOYEE])
        assert client.post(kept.get_absolute_url()).status_code == 405
        head = client.head(kept.get_absolute_url())
        head.getvalue()
        assert head.status_code == 200

    @pytest.mark.parametrize(
        "key", ["../../etc/passwd", "x" * 5000, "0" * 31, "%00", "favicon.svg", "0f" * 16 + ".png"]
    )
    def test_any_other_address_is_not_found(self, people: dict[Role, User], key: str) -> None:
        client = Client()
        client.force_login(people[Role.PUBLISHER])
        assert client.get(f"/articles/attachments/{key}").status_code in (301, 400, 404)

    def test_a_file_that_is_gone_is_not_found_and_told_to_the_operator(
        self, people: dict[Role, User], caplog: pytest.LogCaptureFixture
    ) -> None:
        _, kept = illustrated()
        Path(kept.file.path).unlink()
        assert asked(people[Role.EMPLOYEE], kept).status_code == 404
        assert kept.key in caplog.text


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.case)
def test_every_hostile_file_is_kept_as_pixels_or_refused_in_words(
    upload: Upload, people: dict[Role, User]
) -> None:
    by = people[Role.CONTRIBUTOR]
    if upload.told:
        with pytest.raises(BadPicture, match=r"[Cc]hoose|[Ss]ave"):
            services.attach(content=upload.content, name=upload.name, by=by)
        assert not Attachment.objects.exists()
        return
    kept = services.attach(content=upload.content, name=upload.name, by=by)
    response = asked(by, kept)
    assert response["Content-Type"] in ("image/png", "image/jpeg", "image/webp")
    assert b"<script" not in response.body


FORM = "multipart/form-data; boundary=x"


def form(name: str, content: bytes) -> bytes:
    """A form with one file, its name exactly as given."""
    told = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A")
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="' + told
    return head + b'"\r\nContent-Type: text/html\r\n\r\n' + content + b"\r\n--x--"


class TestUploading:
    """Through the editor's own address, as a browser or an attacker sends files."""

    @pytest.fixture
    def send(self, people: dict[Role, User]) -> Callable[..., Any]:
        client = Client(raise_request_exception=False)
        client.force_login(people[Role.CONTRIBUTOR])
        copy = services.begin(author=people[Role.CONTRIBUTOR], kind="faq")
        address = reverse("kb:upload", args=[copy.pk])
        return lambda body, content_type=FORM: client.generic(
            "POST", address, body, content_type, headers={"Accept": "application/json"}
        )

    def test_no_hostile_file_is_an_error_and_each_that_is_refused_says_why(
        self, send: Callable[..., Any]
    ) -> None:
        for upload in UPLOADS:
            response = send(form(upload.name, upload.content))
            assert response.status_code == (422 if upload.told else 200), upload.case
            if upload.told:
                assert len(response.json()["problem"]) > 15, upload.case
            else:
                assert re.fullmatch(r"/articles/attachments/[0-9a-f]{32}", response.json()["url"]), (
                    upload.case
                )

    def test_no_name_leaves_the_folder_of_pictures(self, send: Callable[..., Any]) -> None:
        for name in NAMES:
            response = send(form(name, PNG))
            assert response.status_code in (200, 422), name
        folder = Path(default_storage.path("attachments")).resolve()
        for kept in Attachment.objects.all():
            assert Path(kept.file.path).resolve().is_relative_to(folder)

    def test_what_is_no_file_at_all_is_refused_in_words(self, send: Callable[..., Any]) -> None:
        one = form("a.png", PNG)
        bodies = {
            "nothing": (b"", FORM),
            "words": (b"picture=x", "application/x-www-form-urlencoded"),
            "no end": (one[:-5], FORM),
            "no boundary": (one, "multipart/form-data"),
            "a wrong encoding": (one, f"{FORM}; charset=utf-7"),
            "three hundred files": (one[:-5] * 300 + b"--x--", FORM),
            "a name without end": (form("a" * 20_000, PNG), FORM),
            "JSON": (b'{"picture": "x"}', "application/json"),
        }
        for case, (body, content_type) in bodies.items():
            response = send(body, content_type=content_type)
            assert response.status_code in (200, 400, 422), case
        assert Attachment.objects.count() <= 1

    def test_a_picture_added_while_another_tab_saves_overwrites_nothing(
        self, people: dict[Role, User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = services.begin(author=people[Role.CONTRIBUTOR], kind="faq")
        really = services.attach

        def saved_meanwhile(**given: Any) -> Attachment:
            services.keep(working_copy=copy, version=0, typed=services.Typed(body="Typed meanwhile."))
            return really(**given)

        monkeypatch.setattr(services, "attach", saved_meanwhile)
        client = Client()
        client.force_login(people[Role.CONTRIBUTOR])
        address = reverse("kb:upload", args=[copy.pk])
        response = client.generic("POST", address, form("a.png", PNG), FORM)
        assert "another tab" in client.get(response["Location"]).content.decode()
        copy.refresh_from_db()
        assert copy.body == "Typed meanwhile."
