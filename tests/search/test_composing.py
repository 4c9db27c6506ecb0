"""Answers composed by quoting: verbatim, in order, whole procedures, within the budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.outline import blocks, sections
from search.composing import Quote, Source, compose
from search.gists import Gist
from search.units import units

TROUBLE = """\
## Symptoms

The VPN stops after **Checking device** and shows error `FC-412`.

## Environment

Fernhill Connect 6 on Windows and Mac.

## Cause

The certificate of the laptop has expired because the laptop stayed closed for a long time.

## Resolution

This article explains how to renew it.

Renew the certificate yourself.

1. Open **Company Portal**.
2. Select **Sync**.
   - On a Mac select **Check Status**.
3. Restart the laptop.

> [!WARNING]
> Do not restart before the sync has finished.

## When to call a human

Call 4100 if the error is still there.
"""
POLICY = """\
How we use external drives.

## Can I use a USB stick?

No. USB sticks are blocked on all computers. You can borrow an encrypted stick.

## Which codes does the drive show?

| Code | Meaning |
| --- | --- |
| `E-100` | Full |
| `E-200` | Locked by its owner |
| `E-300` | Broken |

## See also

- [Acceptable use](article:acceptable-use)
- [Backups](article:backups)
"""


def source(
    body: str, words: str = "", *, article: int = 1, score: float = 0.7, title: str = "Title"
) -> Source:
    """The passage of `body` that holds `words`: its whole section."""
    at = body.index(words)
    section = next(each for each in sections(body) if each.start <= at < each.end)
    span = (section.start, section.end, section.path, section.anchor)
    return Source(article * 100, article, article * 10, title, body, *span, score)


def ask(question: str, *sources: Source, max_words: int = 120) -> list[Quote]:
    return compose(question, sources, likeness=None, max_words=max_words)


def words(text: str) -> int:
    return len(re.findall(r"\S*\w\S*", text))


def test_a_symptom_is_answered_with_the_resolution_and_the_warning_beside_it() -> None:
    (quote,) = ask("VPN stops at checking device", source(TROUBLE, "Checking device"))
    assert quote.kind == "steps"
    assert quote.path == ("Resolution",)
    assert quote.text.startswith("Renew the certificate yourself.\n\n1. Open")
    assert quote.text.endswith("> Do not restart before the sync has finished.")


def test_an_error_code_alone_is_answered_with_the_resolution() -> None:
    assert ask("FC-412", source(TROUBLE, "When to call"))[0].path == ("Resolution",)


def test_why_is_answered_with_the_cause() -> None:
    assert ask("why has the certificate of my laptop expired", source(TROUBLE, "Cause"))[0].path == ("Cause",)


def test_who_is_answered_with_the_contact() -> None:
    assert ask("who do I call about the error", source(TROUBLE, "Call 4100"))[0].path == (
        "When to call a human",
    )


def test_throat_clearing_is_never_quoted() -> None:
    for question in ("renew the certificate", "what does this article explain", "how to renew it"):
        assert all(
            "This article explains" not in quote.text for quote in ask(question, source(TROUBLE, "Renew"))
        )


def test_a_question_of_fact_is_answered_with_its_sentences() -> None:
    (quote,) = ask("can I use a USB stick", source(POLICY, "USB"))
    assert quote.text == "No. USB sticks are blocked on all computers. You can borrow an encrypted stick."
    assert quote.anchor == "can-i-use-a-usb-stick"


def test_a_table_is_quoted_with_its_header() -> None:
    (quote,) = ask("what does code E-300 mean", source(POLICY, "Code"))
    assert quote.kind == "table"
    assert quote.text.startswith("| Code | Meaning |")
    assert "E-300" in quote.text


def test_a_table_too_long_is_cut_after_the_row_asked_for() -> None:
    rows = "".join(f"| `E-{n}` | meaning of number {n} |\n" for n in range(100, 160))
    (quote,) = ask(
        "E-104", source(f"## Codes\n\n| Code | Meaning |\n|---|---|\n{rows}", "Codes"), max_words=60
    )
    assert quote.text.startswith("| Code | Meaning |")
    assert "E-104" in quote.text
    assert quote.text.endswith("|")


def test_a_long_procedure_is_quoted_from_its_first_step_in_whole_items() -> None:
    steps = "".join(f"{n}. Select option number {n} and wait until it is done.\n" for n in range(1, 31))
    (quote,) = ask(
        "how do I do it", source(f"## Do it\n\nDo these in order:\n\n{steps}", "Do it"), max_words=60
    )
    assert quote.text.startswith("Do these in order:\n\n1. Select")
    assert quote.text.endswith("it is done.")
    assert words(quote.text) <= 60


def test_steps_that_bad_indentation_breaks_apart_stay_together() -> None:
    body = "## Set it\n\nTo set it:\n\n1. Open it.\n1. Choose a word:\n  - long\n  - new\n1. Select OK.\n"
    (quote,) = ask("how do I set it", source(body, "Set it"))
    assert quote.text == body[body.index("To set it") :].rstrip()


def test_procedures_that_are_announced_anew_stay_apart() -> None:
    body = "## Set it\n\nOn Windows:\n\n1. Open Settings.\n\nOn a Mac:\n\n1. Open Preferences.\n"
    quotes = ask("set it on windows settings", source(body, "Set it"), max_words=8)
    assert [quote.text for quote in quotes] == ["On Windows:\n\n1. Open Settings."]


def test_what_follows_a_failure_stands_behind_the_usual_way() -> None:
    body = "## Resolution\n\nIf that fails:\n\n1. Renew the certificate.\n\nStart here:\n\n1. Restart it.\n"
    quotes = ask("renew the certificate", source(body, "Resolution"), max_words=5)
    assert [quote.text for quote in quotes] == ["Start here:\n\n1. Restart it."]


def test_an_announcement_of_what_is_not_quoted_is_left_out() -> None:
    body = (
        "## Resolution\n\nUse one of the following methods.\n\n### Method 1\n\nReinstall the application.\n"
    )
    (quote,) = ask("use one of the methods", source(body, "Use"))
    assert quote.text == "Reinstall the application."


def test_a_quoted_list_says_at_which_number_it_starts() -> None:
    (quote,) = ask("how do I go on", source("## Go on\n\n4. Fourth thing.\n5. Fifth thing.\n", "Go on"))
    assert quote.first_number == 4


def test_what_must_be_known_first_is_quoted_before_the_steps() -> None:
    body = "Call 4111 straight away, at any hour.\n\n## What you do\n\n1. Change your password.\n2. Tell the police.\n"
    quotes = ask("I lost my laptop", source(body, "Change", title="Lost laptop"))
    assert [quote.text[:4] for quote in quotes] == ["Call", "1. C"]


def test_a_list_of_links_or_a_bare_heading_answers_nothing() -> None:
    assert (
        ask("backups", source("## See also\n\n- [Backups](article:backups)\n- [Use](article:use)\n", "See"))
        == []
    )
    assert ask("backups", source("## Backups\n\n## More\n", "Backups")) == []
    assert ask("backups") == []


def test_a_link_list_that_was_found_gives_way_to_the_text_of_its_article() -> None:
    quotes = ask("can I use a USB stick", source(POLICY, "See also"))
    assert quotes[0].path == ("Can I use a USB stick?",)


def test_a_second_article_is_quoted_only_when_it_is_as_relevant() -> None:
    other = "## USB stick\n\nA USB stick can be borrowed at the desk, can it not?\n"
    near, far = (
        source(other, "borrowed", article=2, score=0.69),
        source(other, "borrowed", article=2, score=0.5),
    )
    mine = source(POLICY, "USB")
    assert {quote.article_id for quote in ask("can I use a USB stick", mine, near)} == {1, 2}
    assert {quote.article_id for quote in ask("can I use a USB stick", mine, far)} == {1}


def test_a_second_article_is_never_quoted_in_part() -> None:
    steps = "".join(f"{n}. Plug the USB stick in at socket number {n} of them all.\n" for n in range(1, 12))
    other = source(f"## Use a USB stick\n\n{steps}", "Use", article=2, score=0.69)
    quotes = ask("can I use a USB stick", source(POLICY, "USB"), other, max_words=50)
    assert {quote.article_id for quote in quotes} == {1}


def test_an_article_that_has_nothing_to_quote_leaves_the_word_to_the_next() -> None:
    bare = source("## USB\n", "USB", article=1, score=0.7)
    assert {
        quote.article_id for quote in ask("USB stick", bare, source(POLICY, "USB", article=2, score=0.69))
    } == {2}


def test_sentences_are_not_cut_inside_abbreviations_or_emphasis() -> None:
    filler = "It is a rather long sentence that fills up the paragraph with many words in it. " * 4
    body = f"## A\n\nUse a tool, e.g. The Tool. **Never do this. It breaks.** {filler}\n"
    for quote in ask("which tool to use", source(body, "A")):
        assert quote.text.count("**") % 2 == 0
        assert not quote.text.startswith("The Tool")


def test_the_model_is_asked_at_most_once_with_few_short_texts() -> None:
    asked: list[Sequence[Gist]] = []

    def likeness(gists: Sequence[Gist]) -> list[float]:
        asked.append(gists)
        return [0.5] * len(gists)

    body = "".join(f"## Part {n}\n\nSome words about part {n}.\n\n" for n in range(80))
    sources = [source(body, "Part 3"), source(body, "Part 9", article=2)]
    assert compose("part " * 900, sources, likeness=likeness)
    (gists,) = asked
    assert len(gists) <= 10
    assert max(len(each.text.split()) for each in gists) < 60


PIECES = st.sampled_from(
    [
        "# Title\n\n", "## Symptoms\n\n", "## Resolution\n\n", "### If it fails\n\n", "It does not print. ",
        "Do this:\n\n", "\n\n", "1. Open it.\n", "2. Close it.\n", "3. Wait.\n   - nested\n", "1. Again.\n\n",
        "- dot\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n", "```\ncode here\n```\n\n", "> [!WARNING]\n> Careful.\n\n",
        "<!-- note -->\n", "**bold. Not end.** ", "[a](b) ", "\r\n", "\t", "word " * 30 + "end. ",
        "This article explains it. ", "FC-412 ", "See https://x.example ",
    ]
)  # fmt: skip
BODIES = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=60))


@given(st.lists(st.tuples(BODIES, st.floats(0, 1)), min_size=1, max_size=4), BODIES, st.integers(5, 130))
@settings(max_examples=300, deadline=None)
def test_whatever_the_articles_quotes_are_verbatim_ordered_whole_and_within_budget(
    articles: list[tuple[str, float]], question: str, max_words: int
) -> None:
    sources = [
        Source(n, n, n, "Title", body, section.start, section.end, section.path, section.anchor, score)
        for n, (body, score) in enumerate(articles)
        for section in sections(body)[:3]
    ]
    quotes = ask(question, *sources, max_words=max_words)
    assert quotes == ask(question, *sources, max_words=max_words)
    assert len(quotes) <= 3
    assert len({quote.article_id for quote in quotes}) <= 2
    assert sum(words(quote.text) for quote in quotes) <= max_words
    for before, after in pairwise(quotes):
        assert before.article_id != after.article_id or before.end <= after.start
    for quote in quotes:
        assert_whole(articles[quote.article_id][0], quote)


def assert_whole(body: str, quote: Quote) -> None:
    """The quote is a span that holds every item it touches, and no step without those before it."""
    assert quote.text == body[quote.start : quote.end]
    assert quote.text.rstrip() == quote.text
    touched = [b for b in blocks(body) if b.start < quote.end and quote.start < b.end]
    for block in touched:
        if block.kind not in ("paragraph", "table"):
            assert quote.start <= block.start
            assert block.end <= quote.end
    steps = [block.number or 0 for block in touched if block.kind == "step"]
    every = [block for block in blocks(body) if block.kind == "step"]
    if steps and steps[0] > 1:
        before = [block for block in every if block.end <= quote.start]
        assert not before or before[-1].number != steps[0] - 1 or before[-1].anchor != touched[-1].anchor


@pytest.mark.parametrize("question", ["", "?", "the and of", "\ud800", "FC-412 " * 500])
def test_strange_questions_do_no_harm(question: str) -> None:
    assert all(quote.text in TROUBLE for quote in ask(question, source(TROUBLE, "Resolution")))


CODES = """\
## Resolution

Take the picture again.

1. Lay the receipt flat.
2. Report it:

```
report --now
```

### Similar codes

| Code | Meaning |
| --- | --- |
| `TL-207` | Claimed before |
| `TL-215` | Too big |
"""


@pytest.mark.parametrize("question", ["TL-204", "it shows tl 204"])
def test_a_code_of_the_title_is_answered_with_the_steps_of_its_own_article(question: str) -> None:
    mine = source(CODES, "Similar", title="Error TL-204", score=0.6)
    other = source(
        "## Codes\n\n| Code | Do |\n| --- | --- |\n| `TL-204` | Fix TL-204 |\n", "Codes", article=2
    )
    quotes = ask(question, mine, other)
    assert {quote.article_id for quote in quotes} == {1}
    assert quotes[0].kind == "steps"


def test_a_step_that_announces_a_command_is_quoted_with_it() -> None:
    quote = ask("receipt flat", source(CODES, "Lay"))[0]
    assert quote.text.endswith("report --now\n```")


def test_a_sentence_that_sends_elsewhere_gives_way_to_the_steps() -> None:
    body = "If you know your password, [change it](article:change) instead.\n\n## Reset it\n\n1. Open the page.\n"
    (quote,) = ask("I forgot my password, how do I reset it", source(body, "Open", title="Reset a password"))
    assert quote.kind == "steps"


ROOM = """\
Book rooms in Outlook, in the same step as the invitation.

## In Outlook

1. Open **Calendar** and select **New event**.
2. Select **Add a room**.
3. Select **Send**.

## Names of rooms to book in a meeting

| Name | Office | Seats |
| --- | --- | --- |
| Aire 1 to Aire 9, a meeting room to book | Leeds | 4 |

## Rules of booking a meeting room

- You can book a meeting room for at most 8 hours.
- Check in to the meeting room on the door panel.
"""
EMERGENCY = """\
Call the security line on 4111 now, day or night.

## While it rings

1. Turn off Wi-Fi.
2. Write down what you clicked, and what you opened, in a file.

## If you opened a file

Leave the laptop disconnected until we call back. A bad file that you opened from a link does no harm then.
"""


@pytest.mark.parametrize("question", ["how do I book a meeting room?", "book a meeting room"])
def test_how_something_is_done_is_answered_with_its_steps(question: str) -> None:
    quotes = ask(question, source(ROOM, "Rules", title="Book a meeting room"))
    assert any(quote.kind == "steps" and quote.text.endswith("3. Select **Send**.") for quote in quotes)


def test_how_is_answered_with_steps_whatever_the_title() -> None:
    quotes = ask("how can I book a room in the meeting?", source(ROOM, "Rules", title="Rooms"))
    assert any(quote.kind == "steps" for quote in quotes)


@pytest.mark.parametrize("question", ["opened a bad file", "I clicked a bad link", "what to write down"])
def test_an_introduction_that_says_whom_to_call_is_never_left_out(question: str) -> None:
    for budget in (30, 120):
        quotes = ask(question, source(EMERGENCY, "Leave", title="You clicked a bad link"), max_words=budget)
        assert quotes[0].text == "Call the security line on 4111 now, day or night."
        assert sum(words(quote.text) for quote in quotes) <= budget


def test_a_question_that_is_the_title_is_answered_with_the_first_section() -> None:
    first, *_ = ask("External drives?", source(POLICY, "Code", title="External drives"))
    assert "How we use external drives." in first.text
    quotes = ask("External drives?", source(POLICY, "Code", title="External drives"))
    assert any("USB sticks are blocked" in quote.text for quote in quotes)


def test_a_title_of_some_trouble_is_still_answered_with_what_ends_it() -> None:
    (quote,) = ask("VPN error FC-412", source(TROUBLE, "Checking device", title="VPN error FC-412"))
    assert quote.path == ("Resolution",)


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_warning_is_one_with_either_apostrophe(apostrophe: str) -> None:
    (unit,) = units(f"Don{apostrophe}t open the cover while it is warm and turning.\n", frozenset())
    assert unit.urgent


PORTAL = """\
## Symptoms

Company Portal shows **Failed to install** (0x87D1041C).

## Resolution

See whether the program is there.

1. Press the Windows key and type the name of the program.
2. Open **Company Portal > Settings > Sync**.
3. Install it again from Company Portal.

### Other codes

| Code | Meaning | What to do |
| --- | --- | --- |
| `0x87D13B64` | The laptop was asleep | Keep the lid open |
| `0x80070005` | Access denied | Open a ticket |
| `0x80070643` | The installer failed | Restart |
"""


@pytest.mark.parametrize(
    "question", ["0x80070005", "0x80070005 outlook", "how do I install with 0x80070005?"]
)
def test_a_code_that_an_article_about_another_merely_lists_is_answered_with_its_row(question: str) -> None:
    (quote,) = ask(question, source(PORTAL, "See whether", title="Company Portal error 0x87D1041C"))
    assert quote.text.startswith("| Code | Meaning | What to do |")
    assert quote.text.endswith("| `0x80070005` | Access denied | Open a ticket |")


def test_a_code_of_the_title_is_not_answered_with_the_table_of_others() -> None:
    (quote,) = ask("0x87D1041C", source(PORTAL, "Symptoms", title="Company Portal error 0x87D1041C"))
    assert quote.text.endswith("3. Install it again from Company Portal.")


TUNNEL = """\
It makes a tunnel to the office. Not sure whether you need it? See [Do I need it?](article:faq).

## Install it

1. Open **Company Portal** and select **Apps**.

## Connect

1. Select the icon near the clock.
2. Select **Connect** and approve the request.
"""


def test_a_question_that_leads_to_what_is_left_out_is_left_out_too() -> None:
    first, *_ = ask("connect to the VPN", source(TUNNEL, "tunnel", title="Connect to the VPN"))
    assert first.text == "It makes a tunnel to the office."


def test_a_question_that_the_text_answers_is_quoted_with_the_answer() -> None:
    body = "Is it slow? Then move nearer to the window, where the signal is much better."
    assert ask("is the signal slow", source(body))[0].text == body


def test_a_title_is_answered_with_the_section_that_begins_with_its_verb() -> None:
    quotes = ask("How do I connect to the VPN?", source(TUNNEL, "Install", title="Connect to the VPN"))
    assert [quote.path for quote in quotes] == [(), ("Connect",)]
