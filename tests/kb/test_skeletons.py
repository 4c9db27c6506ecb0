"""Skeletons: every kind has one, and what nobody filled in is noticed."""

import pytest

from kb.importing import KINDS
from kb.markdown import render
from kb.outline import plain_text, sections
from kb.skeletons import SKELETONS, unfilled


def test_every_kind_of_article_has_a_skeleton() -> None:
    assert set(SKELETONS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_says_what_to_write_under_each_of_its_headings(kind: str) -> None:
    body = SKELETONS[kind]
    for section in sections(body):
        if section.path:
            assert "…" in plain_text(body[section.start : section.end])
    assert "<!--" not in render(body).html


@pytest.mark.parametrize("kind", KINDS)
def test_each_placeholder_is_noticed_until_it_is_replaced(kind: str) -> None:
    body = SKELETONS[kind]
    left = unfilled(body)
    assert len(left) == body.count("…")
    for placeholder in left:
        assert placeholder.text in body.splitlines()[placeholder.line - 1]
        body = body.replace(placeholder.text, "Something of our own")
    assert unfilled(body) == []


def test_brackets_of_the_author_are_no_placeholders() -> None:
    assert unfilled("Press [More…] and see [Settings…](article:settings) [1].") == []
    assert unfilled("[" * 100_000 + "…]" * 10_000) == []


def test_the_troubleshooting_skeleton_asks_for_issue_environment_cause_and_resolution() -> None:
    headings = [section.path[-1] for section in sections(SKELETONS["troubleshooting"]) if section.path]
    assert headings == ["Issue", "Environment", "Cause", "Resolution"]
