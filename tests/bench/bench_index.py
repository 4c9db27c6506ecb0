"""The index at scale: memory, start from a snapshot, catching up, time of a search, and what is found.

    .venv/bin/python -m tests.bench.bench_index --sizes 10k,100k,1M --articles FILE… --folder /var/tmp/bench
    .venv/bin/python -m tests.bench.bench_index --picture docs/images/performance.png --folder /var/tmp/bench

Vectors are drawn around those of the articles given (Markdown, or JSON Lines with title and text; without any, those
of the demo company), and asked for with the first sentences of the same articles. One article of a hundred is for a
narrow audience. Building and starting are processes of their own, so that memory is what a fresh process has.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVERYONE, FEW = 1, 2
ALL = frozenset({EVERYONE, FEW})
ONE_IN = 100  # articles are for a few
PASSAGES = 10  # in an article
QUESTIONS = 200
K = 100  # candidates, of which the first ten are compared with the exact ten
CAUGHT_UP = 20  # articles that change before a question


def main(arguments: Sequence[str] | None = None) -> None:
    """Build and measure each size; add what was measured to results.json in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", default="10k,100k", help="passages, such as 10k,100k,1M")
    parser.add_argument(
        "--articles", type=Path, nargs="*", default=sorted(Path("demo/articles").rglob("*.md"))
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tier-zero-bench")
    parser.add_argument("--again", action="store_true", help="start from the snapshots of an earlier run")
    parser.add_argument("--picture", type=Path, help="only draw results.json of the folder")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    results = options.folder / "results.json"
    if options.picture:
        from tests.bench.picture import draw

        draw(json.loads(results.read_text()), options.picture)
    elif options.step:
        sys.stdout.write(json.dumps(STEPS[options.step](options)) + "\n")
    else:
        for size in options.sizes.split(","):
            known = json.loads(results.read_text()) if results.exists() else {}
            measured = known[str(number(size))] if options.again else {"passages": number(size)}
            for step in STARTS if options.again else STEPS:
                measured |= in_a_process(step, size, options)
            sys.stdout.write(json.dumps(measured, indent=1) + "\n")
            results.write_text(json.dumps(known | {str(number(size)): measured}, indent=1))


def number(size: str) -> int:
    """10k → 10,000; 1M → 1,000,000."""
    units = {"k": 1000, "M": 1_000_000}
    return int(float(size[:-1]) * units[size[-1]]) if size[-1] in units else int(size)


def in_a_process(step: str, size: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one step measures, in a process that has done nothing before."""
    command = [sys.executable, "-m", "tests.bench.bench_index", "--step", step, "--sizes", size]
    command += ["--folder", str(options.folder), "--articles", *map(str, options.articles)]
    environment = os.environ | {"DATA_DIR": str(options.folder / "data"), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def embed(options: argparse.Namespace) -> dict[str, Any]:
    """Embed the real articles once, and keep the vectors of passages and questions in the folder."""
    from search.embedding import load_embedder
    from tests.bench.drawn import texts_of

    if (options.folder / "real.npy").exists():
        return {}
    texts = texts_of(options.articles)
    model = load_embedder(None)
    np.save(options.folder / "real.npy", model.encode(texts))
    asked = [" ".join(text.split()[:15]) for text in texts[:: max(1, len(texts) // QUESTIONS)]]
    np.save(options.folder / "questions.npy", model.encode(asked))
    return {}


def build(options: argparse.Namespace) -> dict[str, Any]:
    """Fill the contents of a replica, and write a snapshot."""
    from django.conf import settings

    from search import snapshots
    from search.contents import Contents
    from search.lexical import LexicalIndex
    from search.lexical_files import private_folder
    from tests.bench.drawn import drawn

    size, real = number(options.sizes), np.load(options.folder / "real.npy")
    random = np.random.default_rng(size)
    contents = Contents("bench", LexicalIndex(private_folder(settings.INDEX_DIR)))
    exact = np.lib.format.open_memmap(options.folder / f"{size}.npy", "w+", np.float32, (size, real.shape[1]))
    began = time.perf_counter()

    def parts() -> Iterator[Any]:
        done = 0
        for matrix in drawn(real, size, random):
            exact[done : done + len(matrix)] = matrix
            yield rows(matrix, done, random)
            done += len(matrix)
            sys.stderr.write(f"{done:,} of {size:,} in {time.perf_counter() - began:.0f} s\n")

    contents.fill(parts())
    taken = time.perf_counter()
    contents.settle()
    settled = time.perf_counter()

    def fill(folder: Path) -> int:
        contents.save(folder)
        return 0

    snapshots.write(snapshot(options), origin(size), fill)
    return {
        "taking in (s)": taken - began,
        "settling (s)": settled - taken,
        "writing the snapshot (s)": time.perf_counter() - settled,
        "resident while building (MB)": peak(),
    }


def start_from_disk(options: argparse.Namespace) -> dict[str, Any]:
    """Start from the snapshot when nothing of it is in the memory of the machine, as after it was switched on."""
    for file in snapshot(options).rglob("*"):
        if file.is_file():
            forget(file)
    import_engines()
    began = time.perf_counter()
    opened(options)
    return {"start from disk (s)": time.perf_counter() - began}


def forget(file: Path) -> None:
    """Have the machine keep nothing of a file in memory."""
    with file.open("rb") as opened_file:
        os.fsync(opened_file.fileno())
        os.posix_fadvise(opened_file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def start(options: argparse.Namespace) -> dict[str, Any]:
    """Start from the snapshot, ask, and catch up."""
    size = number(options.sizes)
    import_engines()
    before = resident()
    contents, measured = opened(options)
    measured["memory a passage (bytes)"] = (resident() - before) / size
    on_disk = sum(each.stat().st_size for each in snapshot(options).rglob("*") if each.is_file())
    measured["snapshot a passage (bytes)"] = on_disk / size
    measured["exact"] = contents.vectors.is_exact
    exact = np.load(options.folder / f"{size}.npy", mmap_mode="r")
    questions = np.load(options.folder / "questions.npy")[:QUESTIONS]
    few = np.flatnonzero(np.arange(size) // PASSAGES % ONE_IN == 0)
    random = np.random.default_rng(1)
    for name, audiences, among in (("all", ALL, None), ("1%", frozenset({FEW}), few)):
        measured |= asked(contents, name, audiences, questions, random)
        measured[f"recall@10, {name}"] = recall(contents.vectors, questions, exact, among, audiences)
    measured |= mended(contents)
    measured["catching up with 20 articles (s)"] = catching_up(contents, exact, random)
    return measured


def import_engines() -> None:
    """So that their own memory and time are not counted."""
    import faiss  # noqa: F401
    import tantivy  # noqa: F401


def snapshot(options: argparse.Namespace) -> Path:
    """The folder of the snapshots of a size."""
    from django.conf import settings

    return Path(settings.INDEX_DIR) / f"bench-{number(options.sizes)}"


def opened(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The contents that a process starts with, and how long that takes."""
    from search import snapshots
    from search.contents import Contents

    began, working = time.perf_counter(), time.process_time()
    folder, _ = snapshots.newest(snapshot(options), origin(number(options.sizes)))
    checked = time.perf_counter()
    contents = Contents.load("bench", folder)
    return contents, {
        "start (s)": time.perf_counter() - began,
        "start, processor (s)": time.process_time() - working,
        "of which checksums (s)": checked - began,
    }


def asked(
    contents: Any,
    name: str,
    audiences: frozenset[int],
    questions: NDArray[np.float32],
    random: np.random.Generator,
) -> dict[str, float]:
    """How long vectors, words and names take for people of some audiences, each alone and one after the other."""
    from tests.bench.drawn import word

    texts = [" ".join(map(word, (random.zipf(1.2, 8) % 1000).tolist())) for _ in questions]
    nearest = partial(contents.vectors.search, k=K, audiences=audiences)
    found = partial(contents.lexical.search, k=K, audiences=audiences)
    named = partial(contents.lexical.identified, audiences=audiences)

    def look_up(row: int) -> None:
        nearest(questions[row])
        found(texts[row])
        named(texts[row])

    return {
        **timed(f"search, {name}", nearest, questions),
        **timed(f"words, {name}", found, texts),
        **timed(f"names and titles, {name}", named, texts),
        **timed(f"all of it, {name}", look_up, range(len(texts))),
    }


def mended(contents: Any) -> dict[str, float]:
    """How long a slip in a question takes, where every word of the index begins with the same letter."""
    from tests.bench.drawn import word

    def mend(number_of_word: int) -> None:
        contents.lexical.respelt(f"{word(number_of_word)}zz", audiences=ALL, is_word=lambda _: False)

    began = time.perf_counter()
    mend(100_000)
    first = time.perf_counter() - began
    return {"the first slip (ms)": first * 1000, **timed("a slip", mend, range(100_000, 100_020))}


def catching_up(contents: Any, exact: NDArray[np.float32], random: np.random.Generator) -> float:
    """Seconds to take in articles that changed: new passages for those of 20."""
    changed = rows(np.array(exact[: CAUGHT_UP * PASSAGES]), 0, random, new_ids_from=10**9)
    began = time.perf_counter()
    contents.take(changed)
    return time.perf_counter() - began


def rows(matrix: NDArray[np.float32], first: int, random: np.random.Generator, new_ids_from: int = 1) -> Any:
    """Ten passages an article, as the database would give them. `first` counts passages from 0."""
    from search.contents import Rows
    from search.lexical_documents import LexicalDocument
    from search.passages import to_bytes
    from tests.bench.drawn import word, words

    article_of = {new_ids_from + first + row: (first + row) // PASSAGES + 1 for row in range(len(matrix))}
    audience_of = {
        article: FEW if (article - 1) % ONE_IN == 0 else EVERYONE for article in article_of.values()
    }
    texts = dict(zip(article_of, words(random, len(matrix)), strict=True))
    documents = [
        LexicalDocument(
            passage,
            article,
            audience_of[article],
            f"How to {word(article)} {word(article % 999)}",
            "",
            texts[passage],
        )
        for passage, article in article_of.items()
    ]
    vectors = {passage: to_bytes(row) for passage, row in zip(article_of, matrix, strict=True)}
    return Rows(
        articles=frozenset(audience_of),
        audience_of=audience_of,
        passages=article_of,
        documents=documents,
        vectors=vectors,
    )


def recall(
    store: Any,
    questions: NDArray[np.float32],
    exact: NDArray[np.float32],
    among: NDArray[np.int64] | None,
    audiences: frozenset[int],
) -> float:
    """The share of the ten nearest, by comparing all vectors (`exact`), that the store finds."""
    rows_asked = np.arange(len(exact)) if among is None else among
    best = np.full((len(questions), 10), -2.0)
    best_rows = np.zeros((len(questions), 10), np.int64)
    for begin in range(0, len(rows_asked), 100_000):
        part = rows_asked[begin : begin + 100_000]
        cosines = np.concatenate([best, questions @ np.asarray(exact[part]).T], axis=1)
        numbers = np.concatenate([best_rows, np.broadcast_to(part, (len(questions), len(part)))], axis=1)
        top = np.argpartition(-cosines, 10, axis=1)[:, :10]
        best, best_rows = np.take_along_axis(cosines, top, 1), np.take_along_axis(numbers, top, 1)
    found = [
        {each - 1 for each, _ in store.search(vector, K, audiences=audiences)[:10]} for vector in questions
    ]
    return float(
        np.mean([len(set(right.tolist()) & got) / 10 for right, got in zip(best_rows, found, strict=True)])
    )


def timed(
    name: str, search: Callable[[Any], object], questions: Sequence[Any] | NDArray[np.float32]
) -> dict[str, float]:
    """Median and 99th percentile in milliseconds, one after another, after a first one that fills caches.

    The processor's time as well: on a machine that others use, the clock tells of them.
    """
    search(questions[0])
    took, worked = [], []
    for each in questions:
        began, working = time.perf_counter(), time.process_time()
        search(each)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - working) * 1000)
    return {
        f"{name}, p50 (ms)": float(np.median(took)),
        f"{name}, p99 (ms)": float(np.percentile(took, 99)),
        f"{name}, processor, p50 (ms)": float(np.median(worked)),
    }


def origin(size: int) -> Any:
    """What a snapshot of the bench is of."""
    from search import snapshots

    return snapshots.Origin(f"bench-{size}", "bench")


def resident() -> int:
    """Bytes of this process that no file backs."""
    line = next(
        each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("RssAnon")
    )
    return int(line.split()[1]) * 1024


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STARTS = {"start_from_disk": start_from_disk, "start": start}
STEPS = {"embed": embed, "build": build, **STARTS}

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.setdefault("SECRET_KEY", "no-request-is-ever-signed-with-this-one-it-only-has-to-be-long")
    django.setup()
    main()
