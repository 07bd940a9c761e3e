"""Sample documents: valid, the same each time, and none where there can be none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.samples import samples, valid

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 8},
        "placed": {"type": "string", "format": "date-time"},
        "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"},
        "count": {"type": ["integer", "null"], "minimum": 5, "multipleOf": 4},
        "kind": {"enum": ["b", "a"]},
        "note": {"type": "string", "default": "none"},
        "lines": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/line"}},
        "paid": {"type": "boolean"},
        "gone": False,
    },
    "required": ["id"],
    "$defs": {"line": {"allOf": [{"$ref": "#/$defs/base"}, {"required": ["price"]}]},
              "base": {"properties": {"price": {"type": "number", "exclusiveMinimum": 0}}}},
}  # fmt: skip


def test_a_document_with_every_field_and_one_with_the_required_ones_are_made() -> None:
    whole, least = samples(ORDER)
    assert whole == {
        "id": "textxxxx", "placed": "2027-01-20T10:00:00Z", "sku": whole["sku"], "count": 8, "kind": "b",
        "note": "none", "lines": [{"price": 1}, {"price": 1}], "paid": True,
    }  # fmt: skip
    assert least == {"id": "textxxxx"}
    assert samples(ORDER) == samples(ORDER)


def test_the_schemas_own_example_is_shown_where_it_is_valid() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"const": 3}}, "examples": [{"a": 3, "b": 1}]}
    assert samples(schema) == ({"a": 3}, {"a": 3, "b": 1})
    assert samples({"type": "integer", "examples": ["no"]}) == (1,)


@pytest.mark.parametrize(
    "schema", [False, {"not": {}}, {"type": "object", "required": ["a"], "properties": {"a": False}}]
)
def test_where_nothing_is_valid_nothing_is_shown(schema: Any) -> None:
    assert samples(schema) == ()


def test_where_the_maker_fails_the_engines_smallest_document_stands_in() -> None:
    schema = {"type": "string", "pattern": "^a+$", "minLength": 3, "enum": ["b", "aaaa"]}
    assert samples(schema) == ("aaaa",)


def test_a_schema_that_turns_round_in_itself_comes_to_an_end() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}, "more": {"type": "array", "items": {"$ref": "#"}}}}
    assert all(valid(tree, one) for one in samples(tree))
    assert samples({"$ref": "#"}) in ((), (None,))


_LEAVES: list[Any] = [True, False, {"type": "string"}, {"type": "integer", "minimum": 3}, {"enum": [1, "a"]}]


def _object(one: Any, other: Any) -> Any:
    return {"type": "object", "properties": {"a": one, "b": other}, "required": ["a"]}


_SCHEMAS = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.one_of(
        st.builds(_object, inner, inner),
        st.builds(lambda one: {"type": "array", "items": one, "minItems": 1}, inner),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        st.builds(lambda one, other: {"allOf": [one, other]}, inner, inner),
    ),
    max_leaves=5,
)


@given(_SCHEMAS)
def test_every_sample_is_valid(schema: Any) -> None:
    assert all(valid(schema, one) for one in samples(schema))
