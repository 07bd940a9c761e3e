from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator

from rules.formats.json_schema import Draft, draft_of, faults, problems
from rules.jsontext import JsonValue
from tests.rules.making import document

META: dict[Draft, Any] = {
    4: Draft4Validator,
    6: Draft6Validator,
    7: Draft7Validator,
    2019: Draft201909Validator,
    2020: Draft202012Validator,
}
VALUES: list[JsonValue] = [
    None, True, 0, 1, -1, 1.0, 1.5, "", "a", "string", "a#", "a#b", [], ["a"], ["a", "a"], ["string", "null"], [1, 1.0],
    [{}], [1], [[]], {}, {"a": {}}, {"a": 1}, {"a": ["b"]}, {"a": ["b", "b"]}, {"a": True}, {"type": 1},
]  # fmt: skip
KEYWORDS = sorted(
    {keyword for meta in (META[4], META[6], META[7]) for keyword in meta.META_SCHEMA["properties"]}
    | {"$anchor", "$defs", "dependentSchemas", "dependentRequired", "unevaluatedItems", "unevaluatedProperties"}
    | {"contentSchema", "maxContains", "minContains", "deprecated", "writeOnly", "$recursiveRef", "$recursiveAnchor"}
    | {"$vocabulary", "prefixItems", "$dynamicRef", "$dynamicAnchor", "$id", "unknown"}
)


def refused_by_the_meta_schema(schema: JsonValue, draft: Draft) -> bool:
    return not META[draft](META[draft].META_SCHEMA).is_valid(schema)


@pytest.mark.parametrize("draft", META)
@pytest.mark.parametrize("keyword", KEYWORDS)
def test_every_keyword_has_the_shape_that_the_meta_schema_gives_it(draft: Draft, keyword: str) -> None:
    lenient = draft == 4 and keyword.startswith(("min", "max", "exclusive"))
    for value in VALUES:
        if lenient and value in (True, 1.0):
            continue
        schema = {keyword: value}
        assert bool(list(faults(schema, draft))) == refused_by_the_meta_schema(schema, draft), value


_SCHEMAS = st.recursive(
    st.sampled_from([True, {}, {"type": "string"}, {"type": "text"}, {"minLength": -1}, 7]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["not", "items", "additionalProperties", "if"]), inner, max_size=2)
        | st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2)})
        | st.fixed_dictionaries({"allOf": st.lists(inner, max_size=2)})
    ),
    max_leaves=6,
)


@given(_SCHEMAS, st.sampled_from(sorted(META)))
def test_nested_schemas_are_judged_as_the_meta_schema_judges_them(schema: JsonValue, draft: Draft) -> None:
    assert bool(list(faults(schema, draft))) == refused_by_the_meta_schema(schema, draft)


def test_what_is_wrong_is_named_where_it_stands_in_the_documents_order() -> None:
    schema = {"properties": {"a/b": {"type": "text"}, "c": {"items": [{}, {"minLength": "3"}]}}}
    assert list(faults(schema, 7)) == [
        ("/properties/a~1b/type", "one of the seven type names, or a list of them"),
        ("/properties/c/items/1/minLength", "a whole number from 0"),
    ]


def test_a_deep_schema_is_walked_without_recursion() -> None:
    schema: JsonValue = {"type": "text"}
    for _ in range(5000):
        schema = {"not": schema}
    assert len(list(faults(schema, 2020))) == 1


def test_only_the_first_errors_of_a_document_are_named() -> None:
    assert len(problems(document({"properties": {f"p{n}": 1 for n in range(50)}}))) == 20


@pytest.mark.parametrize(
    ("named", "draft"),
    [
        ("http://json-schema.org/draft-04/schema#", 4),
        ("https://json-schema.org/draft-07/schema", 7),
        ("https://json-schema.org/draft/2020-12/schema", 2020),
        ("http://json-schema.org/schema#", 2020),
        ("http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#", 4),
        ("https://example.com/dialect", None),
        (7, None),
    ],
)
def test_the_dialect_is_read(named: JsonValue, draft: Draft | None) -> None:
    assert draft_of({"$schema": named}) == draft
    assert draft_of({}) == draft_of(True) == 2020
