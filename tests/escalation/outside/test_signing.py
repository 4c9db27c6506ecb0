"""Signatures are those of Standard Webhooks, and nothing that anybody makes up passes for one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.outside.signing import TOLERANCE, Unverified, key_of, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = key_of(SECRET)
NOW = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'


def signed(**changes: str) -> dict[str, str]:
    return {**sign(KEY, event_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=NOW, body=BODY), **changes}


def test_the_signature_is_the_one_that_the_standard_s_own_library_makes() -> None:
    """Made by standardwebhooks 1.1.0 for the same id, time and body."""
    assert signed()["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_was_signed_is_believed_also_beside_signatures_of_other_keys() -> None:
    several = f"v1,b3RoZXI= v1a,x {signed()['webhook-signature']}"
    for headers in (signed(), signed(**{"webhook-signature": several})):
        assert verify(KEY, headers=headers, body=BODY, now=NOW) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 201},
        {"webhook-id": "müll"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": "¹²³"},
        {"webhook-timestamp": "1614265330.0"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,müll"},
        {"webhook-signature": "\udcff"},
    ],
)
def test_whatever_is_changed_it_is_not_believed(changes: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        verify(KEY, headers=signed(**changes), body=BODY, now=NOW)


def test_another_body_another_key_or_another_hour_is_not_believed() -> None:
    other = key_of("whsec_" + "A" * 32)
    for key, body, now in (
        (KEY, BODY + b" ", NOW),
        (other, BODY, NOW),
        (KEY, BODY, NOW + TOLERANCE + timedelta(seconds=1)),
        (KEY, BODY, NOW - TOLERANCE - timedelta(seconds=1)),
    ):
        with pytest.raises(Unverified):
            verify(key, headers=signed(), body=body, now=now)


@given(
    headers=st.dictionaries(st.sampled_from(sorted(signed())), st.text(max_size=80)),
    body=st.binary(max_size=40),
)
def test_what_somebody_makes_up_is_unverified_and_nothing_worse(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Unverified):
        verify(KEY, headers=headers, body=body, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!", "whsec_müll"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="A secret"):
        key_of(secret)
