"""Whatever somebody sends, it is kept as far as it can be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cleaning import split_address, storable


@given(st.text(st.characters()))
def test_what_is_left_can_be_encoded_and_has_no_nul(text: str) -> None:
    assert b"\0" not in storable(text).encode()


def test_nothing_else_is_taken_out() -> None:
    assert storable("a\0b\ud800c\n✓ 𝄞") == "abc\n✓ 𝄞"


@pytest.mark.parametrize("address", ["http://[bad", "http://[::1", "https://a]b/"])
def test_what_is_no_address_has_no_parts(address: str) -> None:
    assert not any(split_address(address))
