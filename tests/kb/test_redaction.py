import time

import pytest

from kb.models import Article
from kb.queries import markdown_for, redactor
from kb.redaction import redacted
from tests.factories import AudienceFactory, UserFactory, published_article


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("See [the bonus](article:secret).", "See the bonus."),
        ("See [the bonus](article:secret#when 'Bonus run').", "See the bonus."),
        ("See [the *[big]* bonus]( <article:secret> ).", "See the *[big]* bonus."),
        ("See [a](article:open) and [b](ARTICLE:secret).", "See [a](article:open) and b."),
        (r"See [a](article\:secret) and [b](article&colon;sec\-ret).", "See a and b."),
        ("![chart](article:secret)", "chart"),
        ("See [a][1].\n\n[1]: article:secret\n", "See [a][1].\n\n[1]: #\n"),
        ("<article:secret>", ""),
        ("[a](article:secret 'never closed", "[a](# 'never closed"),
        ("[a](https://example.org) \\[b]", "[a](https://example.org) \\[b]"),
        ("Before <!-- see [x](article:secret) --> after.", "Before  after."),
        ("<!-- a\nb --> dropped too\n\nText.", "\n\nText."),
        ("- <!-- a\n  b --> c\n- Text.", "- \n- Text."),
        (
            "[a <!-- b](c) --> d](article:secret)",
            "a  d",
        ),
        ("`a\n- b <!-- secret -->`", "`a\n- b `"),
        (
            "Text.\n\n```html\n<!-- shown -->\n```\n\n<!-- hidden -->\n",
            "Text.\n\n```html\n<!-- shown -->\n```\n\n\n",
        ),
        ("```html <!-- secret -->\ncode\n```", "```html \ncode\n```"),
    ],
)
def test_comments_and_hidden_links_leave_only_their_words(body: str, expected: str) -> None:
    assert redacted(body, {"open"}) == expected


@pytest.mark.parametrize(
    "body",
    [
        "[" * 50_000,
        "[a](" * 20_000,
        "[x] " * 30_000,
        "<!--" * 30_000,
        '[a](b "' * 20_000,
        "[a](article:b" + "\\" * 99_999,
    ],
)
def test_no_text_takes_long(body: str) -> None:
    began = time.perf_counter()
    redacted(body, ())
    assert time.perf_counter() - began < 5


@pytest.mark.django_db
def test_many_texts_cost_one_look_into_the_database(django_assert_num_queries: object) -> None:
    published_article("Open", external_id="open")
    published_article("Bonus", external_id="secret", audience=AudienceFactory(groups=["Finance"]))
    reader = UserFactory()
    bodies = [f"{number} [a](article:open), [b](article:secret)" for number in range(9)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        redact = redactor(reader, bodies)
        told = [redact(body) for body in bodies]
    assert told == [f"{number} [a](article:open), b" for number in range(9)]
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert markdown_for(reader, "Plain.") == "Plain."
    assert Article.objects.count() == 2
