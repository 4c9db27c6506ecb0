"""What the editor shows beside the text: the checklist, where the article stands, and what may be chosen."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from kb import merging, reviewing
from kb.checklist import Draft, Finding, check
from kb.models import Article, Audience, ReviewComment, Revision, WorkingCopy
from kb.queries import readable
from kb.services import Typed
from kb.skeletons import SKELETONS
from kb.workflow import State

MOST_FOUND = 8
URGENCY = ("must", "advice", "note", "good")

# What each kind is for, in a sentence that helps to choose.
KINDS = (
    (Article.Kind.HOW_TO, "Steps to get one thing done."),
    (Article.Kind.TROUBLESHOOTING, "Something does not work: what people see, why, and what to do."),
    (Article.Kind.FAQ, "Short answers to several questions on one subject."),
    (Article.Kind.POLICY, "What people must or must not do. A Publisher approves it."),
    (Article.Kind.KNOWN_ERROR, "Something that is broken for now, and what to do meanwhile."),
)


@dataclass(frozen=True)
class Standing:
    """What an author should know of the article before they go on: who did what with its newest text."""

    newer: Revision | None = None
    waiting: Revision | None = None
    sent_back: Revision | None = None
    comments: tuple[ReviewComment, ...] = ()


@dataclass(frozen=True)
class Linkable:
    """An article to link to, with the Markdown for it."""

    article: Article
    markdown: str


def copies_of(user: User) -> QuerySet[WorkingCopy]:
    """One's own working copies, of articles that one may still read."""
    mine = Article.objects.in_audience_of(user).values("pk")
    copies = WorkingCopy.objects.filter(Q(article__isnull=True) | Q(article__in=mine), author=user.pk)
    return copies.select_related(
        "article__audience", "article__category", "article__live_revision", "based_on__author"
    )


def newer_than(copy: WorkingCopy) -> Revision | None:
    """The newest text of the article, if somebody saved it after the one that this copy began with."""
    if copy.article is None:
        return None
    newest = copy.article.revisions.select_related("author").order_by("-number").first()
    return newest if newest and newest != copy.based_on else None


def put_together(copy: WorkingCopy, mine: Typed) -> Typed:
    """What one typed in two tabs, as one text; where the two collide, both stand in it."""
    base = copy.based_on or Revision(body=SKELETONS.get(str(copy.settings.get("kind", "")), ""))
    return Typed(
        title=merging.merge_line(base.title, mine.title, copy.title).text,
        summary=merging.merge_line(base.summary, mine.summary, copy.summary).text,
        body=merging.merge(base.body, mine.body, copy.body, their_name="Your other tab").text,
        change_note=mine.change_note or copy.change_note,
    )


def meanwhile(copy: WorkingCopy) -> str:
    """Who else saved a revision while this was typed, in a sentence; empty when nobody did."""
    newer = newer_than(copy)
    if newer is None:
        return ""
    return (
        f"{newer.author.display_name} saved revision {newer.number} meanwhile: you'll see both when you send."
    )


def standing(copy: WorkingCopy) -> Standing:
    """What happened to the text that one goes on from."""
    base = copy.based_on
    if base is None:
        return Standing()
    if base.state != State.CHANGES_REQUESTED:
        waits = base.state in (State.IN_REVIEW, State.SCHEDULED)
        return Standing(newer=newer_than(copy), waiting=base if waits else None)
    comments = base.comments.filter(resolved_at__isnull=True).select_related("author")
    return Standing(newer=newer_than(copy), sent_back=base, comments=tuple(comments))


def findings(user: User, copy: WorkingCopy, typed: Typed) -> list[Finding]:
    """The checklist of what is being typed, what is to be done first."""
    article = copy.article
    unsaved = Revision(article=article, body=typed.body)
    draft = Draft(
        title=typed.title,
        summary=typed.summary,
        body=typed.body,
        kind=article.kind if article else str(copy.settings.get("kind", "")),
        has_owner=article.owner_id is not None if article else copy.settings.get("owner", "me") != "",
        review_by=_review_day(copy),
        today=timezone.localdate(),
        broken_links=reviewing.broken_links(user, unsaved),
    )
    return sorted(check(draft), key=lambda finding: URGENCY.index(finding.level))


def _review_day(copy: WorkingCopy) -> date | None:
    """Of an article that is there the approval sets it anew."""
    proposed = reviewing.next_review(timezone.localdate())
    if copy.article or "review_by" not in copy.settings:
        return proposed
    try:
        return parse_date(str(copy.settings["review_by"]))
    except ValueError:
        return None


def linkable(user: User, asked: str, article: Article | None) -> list[Linkable]:
    """Articles that one may read with these words in their titles."""
    found = readable(user)
    if article:
        found = found.exclude(pk=article.pk)
    for word in asked.split()[:8]:
        found = found.filter(live_revision__title__icontains=word)
    if not asked:
        return []
    in_order = found.order_by("live_revision__title")[:MOST_FOUND]
    return [Linkable(each, f"[{plain(each.title)}](article:{each.external_id})") for each in in_order]


def plain(text: str) -> str:
    """Words that stay words between square brackets."""
    return re.sub(r"([\\\[\]`*_<>])", r"\\\1", " ".join(text.split()))


def audiences(user: User) -> QuerySet[Audience]:
    """One writes for people one is among."""
    return Audience.objects.of(user)
