"""Writing: nothing that somebody typed is lost, nobody's text is overwritten, and nobody sees another's typing."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.merging import MINE
from kb.models import Article, Attachment, Audience, Revision, WorkingCopy
from kb.services import Outdated, SavedElsewhere, Typed
from kb.skeletons import SKELETONS
from kb.workflow import Refused, State
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)

pytestmark = pytest.mark.django_db

BODY = "## Connect\n\n1. Open the client.\n2. Sign in.\n"


@pytest.fixture
def author(client: Client, people: dict[Role, User]) -> User:
    client.force_login(people[Role.CONTRIBUTOR])
    return people[Role.CONTRIBUTOR]


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(groups=["Finance"], name="Finance")


@pytest.fixture
def article(db: None) -> Article:
    return published_article("Connect to the VPN", BODY)


@pytest.fixture
def copy(author: User, article: Article) -> WorkingCopy:
    return services.work_on(article=article, author=author)


def page(client: Client, copy: WorkingCopy) -> str:
    response = client.get(reverse("kb:write", args=[copy.pk]))
    assert response.status_code == 200
    return response.content.decode()


def typed(copy: WorkingCopy, **changes: object) -> dict[str, object]:
    words = {name: getattr(copy, name) for name in ("title", "summary", "body", "change_note", "version")}
    return words | changes


def png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return buffer.getvalue()


class TestStarting:
    def test_a_new_article_begins_with_the_skeleton_of_its_kind(self, client: Client, author: User) -> None:
        response = client.post(reverse("kb:new"), {"kind": "troubleshooting"})
        copy = WorkingCopy.objects.get(author=author)
        assert response["Location"] == reverse("kb:write", args=[copy.pk])
        assert copy.body == SKELETONS["troubleshooting"]
        assert "## Resolution" in page(client, copy)

    def test_an_unknown_kind_is_asked_for_again(self, client: Client, author: User) -> None:
        assert client.post(reverse("kb:new"), {"kind": "poem"}).status_code == 422
        assert not WorkingCopy.objects.exists()

    def test_changing_an_article_begins_with_its_newest_text(
        self, client: Client, author: User, article: Article
    ) -> None:
        response = client.get(reverse("kb:edit", args=[article.pk]))
        copy = WorkingCopy.objects.get(author=author, article=article)
        assert response["Location"] == reverse("kb:write", args=[copy.pk])
        assert (copy.title, copy.body) == ("Connect to the VPN", BODY)
        assert copy.based_on == article.live_revision

    def test_what_was_begun_is_gone_on_with(self, copy: WorkingCopy, author: User, article: Article) -> None:
        services.keep(working_copy=copy, version=0, typed=Typed("Mine", "", "Mine.", ""))
        assert services.work_on(article=article, author=author) == copy
        copy.refresh_from_db()
        assert copy.body == "Mine."

    def test_a_copy_that_nobody_typed_into_follows_the_article(
        self, copy: WorkingCopy, author: User, article: Article, people: dict[Role, User]
    ) -> None:
        newer = services.write_revision(
            article=article, author=people[Role.PUBLISHER], title="VPN", body="Newer."
        )
        fresh = services.work_on(article=article, author=author)
        assert (fresh.body, fresh.based_on) == ("Newer.", newer)

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT])
    def test_only_people_who_write_come_in(
        self, client: Client, people: dict[Role, User], article: Article, role: Role
    ) -> None:
        person = people[role]
        if person.has_perm("kb.add_revision"):
            pytest.skip("This role writes.")
        client.force_login(person)
        assert client.get(reverse("kb:new")).status_code == 403
        assert client.get(reverse("kb:edit", args=[article.pk])).status_code == 403

    def test_an_article_of_others_audiences_is_not_there(
        self, client: Client, author: User, finance: Audience
    ) -> None:
        hidden = published_article("Payroll run", audience=finance)
        assert client.get(reverse("kb:edit", args=[hidden.pk])).status_code == 404

    @pytest.mark.parametrize(
        "name",
        ["write", "autosave", "preview", "checklist", "merge", "discard", "upload", "find_links"],
    )
    def test_nobody_sees_or_touches_anothers_copy(
        self, client: Client, people: dict[Role, User], copy: WorkingCopy, name: str
    ) -> None:
        client.force_login(people[Role.PUBLISHER])
        address = reverse(f"kb:{name}", args=[copy.pk])
        assert client.get(address).status_code in (404, 405)
        assert client.post(address, typed(copy, body="Theirs.")).status_code in (404, 405)
        copy.refresh_from_db()
        assert copy.body == BODY

    def test_a_copy_of_an_article_that_is_for_others_now_is_not_shown(
        self, client: Client, copy: WorkingCopy, article: Article, finance: Audience, people: dict[Role, User]
    ) -> None:
        services.set_audience(article=article, audience=finance, by=people[Role.PUBLISHER])
        assert client.get(reverse("kb:write", args=[copy.pk])).status_code == 404


class TestKeeping:
    def test_typing_is_kept_and_counted(self, client: Client, copy: WorkingCopy) -> None:
        address = reverse("kb:autosave", args=[copy.pk])
        response = client.post(address, typed(copy, body="One.\r\nTwo.", title="T"))
        assert (response.status_code, response["X-Version"]) == (204, "1")
        copy.refresh_from_db()
        assert (copy.title, copy.body) == ("T", "One.\nTwo.")

    def test_a_second_tab_is_told_and_overwrites_nothing(self, client: Client, copy: WorkingCopy) -> None:
        address = reverse("kb:autosave", args=[copy.pk])
        client.post(address, typed(copy, body="First tab."))
        response = client.post(address, typed(copy, body="Second tab."))
        assert response.status_code == 409
        assert "another tab" in response.content.decode()
        copy.refresh_from_db()
        assert copy.body == "First tab."

    def test_a_second_tab_that_saves_is_shown_both_texts(self, client: Client, copy: WorkingCopy) -> None:
        client.post(reverse("kb:autosave", args=[copy.pk]), typed(copy, body="First tab."))
        response = client.post(reverse("kb:write", args=[copy.pk]), typed(copy, body="Second tab."))
        assert response.status_code == 422
        assert "First tab." in response.content.decode()
        assert "Second tab." in response.content.decode()
        copy.refresh_from_db()
        assert copy.body == "First tab."

    def test_saving_after_the_warning_keeps_what_both_tabs_had(
        self, client: Client, copy: WorkingCopy
    ) -> None:
        first, second = f"First tab.\n\n{BODY}", f"{BODY}\nSecond tab.\n"
        client.post(reverse("kb:autosave", args=[copy.pk]), typed(copy, body=first))
        address = reverse("kb:write", args=[copy.pk])
        shown = BeautifulSoup(client.post(address, typed(copy, body=second)).content, "html.parser")
        fields = {field["name"]: field.get("value") or field.get_text() for field in shown.select("[name]")}
        sent = {name: fields[name] for name in ("title", "version", "body")}
        assert client.post(address, {**sent, "then": "draft"}).status_code == 302
        revision = Revision.objects.latest("pk")
        assert revision.body.strip() == f"First tab.\n\n{BODY}\nSecond tab."

    def test_where_two_tabs_collide_both_texts_stand_to_choose_from(
        self, client: Client, copy: WorkingCopy
    ) -> None:
        client.post(reverse("kb:autosave", args=[copy.pk]), typed(copy, body="First tab."))
        response = client.post(reverse("kb:write", args=[copy.pk]), typed(copy, body="Second tab."))
        field = BeautifulSoup(response.content, "html.parser").select_one("#id_body")
        assert field is not None
        assert "First tab." in field.get_text()
        assert "Second tab." in field.get_text()

    def test_typing_is_told_of_what_somebody_else_saved_meanwhile(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        amira = UserFactory(first_name="Amira", last_name="Rahman", role=Role.CONTRIBUTOR)
        address = reverse("kb:autosave", args=[copy.pk])
        assert client.post(address, typed(copy, body="Mine."))["X-Meanwhile"] == ""
        services.write_revision(article=article, author=amira, title="VPN", body="Theirs.\n")
        told = unquote(client.post(address, typed(copy, body="Mine, on.", version=1))["X-Meanwhile"])
        assert told == "Amira Rahman saved revision 2 meanwhile: you'll see both when you send."

    def test_without_a_script_finding_a_link_keeps_the_text_first(
        self, client: Client, copy: WorkingCopy
    ) -> None:
        address = reverse("kb:write", args=[copy.pk])
        response = client.post(address, typed(copy, body="Typed.", then="links", q="a b"))
        assert response["Location"] == reverse("kb:find_links", args=[copy.pk]) + "?q=a+b"
        copy.refresh_from_db()
        assert copy.body == "Typed."

    @pytest.mark.parametrize(
        "wrong", [{"version": "x"}, {"title": "x" * 201}, {"body": "\0"}, {"body": "x" * 250_001}]
    )
    def test_what_cannot_be_kept_is_said_and_changes_nothing(
        self, client: Client, copy: WorkingCopy, wrong: dict[str, object]
    ) -> None:
        response = client.post(reverse("kb:autosave", args=[copy.pk]), typed(copy, **wrong))
        assert response.status_code == 422
        assert response.content
        assert client.post(reverse("kb:write", args=[copy.pk]), typed(copy, **wrong)).status_code == 422
        copy.refresh_from_db()
        assert (copy.version, copy.body) == (0, BODY)

    def test_without_a_script_keeping_and_previewing_are_buttons(
        self, client: Client, copy: WorkingCopy
    ) -> None:
        address = reverse("kb:write", args=[copy.pk])
        client.post(address, typed(copy, body="# Kept", then="keep"))
        copy.refresh_from_db()
        response = client.post(address, typed(copy, body="**Bold** <script>", then="preview"))
        assert "<strong>Bold</strong> &lt;script&gt;" in response.content.decode()
        copy.refresh_from_db()
        assert copy.body == "**Bold** <script>"

    def test_what_is_chosen_for_a_new_article_is_kept_too(self, client: Client, author: User) -> None:
        copy = services.begin(author=author, kind="how-to")
        shelf = CategoryFactory(name="Networks")
        client.post(
            reverse("kb:autosave", args=[copy.pk]), typed(copy, category=shelf.pk, kind="faq", expires_at="")
        )
        copy.refresh_from_db()
        assert (copy.settings["category"], copy.settings["kind"]) == (str(shelf.pk), "faq")
        assert f'<option value="{shelf.pk}" selected>' in page(client, copy)

    def test_discarding_asks_first(self, client: Client, copy: WorkingCopy) -> None:
        address = reverse("kb:discard", args=[copy.pk])
        assert "Discard what you typed?" in client.get(address).content.decode()
        assert WorkingCopy.objects.filter(pk=copy.pk).exists()
        client.post(address)
        assert not WorkingCopy.objects.filter(pk=copy.pk).exists()


class TestHandingIn:
    def test_a_copy_becomes_a_draft_and_is_gone(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        response = client.post(
            reverse("kb:write", args=[copy.pk]),
            typed(copy, body="Better.\n", change_note="Why", then="draft"),
        )
        revision = article.revisions.order_by("-number").first()
        assert response["Location"] == reverse("kb:revision", args=[revision.pk])
        assert (revision.body, revision.state, revision.change_note) == ("Better.\n", State.DRAFT, "Why")
        assert revision.based_on == article.live_revision
        assert not WorkingCopy.objects.exists()

    def test_sending_it_for_review_is_one_step(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        client.post(reverse("kb:write", args=[copy.pk]), typed(copy, body="Better.\n", then="review"))
        assert article.revisions.order_by("-number").first().state == State.IN_REVIEW

    def test_a_new_article_takes_its_place_and_its_pictures(self, client: Client, author: User) -> None:
        copy = services.begin(author=author, kind="policy")
        picture = services.attach(content=png(), name="a.png", by=author)
        other = services.attach(content=png(), name="b.png", by=UserFactory(role=Role.CONTRIBUTOR))
        body = f"![A menu]({picture.get_absolute_url()}) ![No]({other.get_absolute_url()})\n"
        shelf, next_year = CategoryFactory(), timezone.localdate() + timedelta(days=365)
        response = client.post(
            reverse("kb:write", args=[copy.pk]),
            typed(
                copy, title="Use of laptops", body=body, then="review", kind="policy",
                category=shelf.pk, audience=everyone().pk, owner=author.pk, review_by=next_year.isoformat(),
            ),
        )  # fmt: skip
        article = Article.objects.get()
        assert response["Location"] == reverse("kb:revision", args=[article.revisions.get().pk])
        assert (article.category, article.owner, article.governance) == (shelf, author, "compliance")
        assert article.review_by == next_year
        assert list(article.attachments.all()) == [picture]
        assert Attachment.objects.get(pk=other.pk).article is None

    def test_what_is_missing_is_asked_for_and_the_text_is_kept(self, client: Client, author: User) -> None:
        copy = services.begin(author=author, kind="how-to")
        address = reverse("kb:write", args=[copy.pk])
        response = client.post(address, typed(copy, title="T", body="Typed.", then="draft"))
        assert response.status_code == 422
        assert "Choose a category." in response.content.decode()
        copy.refresh_from_db()
        assert copy.body == "Typed."
        assert not Article.objects.exists()

    def test_each_missing_thing_leads_to_its_field(self, client: Client, author: User) -> None:
        copy = services.begin(author=author, kind="how-to")
        sent = typed(copy, title=" ", body="", then="review")
        page = BeautifulSoup(client.post(reverse("kb:write", args=[copy.pk]), sent).content, "html.parser")
        links = [str(link["href"]) for link in page.select("#problems a")]
        assert links == ["#id_title", "#id_body", "#id_category", "#id_audience"]
        assert all(page.select_one(link) for link in links)
        assert page.select_one("#problems[autofocus]") is not None
        assert len(page.select("#write-form .errorlist")) == len(links)

    def test_an_audience_of_others_cannot_be_chosen(
        self, client: Client, author: User, finance: Audience
    ) -> None:
        copy = services.begin(author=author, kind="how-to")
        assert "Finance" not in page(client, copy)
        response = client.post(
            reverse("kb:write", args=[copy.pk]),
            typed(copy, title="T", then="draft", category=CategoryFactory().pk, audience=finance.pk),
        )
        assert response.status_code == 422
        assert not Article.objects.exists()

    def test_a_shelf_that_holds_only_what_is_hidden_is_not_offered(
        self, client: Client, author: User, finance: Audience
    ) -> None:
        published_article(audience=finance, category=CategoryFactory(name="Mergers 2027"))
        assert "Mergers 2027" not in page(client, services.begin(author=author, kind="how-to"))

    def test_a_text_that_nobody_changed_makes_no_revision(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        response = client.post(reverse("kb:write", args=[copy.pk]), typed(copy, then="draft"))
        assert response.status_code == 422
        assert "Nothing is different from revision 1 yet." in response.content.decode()
        assert article.revisions.count() == 1

    def test_handing_in_twice_makes_one_revision(self, copy: WorkingCopy, author: User) -> None:
        services.keep(working_copy=copy, version=0, typed=Typed("T", "", "Better.", ""))
        services.hand_in(working_copy=copy, by=author)
        with pytest.raises(Refused, match="saved this already"):
            services.hand_in(working_copy=WorkingCopy(pk=copy.pk or 1), by=author)

    def test_two_texts_side_by_side_are_not_sent_for_review(self, copy: WorkingCopy, author: User) -> None:
        services.keep(working_copy=copy, version=0, typed=Typed("T", "", f"One.\n{MINE}\nTwo.", ""))
        with pytest.raises(Refused, match="side by side"):
            services.hand_in(working_copy=copy, by=author, submit=True)
        revision = services.hand_in(working_copy=copy, by=author)
        with pytest.raises(Refused, match="side by side"):
            services.submit(revision=revision, by=author)


class TestTwoAuthors:
    @pytest.fixture
    def theirs(self, copy: WorkingCopy, article: Article) -> Revision:
        """Somebody else saves while one is typing."""
        ada = UserFactory(first_name="Ada", last_name="Byron", role=Role.CONTRIBUTOR)
        services.keep(
            working_copy=copy,
            version=0,
            typed=Typed("Connect to the VPN", "", BODY.replace("Sign in", "Sign in twice"), ""),
        )
        return services.write_revision(
            article=article, author=ada, title="VPN at home", body=f"New first line.\n\n{BODY}"
        )

    def test_a_save_over_anothers_leads_to_both_texts(
        self, client: Client, copy: WorkingCopy, theirs: Revision, article: Article
    ) -> None:
        response = client.post(reverse("kb:write", args=[copy.pk]), typed(copy, then="draft"))
        assert response["Location"] == reverse("kb:merge", args=[copy.pk])
        shown = client.get(response["Location"]).content.decode()
        assert "Ada Byron saved revision 2 meanwhile" in shown
        assert "New first line." in shown
        assert "Sign in twice." in shown
        assert article.revisions.count() == 2
        assert "Ada Byron saved revision 2 meanwhile." in page(client, copy)

    def test_the_text_put_together_goes_on_from_theirs(
        self, client: Client, copy: WorkingCopy, theirs: Revision, article: Article
    ) -> None:
        merged = client.get(reverse("kb:merge", args=[copy.pk])).context["text"].text
        response = client.post(
            reverse("kb:merge", args=[copy.pk]),
            typed(copy, title="VPN at home", body=merged, newest=theirs.pk),
        )
        assert response["Location"] == reverse("kb:write", args=[copy.pk])
        copy.refresh_from_db()
        client.post(reverse("kb:write", args=[copy.pk]), typed(copy, then="draft"))
        newest = article.revisions.order_by("-number").first()
        assert (newest.number, newest.based_on) == (3, theirs)
        assert "New first line." in newest.body
        assert "Sign in twice." in newest.body

    def test_a_third_text_that_came_meanwhile_is_put_together_anew(
        self, client: Client, copy: WorkingCopy, theirs: Revision, article: Article
    ) -> None:
        third = services.write_revision(
            article=article, author=UserFactory(role=Role.CONTRIBUTOR), title="VPN", body="Third.\n"
        )
        address = reverse("kb:merge", args=[copy.pk])
        response = client.post(address, typed(copy, body="Of the second.", newest=theirs.pk))
        assert response.status_code == 200
        assert response.context["newest"] == third
        copy.refresh_from_db()
        assert "Sign in twice." in copy.body

    def test_nothing_to_put_together_leads_back(self, client: Client, copy: WorkingCopy) -> None:
        response = client.get(reverse("kb:merge", args=[copy.pk]))
        assert response["Location"] == reverse("kb:write", args=[copy.pk])

    def test_the_copy_stays_when_the_service_says_outdated(
        self, copy: WorkingCopy, author: User, theirs: Revision
    ) -> None:
        with pytest.raises(Outdated):
            services.hand_in(working_copy=copy, by=author)
        assert WorkingCopy.objects.filter(pk=copy.pk).exists()

    def test_a_stale_version_takes_over_nothing(self, copy: WorkingCopy, theirs: Revision) -> None:
        with pytest.raises(SavedElsewhere):
            services.take_over(working_copy=copy, version=0, typed=Typed(), newest=theirs)
        other = draft_article().revisions.get()
        with pytest.raises(Refused):
            services.take_over(working_copy=copy, version=copy.version, typed=Typed(), newest=other)


class TestBeside:
    def test_what_reviewers_asked_for_stands_beside_the_text(
        self, client: Client, author: User, people: dict[Role, User]
    ) -> None:
        article = draft_article("VPN", BODY, author=author)
        revision = services.submit(revision=article.revisions.get(), by=author)
        services.comment(revision=revision, by=people[Role.PUBLISHER], text="Which client?", line=3)
        services.request_changes(revision=revision, by=people[Role.PUBLISHER], reason="Name the client.")
        shown = page(client, services.work_on(article=article, author=author))
        assert "Name the client." in shown
        assert "Which client?" in shown
        assert 'data-line="3"' in shown

    def test_a_text_that_waits_for_a_reviewer_is_named(
        self, client: Client, author: User, people: dict[Role, User]
    ) -> None:
        article = draft_article("VPN", BODY, author=people[Role.PUBLISHER])
        services.submit(revision=article.revisions.get(), by=people[Role.PUBLISHER])
        assert "waits for a reviewer" in page(client, services.work_on(article=article, author=author))

    def test_the_checklist_follows_what_is_typed(self, client: Client, copy: WorkingCopy) -> None:
        body = "The password is kestrel77.\n\n[x](article:gone)\n"
        response = client.post(reverse("kb:checklist", args=[copy.pk]), typed(copy, title="VPN", body=body))
        said = response.content.decode()
        assert "a password or key" in said
        assert "kestrel77" not in said
        assert "single word" in said
        assert "gone" in said

    def test_a_link_to_a_hidden_article_reads_like_one_to_nothing(
        self, client: Client, copy: WorkingCopy, finance: Audience
    ) -> None:
        hidden = published_article("Payroll run", audience=finance)
        address = reverse("kb:checklist", args=[copy.pk])
        said = [
            client.post(address, typed(copy, body=f"[x](article:{name})")).content.decode().replace(name, "")
            for name in (hidden.external_id, "nothing-at-all")
        ]
        assert said[0] == said[1]
        rendered = client.post(
            reverse("kb:preview", args=[copy.pk]), typed(copy, body=f"[x](article:{hidden.external_id})")
        )
        assert "Payroll" not in rendered.content.decode()

    def test_the_preview_is_what_readers_will_see(self, client: Client, copy: WorkingCopy) -> None:
        response = client.post(
            reverse("kb:preview", args=[copy.pk]), typed(copy, body="## Hi\n\n<script>alert(1)</script>")
        )
        assert '<h2 id="hi">Hi</h2>' in response.content.decode()
        assert "<script>" not in response.content.decode()

    def test_links_are_found_among_what_one_may_read(
        self, client: Client, copy: WorkingCopy, finance: Audience
    ) -> None:
        published_article("Reset [my] password", external_id="reset")
        published_article("Reset the ledger", audience=finance)
        response = client.get(reverse("kb:find_links", args=[copy.pk]), {"q": "reset"})
        assert "[Reset \\[my\\] password](article:reset)" in response.content.decode()
        assert "ledger" not in response.content.decode()

    def test_a_similar_article_can_be_read_beside_ones_own(
        self, client: Client, copy: WorkingCopy, finance: Audience
    ) -> None:
        other = published_article("Connect from abroad", "Use the other gateway.\n")
        hidden = published_article("Connect the vault", "Secret gateway.\n", audience=finance)
        address = reverse("kb:write", args=[copy.pk])
        assert "Use the other gateway." in client.get(address, {"beside": other.pk}).content.decode()
        for asked in (hidden.pk, "x", "9" * 30):
            assert "Secret gateway" not in client.get(address, {"beside": asked}).content.decode()

    def test_the_page_asks_the_database_the_same_however_many_comments_there_are(
        self, client: Client, author: User, people: dict[Role, User], django_assert_max_num_queries: Callable
    ) -> None:
        article = draft_article("VPN", BODY, author=author)
        revision = services.submit(revision=article.revisions.get(), by=author)
        for number in range(8):
            services.comment(revision=revision, by=people[Role.PUBLISHER], text=f"Comment {number}", line=1)
        services.request_changes(revision=revision, by=people[Role.PUBLISHER], reason="See there.")
        copy = services.work_on(article=article, author=author)
        with django_assert_max_num_queries(20):
            page(client, copy)


class TestPictures:
    def upload(self, client: Client, copy: WorkingCopy, content: bytes, **options: str) -> Any:
        picture = SimpleUploadedFile("menu.png", content, content_type="image/png")
        data = {"picture": picture, "alt": "The [menu]"}
        return client.post(reverse("kb:upload", args=[copy.pk]), data, headers=options)

    def test_a_script_is_told_where_the_picture_is(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        told = self.upload(client, copy, png(), accept="application/json").json()
        assert told == {"url": article.attachments.get().get_absolute_url(), "name": "menu.png"}

    def test_without_a_script_it_is_added_to_the_text(
        self, client: Client, copy: WorkingCopy, article: Article
    ) -> None:
        self.upload(client, copy, png())
        copy.refresh_from_db()
        address = article.attachments.get().get_absolute_url()
        assert copy.body == f"{BODY}\n![The \\[menu\\]]({address})\n"

    @pytest.mark.parametrize("is_picture", [True, False])
    def test_without_a_script_what_was_typed_is_kept_with_the_picture(
        self, client: Client, copy: WorkingCopy, is_picture: bool
    ) -> None:
        content = png() if is_picture else b"none"
        picture = SimpleUploadedFile("menu.png", content, content_type="image/png")
        sent = {**typed(copy, body="Just typed."), "picture": picture, "alt": "Menu"}
        client.post(reverse("kb:upload", args=[copy.pk]), sent)
        copy.refresh_from_db()
        assert copy.body.startswith("Just typed.")
        assert ("![Menu]" in copy.body) == is_picture

    def test_what_is_no_picture_is_refused_with_what_to_do(self, client: Client, copy: WorkingCopy) -> None:
        response = self.upload(client, copy, b"<svg onload=alert(1)>", accept="application/json")
        assert response.status_code == 422
        assert response.json()["problem"]
        empty = client.post(reverse("kb:upload", args=[copy.pk]), headers={"accept": "application/json"})
        assert empty.json()["problem"] == "Choose a picture first."
        assert not Attachment.objects.exists()


def test_a_nul_in_what_was_chosen_is_kept_on_no_database(client: Client, author: User) -> None:
    copy = services.begin(author=author, kind="faq")
    response = client.post(reverse("kb:autosave", args=[copy.pk]), typed(copy, category="1\0", kind="a\0b"))
    assert response.status_code in (200, 204, 422)
    copy.refresh_from_db()
    assert "\0" not in "".join(map(str, copy.settings.values()))
