"""Reading Markdown: whatever the text, every span is verbatim, in order and in its place."""

from hypothesis import given, settings

from kb.markdown import render
from kb.outline import blocks, plain_text, readable_text, sections
from tests.kb.hostile import MARKDOWN, Page


@given(MARKDOWN)
@settings(max_examples=300)
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
@settings(max_examples=300)
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
@settings(max_examples=200)
def test_line_endings_do_not_change_what_is_found(body: str) -> None:
    unix = body.replace("\r\n", "\n").replace("\r", "\n")
    windows = unix.replace("\n", "\r\n")
    assert [(b.kind, b.anchor, b.number) for b in blocks(unix)] == [
        (b.kind, b.anchor, b.number) for b in blocks(windows)
    ]
    for ours, theirs in zip(blocks(unix), blocks(windows), strict=True):
        assert unix[ours.start : ours.end] == windows[theirs.start : theirs.end].replace("\r\n", "\n")
    assert plain_text(unix) == plain_text(windows)


def test_a_suffix_never_collides_with_a_heading_of_that_name() -> None:
    assert [s.anchor for s in sections("# A\n# A 2\n# A\n# A")] == ["a", "a-2", "a-3", "a-4"]


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


def test_plain_text_keeps_words_and_drops_marks_and_addresses() -> None:
    body = "# Get *help*\n\n1. See [the guide](https://x.example) & `ipconfig`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert plain_text(body) == "Get help\nSee the guide & ipconfig\na · b\n1 · 2"


def test_readable_text_keeps_numbers_and_points_and_drops_the_markup() -> None:
    markdown = "Do **this**:\n\n3. Open [Settings](https://x.example).\n4. Select `Save`.\n\n- One\n- Two\n"
    assert readable_text(markdown) == "Do this:\n3. Open Settings.\n4. Select Save.\n• One\n• Two"
