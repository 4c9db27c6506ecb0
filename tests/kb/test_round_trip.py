"""The whole knowledge base out of one site and into an empty one: what comes out of that is the same to the byte."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.exported import Comment, MovedArticle, MovedPicture, MovedRevision, folder_of, read_article, texts_of
from kb.exporting import Selection, files
from kb.models import (
    Article,
    Attachment,
    Audience,
    AuditEvent,
    Category,
    Flag,
    Link,
    Redirect,
    ReviewComment,
    Revision,
    Vote,
)
from kb.services import moving
from kb.workflow import State
from tests.factories import AudienceFactory, CategoryFactory, UserFactory

pytestmark = pytest.mark.django_db


def png(colour: tuple[int, int, int] = (9, 9, 9)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2), colour).save(file, "PNG")
    return file.getvalue()


def exported() -> dict[str, bytes]:
    return dict(files(Selection.everything()))


def write(folder: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def bring(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_articles", str(path), stdout=out, stderr=err, **options)
    return out.getvalue().strip().splitlines()[-1], err.getvalue()


def empty_the_site() -> None:
    """As a new site is, with the same people."""
    Article.objects.update(live_revision=None, replaced_by=None)
    for model in (Vote, Flag, Link, ReviewComment, Attachment, Redirect):
        model.objects.all().delete()
    Revision.objects.all()._raw_delete("default")
    Article.objects.all().delete()
    Category.objects.all().delete()
    Audience.objects.exclude(slug="everyone").delete()
    AuditEvent.objects.all()._raw_delete("default")


@pytest.fixture
def knowledge_base() -> dict[str, Article]:
    """One of each thing that can happen to an article."""
    writer = UserFactory(username="wendy", role=Role.CONTRIBUTOR)
    publisher = UserFactory(username="paul", role=Role.PUBLISHER)
    shelf = CategoryFactory(name="Büro & Co", slug="buero", description="Desks", position=3, lead=writer)
    CategoryFactory(name="Empty")
    finance = AudienceFactory(name="Finance", slug="finance", groups=["Finance"], external=True)

    def start(title: str, **fields: Any) -> Revision:
        everyone = Audience.objects.get(slug="everyone")
        defaults = {"category": shelf, "audience": everyone, "body": f"{title}: words.\n", "author": writer}
        return services.create_article(title=title, **(defaults | fields))

    def publish(revision: Revision, **options: Any) -> Article:
        services.submit(revision=revision, by=revision.author)
        services.approve(revision=revision, by=publisher, **options)
        return Article.objects.get(pk=revision.article_id)

    live = publish(
        start(
            "Reset: “it” --- no?",
            summary="a: b",
            external_id="kb/Ä 1",
            review_by=date(2030, 1, 2),
            kind="policy",
        ),
        reason="Fine\n---\nby me",
    )
    picture = services.attach(content=png(), name="Our screen.png", by=writer, article=live)
    body = (
        f"---\nNot: front matter\n---\r\n![x]({picture.get_absolute_url()})\n\n\u2028 <!-- note --> 😀 \t\n\n"
    )
    second = services.write_revision(
        article=live, author=writer, title="Reset again", body=body, change_note="Why"
    )
    services.submit(revision=second, by=writer)
    remark = services.comment(revision=second, by=publisher, text="Say: more\n\n- here", line=1)
    services.resolve_comment(comment=remark, by=writer)
    services.comment(revision=second, by=publisher, text="All of it")
    services.approve(revision=second, by=publisher, review_by=date(2031, 5, 6))
    services.write_revision(article=live, author=writer, title="Reset thrice", body="no newline at the end")
    Redirect.objects.create(path="/wiki/12/reset/", article=live)

    gone = publish(start("Old way", expires_at=datetime(2040, 1, 1, tzinfo=UTC), audience=finance))
    services.archive(article=gone, by=publisher, reason="Replaced", replaced_by=live)
    later = start("Later", owner=publisher)
    services.submit(revision=later, by=writer)
    services.approve(revision=later, by=publisher, publish_at=timezone.now() + timedelta(days=9))
    sent_back = start("Sent back", generated_by="template-writer", requested_by=publisher, author=writer)
    services.submit(revision=sent_back, by=writer)
    services.request_changes(
        revision=sent_back, by=UserFactory(username="pat", role=Role.PUBLISHER), reason="Shorter"
    )
    waiting = start("Waiting", audience=finance)
    services.submit(revision=waiting, by=writer)
    Article.objects.filter(pk=waiting.article_id).update(owner=None)
    return {"live": live, "gone": gone, "later": later.article, "waiting": waiting.article}


def test_a_site_rebuilt_from_an_export_gives_the_same_export(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    outcome, told = bring(write(tmp_path, before), publish=True, create_audiences=True)
    assert outcome == "5 created, 0 updated, 0 unchanged, 0 failed"
    assert "Audiences added, with nobody in them yet: finance." in told
    assert exported() == before


def test_it_is_live_findable_and_shown_as_before(tmp_path: Path, knowledge_base: dict[str, Article]) -> None:
    before = exported()
    empty_the_site()
    bring(write(tmp_path, before), publish=True, create_audiences=True)
    article = Article.objects.get(external_id="kb/Ä 1")
    assert article.pk == knowledge_base["live"].pk
    assert (article.words.number, article.words.title) == (2, "Reset again")
    assert article.words.author.username == "wendy"
    assert article.words.reviewed_by.username == "paul"
    assert Attachment.objects.shown_to(UserFactory()).count() == 1
    assert article.trail.get().action == "imported"
    archived = Article.objects.exclude(archived_at=None).get()
    assert archived.replaced_by == article
    assert not Audience.objects.get(slug="finance").groups.exists()
    scheduled = Revision.objects.get(state=State.SCHEDULED)
    services.publish_due(now=scheduled.publish_at)
    assert Article.objects.get(pk=scheduled.article_id).live_revision_id == scheduled.pk
    new = services.create_article(
        author=article.words.author,
        title="New",
        body="x",
        category=article.category,
        audience=article.audience,
    )
    assert new.article_id > article.pk


def test_without_somebody_who_approves_nothing_is_live(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    bring(write(tmp_path, before), create_audiences=True)
    assert not Article.objects.filter(live_revision__isnull=False).exists()
    assert not Revision.objects.filter(state__in=[State.PUBLISHED, State.SCHEDULED, State.ARCHIVED]).exists()
    waiting = Article.objects.get(external_id="kb/Ä 1").revisions.get(state=State.IN_REVIEW)
    assert (waiting.number, waiting.reviewed_by) == (2, None)
    services.approve(revision=waiting, by=User.objects.get(username="paul"))


def test_what_waits_since_a_run_that_did_not_publish_is_approved_by_one_that_does(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    write(tmp_path, before)
    bring(tmp_path, create_audiences=True)
    assert bring(tmp_path)[0] == "0 created, 0 updated, 5 unchanged, 0 failed"
    assert bring(tmp_path, publish=True)[0] == "0 created, 2 updated, 3 unchanged, 0 failed"
    live = Article.objects.get(external_id="kb/Ä 1")
    assert (live.words.number, live.words.reviewed_by.username) == (2, "operator")
    later = Revision.objects.get(state=State.SCHEDULED)
    assert later.title == "Later"
    assert Article.objects.filter(live_revision__isnull=False).get() == live
    assert bring(tmp_path, publish=True) == ("0 created, 0 updated, 5 unchanged, 0 failed", "")


def test_what_people_here_turned_down_is_not_made_live_and_that_is_told(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    write(tmp_path, before)
    bring(tmp_path, create_audiences=True)
    waiting = Article.objects.get(external_id="kb/Ä 1").revisions.get(state=State.IN_REVIEW)
    services.reject(revision=waiting, by=User.objects.get(username="paul"), reason="Not here.")
    outcome, told = bring(tmp_path, publish=True)
    assert outcome == "0 created, 1 updated, 4 unchanged, 0 failed"
    assert "It is published in its file, but its text is rejected here, and stays so." in told


def test_nobody_vouches_for_their_own_words(tmp_path: Path, knowledge_base: dict[str, Article]) -> None:
    before = exported()
    empty_the_site()
    write(tmp_path, before)
    User.objects.get(username="wendy").groups.set([*User.objects.get(username="paul").groups.all()])
    with pytest.raises(SystemExit):
        bring(tmp_path, publish=True, approver="wendy", create_audiences=True)
    assert not Article.objects.filter(live_revision__isnull=False).exists()


def test_a_second_run_changes_nothing_and_a_live_text_of_elsewhere_comes_as_a_new_one(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    write(tmp_path, exported())
    assert bring(tmp_path, publish=True)[0] == "0 created, 0 updated, 5 unchanged, 0 failed"
    live = Article.objects.get(external_id="kb/Ä 1")
    author = UserFactory(username="zoe", role=Role.CONTRIBUTOR)
    newer = services.write_revision(article=live, author=author, title="Ours", body="Written here meanwhile.")
    services.submit(revision=newer, by=author)
    services.approve(revision=newer, by=User.objects.get(username="paul"))
    assert bring(tmp_path, publish=True)[0] == "0 created, 1 updated, 4 unchanged, 0 failed"
    live.refresh_from_db()
    assert live.words.title == "Reset again"
    assert live.revisions.filter(title="Ours").exists()


def test_people_who_are_not_here_are_stood_in_for_and_named(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    for person in User.objects.filter(username__in=["wendy", "paul", "pat"]):
        person.username = f"former-{person.username}"
        person.save()
    outcome, told = bring(write(tmp_path, before), publish=True, create_audiences=True)
    assert outcome == "5 created, 0 updated, 0 unchanged, 0 failed"
    assert "There is nobody here called “wendy”; “Importer” stands in their place." in told
    live = Article.objects.get(external_id="kb/Ä 1").words
    assert (live.author.username, live.reviewed_by.username) == ("importer", "operator")


def test_an_audience_that_is_missing_refuses_its_articles_alone(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    with pytest.raises(SystemExit):
        bring(write(tmp_path, before), publish=True)
    assert Article.objects.count() == 3
    assert not Audience.objects.filter(slug="finance").exists()


def test_a_number_that_is_taken_leaves_an_address_that_leads_there(
    tmp_path: Path, client: Any, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    live = Article.objects.get(pk=knowledge_base["live"].pk)
    address, number = live.get_absolute_url(), live.pk
    empty_the_site()
    Article.objects.create(
        pk=number,
        category=CategoryFactory(),
        audience=Audience.objects.get(slug="everyone"),
        external_id="other",
    )
    bring(write(tmp_path, before), publish=True, create_audiences=True)
    live = Article.objects.get(external_id="kb/Ä 1")
    client.force_login(UserFactory())
    assert live.pk != number
    assert set(live.redirects.values_list("path", flat=True)) == {"/wiki/12/reset/", address}
    assert client.get("/articles/wiki/12/reset/").status_code == 404
    assert client.get(address).headers["Location"] == live.get_absolute_url()


def test_a_zip_of_an_export_is_read_like_its_folder(
    tmp_path: Path, knowledge_base: dict[str, Article]
) -> None:
    before = exported()
    empty_the_site()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name, content in before.items():
            archive.writestr(name, content)
    bring(tmp_path / "all.zip", publish=True, create_audiences=True)
    assert exported() == before


LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(LETTERS, max_size=60)
NAMES = st.builds("{}x{}".format, st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=30))
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MOMENTS = st.none() | TIMES
PEOPLE = st.sampled_from(["ada", "bob", "importer"])
REVIEWERS = st.sampled_from(["carla", "operator"])
ENDS = [[], [State.PUBLISHED], [State.PUBLISHED, State.DRAFT], [State.SCHEDULED], [State.ARCHIVED]]


@st.composite
def revision(draw: st.DrawFn, number: int, state: State) -> MovedRevision:
    reviewed = state not in (State.DRAFT, State.IN_REVIEW)
    return MovedRevision(
        number=number,
        title=draw(NAMES),
        body=draw(NAMES) + draw(WORDS),
        author=draw(PEOPLE),
        state=state,
        summary=draw(WORDS),
        change_note=draw(WORDS),
        based_on=draw(st.sampled_from([None, *range(1, number)])),
        generated_by=draw(WORDS),
        requested_by=draw(st.sampled_from(["", "ada", "bob"])),
        created_at=draw(TIMES),
        submitted_at=draw(MOMENTS),
        reviewed_by=draw(REVIEWERS) if reviewed else "",
        reviewed_at=draw(TIMES) if reviewed else None,
        review_reason=draw(WORDS) if reviewed else "",
        publish_at=draw(TIMES) if state == State.SCHEDULED else None,
        published_at=draw(MOMENTS),
        comments=tuple(
            Comment(draw(PEOPLE), draw(NAMES), draw(st.none() | st.integers(1, 99)), at)
            for at in sorted(draw(st.lists(TIMES, max_size=2)))
        ),
    )  # fmt: skip


@st.composite
def article(draw: st.DrawFn, name: str = "") -> MovedArticle:
    past = draw(st.lists(st.sampled_from([State.SUPERSEDED, State.REJECTED]), max_size=3))
    last = draw(st.sampled_from(ENDS))
    states = [*past, *last] or [State.CHANGES_REQUESTED]
    redirects = st.sets(st.sampled_from([f"/old/{name}/", f"/{name}/ä b", f"/{name}/x: y"]), max_size=2)
    keys = draw(st.sets(st.sampled_from("ab"), max_size=2))
    return MovedArticle(
        external_id=name or draw(NAMES),
        kind=draw(st.sampled_from(["how-to", "faq"])),
        category="Shelf",
        audience="everyone",
        governance=draw(st.sampled_from(["experience", "compliance"])),
        revisions=tuple(draw(revision(number, state)) for number, state in enumerate(states, 1)),
        owner=draw(st.sampled_from(["", "ada"])),
        review_by=draw(st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1))),
        expires_at=draw(MOMENTS),
        created_at=draw(TIMES),
        archived_at=draw(TIMES) if State.ARCHIVED in states else None,
        redirects=tuple(sorted(draw(redirects))),
        pictures=tuple(MovedPicture(f"{key * 32}.png", draw(NAMES)) for key in sorted(keys)),
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=50)
@given(article("a"))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, moved: MovedArticle
) -> None:
    root = tmp_path_factory.mktemp("export")
    folder = root / folder_of(moved.external_id)
    write(folder, dict(texts_of(moved)))
    assert read_article(root, folder) == moved


@pytest.fixture
def few_people(db: None) -> None:
    for name in ("ada", "bob", "carla"):
        UserFactory(username=name)
    moving.importer(), moving.operator()
    CategoryFactory(name="Shelf", slug="shelf")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_knowledge_base_survives_the_way_through_files(
    tmp_path_factory: pytest.TempPathFactory, few_people: None, data: st.DataObject
) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold))
    empty_the_site()
    CategoryFactory(name="Shelf", slug="shelf")
    run = moving.Rebuilding(by=moving.operator())
    for place, name in enumerate(names):
        moved = data.draw(article(name))
        keys = {each.file: f"{place}{each.file[1:]}" for each in moved.pictures}
        pictures = tuple(MovedPicture(keys[each.file], each.name) for each in moved.pictures)
        redirects = tuple(f"/{place}{path}" for path in moved.redirects)
        whole = MovedArticle(**(vars(moved) | {"pictures": pictures, "redirects": redirects}))
        moving.rebuild(moved=whole, pictures=lambda _: png(), run=run)
    before = exported()
    empty_the_site()
    root = write(tmp_path_factory.mktemp("export"), before)
    assert bring(root, publish=True)[0] == f"{len(names)} created, 0 updated, 0 unchanged, 0 failed"
    assert exported() == before


@pytest.fixture(autouse=True)
def leave_no_pictures() -> Any:
    yield
    for attachment in Attachment.objects.all():
        default_storage.delete(str(attachment.file.name))
