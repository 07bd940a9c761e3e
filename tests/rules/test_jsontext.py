from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.jsontext import canonical, digest, dumps, exact_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-0", 0), ("1.5", 1.5), ("1e2", 100.0), ("0.1", 0.1),
        ("0.1000000000000000000001", Decimal("0.1000000000000000000001")),
        ("1e400", Decimal("1e400")), ("12345678901234567890.5", Decimal("12345678901234567890.5")),
    ],
)  # fmt: skip
def test_a_number_keeps_every_digit(text: str, value: object) -> None:
    number = exact_number(text)
    assert number == value
    assert type(number) is type(value)


@pytest.mark.parametrize("text", ["9" * 4301, "1e99999", "1e-99999", "1e" + "9" * 30, "1." + "1" * 5000])
def test_a_number_that_would_cost_too_much_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"large|long"):
        exact_number(text)


def test_equal_documents_have_one_canonical_text() -> None:
    assert canonical({"b": 1.0, "a": [Decimal("2.0"), 1e2]}) == '{"a":[2,100],"b":1}'


def test_zeros_at_the_end_of_a_long_number_make_no_difference() -> None:
    one, other = (Decimal(f"-0.1000000000000000000001{zeros}") for zeros in ("", "000"))
    assert canonical(one) == canonical(other) == "-0.1000000000000000000001"


def test_documents_that_differ_in_the_last_digit_have_different_digests() -> None:
    one, other = (Decimal(f"0.100000000000000000000{digit}") for digit in (1, 2))
    assert digest({"a": one}) != digest({"a": other})


def test_text_that_looks_like_a_stand_in_for_a_number_stays_text() -> None:
    value = {"\x000:0\x00": "\x000:1\x00", "n": Decimal("0.10000000000000000000001"), "s": "\x000\x00"}
    assert json.loads(dumps(value), parse_float=Decimal) == value


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=25, min_value=-9, max_value=9), max_size=20))
def test_many_long_numbers_are_written_in_their_order(numbers: list[Decimal]) -> None:
    assert json.loads(dumps(numbers), parse_float=Decimal) == numbers


def test_what_is_not_json_is_not_written() -> None:
    with pytest.raises(TypeError, match="set is not JSON"):
        dumps({"a": {1}})
