from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import pytest

from rules.compare import decide

NOWHERE: dict[str, Any] = {"$ref": "https://example.com/elsewhere.json"}


def typed(kind: str) -> Any:
    return {
        "$defs": {"node": {"type": "object", "properties": {"v": {"type": kind}, "next": {"$ref": "#/$defs/node"}}}},
        "$ref": "#/$defs/node",
    }


INCLUDED: list[tuple[Any, Any]] = [
    (False, {"type": "string"}),
    ({"type": "integer"}, {"type": "number"}),
    ({"type": "boolean"}, {"enum": [True, False]}),
    ({"multipleOf": 0.25, "type": "number"}, {"anyOf": [{"multipleOf": 0.05}, {"minimum": 0}]}),
    ({"minimum": 1, "exclusiveMaximum": 4, "type": "integer"}, {"enum": [1, 2, 3]}),
    ({"type": "integer", "not": {"multipleOf": 2}}, {"not": {"multipleOf": 4}}),
    ({"type": "string", "pattern": "^a{5}$", "maxLength": 4}, False),
    ({"type": "string", "maxLength": 5}, {"maxLength": 7}),
    ({"enum": ["red", "green"]}, {"pattern": "^(red|green|blue)$"}),
    ({"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"type": "number"}}}),
    ({"required": ["a", "b"], "maxProperties": 2, "type": "object"}, {"propertyNames": {"enum": ["a", "b"]}}),
    ({"propertyNames": {"pattern": "^[ab]$"}, "type": "object"}, {"maxProperties": 2}),
    ({"patternProperties": {"^a": {"type": "integer"}}}, {"properties": {"ab": {"type": "number"}}}),
    ({"dependentRequired": {"a": ["b"]}}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
    ({"uniqueItems": True, "items": {"type": "boolean"}}, {"maxItems": 2}),
    ({"contains": {"const": 1}, "type": "array"}, {"minItems": 1}),
    ({"allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}], "maxItems": 1, "type": "array"}, False),
    ({"prefixItems": [{"type": "integer"}], "items": False}, {"maxItems": 1}),
    ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": False}, {"type": "string"}),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ({"type": ["string", "integer"]}, {"oneOf": [{"type": "integer"}, {"type": "string"}]}),
    ({"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False}, {"propertyNames": {"const": "a"}}),
    (typed("integer"), typed("number")),
    ({"$defs": {"x": {"type": "string"}}, "items": {"$ref": "#/$defs/x"}}, {"items": {"type": "string"}}),
    ({"const": {"a": [1, {"b": 2.0}]}}, {"const": {"a": [1, {"b": 2}]}}),
    ({"const": 0.3}, {"multipleOf": 0.1}),
    ({"const": Decimal("1E+400")}, {"type": "integer", "multipleOf": 16, "maximum": Decimal("1E+400")}),
    ({"type": "array", "contains": {"type": "integer"}, "maxContains": 1}, {"contains": {"type": "number"}}),
]

NOT_INCLUDED: list[tuple[Any, Any]] = [
    (True, {"type": "string"}),
    ({"type": "number"}, {"type": "integer"}),
    ({"minLength": 3}, {"type": "string"}),
    ({"type": "number", "minimum": 0, "maximum": 1, "not": {"multipleOf": 1}}, False),
    ({"multipleOf": 0.1}, {"multipleOf": 0.3}),
    ({"enum": [1, 2, 3]}, {"enum": [1, 2]}),
    ({"pattern": "^[a-z]+$"}, {"pattern": "^[a-y]+$"}),
    ({"type": "object"}, {"required": ["a"]}),
    ({"properties": {"a": {"type": "number"}}}, {"properties": {"a": {"type": "integer"}}}),
    (
        {"allOf": [{"properties": {"a": {}}}, {"additionalProperties": {"type": "string"}}]},
        {"properties": {"a": {"type": "integer"}}},
    ),
    ({"properties": {"a": True, "b": True}}, {"additionalProperties": False, "properties": {"a": True}}),
    ({"type": "array", "items": {"type": "integer"}}, {"uniqueItems": True}),
    ({"contains": {"type": "integer"}, "minContains": 0}, {"contains": {"type": "integer"}}),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"oneOf": [{"type": "string"}, {"minLength": 1}]}),
    (typed("number"), typed("integer")),
    ({"not": {"enum": [{}, []]}}, {"type": ["string", "number", "boolean", "null"]}),
]


@pytest.mark.parametrize(("left", "right"), INCLUDED)
def test_what_is_included_is_proven(left: Any, right: Any) -> None:
    assert decide(left, right).status == "included"


@pytest.mark.parametrize(("left", "right"), NOT_INCLUDED)
def test_what_is_not_included_has_a_witness(left: Any, right: Any) -> None:
    assert decide(left, right).status == "not_included"


def test_a_witness_of_nothing_else_may_be_null() -> None:
    decision = decide({"type": ["null", "string"]}, {"type": "string"})
    assert (decision.status, decision.witness) == ("not_included", None)


def test_the_same_question_takes_the_same_steps() -> None:
    assert decide(*NOT_INCLUDED[8]) == decide(*NOT_INCLUDED[8])


@pytest.mark.parametrize(
    ("left", "right", "keyword"),
    [
        ({"type": "object"}, {"properties": {"a": NOWHERE}}, "$ref"),
        ({"type": "string"}, {"pattern": r"(a)\1"}, "pattern"),
        ({"type": "string"}, {"minLength": "3"}, "minLength"),
        ({"type": "string"}, {"type": "text"}, "type"),
        ({"$schema": "https://example.com/own-dialect"}, {"type": "string"}, "$schema"),
        ({}, {"$ref": "#"}, "$ref"),
        ({"type": "object"}, {"patternProperties": {r"(x)\1": False}}, "patternProperties"),
    ],
)
def test_what_is_not_understood_leaves_it_undecided_and_is_named(left: Any, right: Any, keyword: str) -> None:
    decision = decide(left, right)
    assert decision.status == "undecided"
    assert decision.reason is not None
    assert decision.reason.keyword == keyword


@pytest.mark.parametrize("part", [NOWHERE, {"pattern": r"(a)\1"}, {"format": "house-number"}, {"$ref": "#/nowhere"}])
@pytest.mark.parametrize("formats", ["annotate", "assert"])
def test_an_unchanged_part_is_never_undecided(part: Any, formats: Any) -> None:
    old = {"properties": {"same": part, "n": {"type": "integer"}}}
    new = {"properties": {"same": {**part, "title": "Said differently"}, "n": {"type": "number"}}}
    assert decide(old, new, formats=formats).status == "included"
    assert decide(old, new, formats=formats, closed="both").status == "included"


def test_unknown_keywords_and_annotations_are_ignored() -> None:
    assert (
        decide({"x-owner": "a", "title": "A", "type": "string"}, {"type": "string", "x-owner": "b"}).status
        == "included"
    )


def test_a_spent_budget_leaves_it_undecided_and_says_where() -> None:
    branches = [{"properties": {f"p{i}": {"const": j}}, "required": [f"p{i}"]} for i in range(8) for j in range(4)]
    decision = decide({"allOf": [{"oneOf": branches}, {"oneOf": branches[::-1]}]}, {"required": ["q"]}, budget=50)
    assert decision.status == "undecided"
    assert decision.reason is not None
    assert "50 steps" in decision.reason.detail


@pytest.mark.parametrize("depth", [100, 600, 5000])
def test_deep_schemas_are_decided_or_undecided_and_never_raise(depth: int) -> None:
    left: Any = {"type": "integer"}
    right: Any = {"type": "number"}
    for _ in range(depth):
        left, right = {"properties": {"a": left}}, {"properties": {"a": right}}
    before = sys.getrecursionlimit()
    assert decide(left, right).status in ("included", "undecided")
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    ("dialect", "left", "right", "status"),
    [
        ("draft4", {"minimum": 1, "exclusiveMinimum": True, "type": "integer"}, {"minimum": 2}, "included"),
        (
            "draft7",
            {"$ref": "#/definitions/i", "minimum": 5, "definitions": {"i": {"type": "integer"}}},
            {"minimum": 5},
            "not_included",
        ),
        (
            "draft2019-09",
            {"$ref": "#/definitions/i", "minimum": 5, "definitions": {"i": {"type": "integer"}}},
            {"minimum": 5},
            "included",
        ),
        ("draft7", {"items": [{"type": "integer"}], "additionalItems": False}, {"maxItems": 1}, "included"),
        ("draft6", {"if": False, "else": False}, {"type": "string"}, "not_included"),
        (
            "draft7",
            {"definitions": {"n": {"$id": "#n", "type": "null"}}, "items": {"$ref": "#n"}},
            {"items": {"type": "null"}},
            "included",
        ),
        (
            "draft2019-09",
            {"properties": {"a": {"$recursiveRef": "#"}}, "type": "object"},
            {"properties": {"a": {"type": "object"}}},
            "included",
        ),
        (
            "draft2020-12",
            {"$dynamicAnchor": "n", "properties": {"a": {"$dynamicRef": "#n"}}, "type": "object"},
            {"properties": {"a": {"type": "object"}}},
            "included",
        ),
    ],
)
def test_each_draft_reads_keywords_in_its_own_way(dialect: str, left: Any, right: Any, status: str) -> None:
    assert decide(left, right, dialect=dialect).status == status


def test_the_two_sides_may_be_of_different_drafts() -> None:
    old = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "minimum": 0,
        "exclusiveMinimum": True,
        "type": "number",
    }
    new = {"$schema": "https://json-schema.org/draft/2020-12/schema", "exclusiveMinimum": 0, "type": "number"}
    assert decide(old, new).status == "included"
    assert decide(new, old).status == "included"


def test_an_unknown_dialect_name_is_the_callers_error() -> None:
    with pytest.raises(ValueError, match="draft99"):
        decide({}, {}, dialect="draft99")


def test_a_pattern_of_dates_is_no_date_time_and_the_witness_reads_as_a_date() -> None:
    pattern = {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}
    decision = decide(pattern, {"type": "string", "format": "date-time"}, formats="assert")
    assert (decision.status, decision.witness) == ("not_included", "2025-01-15")
    assert decide(pattern, {"format": "date-time"}).status == "included"


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ({"format": "email"}, {"format": "idn-email"}, "included"),
        ({"format": "uri"}, {"format": "uri-reference"}, "included"),
        ({"type": "string"}, {"format": "string"}, "included"),  # a type is nobody's format
        ({"type": "string", "format": "uuid"}, {"maxLength": 36, "minLength": 36}, "included"),
        ({"type": "string", "format": "date"}, {"format": "date-time"}, "not_included"),
        ({"type": "string", "format": "date-time"}, {"minLength": 20}, "included"),
        ({"const": "2023-02-29"}, {"format": "date"}, "not_included"),
        ({"type": "string"}, {"format": "ipv4"}, "not_included"),
        ({"type": "string"}, {"format": "house-number"}, "undecided"),
        ({"type": "integer", "format": "int32"}, {"type": "integer"}, "included"),
    ],
)
def test_asserted_formats_are_compared_as_languages(left: Any, right: Any, status: str) -> None:
    assert decide(left, right, formats="assert").status == status


ELSEWHERE = {"$ref": "https://example.com/base.json#/$defs/license"}


@pytest.mark.parametrize("closed", ["none", "left", "both"])
def test_a_schema_elsewhere_is_the_same_on_both_sides_and_a_witness_goes_without_it(closed: Any) -> None:
    old = {"type": "object", "properties": {"license": ELSEWHERE, "n": {"type": "integer"}}}
    new = {"type": "object", "properties": {"license": ELSEWHERE, "n": {"type": "number"}}}
    assert decide(old, new, closed=closed).status == "included"
    assert "license" not in decide(new, old, closed=closed).witness


def test_what_depends_on_a_schema_elsewhere_is_undecided_and_named() -> None:
    decision = decide({"allOf": [ELSEWHERE]}, {"allOf": [ELSEWHERE, {"type": "string"}]})
    assert decision.status == "undecided"
    assert decision.reason is not None
    assert "https://example.com/base.json#/$defs/license" in decision.reason.detail
    assert decide({"allOf": [ELSEWHERE, {"type": "string"}]}, ELSEWHERE).status == "included"
    assert decide(ELSEWHERE, {"$ref": "https://example.com/other.json"}).status == "undecided"


def test_a_relative_address_is_the_same_where_the_base_is() -> None:
    def based(address: str, reference: str) -> dict[str, Any]:
        return {"$id": address, "properties": {"a": {"$ref": reference}}}

    absolute = based("https://example.com/a.json", "https://example.com/base.json")
    assert decide(based("https://example.com/b.json", "base.json"), absolute).status == "included"
    assert decide(based("https://example.org/b.json", "base.json"), absolute).status == "undecided"


def test_one_written_with_a_fraction_is_an_integer_in_draft_4_too() -> None:
    four = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}
    seven = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}
    assert decide(four, seven).status == decide(seven, four).status == "included"
    assert decide({"enum": [1.0]}, four).status == "included"
    assert decide({**four, "type": "number"}, four).status == "not_included"


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ({"format": "email", "type": "string"}, {"maxLength": 320}, "not_included"),
        ({"pattern": "^(ab)+$", "type": "string", "minLength": 2001}, {"maxLength": 2001}, "not_included"),
        ({"pattern": "^(ab)+$", "type": "string", "minLength": 2001, "maxLength": 2001}, False, "included"),
        ({"pattern": "^(ab){1,50}$", "type": "string", "minLength": 101}, False, "included"),
        ({"pattern": "^a*b{3}$", "type": "string", "minLength": 700}, {"pattern": "^a{697}"}, "included"),
    ],
)
def test_long_words_are_found_by_their_length(left: Any, right: Any, status: str) -> None:
    assert decide(left, right, formats="assert").status == status


def test_a_reference_to_what_nothing_meets_evaluates_nothing() -> None:
    impossible = {"oneOf": [{"properties": {"b": True}, "not": {}}]}
    schema = {"$ref": "#/$defs/y", "unevaluatedProperties": False, "$defs": {"y": impossible}}
    assert decide(schema, False).status == "included"
    assert decide({"type": "object"}, schema).witness == {}
