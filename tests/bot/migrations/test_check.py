"""The quick validator gives the answers of the library that proofs rest on, and is refused what could take it long."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.migrations.check import compile_check
from bot.migrations.errors import Refused
from bot.migrations.texts import read, write

SCHEMAS = sorted(Path("examples").glob("*/*/v*.json"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0, 2025, "2025-01-15", "x", "POL-00000001",
        "2025-01-15T00:00:00Z", "given", "CTR-2024-0001", "a@b.co", "12/31/2024", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["amount", "date", "policy_number", "signed_on", "items", "price", "variants", "claim_amount"]), inner,
        max_size=4),
    max_leaves=8,
)  # fmt: skip
KEYWORDS = st.fixed_dictionaries({}, optional={
    "type": st.sampled_from(["object", "array", "string", "integer", "number", "null", "boolean", ["string", "null"]]),
    "minimum": st.integers(-3, 3), "exclusiveMaximum": st.integers(-3, 3), "multipleOf": st.sampled_from([1, 2, 0.5]),
    "minLength": st.integers(0, 3), "pattern": st.sampled_from(["^x$", "[0-9]{4}", r"^\d+$", "^$"]),
    "minItems": st.integers(0, 2), "uniqueItems": st.booleans(),
    "required": st.lists(st.sampled_from(["amount", "date"]), unique=True),
    "enum": st.lists(st.sampled_from([1, "x", None, 0.5, True]), min_size=1, unique_by=repr),
    "const": st.sampled_from([1, 1.0, "x", False, 0]), "maxProperties": st.integers(0, 3),
})  # fmt: skip
NESTED = st.recursive(
    KEYWORDS,
    lambda inner: st.fixed_dictionaries({}, optional={
        "properties": st.dictionaries(st.sampled_from(["amount", "items", "date"]), inner, max_size=2), "items": inner,
        "additionalProperties": inner | st.booleans(), "not": inner, "if": inner, "then": inner, "else": inner,
        "anyOf": st.lists(inner, min_size=1, max_size=2), "oneOf": st.lists(inner, min_size=1, max_size=2),
        "contains": inner, "unevaluatedProperties": st.booleans(), "propertyNames": inner,
    }),
    max_leaves=4,
)  # fmt: skip


@given(schema=NESTED, value=VALUES)
def test_both_validators_give_the_same_answer(schema: Any, value: Any) -> None:
    check = compile_check(schema, "the schema")
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert check.passes(value) is expected
    assert (check.findings(value) == ()) is expected


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_validators_agree_on_the_examples_and_where_they_fail(path: Path) -> None:
    schema = json.loads(path.read_text())
    check = compile_check(schema, path.name)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    slow = jsonschema.Draft202012Validator(schema, format_checker=checker)
    values: list[Any] = [{}, {"policy_number": 1}, {"amount": "x", "date": 5}, [], {"variants": [{"price": -1}, {}]}]
    for value in values:
        places = {"/" + "/".join(map(str, error.absolute_path)) for error in slow.iter_errors(value)}
        quick = {"/" + "/".join(map(str, error.instance_path)) for error in check.errors(value)}
        assert quick == places


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"pattern": "^(?=a)b"}, "linear time"),
        ({"pattern": r"(a)\1"}, "linear time"),
        ({"$ref": "https://example.com/other.json"}, "stay within the schema"),
        ({"$schema": "https://example.com/dialect"}, "dialect"),
        ({"type": "nonsense"}, "cannot be used"),
    ],
)
def test_a_schema_that_cannot_be_trusted_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        compile_check(schema, "the schema")


def test_a_hostile_pattern_takes_linear_time() -> None:
    check = compile_check({"pattern": "^(a+)+$"}, "the schema")
    assert not check.passes("a" * 100_000 + "b")


def test_a_failure_names_its_place_and_not_its_content() -> None:
    check = compile_check({"properties": {"a": {"items": {"type": "string"}}}, "required": ["b"]}, "the schema")
    why = check.why({"a": ["x", 4711]})
    assert "4711" not in why.sentence
    assert set(check.findings({"a": [1, 2]})) == {("/a/*", "type"), ("/b", "required")}


@pytest.mark.parametrize(
    "text",
    ['{"a": 0.1000000000000000055511151231257827}', '{"a": 12345678901234567890123}',
     '{"a": 1.10, "b": "ü\\ud800"}', " [1] ",
     '{"a": "\\u0000"}', "1e400", "null"],
)  # fmt: skip
def test_a_document_keeps_every_digit_and_character(text: str) -> None:
    document = read(text)
    again = read(write(document))
    assert again == document
    assert json.loads(write(document), parse_float=Decimal) == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("text", ["{", "NaN", '{"a": Infinity}', "", "{} {}", "[" * 100_000, "9" * 5000])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        read(text)
