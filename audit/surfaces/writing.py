"""The editor: previews that resolve links, pickers that search, checklists that compare with other articles."""

from collections.abc import Iterator
from functools import partial

from django.urls import reverse

from audit.ground import Ground
from audit.standing import Place
from audit.visiting import Errand, Probe, Visitor
from kb.models import Article, WorkingCopy


def writing(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Somebody writes a text that has the words of a hidden article, and links to it."""
    if probe.reader.writes:
        for place in ground.a_few_hidden(probe.reader):
            yield partial(_write_about, place)


def _write_about(place: Place, visitor: Visitor) -> None:
    newest = Article.objects.get(pk=place.pk).revisions.order_by("-number").first()
    summary = newest.summary if newest else ""
    words = {"title": place.title, "summary": summary, "change_note": "", "version": "0"}
    # What they type themselves may come back to them; an article that is shown for it comes with its address.
    visitor.says = (place.title, summary)
    copy = WorkingCopy.objects.create(
        author=visitor.user, title="Mine", body="Mine.\n", settings={"kind": "how-to"}
    )
    visitor.get(reverse("kb:write", args=[copy.pk]))
    visitor.get(reverse("kb:write", args=[copy.pk]), beside=place.pk)
    _ask_about(visitor, copy, place, words)
    with visitor.asking_for_parts():
        _ask_about(visitor, copy, place, words)
    for name in ("kb:merge", "kb:discard"):
        visitor.get(reverse(name, args=[copy.pk]))
    visitor.says = ()


def _ask_about(visitor: Visitor, copy: WorkingCopy, place: Place, words: dict[str, str]) -> None:
    """What helps a writer: how it will look, what is still to be done, what to link to, what is like it."""
    own = (words["title"], words["summary"])
    visitor.says = (*own, place.name)
    for name in ("kb:preview", "kb:checklist"):
        linking = {**words, "body": f"See [there](article:{place.name}).\n"}
        visitor.post(reverse(name, args=[copy.pk]), linking)
    visitor.says = own
    for words_of_it in (place.title, place.name):
        visitor.get(reverse("kb:find_links", args=[copy.pk]), q=words_of_it)
        visitor.post(reverse("kb:find_links", args=[copy.pk]), {"q": words_of_it})
    visitor.post(reverse("search:similar"), {**words, "body": "Mine.\n", "copy": str(copy.pk)})
