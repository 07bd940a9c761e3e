"""What documents fail, found by what others have failed before them: never another answer than the list of errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.migrations.check import compile_check
from bot.migrations.usual import Usual
from tests.bot.migrations.test_check import KEYWORDS, NESTED, VALUES

OBJECTS = st.dictionaries(st.sampled_from(["amount", "items", "date", "price"]), VALUES, max_size=3)
SCHEMAS = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.sampled_from(["amount", "items", "date"]), NESTED, max_size=3)},
    optional={"required": st.just(["amount", "date"]), "additionalProperties": st.booleans(),
              "maxProperties": st.just(1), "$defs": st.fixed_dictionaries({"a": KEYWORDS}), "$id": st.just("https://example.com/a")},
)  # fmt: skip
REFERRING: tuple[Any, ...] = (
    {"properties": {"a": {"type": "integer"}, "b": {"$ref": "#/properties/a"}}},
    {"properties": {"a": {"type": "integer"}, "b": {"$ref": "#"}}, "required": ["a"]},
    {"properties": {"a": {"type": "integer", "$anchor": "x"}, "b": {"$ref": "#x"}}},
    {"properties": {"a": {"$id": "https://example.com/a", "type": "integer"}, "b": {"$ref": "https://example.com/a"}}},
    {"properties": {"a": {"type": "integer"}, "b": {"$ref": "#/$defs/c"}}, "$defs": {"c": {"type": "integer"}}},
    {"properties": {"a": {"type": "integer"}}, "unevaluatedProperties": False},
    {"$schema": "http://json-schema.org/draft-04/schema#",
     "properties": {"a": {"minimum": 1, "exclusiveMinimum": True}}, "required": ["a"]},
    {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"c": {"type": "string"}},
     "properties": {"a": {"$ref": "#/definitions/c", "type": "integer"}}},
)  # fmt: skip


def agree(schema: Any, documents: list[Any]) -> Usual:
    check = compile_check(schema, "the schema")
    usual = Usual(check)
    for document in documents + documents:
        assert sorted(usual.findings(document)) == sorted(check.findings(document))
    return usual


@given(SCHEMAS, st.lists(OBJECTS | VALUES, max_size=6))
def test_what_is_found_is_what_the_list_of_errors_says(schema: Any, documents: list[Any]) -> None:
    agree(schema, documents)


@pytest.mark.parametrize("schema", REFERRING)
def test_a_keyword_that_another_place_looks_at_is_left_where_it_is(schema: Any) -> None:
    agree(schema, [{"a": "x"}, {"b": "x"}, {"b": {}}, {"a": 1, "b": {"a": "x"}}, {"a": 1}, {"b": 1}, {}, {"c": 1}])


def test_documents_that_fail_for_the_same_reasons_are_not_listed_error_by_error() -> None:
    schema = {"properties": {"a": {"type": "integer", "minimum": 1}, "b": {"required": ["c", "d"]}}, "required": ["a"]}
    documents: list[Any] = [{"a": "x"}, {"a": 0}, {}, {"a": 1, "b": {}}, {"a": 1, "b": {"d": 1}}]
    check, listed = compile_check(schema, "the schema"), list[Any]()

    def errors(document: Any) -> Iterator[Any]:
        listed.append(document)
        return check.errors(document)

    usual = Usual(replace(check, errors=errors))
    for document in documents + documents:
        usual.findings(document)
    assert listed == documents[:-1]
