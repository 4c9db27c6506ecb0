"""Measuring the search that people get: the same retrieval and confidence, over labelled questions."""

import csv
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.models import Article, Reader
from kb.queries import audience_ids
from search import calibration, engine, retrieval
from search.confidence import Level
from search.metrics import auroc, hit_at, ndcg_at, percentile, recall_at, reciprocal_rank_at

DEPTH = 50


class BadSet(Exception):
    """A file of questions or labels that can't be used; the message says where and why."""


@dataclass(frozen=True)
class Asked:
    """What one question led to: imported ids of the articles, best first, and how sure the site was."""

    ranked: list[str]
    confidence: float
    is_answered: bool
    milliseconds: float


def read_queries(path: Path) -> dict[str, str]:
    """{query id: text} of a .jsonl of {id, text}. BadSet on anything else."""
    queries = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            values = json.loads(line)
            queries[str(values["id"])] = str(values["text"])
        except (ValueError, KeyError, TypeError) as problem:
            raise BadSet(f"{path.name}:{number}: a line needs an id and a text ({problem}).") from problem
    if not queries:
        raise BadSet(f"{path.name} holds no questions.")
    return queries


def read_qrels(path: Path) -> dict[str, dict[str, float]]:
    """{query id: {article id: grade}} of a .tsv with the header query-id, corpus-id, score. BadSet on anything else."""
    qrels: dict[str, dict[str, float]] = {}
    for number, row in enumerate(csv.DictReader(_lines(path), delimiter="\t"), 2):
        try:
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = float(row["score"])
        except (KeyError, TypeError, ValueError) as problem:
            raise BadSet(f"{path.name}:{number}: a line needs query-id, corpus-id and a score.") from problem
    return qrels


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from (line for line in lines if line.strip())
    except (OSError, UnicodeDecodeError) as problem:
        raise BadSet(f"{path} can't be read: {problem}.") from problem


def ask_all(queries: Iterable[str], *, user: Reader, on_asked: Callable[[], object]) -> list[Asked]:
    """What search finds for each question. Nothing is stored."""
    names = dict(Article.objects.filter(external_id__isnull=False).values_list("pk", "external_id"))
    asked = []
    for text in queries:
        started = time.perf_counter()
        found = retrieval.retrieve(text, user=user, limit=DEPTH)
        judged = calibration.judge(found)
        milliseconds = (time.perf_counter() - started) * 1000
        ranked = [str(names.get(each.article_id, each.article_id)) for each in found.ranked]
        asked.append(Asked(ranked, judged.probability, judged.level is Level.ANSWER, milliseconds))
        on_asked()
    return asked


def ranking_figures(asked: list[Asked], relevant: list[dict[str, float]]) -> dict[str, float]:
    """The measures of the ranking that people get, averaged over the questions, and how long it took."""
    times = [one.milliseconds for one in asked]
    return {
        **_measures([one.ranked for one in asked], relevant),
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
    }


def _measures(rankings: list[list[str]], relevant: list[dict[str, float]]) -> dict[str, float]:
    pairs = [
        (ranked, {key: grade for key, grade in labels.items() if grade > 0})
        for ranked, labels in zip(rankings, relevant, strict=True)
    ]
    return {
        "ndcg@10": _mean(ndcg_at(10, ranked, labels) for ranked, labels in pairs),
        "hit@1": _mean(hit_at(1, ranked, labels) for ranked, labels in pairs),
        "hit@5": _mean(hit_at(5, ranked, labels) for ranked, labels in pairs),
        "mrr@10": _mean(reciprocal_rank_at(10, ranked, labels) for ranked, labels in pairs),
        "recall@50": _mean(recall_at(50, ranked, labels) for ranked, labels in pairs),
    }


def answering_figures(answerable: list[Asked], unanswerable: list[Asked]) -> dict[str, float]:
    """How well the site tells what it can answer from what it can't, at the threshold that it ships with."""
    return {
        "auroc": auroc([one.confidence for one in answerable], [one.confidence for one in unanswerable]),
        "answered_answerable": _mean(one.is_answered for one in answerable),
        "answered_unanswerable": _mean(one.is_answered for one in unanswerable),
    }


def baselines(queries: Iterable[str], relevant: list[dict[str, float]], *, user: Reader) -> dict[str, float]:
    """The same index by meaning alone and by words alone: best passage per article, nothing else.

    What the fusion has to beat in the same run. Names of measures begin with "dense" and "bm25".
    """
    embedder = engine.embedder()
    replica = engine.replica(embedder)
    names = dict(Article.objects.filter(external_id__isnull=False).values_list("pk", "external_id"))
    audiences = audience_ids(user)
    rankings: dict[str, list[list[str]]] = {"dense": [], "bm25": []}
    for text, vector in zip(queries, embedder.encode(list(queries)), strict=True):
        signals = replica.look_up(text, vector, audiences=audiences)
        for kind, hits in (("dense", signals.dense), ("bm25", signals.lexical)):
            articles = dict.fromkeys(signals.article_of[passage] for passage, _ in hits)
            rankings[kind].append([str(names.get(each, each)) for each in articles])
    return {
        f"{kind} {name}": value
        for kind, ranked in rankings.items()
        for name, value in _measures(ranked, relevant).items()
    }


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return round(sum(kept) / len(kept), 4) if kept else 0.0
