from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.jsontext import JsonValue
from rules.validator import UncheckableError, errors


def fits(schema: JsonValue, value: JsonValue) -> bool:
    return not list(errors(schema, value))


@pytest.mark.parametrize(
    ("schema", "value", "answer"),
    [
        ({"pattern": "^[a-z]+$"}, "abc", True),
        ({"pattern": "^[a-z]+$"}, "abC", False),
        ({"pattern": "b"}, "abc", True),
        ({"pattern": "^a$"}, "a\n", False),
        ({"pattern": "x"}, 5, True),
        ({"patternProperties": {"^x": {"type": "string"}}}, {"x1": 1}, False),
        ({"patternProperties": {"^x": {"type": "string"}}}, {"y1": 1}, True),
        ({"patternProperties": {"^x": True}, "additionalProperties": False}, {"x1": 1}, True),
        ({"patternProperties": {"^x": True}, "additionalProperties": False}, {"y1": 1}, False),
        ({"properties": {"a": True}, "additionalProperties": {"type": "string"}}, {"a": 1, "b": 2}, False),
        ({"additionalProperties": False}, [], True),
        ({"patternProperties": {"^x": False}}, [], True),
        ({"multipleOf": 0.1}, 0.3, True),
        ({"multipleOf": 0.1}, 0.35, False),
        ({"multipleOf": 2}, 10**300, True),
        ({"multipleOf": 2}, "2", True),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [1, True, "1"], True),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
        ({"uniqueItems": False}, [1, 1], True),
        ({"format": "date-time"}, "2025-01-15T10:00:00Z", True),
        ({"format": "date-time"}, "2025-01-15t23:59:60.5+01:00", True),
        ({"format": "date-time"}, "2025-02-30T10:00:00Z", False),
        ({"format": "date-time"}, "2025-01-15T10:00:00", False),
        ({"format": "date-time"}, "2025-01-15", False),
        ({"format": "time"}, "10:00:00Z", True),
        ({"format": "time"}, "25:00:00Z", False),
        ({"format": "date"}, "2025-02-30", False),
        ({"format": "date-time"}, 5, True),
        ({"unevaluatedProperties": False, "properties": {"a": True}}, {"a": 1}, True),
        ({"unevaluatedProperties": False, "properties": {"a": True}}, {"b": 1}, False),
        ({"unevaluatedProperties": False, "patternProperties": {"^a": True}}, {"ab": 1}, True),
        ({"unevaluatedProperties": False, "patternProperties": {"^a": True}}, {"b": 1}, False),
        ({"unevaluatedProperties": False, "patternProperties": {"^(a+)+$": True}}, {"a" * 40 + "!": 1}, False),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": True}, 3, False),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}, [1], False),
        ({"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}, 1, False),
    ],
)
def test_a_document_is_held_against_a_schema(schema: JsonValue, value: JsonValue, answer: bool) -> None:
    assert fits(schema, value) is answer


@pytest.mark.parametrize(
    ("schema", "value", "why"),
    [
        ({"$ref": "https://example.com/a.json"}, 1, "never fetched"),
        ({"$ref": "#/$defs/none"}, 1, "not in it"),
        ({"$ref": "#"}, 1, "circle"),
        ({"pattern": "(a)\\1"}, "aa", "not a regular one"),
        ({"pattern": "("}, "aa", "not a regular one"),
    ],
)
def test_what_cannot_be_checked_is_said_so(schema: JsonValue, value: JsonValue, why: str) -> None:
    with pytest.raises(UncheckableError, match=why):
        list(errors(schema, value))


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(x+x+)+y", "^([a-z]+)*!$"])
def test_a_catastrophic_pattern_is_answered_in_steps_that_the_text_bounds(pattern: str) -> None:
    assert not fits({"pattern": pattern}, "a" * 20_000 + "#")


def test_patterns_that_take_too_many_steps_end_in_a_clear_no() -> None:
    bits = [format(number * 40_503 % 2**16, "016b").replace("0", "b").replace("1", "a") for number in range(2000)]
    with pytest.raises(UncheckableError, match="too many steps"):
        list(errors({"pattern": "^(a|b)*a(a|b){14}$"}, "".join(bits)))


@given(st.text(max_size=30))
def test_a_literal_pattern_is_found_where_the_text_holds_it(text: str) -> None:
    encodable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert fits({"pattern": "ab"}, encodable) is ("ab" in encodable)
