"""A site of many articles, written straight into its database: real ones over and over, a little moved each time."""

from collections.abc import Sequence
from itertools import count, islice

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import User
from kb.models import Article, Audience, Category, Revision
from kb.workflow import State
from search.gists import gists
from search.models import IndexEntry, Passage, UnitVectors
from search.passages import to_bytes
from search.splitting import split
from search.unit_vectors import packed, packed_digests

# Noise of this length beside a vector of length one: its cosine with where it came from is then .89.
MOVED = 0.5
AT_ONCE = 200  # articles written together


def fill(
    size: int,
    *,
    articles: Sequence[tuple[str, str]],
    vectors: NDArray[np.float32],
    units: NDArray[np.float32],
    fingerprint: str,
) -> None:
    """Publish (title, Markdown) articles over and over, until at least `size` passages stand in the database.

    `vectors` are those of the passages of one round, in order; `units` those of the gists of one round.
    """
    author, reviewer = (User.objects.create_user(name, f"{name}@fernhill.example") for name in ("ann", "bo"))
    audience = Audience.objects.get(slug="everyone")
    category = Category.objects.create(name="Everything", slug="everything")
    random = np.random.default_rng(size)
    spans = [split(body) for _, body in articles]
    starts = np.cumsum([0, *map(len, spans)])
    told = [gists(title, body) for title, body in articles]
    told_from = np.cumsum([0, *map(len, told)])
    copies = ((number, at) for number in count(1) for at in range(len(articles)))
    written = 0
    while written < size:
        batch = list(islice(copies, AT_ONCE))
        places = Article.objects.bulk_create(Article(category=category, audience=audience) for _ in batch)
        revisions = Revision.objects.bulk_create(
            Revision(
                article=place,
                number=1,
                title=f"{articles[at][0][:180]} {number}",
                body=articles[at][1],
                author=author,
                state=State.PUBLISHED,
                published_at=timezone.now(),
                reviewed_at=timezone.now(),
                reviewed_by=reviewer,
            )
            for place, (number, at) in zip(places, batch, strict=True)
        )
        for place, revision in zip(places, revisions, strict=True):
            place.live_revision = revision
        Article.objects.bulk_update(places, ["live_revision"])
        passages = [
            Passage(
                article=place,
                revision=revision,
                fingerprint=fingerprint,
                ordinal=span.ordinal,
                start=span.start,
                end=span.end,
                path=list(span.path),
                anchor=span.anchor[:200],
                digest=f"{revision.pk}-{span.ordinal}",
                vector=to_bytes(_moved(vectors[starts[at] + span.ordinal], random)),
            )
            for place, revision, (_, at) in zip(places, revisions, batch, strict=True)
            for span in spans[at]
        ]
        Passage.objects.bulk_create(passages, batch_size=2000)
        IndexEntry.objects.bulk_create(
            IndexEntry(
                article=place, fingerprint=fingerprint, revision=revision, audience_id=place.audience_id
            )
            for place, revision in zip(places, revisions, strict=True)
        )
        UnitVectors.objects.bulk_create(
            UnitVectors(
                revision=revision,
                fingerprint=fingerprint,
                digests=packed_digests(each._replace(title=revision.title) for each in told[at]),
                vectors=packed(units[told_from[at] : told_from[at + 1]]),
            )
            for revision, (_, at) in zip(revisions, batch, strict=True)
        )
        written += len(passages)


def _moved(vector: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    noise = random.normal(size=vector.shape)
    moved = vector + MOVED * noise / np.linalg.norm(noise)
    return np.asarray(moved / np.linalg.norm(moved), np.float32)
