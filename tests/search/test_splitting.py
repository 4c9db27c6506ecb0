"""Passages are verbatim, in order, complete, of a fit size, and cut where a reader would cut."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.outline import blocks
from search.splitting import TARGET_WORDS, embedding_text, split

ARTICLE = """Before you start, have your badge at hand.

# Reset your password

## On Windows

1. Press **Ctrl+Alt+Del**.
2. Choose [Change a password](https://example.org/reset?id=1).

## On a Mac

Open Settings.
"""
PIECES = st.sampled_from(
    [
        "# Title\n\n", "## Part\n\n", "### Detail\n\n", "A sentence. Another one!\n\n", "word " * 90 + "\n\n",
        "- item one\n- item two\n\n", "1. do this\n2. do that\n\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
        "```\n# no heading\nls -l\n```\n\n", "<!-- hidden -->\n\n", "> quoted\n\n", "---\n\n",
        "ünïcödé 日本語 🎉\r\n\r\n",
        "[ref]: http://example.org\n\n", "   \n", "* " + "long " * 400 + "\n\n", "a\n===\n\n",
    ]
)  # fmt: skip
BODIES = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=300))


def texts(body: str) -> list[str]:
    return [body[span.start : span.end] for span in split(body)]


def test_each_section_becomes_a_passage_with_its_headings_and_anchor():
    spans = split(ARTICLE)
    assert [span.path for span in spans] == [
        (),
        ("Reset your password", "On Windows"),
        ("Reset your password", "On a Mac"),
    ]
    assert [span.anchor for span in spans] == ["", "on-windows", "on-a-mac"]
    assert texts(ARTICLE)[0] == "Before you start, have your badge at hand."


def test_a_long_list_is_cut_between_its_items():
    items = [f"{number}. Step {number} " + "and so on " * 15 for number in range(1, 21)]
    parts = texts("## Steps\n\n" + "\n".join(items))
    assert len(parts) > 1
    assert all(part.split(".")[0].isdigit() for part in parts)
    assert sum(part.count("Step ") for part in parts) == 20


def test_a_table_longer_than_a_passage_is_cut_between_its_rows():
    rows = [f"| row{number} | " + "cell " * 20 + "|" for number in range(30)]
    parts = texts("| a | b |\n|---|---|\n" + "\n".join(rows))
    assert len(parts) > 1
    assert all(line.startswith("|") and line.endswith("|") for part in parts for line in part.split("\n"))


def test_a_code_fence_that_fits_is_never_cut():
    code = "```\n" + "run this now\n" * 40 + "```"
    body = "word " * 150 + "\n\n" + code + "\n\n" + "word " * 150
    assert any(code in part for part in texts(body))


def test_a_long_paragraph_is_cut_at_the_end_of_a_sentence():
    parts = texts("This sentence has just six words. " * 80)
    assert len(parts) > 1
    assert all(part.endswith(".") for part in parts)


def test_a_paragraph_without_any_sentence_is_still_cut():
    assert max(len(part.split()) for part in texts("word " * 1000)) <= 2 * TARGET_WORDS


def test_a_short_tail_joins_the_passage_before_it():
    assert len(split("## One\n\n" + "Six words are in this sentence. " * 32 + "\n\nThe end.")) == 1


def test_nothing_but_headings_and_comments_makes_no_passage():
    assert split("") == split("# Only\n\n## Headings\n\n<!-- and a note -->\n") == []


def test_what_is_embedded_has_title_and_headings_and_no_markup():
    text = embedding_text(
        "Reset your password",
        ("Reset your password", "On Windows"),
        "1. Press **Ctrl**.\n<!-- secret -->\n2. [Change](https://example.org/x) at https://example.org/y now",
    )
    assert text.startswith("Reset your password\nOn Windows\n")
    assert "Press Ctrl." in text
    assert "Change" in text
    for noise in ("example.org", "secret", "**", "]("):
        assert noise not in text


@given(BODIES)
@settings(max_examples=150)
def test_passages_are_in_order_apart_and_without_blank_edges(body):
    spans = split(body)
    assert [span.ordinal for span in spans] == list(range(len(spans)))
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(body)
        assert body[span.start : span.end].strip() == body[span.start : span.end]
        end = span.end


@given(BODIES)
@settings(max_examples=150)
def test_every_word_outside_the_headings_is_in_exactly_one_passage(body):
    visible = [block for block in blocks(body) if block.kind not in ("heading", "rule")]
    words = [word for block in visible for word in body[block.start : block.end].split()]
    spans = split(body)
    inside = [
        word
        for span in spans
        for block in visible
        for word in body[max(span.start, block.start) : min(span.end, block.end)].split()
    ]
    assert inside == words


@given(BODIES)
@settings(max_examples=50)
def test_no_passage_is_twice_as_long_as_it_should_be(body):
    assert all(len(part.split()) <= 2 * TARGET_WORDS for part in texts(body))
