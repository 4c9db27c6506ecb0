"""A small site without leaks is found to have none, and each leak that is planted is found."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from audit import registry, sweeping, visiting
from audit.ground import Ground, probes
from audit.knowledge import CANARY, read_knowledge
from audit.management.commands.audit_leaks import as_text
from audit.registry import Sweep
from audit.surfaces import addresses, canaries, pages, writing
from audit.surfaces.mails import mails
from audit.sweeping import Judge, Report, Trace
from kb import governing_forms, queries, services, trail
from kb.models import Article, Audience, Category, Redirect, Revision, WorkingCopy
from kb.models.audiences import AudienceQuerySet
from kb.models.writing import AttachmentQuerySet
from kb.views import governing, reading
from search.services import phrasings, reconcile, steering
from tests.escalation.factories import open_ticket
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, draft_article, published_article
from tests.kb.hostile_uploads import PNG
from tests.search.articles import PASSWORD, PAYROLL

pytestmark = pytest.mark.django_db

TITLE = "Payroll bonus run in November"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "PAUSE_SECONDS", 0)


@pytest.fixture
def hidden(people: dict[Role, User]) -> Article:
    """A site with a text for everyone, and what is hidden: for Finance, a draft, expired, and archived."""
    finance, shelf = AudienceFactory(groups=["Finance"], slug="finance"), CategoryFactory(name="Money")
    published_article("Reset a forgotten password", PASSWORD, category=shelf, external_id="reset-password")
    draft_article(
        "Moving the Porto warehouse to Leeds", "Nobody is told before the lease is signed by both.\n"
    )
    expired = published_article(
        "Christmas party of last year", "Meet at the boathouse on the canal at nine.\n"
    )
    Article.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    archived = published_article("The former telephone exchange", "Dial nought and wait for the operator.\n")
    services.archive(article=archived, by=people[Role.PUBLISHER], reason="The exchange is gone since spring.")
    found = published_article(TITLE, PAYROLL, audience=finance, category=shelf, external_id="payroll-bonus")
    Redirect.objects.create(path="/kb/77/payroll-bonus-run-in-november/", article=found)
    return found


def look(sweep: Sweep, role: Role = Role.EMPLOYEE) -> list[Trace]:
    """What somebody of this role in no particular audience saw that they should not."""
    knowledge, report = read_knowledge(), Report()
    ground = Ground(knowledge)
    (probe,) = (each for each in probes(knowledge, "everyone") if each.role is role and not each.viewing_as)
    judge = Judge(knowledge, probe.reader, report)
    visiting.run(probe, sweep(ground, probe), on_seen=judge.look, on_unlike=judge.unlike)
    return list(report.traces.values())


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.PUBLISHER])
@pytest.mark.parametrize(
    "sweep",
    [pages.plain_pages, pages.shelves, pages.former_addresses, canaries.unmoved, addresses.articles_shown],
)
def test_pages_that_hide_what_they_should_leave_no_trace(hidden: Article, sweep: Sweep, role: Role) -> None:
    assert look(sweep, role) == []


def test_a_view_that_forgets_who_is_looking_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "in_category", lambda user, shelf: Article.objects.filter(category=shelf))
    traces = look(pages.shelves)
    assert any(trace.surface == "kb:category" and TITLE in trace.article for trace in traces)


def test_a_title_that_a_page_says_is_found(hidden: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    def greet(request: Any) -> HttpResponse:
        return HttpResponse(f"<h1>Articles</h1><p>New: <b>{hidden.title}</b></p>")

    monkeypatch.setattr(reading, "render", lambda request, *_, **__: greet(request))
    assert any("new payroll bonus run" in trace.excerpt for trace in look(pages.plain_pages))


def test_a_count_over_all_is_found(hidden: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Category.objects.annotate(visible_count=Count("articles"))
    monkeypatch.setattr(
        queries, "categories_for", lambda user: list(counted.filter(slug__startswith="category"))
    )
    traces = [trace for trace in look(canaries.unmoved) if trace.surface == "kb:index"]
    assert any("changes when something hidden comes" in trace.found for trace in traces)


def test_a_field_of_the_api_that_is_not_filtered_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "markdown_for", lambda user, body: body)
    draft_article("Another", "x")
    aside = "<!-- Tell nobody that the board has sold the building to its neighbours in March. -->"
    published_article("With an aside", f"Words.\n\n{aside}\n")
    assert any(trace.found.startswith("comment in the text") for trace in look(addresses.articles_shown))


def test_a_picture_of_a_draft_that_readers_are_served_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Article.objects.get(external_id="reset-password")
    kept = services.attach(content=PNG, name="tray.png", by=shown.words.author, article=shown)
    try:
        assert look(addresses.hidden_addresses) == []
        monkeypatch.setattr(AttachmentQuerySet, "shown_to", lambda self, user: self)
        (trace,) = look(addresses.hidden_addresses)
    finally:
        default_storage.delete(kept.file.name)
    assert (trace.surface, trace.found) == (
        "kb:attachment",
        "answers 200, and 404 for what does not exist",
    )


def test_a_list_that_is_narrowed_to_what_is_hidden_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(addresses.narrowed_lists, Role.PUBLISHER) == []
    monkeypatch.setattr(governing, "_article", lambda request, pk: get_object_or_404(Article, pk=pk))
    monkeypatch.setattr(queries, "workable_revisions", lambda user: Revision.objects.all())
    surfaces = {trace.surface for trace in look(addresses.narrowed_lists, Role.PUBLISHER)}
    assert {"kb:trail", "api-kb:revision-list"} <= surfaces


def test_what_only_a_script_of_a_page_is_told_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pick(request: Any, pk: int) -> HttpResponse:
        return HttpResponse(f"[x](article:{hidden.external_id})" if request.htmx else "")

    monkeypatch.setattr(_view("kb:find_links"), "callback", pick)
    assert any(TITLE in trace.article for trace in look(writing.writing, Role.PUBLISHER))


def test_names_of_audiences_and_shelves_that_are_for_others_are_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(canaries.choices, Role.PUBLISHER) == []
    AudienceFactory(name="Works council", slug="council")
    shelf = CategoryFactory(name="Takeovers and mergers")
    Article.objects.filter(pk=hidden.pk).update(category=shelf)
    monkeypatch.setattr(governing_forms, "shelves", lambda user: Category.objects.all())
    everybody = frozenset(Audience.objects.values_list("name", flat=True)) | {CANARY.text}
    monkeypatch.setattr(trail, "known_to", lambda user, events: trail.Known(everybody, {}))
    monkeypatch.setattr(queries, "shelves", lambda user: Category.objects.all())
    found = {(trace.surface, trace.found) for trace in look(canaries.choices, Role.PUBLISHER)}
    assert {
        *((surface, "a shelf") for surface in ("kb:settings", "kb:bulk", "kb:write")),
        ("kb:trail", CANARY.what),
        ("kb:settings", CANARY.what),
    } <= found
    monkeypatch.setattr(AudienceQuerySet, "of", lambda self, user: self.all())
    found = {(trace.surface, trace.found) for trace in look(canaries.choices, Role.PUBLISHER)}
    assert ("kb:settings", "an audience") in found


def test_a_redirect_that_names_what_is_hidden_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead_on(request: Any, pk: int, slug: str) -> HttpResponse:
        return redirect(Article.objects.get(pk=pk)) if pk < 10**9 else render(request, "404.html")

    monkeypatch.setattr(_view("kb:article"), "callback", lead_on)
    traces = look(addresses.hidden_addresses)
    assert any(TITLE in trace.article and trace.surface == "kb:article" for trace in traces)


def test_another_answer_for_what_is_hidden_than_for_what_is_not_there_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(request: Any, pk: int, **_: Any) -> HttpResponse:
        return HttpResponse("Not for you.", status=403 if Article.objects.filter(pk=pk).exists() else 404)

    monkeypatch.setattr(_view("kb:history"), "callback", forbid)
    traces = [trace for trace in look(addresses.hidden_addresses) if trace.surface == "kb:history"]
    assert traces
    assert traces[0].found == "answers 403, and 404 for what does not exist"


def test_a_mail_to_somebody_who_may_not_know_is_found(hidden: Article, people: dict[Role, User]) -> None:
    OutgoingMail.objects.create(
        recipient=people[Role.EMPLOYEE],
        to="e@fernhill.example",
        subject="News",
        body=f"Read: {hidden.title}",
    )
    report = Report()
    ground = Ground(read_knowledge())
    for reader, seen in mails(ground):
        Judge(ground.knowledge, reader, report).look(seen)
    assert [(trace.surface, trace.reader) for trace in report.traces.values()] == [
        ("a mail that waits", "employee")
    ]


def test_mails_that_the_site_writes_name_nothing_hidden(hidden: Article, people: dict[Role, User]) -> None:
    ground, report, seen_surfaces = Ground(read_knowledge()), Report(), set()
    for reader, seen in mails(ground):
        seen_surfaces.add(seen.surface)
        Judge(ground.knowledge, reader, report).look(seen)
    assert list(report.traces.values()) == []
    assert seen_surfaces | {"kb/mail/digest.txt"} >= registry.MAILS


def test_the_audit_goes_to_every_surface_that_it_says_it_sweeps(
    hidden: Article, people: dict[Role, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = hidden.words
    editor = UserFactory(role=Role.CONTRIBUTOR, groups=["Finance"])
    services.comment(revision=live, by=editor, text="Say which ledger is meant by that.", line=1)
    services.flag(article=hidden, by=editor, reason="wrong", note="The ledger has another name by now.")
    WorkingCopy.objects.create(author=editor, title="Another bonus run", body="Not for anybody else yet.\n")
    phrasings.write_own(article=hidden, lines=["When does the extra money come in November?"], by=editor)
    steering.keep_pin(article=hidden, words="extra money", until=None, by=editor)
    open_ticket(people[Role.EMPLOYEE], article=Article.objects.get(external_id="reset-password"))
    reconcile()
    ground = Ground(read_knowledge(), few=1, some=1)
    report = sweeping.audit(ground, audience="everyone", on_start=lambda total: None, on_done=lambda: None)
    told = "\n".join(as_text(trace) for trace in report.traces.values())
    assert not told, told
    gone_to = {"admin:*" if name.startswith("admin:") else name for name in report.visited}
    assert set(registry.SWEPT) - gone_to <= {"kb:attachment"}  # of which this site has none


def test_nothing_that_the_audit_does_stays(hidden: Article) -> None:
    before = _everything()
    look(pages.plain_pages)
    look(canaries.unmoved)
    list(mails(Ground(read_knowledge())))
    assert _everything() == before


def _everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Article, User, OutgoingMail, Category, Redirect))


def _view(name: str) -> Any:
    """The entry of an address in the table of addresses."""
    from kb import urls

    return next(entry for entry in urls.urlpatterns if f"kb:{entry.name}" == name)


def test_a_draft_in_the_picker_of_the_editor_is_found(
    hidden: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pick(request: Any, pk: int) -> HttpResponse:
        return HttpResponse(
            "".join(f"<li>[{each.title}](article:{each.external_id})</li>" for each in Article.objects.all())
        )

    monkeypatch.setattr(_view("kb:find_links"), "callback", pick)
    assert any(TITLE in trace.article for trace in look(writing.writing, Role.PUBLISHER))


def test_a_comment_that_says_what_the_text_says_too_gives_nothing_away(people: dict[Role, User]) -> None:
    steps = "1. Open the import wizard.\n1. Choose the address books and click **Next** twice.\n"
    published_article("Bring your addresses along", f"<!-- Before:\n\n{steps}-->\n\n{steps}")
    assert look(addresses.articles_shown) == []
