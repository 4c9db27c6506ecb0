"""What readers say of the demo's articles and what is being worked on, so that nobody's workbench is empty."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import OutgoingMail, User
from kb import services
from kb.models import Article, Flag, Revision


@transaction.atomic
def load_upkeep(content: dict[str, Any]) -> None:
    """Votes, notes with their answers, flags, and revisions between draft and publication."""
    for votes in content["votes"]:
        _vote(votes)
    for note in content["notes"]:
        _leave_note(note)
    for flag in content["flags"]:
        services.flag(
            article=_article(flag), by=_person(flag["by"]), reason=flag["reason"], note=flag["text"]
        )
    for revision in content["revisions"]:
        _write(revision)


def _article(content: dict[str, Any]) -> Article:
    return Article.objects.get(external_id=content["article"])


def _person(username: str) -> User:
    return User.objects.get(username=username)


def _vote(content: dict[str, Any]) -> None:
    for verdict in ("helpful", "unhelpful"):
        for username in content[verdict]:
            services.vote(article=_article(content), user=_person(username), helpful=verdict == "helpful")


def _leave_note(content: dict[str, Any]) -> None:
    reader = _person(content["reader"])
    said = services.vote(
        article=_article(content), user=reader, helpful=False, reason=content["reason"], note=content["text"]
    )
    if "answer" in content:
        flag = Flag.objects.get(vote=said)
        answerer = _person(content["answered_by"])
        services.close_flag(flag=flag, by=answerer, outcome=Flag.Outcome.ANSWERED, answer=content["answer"])
        OutgoingMail.objects.filter(to=reader.email).delete()  # nobody reads mail at an invented address


def _write(content: dict[str, Any]) -> None:
    article, author = _article(content), _person(content["author"])
    live = article.words
    old, new = content["replace"]
    revision = services.write_revision(
        article=article,
        author=author,
        title=live.title,
        summary=live.summary,
        body=live.body.replace(old, new) if old else live.body,
        change_note=content["note"],
        based_on=live,
    )
    if content.get("submitted"):
        revision = services.submit(revision=revision, by=author)
    _decide(content, revision)


def _decide(content: dict[str, Any], revision: Revision) -> None:
    if reviewer := content.get("changes_requested_by"):
        lines = revision.body.splitlines()
        line = next(n for n, text in enumerate(lines, 1) if content["comment_on"] in text)
        by = _person(reviewer)
        services.comment(revision=revision, by=by, text=content["comment"], line=line)
        services.request_changes(revision=revision, by=by, reason=content["reason"])
    if approver := content.get("approved_by"):
        publish_at = timezone.now() + timedelta(days=content["publish_in_days"])
        services.approve(revision=revision, by=_person(approver), publish_at=publish_at)
