"""Markdown from strangers: nothing runs, nothing leaks, and every span is verbatim."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markdown import MAX_CHARS, blocks, plain_text, render, render_quote, sections

FORBIDDEN_TAGS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "svg",
    "math",
    "base",
    "meta",
    "link",
    "video",
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<IMG SRC=javascript:alert('XSS')>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<a href=javascript:alert(1)>x</a>",
    "<a onmouseover=alert(1)>x</a>",
    "<style>@import'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<div style=background:url(javascript:alert(1))>x</div>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "[x](&#106;&#97;&#118;&#97;script:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](javascript:alert(1)//https://ok.example)",
    "[x](javascript://%0aalert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](VBScript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://ok.example/1)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](/logout)",
    "[x](article:javascript:alert(1))",
    "[x](https:javascript:alert(1))",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x]\n\n[x]: data:text/html,1",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example"onmouseover="alert(1))',
    "[x](https://ok.example/'onclick='alert(1))",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "![x](//evil.example/pixel.gif)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](/media/../logout)",
    "![x](/media/%2e%2e/logout)",
    "![x](/media/%252e%252e/logout)",
    "![x](/media\\..\\logout)",
    '![x" onerror="alert(1)](/media/a.png)',
    '![x](/media/a.png"onerror="alert(1))',
    "[![x](javascript:1)](javascript:2)",
    "[<script>alert(1)</script>](https://ok.example)",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```html onload=alert(1)\n<svg onload=alert(1)>\n```",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "> [!NOTE]<script>alert(1)</script>\n> <svg onload=alert(1)>",
    '> [!"onclick=alert(1)]\n> x',
    "# <img src=x onerror=alert(1)>",
    '# "><script>alert(1)</script>',
    "- [ ] <input onfocus=alert(1) autofocus>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
    "<a\thref\t=\t'\x0bjavascript:alert(1)'>x</a>",
    "<img src=x o\x00nerror=alert(1)>",
    "\ud800<script>alert(1)</script>",
    "<xss id=x tabindex=1 onfocus=alert(1)></xss>",
]


class Page(HTMLParser):
    """What a browser would see: tags, attributes, ids, link targets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def assert_harmless(html: str) -> None:
    page = Page(html)
    assert not FORBIDDEN_TAGS & set(page.tags)
    assert "<script" not in html.lower()
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in {"style", "srcset", "formaction", "title", "name"}
        assert name != "id" or tag in {"h2", "h3", "h4", "h5", "h6"}
        if name == "href":
            assert re.match(r"https?://|mailto:|tel:|#|/(media|attachments)/", value, re.IGNORECASE), value
        if name == "src":
            assert re.match(r"/(media|attachments)/(?!.*\.\.)", value), value


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_rendered_harmless(source: str) -> None:
    for text in (source, f"words {source} words", f"- {source}", f"> {source}"):
        assert_harmless(render(text).html)
        assert_harmless(render_quote(text))


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            ["\n", "\n\n", "\r\n", "\r", "\t", " ", "# ", "## ", "# a\n", "a\n===\n", "1. ", "- ", "> ", "> [!NOTE]\n",
             "```\n", "|a|b|\n|-|-|\n", "<!--", "-->", "<br>", "**", "_", "`", "[", "](", ")", "![", "javascript:",
             "article:x",
             "<script>", "onerror=", "&#", "\\", "    ", "***\n", "~~", "[ ] ", "Wi-Fi", "\x00", "\u2028", "É"]
        ),
        st.text(max_size=8),
        st.sampled_from(HOSTILE),
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(MARKDOWN)
@settings(max_examples=400, deadline=None)
def test_no_text_at_all_renders_to_anything_that_runs(body: str) -> None:
    assert_harmless(render(body).html)
    assert_harmless(render_quote(body))


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_sections_cover_the_body_in_order_and_carry_the_rendered_ids(body: str) -> None:
    found, rendered = sections(body), render(body)
    end = 0
    for section in found:
        assert end <= section.start < section.end <= len(body)
        assert not body[end : section.start].strip()
        end = section.end
    assert not body[end:].strip()
    anchors = [section.anchor for section in found if section.anchor]
    assert anchors == Page(rendered.html).values("id") == [heading.anchor for heading in rendered.headings]
    assert len(set(anchors)) == len(anchors)


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_blocks_are_ordered_tight_spans_each_inside_its_section(body: str) -> None:
    of_anchor = {section.anchor: section for section in sections(body)}
    end = 0
    for block in blocks(body):
        assert end <= block.start < block.end <= len(body)
        assert body[block.start : block.end] == body[block.start : block.end].rstrip()
        section = of_anchor[block.anchor]
        assert section.start <= block.start
        assert block.end <= section.end
        assert block.path == section.path
        end = block.end


@given(MARKDOWN)
@settings(max_examples=200, deadline=None)
def test_line_endings_do_not_change_what_is_found(body: str) -> None:
    unix = body.replace("\r\n", "\n").replace("\r", "\n")
    windows = unix.replace("\n", "\r\n")
    assert [(b.kind, b.anchor, b.number) for b in blocks(unix)] == [
        (b.kind, b.anchor, b.number) for b in blocks(windows)
    ]
    for ours, theirs in zip(blocks(unix), blocks(windows), strict=True):
        assert unix[ours.start : ours.end] == windows[theirs.start : theirs.end].replace("\r\n", "\n")
    assert plain_text(unix) == plain_text(windows)


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


def test_a_suffix_never_collides_with_a_heading_of_that_name() -> None:
    assert [s.anchor for s in sections("# A\n# A 2\n# A\n# A")] == ["a", "a-2", "a-3", "a-4"]


def test_a_heading_within_a_quote_or_list_starts_no_section_and_has_no_id() -> None:
    body = "> # Quoted\n\n- # Listed\n"
    assert [s.path for s in sections(body)] == [()]
    assert Page(render(body).html).values("id") == []


def test_a_section_knows_its_path_and_takes_its_heading_line_along() -> None:
    body = "Intro.\r\n\r\n# VPN\r\n\r\n## On\tMac\r\nOpen it.\r\n\r\n# Mail\r\n"
    assert [(s.path, s.anchor, body[s.start : s.end]) for s in sections(body)] == [
        ((), "", "Intro.\r\n\r\n"),
        (("VPN",), "vpn", "# VPN\r\n\r\n"),
        (("VPN", "On Mac"), "on-mac", "## On\tMac\r\nOpen it.\r\n\r\n"),
        (("Mail",), "mail", "# Mail\r\n"),
    ]


def test_each_kind_of_block_is_told_apart_and_steps_count_on() -> None:
    body = (
        "# H\n\nText.\n\n1. One\n   - nested\n1. Two\n\n- dot\n\n| a |\n|---|\n| 1 |\n\n```\nx\n```\n\n"
        "> [!TIP]\n> Hint\n\n> Said\n\n---\n\n<!-- note\n\nto self -->\n\n7. Seven\n8. Eight\n"
    )
    assert [(b.kind, b.number) for b in blocks(body)] == [
        ("heading", None), ("paragraph", None), ("step", 1), ("step", 2), ("bullet", None), ("table", None),
        ("code", None), ("callout", None), ("quote", None), ("rule", None), ("step", 7), ("step", 8),
    ]  # fmt: skip
    assert body[blocks(body)[2].start : blocks(body)[2].end] == "1. One\n   - nested"


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
    assert (
        '<img src="/media/a%20b.png" alt="Tray" loading="lazy">' in render("![Tray](</media/a b.png>)").html
    )
    assert render("![Tray icon](https://x.example/t.png)").html == "<p>Tray icon</p>\n"


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


def test_plain_text_keeps_words_and_drops_marks_and_addresses() -> None:
    body = "# Get *help*\n\n1. See [the guide](https://x.example) & `ipconfig`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert plain_text(body) == "Get help\nSee the guide & ipconfig\na · b\n1 · 2"


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
