from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.compare.confirm import Confirmation
from rules.compare.dialects import DIALECTS

LATEST = DIALECTS["draft2020-12"]


@pytest.mark.parametrize(
    ("schema", "instance", "expected"),
    [
        ({"multipleOf": 0.1}, 0.3, True),
        ({"multipleOf": 0.01}, 4.35, True),
        ({"type": "integer"}, Decimal("1E+30"), True),
        ({"type": "integer"}, 1.0, True),
        ({"uniqueItems": True}, [1, True, {"a": 1}, {"a": 1.0}], False),
        ({"uniqueItems": True}, [0, False, [0], [False]], True),
        ({"patternProperties": {"^\\p{L}+$": {"type": "integer"}}, "additionalProperties": False}, {"é": 1}, True),
        ({"patternProperties": {"^a": {}}, "additionalProperties": False}, {"b": 1}, False),
        ({"$ref": "https://example.com/never-fetched"}, 1, None),
        ({"pattern": "(a)\\1"}, "aa", None),
        ({"type": "string", "format": "date"}, "2025-02-29", False),
        ({"format": "house-number"}, "7", None),
    ],
)
def test_the_validator_is_exact_and_says_when_it_cannot_tell(schema: Any, instance: Any, expected: bool | None) -> None:
    assert Confirmation(formats=True).accepts(schema, LATEST, instance) is expected


def test_a_pattern_that_makes_others_backtrack_forever_is_matched_at_once() -> None:
    assert Confirmation(formats=False).accepts({"pattern": "^(a+)+$"}, LATEST, "a" * 5000 + "!") is False


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_one_written_with_a_fraction_is_an_integer_in_every_draft(dialect: str) -> None:
    confirmation = Confirmation(formats=False)
    assert confirmation.accepts({"type": "integer"}, DIALECTS[dialect], 1.0) is True
    assert confirmation.accepts({"type": "integer"}, DIALECTS[dialect], 1.5) is False


@pytest.mark.parametrize(
    ("schema", "instance", "expected"),
    [
        ({"properties": {"a": {}}}, {"a": 1}, True),
        ({"properties": {"a": {}}}, {"a": 1, "b": 2}, False),
        ({"properties": {"a": {}}, "additionalProperties": True}, {"b": 2}, True),
        ({"type": "object"}, {"b": 2}, True),
        ({"items": {"properties": {"a": {}}}}, [{"a": 1}, {"b": 1}], False),
        ({"anyOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}}]}, {"a": "x", "b": 1}, False),
        ({"anyOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}}]}, {"a": 1, "b": 1}, True),
        ({"not": {"not": {"properties": {"a": {}}}}}, {"b": 1}, True),
    ],
)
def test_closedness_is_read_off_the_instance(schema: Any, instance: Any, expected: bool) -> None:
    assert Confirmation(formats=False).accepts(schema, LATEST, instance, closed=True) is expected
