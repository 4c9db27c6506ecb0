"""Reviewing: what changed word by word, what is said of a line, who decides, and what came of it meanwhile."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from kb import reviewing, services
from kb.models import Article, AuditEvent, ReviewComment, Revision
from kb.workflow import Governance, State
from tests.factories import AudienceFactory, UserFactory, draft_article, published_article

pytestmark = pytest.mark.django_db

LIVE = "# Before you start\n\nOpen the portal.\n\n" + "A line that stays.\n\n" * 12 + "Choose **Reset**.\n"
CHANGED = LIVE.replace("Open the portal", "Open the new portal").replace("Choose", "Pick")


def words(response: HttpResponse) -> str:
    """What a person reads, on one line."""
    return " ".join(soup(response).get_text(" ").split())


def soup(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def page_of(revision: Revision, query: str = "") -> str:
    return reverse("kb:revision", args=[revision.pk]) + query


@pytest.fixture
def maria(db: None) -> User:
    return UserFactory(first_name="Maria", last_name="Duarte", role=Role.CONTRIBUTOR)


@pytest.fixture
def waiting(maria: User) -> Revision:
    """A change to a live article, in review."""
    article = published_article("Reset your password", LIVE)
    revision = services.write_revision(
        article=article,
        author=maria,
        title="Reset a forgotten password",
        body=CHANGED,
        change_note="New portal",
    )
    return services.submit(revision=revision, by=maria)


@pytest.fixture
def publisher(client: Client, people: dict[Role, User]) -> User:
    client.force_login(people[Role.PUBLISHER])
    return people[Role.PUBLISHER]


class TestWhatChanged:
    def test_the_change_is_told_word_by_word_against_what_is_live(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        page = soup(client.get(page_of(waiting)))
        assert "Compared with revision 1, which is live" in words(client.get(page_of(waiting)))
        added = {mark.get_text() for mark in page.select(".diff ins")}
        removed = {mark.get_text() for mark in page.select(".diff del")}
        assert "[added: new ] " in added
        assert "[removed: Choose] " in removed
        assert "[removed: your] " in removed  # of the title
        assert "2 words added, 1 removed" in page.get_text()

    def test_what_did_not_change_is_folded_and_opens_without_a_script(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        fold = soup(client.get(page_of(waiting))).select_one("details.diff-fold")
        assert fold is not None
        assert not fold.has_attr("open")
        assert "unchanged lines" in fold.summary.get_text()
        assert "A line that stays." in fold.get_text()

    def test_each_changed_line_has_a_sign_beside_its_colour(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        signs = {sign.get_text() for sign in soup(client.get(page_of(waiting))).select(".diff-sign")}
        assert "±" in signs

    def test_a_new_article_is_shown_as_readers_will_see_it(self, client: Client, publisher: User) -> None:
        revision = draft_article(body="Open **Settings**.\n").revisions.get()
        page = soup(client.get(page_of(revision, "?view=changes")))
        assert page.select_one(".prose strong")
        assert "Changes" not in page.select_one("nav.tabs").get_text()

    def test_the_source_is_shown_line_by_line(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        page = soup(client.get(page_of(waiting, "?view=source")))
        first = page.select_one("#line-1 .diff-text")
        assert first is not None
        assert first.get_text() == "# Before you start"

    def test_a_published_revision_is_compared_with_the_one_that_it_took_the_place_of(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        services.approve(revision=waiting, by=publisher)
        assert "Compared with revision 1" in words(client.get(page_of(waiting)))
        assert "This is the first text" in words(client.get(page_of(waiting.article.revisions.get(number=1))))

    def test_hostile_words_stay_words(self, client: Client, publisher: User, maria: User) -> None:
        article = published_article("Safe", "Nothing.\n")
        body = "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n"
        revision = services.write_revision(article=article, author=maria, title="<b>T</b>", body=body)
        for view in ("changes", "reading", "source"):
            response = client.get(page_of(revision, f"?view={view}"))
            assert b"<script>alert" not in response.content
            assert b"<img src=x" not in response.content
            assert b"<b>T" not in response.content

    @pytest.mark.parametrize(
        "query",
        ["?view=x", "?line=0", "?line=99999", "?line=-1", "?line=²", "?line=1e3", "?view=source&line="],
    )
    def test_an_address_with_nonsense_shows_the_page(
        self, client: Client, publisher: User, waiting: Revision, query: str
    ) -> None:
        assert client.get(page_of(waiting, query)).status_code == 200

    def test_where_only_line_ends_changed_a_sign_stands_for_them(self, maria: User) -> None:
        article = published_article("Lines", "One line\nand more\n")
        revision = services.write_revision(
            article=article, author=maria, title="Lines", body="One line and more\n"
        )
        changed = reviewing.changes(article.words, revision)
        pieces = [piece for part in changed.stretches for line in part.lines for piece in line.pieces]
        assert "¶" in [piece.text for piece in pieces if piece.kind == "removed"]


class TestChecklistAndProof:
    def test_the_checklist_names_what_is_to_be_done_first(
        self, client: Client, publisher: User, maria: User
    ) -> None:
        article = published_article("Vault", "Old.\n")
        body = "See [the steps](article:gone) and ![](/articles/attachments/" + "0" * 32 + ").\n"
        revision = services.write_revision(
            article=article, author=maria, title="VAULT RESET STEPS", body=body
        )
        page = soup(client.get(page_of(services.submit(revision=revision, by=maria))))
        shown = [finding.get_text(" ", strip=True) for finding in page.select(".checklist > li")]
        assert any("gone" in text for text in shown)
        assert any("0000000" in text for text in shown)
        levels = [finding["class"][-1] for finding in page.select(".checklist > li")]
        assert levels == sorted(levels, key=["check-must", "check-advice", "check-note", "check-good"].index)
        assert "are fine" in page.get_text()

    def test_a_link_to_what_the_reviewer_may_not_read_tells_no_more_than_one_to_nothing(
        self, client: Client, publisher: User, maria: User
    ) -> None:
        published_article("Bonus run", audience=AudienceFactory(groups=["Finance"]), external_id="bonus")
        article = published_article("Links", "Old.\n")
        body = "[one](article:bonus) [two](article:nowhere)\n"
        revision = services.write_revision(article=article, author=maria, title="Links", body=body)
        assert reviewing.broken_links(publisher, revision) == ("bonus", "nowhere")
        assert "Bonus run" not in words(client.get(page_of(revision)))

    def test_a_generated_text_says_by_what_and_for_whom(
        self, client: Client, publisher: User, maria: User
    ) -> None:
        article = draft_article(generated_by="draft-writer 2", requested_by=maria)
        assert "Generated by draft-writer 2, asked for by Maria Duarte" in words(
            client.get(page_of(article.revisions.get()))
        )

    def test_a_text_that_answers_a_refused_one_says_what_was_asked_for(
        self, client: Client, publisher: User, waiting: Revision, maria: User
    ) -> None:
        services.comment(revision=waiting, by=publisher, text="Which portal?", line=3)
        services.request_changes(revision=waiting, by=publisher, reason="Name the portal.")
        again = services.write_revision(article=waiting.article, author=maria, title="T", body=CHANGED)
        page = words(client.get(page_of(again)))
        assert "asked for changes to revision 2" in page
        assert "Name the portal." in page
        assert "Still open from revision 2" in page
        assert "Which portal?" in page

    def test_a_text_that_follows_an_approved_one_answers_nobody(
        self, client: Client, publisher: User, waiting: Revision, maria: User
    ) -> None:
        later = timezone.now() + timedelta(days=2)
        services.approve(revision=waiting, by=publisher, publish_at=later, reason="Fine.")
        again = services.write_revision(article=waiting.article, author=maria, title="T", body=CHANGED)
        assert reviewing.sent_back(again) is None
        assert "asked for changes" not in words(client.get(page_of(again)))

    def test_a_text_that_was_replaced_says_what_was_decided_before(
        self, client: Client, publisher: User, waiting: Revision, maria: User
    ) -> None:
        def replaced(revision: Revision) -> Revision:
            return services.submit(
                revision=services.write_revision(
                    article=revision.article, author=maria, title="T", body="x\n"
                ),
                by=maria,
            )

        second = replaced(waiting)
        assert "before anybody decided" in words(client.get(page_of(waiting)))
        services.request_changes(revision=second, by=publisher, reason="No.")
        third = replaced(second)
        assert "asked for changes, and a newer text" in words(client.get(page_of(second)))
        services.approve(revision=third, by=publisher, publish_at=timezone.now() + timedelta(days=1))
        services.approve(revision=replaced(third), by=publisher)
        assert "approved this for later" in words(client.get(page_of(third)))


class TestComments:
    def test_a_line_is_commented_on_without_a_script(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        page = soup(client.get(page_of(waiting)))
        link = page.select_one("#line-3 a")
        assert link is not None
        asked = soup(client.get(page_of(waiting, str(link["href"]).partition("#")[0])))
        form = asked.select_one(".diff-remarks .remark-form")
        button = asked.select_one(".diff-remarks button[formaction]")
        assert form is not None
        assert button is not None
        fields = {field["name"]: field.get("value", "") for field in form.select("input")}
        sent = {**fields, "view": "changes", "about": button["value"], "text": "Which portal?"}
        response = client.post(button["formaction"], sent)
        said = ReviewComment.objects.get()
        assert (said.line, said.text, said.author) == (3, "Which portal?", publisher)
        assert response["Location"].endswith(f"?view=changes#comment-{said.pk}")
        beside = soup(client.get(response["Location"])).select_one("#line-3 + .diff-remarks")
        assert beside is not None
        assert "Which portal?" in beside.get_text()

    def test_a_fold_with_a_comment_in_it_is_open(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        services.comment(revision=waiting, by=publisher, text="Needed?", line=15)
        fold = soup(client.get(page_of(waiting))).select_one("details.diff-fold[open]")
        assert fold is not None
        assert "Needed?" in fold.get_text()

    def test_what_is_beside_no_line_stands_below_the_text(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        client.post(reverse("kb:comment", args=[waiting.pk]), {"text": "Reads well."})
        services.comment(revision=waiting, by=publisher, text="Needed?", line=1)

        def below(view: str) -> str:
            found = soup(client.get(page_of(waiting, f"?view={view}"))).select_one(".review-remarks")
            return found.get_text() if found else ""

        assert "Reads well." in below("source")
        assert "Needed?" not in below("source")
        assert "Reads well." in below("reading")
        assert "Needed?" in below("reading")
        assert "on line 1" in below("reading")

    def test_a_very_long_text_is_shown_whole_and_what_is_said_of_its_end_too(
        self, client: Client, publisher: User, maria: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reviewing, "MAX_LINES", 10)
        old = "".join(f"Line {number}.\n" for number in range(1, 41))
        article = published_article("Long", old)
        body = old.replace("Line 30.", "Line thirty.")
        revision = services.write_revision(article=article, author=maria, title="Long", body=body)
        services.comment(revision=revision, by=publisher, text="Really?", line=30)
        for view in ("source", "changes"):
            page = soup(client.get(page_of(revision, f"?view={view}&line=30")))
            shown = "".join(line.get_text() for line in page.select(".diff-text"))
            assert "thirty" in shown
            assert "Line 40." in shown
            assert len(page.select(".diff-line")) == 10
            assert "Really?" in page.select_one(".review-remarks").get_text()

    def test_a_comment_that_does_not_go_through_is_kept(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        address = reverse("kb:comment", args=[waiting.pk])
        lost = client.post(address, {"text": "About nothing", "line": "9999", "view": "source"})
        assert lost.status_code == 422
        assert "has no line 9999" in words(lost)
        assert "About nothing" in words(lost)
        empty = client.post(address, {"text": " ", "line": "3", "view": "source"})
        assert empty.status_code == 422
        assert empty.content.count(b"Write what you want to say.") == 1
        assert not ReviewComment.objects.exists()

    def test_a_comment_and_a_decision_that_are_typed_at_once_are_both_kept(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        typed = {
            "view": "source",
            "line": "3",
            "text": "Which portal?",
            "whole": "Nearly there.",
            "reason": "",
        }
        refused = client.post(page_of(waiting), {**typed, "decision": "reject"})
        assert refused.status_code == 422
        shown = {
            field["name"]: field.get_text().strip() for field in soup(refused).select(".remark-form textarea")
        }
        assert shown == {"text": "Which portal?", "whole": "Nearly there."}
        assert not ReviewComment.objects.exists()
        lost = {**typed, "about": "line", "text": " ", "reason": "Not yet.", "review_by": "2027-03-01"}
        page = soup(client.post(reverse("kb:comment", args=[waiting.pk]), lost))
        fields = {str(field["id"]): field for field in page.select("[id]")}
        assert "Not yet." in fields["id_reason"].get_text()
        assert fields["id_review_by"]["value"] == "2027-03-01"
        assert "Nearly there." in fields["comment-on-all-text"].get_text()

    def test_comments_that_are_not_sent_go_with_the_decision(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        typed = {"line": "3", "text": "Which portal?", "whole": "Nearly there.", "reason": "See my comments."}
        assert client.post(page_of(waiting), {**typed, "decision": "request_changes"}).status_code == 302
        assert set(ReviewComment.objects.values_list("line", "text")) == {
            (3, "Which portal?"),
            (None, "Nearly there."),
        }

    def test_whoever_writes_marks_a_comment_as_done(
        self, client: Client, publisher: User, waiting: Revision, maria: User
    ) -> None:
        said = services.comment(revision=waiting, by=publisher, text="Which portal?", line=3)
        client.force_login(maria)
        address = reverse("kb:resolve_comment", args=[said.pk])
        back = client.post(address, {"next": page_of(waiting, "?view=source")})
        said.refresh_from_db()
        assert said.resolved_by == maria
        assert back["Location"] == page_of(waiting, f"?view=source#comment-{said.pk}")
        assert "Done, says Maria Duarte" in words(client.get(page_of(waiting)))

    def test_nobody_is_sent_elsewhere_by_marking_a_comment(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        said = services.comment(revision=waiting, by=publisher, text="Which?", line=3)
        back = client.post(reverse("kb:resolve_comment", args=[said.pk]), {"next": "https://evil.example/"})
        assert back["Location"] == page_of(waiting, f"#comment-{said.pk}")

    def test_other_audiences_comments_are_as_if_they_were_not_there(
        self, client: Client, publisher: User, maria: User
    ) -> None:
        hidden = draft_article("Bonus run", audience=AudienceFactory(groups=["Finance"])).revisions.get()
        said = services.comment(revision=hidden, by=maria, text="Secret")
        for name, pk in (("comment", hidden.pk), ("submit", hidden.pk), ("resolve_comment", said.pk)):
            unknown = client.post(reverse(f"kb:{name}", args=[10**6]), {"text": "x"})
            assert client.post(reverse(f"kb:{name}", args=[pk]), {"text": "x"}).status_code == 404
            assert unknown.status_code == 404
        said.refresh_from_db()
        assert said.resolved_at is None

    def test_opening_the_address_of_a_form_does_nothing(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        said = services.comment(revision=waiting, by=publisher, text="Which?", line=3)
        for name, pk in (("comment", waiting.pk), ("submit", waiting.pk), ("resolve_comment", said.pk)):
            response = client.get(reverse(f"kb:{name}", args=[pk]))
            assert response["Location"].startswith(page_of(waiting))
        said.refresh_from_db()
        assert said.resolved_at is None
        assert ReviewComment.objects.count() == 1


class TestDeciding:
    def test_an_approval_takes_the_proposed_day_of_the_next_review(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        proposed = soup(client.get(page_of(waiting))).select_one("#id_review_by")
        assert proposed is not None
        day = reviewing.next_review(timezone.localdate())
        assert proposed["value"] == day.isoformat()
        done = client.post(
            page_of(waiting), {"decision": "approve", "review_by": proposed["value"]}, follow=True
        )
        assert "“Reset a forgotten password” is live." in words(done)
        article = Article.objects.get(pk=waiting.article_id)
        assert article.review_by == day
        assert article.live_revision_id == waiting.pk

    def test_an_approval_for_later_goes_live_then(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        at = (timezone.localtime() + timedelta(days=3)).replace(second=0, microsecond=0)
        given = {"decision": "approve", "publish_at": at.strftime("%Y-%m-%dT%H:%M")}
        assert date_format(at, "j F Y, H:i") in words(client.post(page_of(waiting), given, follow=True))
        waiting.refresh_from_db()
        assert (waiting.state, waiting.publish_at) == (State.SCHEDULED, at)
        page = words(client.get(page_of(waiting)))
        assert "Goes live on" in page
        assert "Approve and publish" not in page
        assert client.post(page_of(waiting), {"decision": "request_changes"}).status_code == 422
        client.post(page_of(waiting), {"decision": "request_changes", "reason": "Not yet."})
        waiting.refresh_from_db()
        assert waiting.state == State.CHANGES_REQUESTED

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"publish_at": "2001-01-01T10:00"}, "within the next year"),
            ({"publish_at": "0001-01-01T00:00"}, "within the next year"),
            ({"publish_at": "9999-12-31T23:59"}, "within the next year"),
            ({"publish_at": "tomorrow"}, "Give a day and a time"),
            ({"review_by": "2001-01-01"}, "within the next three years"),
            ({"review_by": "9999-12-31"}, "within the next three years"),
            ({"review_by": "soon"}, "Give a day, such as"),
            ({"reason": "x" * 2_001}, "At most 2,000 characters"),
        ],
    )
    def test_a_time_that_makes_no_sense_is_told_and_nothing_is_lost(
        self, client: Client, publisher: User, waiting: Revision, given: dict[str, str], told: str
    ) -> None:
        response = client.post(page_of(waiting), {"decision": "approve", "reason": "Well written.", **given})
        assert response.status_code == 422
        assert told in words(response)
        assert given.get("reason", "Well written.") in words(response)
        waiting.refresh_from_db()
        assert waiting.state == State.IN_REVIEW

    def test_an_approval_is_of_what_the_page_showed(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        page = soup(client.get(page_of(waiting)))
        shown = {
            str(field["name"]): str(field["value"]) for field in page.select("#decide input[type=hidden]")
        }
        waiting.article.audience = AudienceFactory(name="Partners", groups=[Role.PUBLISHER.value])
        waiting.article.save()
        response = client.post(page_of(waiting), {**shown, "decision": "approve"})
        assert response.status_code == 422
        assert "given to another audience: Partners" in words(response)
        waiting.refresh_from_db()
        assert waiting.state == State.IN_REVIEW

    def test_who_forgets_the_reason_is_taken_to_it(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        page = soup(client.post(page_of(waiting), {"decision": "reject"}))
        field = page.select_one("#id_reason[autofocus]")
        assert field is not None
        problems = page.select_one(f"#{field['aria-describedby']}")
        assert problems is not None
        assert "Say why, in a sentence" in problems.get_text()

    def test_who_asks_for_changes_need_not_put_the_times_right(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        given = {"decision": "request_changes", "reason": "Say where.", "publish_at": "x", "review_by": "y"}
        assert client.post(page_of(waiting), given).status_code == 302

    def test_the_second_reviewer_is_told_what_happened_and_keeps_their_words(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        grace = UserFactory(first_name="Grace", last_name="Whitlock", role=Role.PUBLISHER)
        services.request_changes(revision=waiting, by=grace, reason="Say where.")
        response = client.post(page_of(waiting), {"decision": "reject", "reason": "My long reasons"})
        assert response.status_code == 422
        assert "Grace Whitlock asked for changes to this revision on" in words(response)
        assert "Say where." in words(response)
        kept = soup(response).select_one("#kept-reason")
        assert kept is not None
        assert kept.get_text() == "My long reasons"
        waiting.refresh_from_db()
        assert waiting.state == State.CHANGES_REQUESTED

    def test_a_reviewer_is_told_when_a_newer_draft_took_the_place(
        self, client: Client, publisher: User, waiting: Revision, maria: User
    ) -> None:
        services.write_revision(article=waiting.article, author=maria, title="Third", body="3\n")
        response = client.post(page_of(waiting), {"decision": "approve", "reason": "Fine"})
        assert "Maria Duarte wrote revision 3 meanwhile, which takes its place." in words(response)

    def test_what_happened_is_told_for_every_way_that_a_text_ends(
        self, publisher: User, waiting: Revision
    ) -> None:
        at = timezone.now() + timedelta(days=2)
        assert reviewing.happened(waiting) == ""
        scheduled = services.approve(revision=waiting, by=publisher, publish_at=at)
        assert "approved, for a later time, this revision" in reviewing.happened(scheduled)
        services.publish_due(now=at)
        waiting.refresh_from_db()
        assert "approved this revision" in reviewing.happened(waiting)
        services.archive(article=waiting.article, by=publisher, reason="Gone.")
        waiting.refresh_from_db()
        assert reviewing.happened(waiting) == "The article was archived meanwhile."

    def test_a_race_that_is_lost_is_recorded_as_one_decision(
        self, client: Client, publisher: User, waiting: Revision
    ) -> None:
        services.reject(revision=waiting, by=UserFactory(role=Role.PUBLISHER), reason="No.")
        client.post(page_of(waiting), {"decision": "approve"})
        decided = AuditEvent.objects.filter(revision=waiting, action__in=["approved", "rejected"])
        assert [event.action for event in decided] == ["rejected"]


class TestWhoDecides:
    def test_the_author_reads_why_not_and_may_edit(
        self, client: Client, waiting: Revision, maria: User
    ) -> None:
        client.force_login(maria)
        page = words(client.get(page_of(waiting)))
        assert "You wrote this revision, so somebody else decides on it." in page
        assert "Approve and publish" not in page
        response = client.post(page_of(waiting), {"decision": "approve", "reason": "I like it"})
        assert response.status_code == 422
        assert "You wrote this revision" in words(response)

    def test_who_asked_for_a_generated_text_does_not_decide(
        self, client: Client, people: dict[Role, User]
    ) -> None:
        revision = draft_article(requested_by=people[Role.PUBLISHER], generated_by="x").revisions.get()
        services.submit(revision=revision, by=revision.author)
        client.force_login(people[Role.PUBLISHER])
        assert "You asked for this generated text" in words(client.get(page_of(revision)))

    @pytest.mark.parametrize(
        ("governance", "external", "role", "decides"),
        [
            (Governance.EXPERIENCE, False, Role.CANDIDATE, False),
            (Governance.EXPERIENCE, False, Role.CONTRIBUTOR, True),
            (Governance.EXPERIENCE, False, Role.COACH, True),
            (Governance.EXPERIENCE, False, Role.PUBLISHER, True),
            (Governance.COMPLIANCE, False, Role.CONTRIBUTOR, False),
            (Governance.COMPLIANCE, False, Role.PUBLISHER, True),
            (Governance.EXPERIENCE, True, Role.COACH, False),
            (Governance.EXPERIENCE, True, Role.PUBLISHER, True),
        ],
    )
    def test_the_page_offers_a_decision_to_those_alone_who_can_make_it_and_says_the_rule(
        self,
        client: Client,
        people: dict[Role, User],
        governance: Governance,
        external: bool,
        role: Role,
        decides: bool,
    ) -> None:
        audience = AudienceFactory(everyone=True, external=external)
        article = draft_article(audience=audience, governance=governance)
        revision = article.revisions.get()
        services.submit(revision=revision, by=revision.author)
        client.force_login(people[role])
        response = client.get(page_of(revision))
        assert bool(soup(response).select_one("form.decide")) == decides
        rule = {
            (Governance.EXPERIENCE, False): "a Contributor, Coach or Publisher decides",
            (Governance.COMPLIANCE, False): "compliance-governed: a Publisher decides",
            (Governance.EXPERIENCE, True): "People from outside the company read this article",
        }[governance, external]
        assert rule in words(response)
        answer = client.post(page_of(revision), {"decision": "approve"})
        assert answer.status_code == (302 if decides else 422)
        revision.refresh_from_db()
        assert (revision.state == State.PUBLISHED) == decides


class TestHandingIn:
    def test_the_author_hands_in_a_draft(self, client: Client, maria: User) -> None:
        revision = draft_article(author=maria).revisions.get()
        client.force_login(maria)
        assert "Send for review" in words(client.get(page_of(revision)))
        page = client.post(reverse("kb:submit", args=[revision.pk]), follow=True)
        assert "Sent." in words(page)
        revision.refresh_from_db()
        assert revision.state == State.IN_REVIEW

    def test_handing_in_twice_is_told(self, client: Client, waiting: Revision, maria: User) -> None:
        client.force_login(maria)
        page = client.post(reverse("kb:submit", args=[waiting.pk]), follow=True)
        assert "You can't submit this revision: it is in review." in words(page)

    def test_a_draft_of_somebody_else_is_not_handed_in_by_accident(
        self, client: Client, publisher: User
    ) -> None:
        page = words(client.get(page_of(draft_article().revisions.get())))
        assert "Send for review" not in page
        assert "A draft: nobody is asked to review it yet." in page


def test_the_page_costs_the_same_however_much_is_said(
    client: Client, publisher: User, waiting: Revision, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, 13):
        services.comment(revision=waiting, by=UserFactory(role=Role.CONTRIBUTOR), text="Hm", line=number)
    client.get(page_of(waiting))
    with django_assert_max_num_queries(16):
        client.get(page_of(waiting))


def test_employees_are_turned_away(client: Client, people: dict[Role, User], waiting: Revision) -> None:
    client.force_login(people[Role.EMPLOYEE])
    said = services.comment(revision=waiting, by=people[Role.COACH], text="x")
    assert client.get(page_of(waiting)).status_code == 403
    for name, pk in (("submit", waiting.pk), ("comment", waiting.pk), ("resolve_comment", said.pk)):
        assert client.post(reverse(f"kb:{name}", args=[pk])).status_code == 403


@pytest.mark.parametrize(
    ("today", "proposed"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2027, 6, 1)),
    ],
)
def test_the_next_review_is_half_a_year_on(today: date, proposed: date) -> None:
    assert reviewing.next_review(today) == proposed
