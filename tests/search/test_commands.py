import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from search.models import Passage, Question
from tests.factories import AudienceFactory, UserFactory
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


def output_of(*arguments: str, **options: object) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_ask_prints_quotes_and_their_source_even_before_any_worker_ran() -> None:
    small_company()
    printed = output_of("ask", "I forgot my password on my laptop")
    assert "Here is what our articles say." in printed
    assert "from “Reset a forgotten password”" in printed


def test_ask_says_when_it_is_not_sure() -> None:
    small_company()
    assert "I'm not sure." in output_of("ask", "What is the nature of the big bang theory?")


def test_ask_as_somebody_sees_what_they_may_see() -> None:
    small_company(restricted=AudienceFactory(groups=["Finance"]))
    UserFactory(username="hanna", groups=["Finance"])
    question = "When is the secret bonus run for ledger BON-991?"
    assert "Payroll bonus run" in output_of("ask", question, user="hanna")
    assert "Payroll bonus run" not in output_of("ask", question)


def test_ask_prints_json() -> None:
    small_company()
    turn = json.loads(output_of("ask", "I forgot my password on my laptop", "--json"))
    assert turn["kind"] == "answered"


@pytest.mark.parametrize("arguments", [["ask", "  "], ["ask", "x", "--as", "nobody"]])
def test_ask_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        output_of(*arguments)
    assert not Question.objects.exists()


def test_rebuild_index_makes_everything_anew(index: Callable[[], int]) -> None:
    small_company()
    index()
    before = Passage.objects.count()
    Passage.objects.update(vector=b"\0" * 1536)
    printed = output_of("rebuild_index")
    assert f"{before} passages in the index, 0 articles still to do" in printed
    assert not Passage.objects.filter(vector=b"\0" * 1536).exists()


class TestEvaluateSearch:
    @pytest.fixture
    def files(self, tmp_path: Path) -> dict[str, Path]:
        articles = small_company()
        for name, article in articles.items():
            article.external_id = name
            article.save()
        files = {name: tmp_path / name for name in ("queries.jsonl", "qrels.tsv", "other.jsonl")}
        questions = {"q1": "forgot my password", "q2": "error FC-412", "q3": "not labelled"}
        files["queries.jsonl"].write_text(
            "\n".join(json.dumps({"id": k, "text": t}) for k, t in questions.items())
        )
        files["qrels.tsv"].write_text("query-id\tcorpus-id\tscore\nq1\tpassword\t1\nq2\tvpn\t1\n")
        files["other.jsonl"].write_text(json.dumps({"id": "o", "text": "how big is the universe"}))
        return files

    def test_all_figures_are_printed(self, files: dict[str, Path]) -> None:
        figures = json.loads(
            output_of(
                "evaluate_search",
                queries=files["queries.jsonl"],
                qrels=files["qrels.tsv"],
                unanswerable=files["other.jsonl"],
                json=True,
            )
        )
        assert figures["queries"] == 2
        assert figures["ndcg@10"] == figures["hit@1"] == figures["recall@50"] == 1.0
        assert set(figures) == {
            "queries", "ndcg@10", "hit@1", "hit@5", "mrr@10", "recall@50", "p50_ms", "p95_ms",
            "auroc", "answered_answerable", "answered_unanswerable",
        }  # fmt: skip

    def test_meaning_alone_and_words_alone_are_measured_in_the_same_run(self, files: dict[str, Path]) -> None:
        figures = json.loads(
            output_of(
                "evaluate_search",
                queries=files["queries.jsonl"],
                qrels=files["qrels.tsv"],
                baseline=True,
                json=True,
            )
        )
        measures = {"ndcg@10", "hit@1", "hit@5", "mrr@10", "recall@50"}
        assert {f"{kind} {name}" for kind in ("dense", "bm25") for name in measures} <= set(figures)
        assert 0 < figures["bm25 ndcg@10"] <= 1
        assert figures["dense recall@50"] == 1

    def test_nothing_is_stored(self, files: dict[str, Path]) -> None:
        output_of("evaluate_search", queries=files["queries.jsonl"], qrels=files["qrels.tsv"])
        assert not Question.objects.exists()

    @pytest.mark.parametrize("content", ["", "not json", '{"id": 1}', "[1]"])
    def test_a_bad_file_is_named(self, files: dict[str, Path], content: str) -> None:
        files["queries.jsonl"].write_text(content)
        with pytest.raises(CommandError, match=r"queries\.jsonl"):
            output_of("evaluate_search", queries=files["queries.jsonl"], qrels=files["qrels.tsv"])
