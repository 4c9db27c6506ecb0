"""What is told is what the other side can take, and no more than it may see."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.outside.payloads import Remote, Telling, refusal_in, remote_in, request_for
from escalation.outside.reports import Report, Unreadable, report_in

TELLING = Telling(
    event="opened",
    at="2026-11-22T09:00:00+00:00",
    number="TZ-1001",
    status="open",
    subject="VPN is down",
    priority="urgent",
    queue="Network",
    url="https://help.example/help/tickets/1/",
)
KINDS = ("plain", "servicenow", "jira", "zendesk")


def body_for(kind: str, telling: Telling = TELLING, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        request_for(kind, "https://outside.example/in", telling, **options).body
    )
    return found


def test_a_plain_payload_is_the_one_of_standard_webhooks() -> None:
    assert body_for("plain") == {
        "type": "ticket.opened",
        "timestamp": "2026-11-22T09:00:00+00:00",
        "data": {
            "number": "TZ-1001",
            "status": "open",
            "subject": "VPN is down",
            "priority": "urgent",
            "queue": "Network",
            "url": "https://help.example/help/tickets/1/",
        },
    }


def test_servicenow_gets_a_row_to_import_with_its_own_numbers_for_state_and_priority() -> None:
    row = body_for("servicenow")
    assert (row["u_correlation_id"], row["u_short_description"]) == ("TZ-1001", "VPN is down")
    assert (row["u_state"], row["u_priority"], row["u_assignment_group"]) == ("1", "1", "Network")


def test_jira_gets_what_a_rule_reads_as_webhook_data() -> None:
    data = body_for("jira")
    assert data["fields"] == {"summary": "VPN is down", "priority": {"name": "Highest"}}
    assert (data["externalId"], data["status"], data["event"]) == ("TZ-1001", "open", "opened")


def test_zendesk_gets_a_ticket_and_later_its_update_with_a_comment_that_only_agents_see() -> None:
    ticket = body_for("zendesk")["ticket"]
    assert (ticket["external_id"], ticket["status"], ticket["priority"]) == ("TZ-1001", "open", "urgent")
    assert ticket["comment"]["public"] is False
    first = request_for("zendesk", "https://x.zendesk.com/api/v2/tickets.json", TELLING)
    later = request_for("zendesk", "https://x.zendesk.com/api/v2/tickets.json", TELLING, remote_id="35")
    assert (first.method, first.url) == ("POST", "https://x.zendesk.com/api/v2/tickets.json")
    assert (later.method, later.url) == ("PUT", "https://x.zendesk.com/api/v2/tickets/35")


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_is_confidential_nothing_leaves_but_number_and_status(kind: str) -> None:
    sent = request_for(kind, "https://outside.example/in", TELLING.withheld()).body.decode()
    assert "TZ-1001" in sent
    for hidden in ("VPN", "Network", "help.example", "urgent", "Highest", "u_priority"):
        assert hidden not in sent


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_telling_is_the_same_bytes_however_it_was_stored(kind: str) -> None:
    """A database may give the fields back in another order, and a repeat must be signed for the same body."""
    turned = Telling.from_json(dict(reversed(list(TELLING.to_json().items()))))
    url = "https://outside.example/in"
    assert request_for(kind, url, turned).body == request_for(kind, url, TELLING).body


@pytest.mark.parametrize(
    ("kind", "answer", "remote"),
    [
        (
            "servicenow",
            {
                "result": [
                    {"display_value": "INC0012", "record_link": "https://sn.example/1", "status": "inserted"}
                ]
            },
            Remote("INC0012", "https://sn.example/1"),
        ),
        ("zendesk", {"ticket": {"id": 35}}, Remote("35")),
        ("jira", {"issueKey": "IT-4"}, Remote("IT-4")),
        ("plain", {"id": "A-1", "url": "https://a.example/1"}, Remote("A-1", "https://a.example/1")),
        ("plain", {"id": "A-1", "url": "javascript:alert(1)"}, Remote("A-1")),
        ("plain", {"id": "x" * 500}, None),
        ("plain", {"id": True}, None),
        ("plain", {"id": ["A-1"]}, None),
        ("zendesk", {"ticket": []}, None),
        ("servicenow", {"result": []}, None),
        ("servicenow", [], None),
    ],
)
def test_what_they_call_it_is_read_from_their_answer(kind: str, answer: Any, remote: Remote | None) -> None:
    assert remote_in(kind, json.dumps(answer).encode()) == remote


@given(kind=st.sampled_from(KINDS), answer=st.binary(max_size=60) | st.just(b"[" * 100_000))
def test_an_answer_that_makes_no_sense_calls_it_nothing(kind: str, answer: bytes) -> None:
    assert remote_in(kind, answer) is None or json.loads(answer)
    assert refusal_in(kind, answer) == ""


def test_servicenow_says_yes_of_a_row_that_it_did_not_take() -> None:
    answer = json.dumps({"result": [{"status": "error", "status_message": "No such group"}]}).encode()
    assert refusal_in("servicenow", answer) == "No such group"


# --- what comes back --------------------------------------------------------------------------------------------


def told(kind: str = "servicenow", **data: Any) -> Report:
    return report_in(kind, json.dumps({"type": "ticket.status", "data": data}).encode())


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("servicenow", 2, "In progress"),
        ("servicenow", "6", "Resolved"),
        ("servicenow", "Awaiting Vendor", "Awaiting Vendor"),
        ("zendesk", "pending", "Waiting"),
        ("zendesk", "Solved", "Resolved"),
        ("jira", "Waiting for customer", "Waiting"),
        ("plain", "open", "In progress"),
    ],
)
def test_their_words_for_a_status_become_ours_and_unknown_ones_stay(
    kind: str, status: Any, words: str
) -> None:
    assert told(kind, number="TZ-1001", id="INC0012", status=status).status == words


def test_jira_s_own_webhooks_are_read_as_they_come() -> None:
    issue = {"key": "IT-4", "fields": {"status": {"name": "Work in progress"}}}
    body = json.dumps({"timestamp": 1462941258113, "issue": issue}).encode()
    assert report_in("jira", body) == Report("", "IT-4", "In progress")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no",
        b"[]",
        b"[" * 100_000,
        b'{"type": "ticket.opened", "data": {"number": "TZ-1001", "status": "open"}}',
        b'{"type": "ticket.status"}',
        b'{"type": "ticket.status", "data": {"status": "open"}}',
        b'{"type": "ticket.status", "data": {"number": "TZ-1001"}}',
        b'{"type": "ticket.status", "data": {"number": ["TZ-1001"], "status": {"a": 1}}}',
        b'{"issue": {"key": "IT-4", "fields": []}}',
        b'{"issue": []}',
    ],
)
def test_what_reports_nothing_is_unreadable(body: bytes) -> None:
    for kind in KINDS:
        with pytest.raises(Unreadable):
            report_in(kind, body)


def test_what_we_send_ourselves_is_no_report_when_somebody_sends_it_back() -> None:
    with pytest.raises(Unreadable):
        report_in("plain", request_for("plain", "https://outside.example/in", TELLING).body)
