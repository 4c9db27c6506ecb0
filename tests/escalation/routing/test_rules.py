"""The first rule of the leads that holds decides."""

import pytest

from escalation.routing.rules import UPSET, Facts, Rule, first_match, match_of, word_in, words_of


def test_the_first_rule_that_holds_decides() -> None:
    rules = [Rule(1, "Payroll", words=("payslip",)), Rule(2, "All of finance", group=7)]
    facts = Facts(text="My payslip is wrong", groups=frozenset({7}))
    assert first_match(rules, facts).rule.id == 1
    assert first_match(list(reversed(rules)), facts).rule.id == 2
    assert first_match(rules, Facts(text="My screen is black")) is None


def test_all_conditions_that_are_set_have_to_hold() -> None:
    rule = Rule(1, "Upset VIP", words=("vpn",), group=7, sentiment=UPSET)
    holds = Facts(text="VPN is down", groups=frozenset({7}), sentiment=UPSET)
    assert match_of(rule, holds)
    for other in (
        Facts(text="Wi-Fi is down", groups=frozenset({7}), sentiment=UPSET),
        Facts(text="VPN is down", sentiment=UPSET),
        Facts(text="VPN is down", groups=frozenset({7})),
    ):
        assert match_of(rule, other) is None


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (Rule(1, "Shelf", category=3), Facts(categories=frozenset({3}))),
        (Rule(1, "Audience", audience=3), Facts(audiences=frozenset({3, 4}))),
        (Rule(1, "Sensitive", sensitivity="health"), Facts(sensitivity="health")),
    ],
)
def test_each_condition_is_met_by_what_it_asks_for_alone(rule: Rule, facts: Facts) -> None:
    assert match_of(rule, facts)
    assert match_of(rule, Facts()) is None


def test_a_rule_without_conditions_takes_no_ticket() -> None:
    assert match_of(Rule(1, "Everything"), Facts(text="Anything")) is None


def test_a_word_is_met_as_a_whole_in_any_case_and_spacing() -> None:
    assert word_in(("pay slip",), "Where is my Pay\n slip?") == "pay slip"
    assert word_in(("pay",), "Where is my payslip?") == ""
    assert word_in(("c++",), "The C++ build fails") == "c++"


def test_words_stand_a_line_each_and_once() -> None:
    assert words_of(" payslip \n\npay  slip\npayslip") == ("payslip", "pay slip")


def test_the_reason_says_which_rule_and_which_word() -> None:
    match = match_of(Rule(1, "Payroll", words=("payslip",)), Facts(text="my PAYSLIP"))
    assert match.reason == "The rule “Payroll” says so: they wrote “payslip”."
