"""Markdown from strangers: nothing runs and nothing leaks."""

import re

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples

from kb.markdown import render, render_quote
from kb.outline import blocks, plain_text, sections
from kb.parsing import MAX_CHARS, RESERVED_ANCHORS
from tests.kb.hostile import DEEP, HOSTILE, MARKDOWN, Page, assert_harmless, mutated


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_markdown_is_rendered_harmless(case: str) -> None:
    source = HOSTILE[case]
    around = (
        ()
        if case in DEEP
        else (f"words {source} words", f"- {source}", f"> {source}", f"| {source} |\n|-|\n")
    )
    for text in (source, *around):
        for html in (render(text, resolve_link="/articles/{}/".format).html, render_quote(text)):
            assert_harmless(html)
            assert len(html) < 1_000_000


def test_there_are_at_least_two_hundred_cases_and_each_is_another() -> None:
    assert len(set(HOSTILE.values())) == len(HOSTILE) >= 200


@given(mutated())
@examples(max_examples=400)
def test_a_hostile_text_varied_to_get_past_a_filter_stays_harmless(source: str) -> None:
    assert_harmless(render(source, resolve_link="/articles/{}/".format).html)
    assert_harmless(render_quote(source))


@given(MARKDOWN)
@examples(max_examples=400)
def test_no_text_at_all_renders_to_anything_that_runs(body: str) -> None:
    assert_harmless(render(body).html)
    assert_harmless(render_quote(body))


def test_headings_step_down_below_the_pages_own_and_keep_their_anchors() -> None:
    rendered = render("# Reset *it*\n\n## Steps\n\n## Steps\n\n## ???\n")
    assert "<h1" not in rendered.html
    assert '<h2 id="reset-it">' in rendered.html
    assert '<h3 id="steps-2">' in rendered.html
    assert [(h.level, h.text, h.anchor) for h in rendered.headings] == [
        (2, "Reset it", "reset-it"), (3, "Steps", "steps"), (3, "Steps", "steps-2"), (3, "???", "section"),
    ]  # fmt: skip


def test_headings_that_already_start_at_two_stay_there() -> None:
    assert '<h2 id="cause">' in render("## Cause").html


def test_a_heading_within_a_quote_or_list_starts_no_section_and_has_no_id() -> None:
    body = "> # Quoted\n\n- # Listed\n"
    assert [s.path for s in sections(body)] == [()]
    assert Page(render(body).html).values("id") == []


@pytest.mark.parametrize("name", ["note", "tip", "important", "warning", "caution"])
def test_github_callouts_become_labelled_notes(name: str) -> None:
    html = render(f"> [!{name.upper()}]\n> Mind the gap.").html
    assert (
        f'<div class="callout callout-{name}" role="note"><p class="callout-title">{name.title()}</p>' in html
    )
    assert "<p>Mind the gap.</p>" in html
    assert "blockquote" not in html
    assert "[!" not in html


def test_a_callout_whose_text_follows_a_blank_line_leaves_no_empty_paragraph() -> None:
    assert "<p></p>" not in render("> [!NOTE]\n>\n> Text").html


def test_tables_scroll_by_themselves_and_align_by_class() -> None:
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2<br>3 |").html
    assert '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>' in html
    assert '<td class="text-center">1</td>' in html
    assert '<td class="text-end">2<br>' in html


def test_code_is_coloured_by_class_and_an_unknown_language_is_left_plain() -> None:
    assert '<span class="nb">Get-Item</span>' in render("```powershell\nGet-Item x\n```").html
    assert "<span" not in render("```klingon\nGet-Item x\n```").html


def test_task_lists_and_strikethrough_are_understood() -> None:
    html = render("- [ ] call\n- [x] ~~wait~~").html
    assert html.count('type="checkbox"') == 2
    assert html.count("disabled") == 2
    assert "<s>wait</s>" in html
    assert 'checked="" aria-label="Done"' in html
    assert 'aria-label="To do"' in html


def test_external_links_tell_nothing_and_internal_ones_stay_plain() -> None:
    html = render("[a](https://x.example/p) [b](#steps) [c](mailto:it@x.example) [d](tel:+44123)").html
    assert '<a href="https://x.example/p" rel="noopener noreferrer nofollow">a</a>' in html
    assert '<a href="#steps">b</a>' in html
    assert '<a href="mailto:it@x.example">' in html
    assert 'href="tel:+44123"' in html


def test_article_links_are_resolved_and_hidden_ones_leave_only_the_authors_words() -> None:
    urls = {"vpn": "/articles/vpn/"}
    html = render("[VPN](article:vpn#mac) and [pay](article:secret-salaries)", resolve_link=urls.get).html
    assert '<a href="/articles/vpn/#mac">VPN</a> and pay' in html
    assert "secret" not in html
    assert "<a" not in render("[VPN](article:vpn)").html


def test_images_are_ours_or_their_words() -> None:
    ours = f"/articles/attachments/{'0f' * 16}"
    assert f'<img src="{ours}" alt="Tray" loading="lazy">' in render(f"![Tray]({ours})").html
    for other in (
        "https://x.example/t.png",
        f"{ours}0",
        f"{ours}/",
        f"{ours}?x",
        f"https://x.example{ours}",
        f"/{ours}",
    ):
        assert render(f"![Tray icon]({other})").html == "<p>Tray icon</p>\n"


def test_comments_vanish_while_other_html_is_shown_as_written() -> None:
    body = "pop<!---->.example <!-- secret -->\n\n<!-- to\n\nall -->\n\nType <username>.\n\n<!-- x --> After"
    html = render(body).html
    assert "pop.example" in html
    assert "&lt;username&gt;" in html
    assert "After" in html
    assert "secret" not in html
    assert "to\n\nall" not in html
    assert plain_text(body) == "pop.example\nType <username>.\nAfter"


def test_a_comment_inside_code_is_code() -> None:
    assert "&lt;!-- keep --&gt;" in render("```\n<!-- keep -->\n```").html


def test_a_quote_keeps_its_number_and_never_brings_headings_into_the_page() -> None:
    assert '<ol start="4">' in render_quote("4. Four\n5. Five")
    assert '<ol start="3">' in render_quote("1. Three", first_number=3)
    assert render_quote("## Steps") == '<p class="quote-heading">Steps</p>\n'


@pytest.mark.parametrize(
    "body",
    ["> " * 5000 + "x", "- " * 5000 + "x", "[" * 9000, "![" * 5000, "*_" * 50_000, "x" * 1_000_000, "#\n" * 9000,
     "<!--" * 25_000, "|a" * 200 + "\n" + "|-" * 200 + "\n" + ("|b" * 200 + "\n") * 100,
     "```http\n" + "a" * 90_000, "[" * MAX_CHARS],
)  # fmt: skip
def test_outsized_or_contorted_text_neither_crashes_nor_loses_its_spans(body: str) -> None:
    assert_harmless(render(body).html)
    assert [s for s in sections(body) if s.end > len(body)] == []
    assert blocks(body)[-1].end <= len(body)


def test_what_is_too_long_to_parse_is_shown_escaped() -> None:
    rendered = render("# <b>\n" + "x" * MAX_CHARS)
    assert rendered.html.startswith('<pre class="plain" tabindex="0"># &lt;b&gt;')
    assert rendered.headings == ()
    assert [s.path for s in sections("# <b>\n" + "x" * MAX_CHARS)] == [()]


def test_a_target_that_is_defined_once_cannot_fill_a_page_by_being_referred_to() -> None:
    body = f"[a]: https://x.example/{'y' * 60_000}\n\n" + "[a]" * 9_000
    assert len(render(body).html) < 2 * len(body)
    assert len(render_quote(body)) < 2 * len(body)


def test_code_is_coloured_until_there_is_much_of_it() -> None:
    blocks_of_code = "```python\nx = 1\n```\n" * 2 + f"```python\n{'x = 1 #' * 1_000}\n```\n"
    assert render(blocks_of_code).html.count('<span class="mi">1</span>') == 2
    many = f"```python\n{'x = 1; ' * 500}\n```\n" * 9
    assert render(many).html.count('<span class="mi">1</span>') == 3 * 500


def test_a_heading_never_takes_an_id_of_the_page_around_it() -> None:
    assert [h.anchor for h in render("# Main\n\n# Did this help?\n\n# Main").headings] == [
        "main-2", "did-this-help-2", "main-3",
    ]  # fmt: skip
    for template in ("base.html", "kb/article.html", "kb/revision.html"):
        source = (settings.BASE_DIR / "templates" / template).read_text()
        # A heading's anchor has no underscore, so that what Django names after fields is out of its reach.
        ids = {found for found in re.findall(r'\sid="([^"{]+)"', source) if "_" not in found}
        assert not ids - set(RESERVED_ANCHORS), f"Add what {template} uses to RESERVED_ANCHORS."
