from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rules.compare import decide
from rules.compare.values import Decision
from tests.rules.compare.schemas import SCHEMAS

LIMITS = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
A = {"properties": {"a": {"type": "integer"}}}
AB = {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}


def closed_both(left: Any, right: Any) -> Decision:
    return decide(left, right, closed="both")


@LIMITS
@given(SCHEMAS)
def test_closing_only_takes_away(schema: Any) -> None:
    assert decide({"allOf": [schema]}, schema, closed="left", budget=20_000).status != "not_included"


@LIMITS
@given(SCHEMAS)
def test_annotations_and_splitting_do_not_change_what_is_closed(schema: Any) -> None:
    again = {"title": "the same", "allOf": [schema]}
    assert closed_both(schema, again).status != "not_included"
    assert closed_both(again, schema).status != "not_included"


def test_a_reference_moved_and_an_all_of_split_close_the_same() -> None:
    moved = {
        "$defs": {"a": {"properties": {"a": {"$ref": "#/$defs/i"}}}, "i": {"type": "integer"}},
        "$ref": "#/$defs/a",
    }
    split = {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"type": "string"}}}]}
    for one, other in ((A, moved), (moved, A), (AB, split), (split, AB)):
        assert closed_both(one, other).status == "included"


@pytest.mark.parametrize(
    ("left", "right", "closed", "status"),
    [
        # A new optional property: old documents pass, new ones do not where the old contract is closed.
        (A, AB, "left", "included"),
        (A, AB, "both", "included"),
        (AB, A, "left", "included"),
        (AB, A, "both", "not_included"),
        # As written, an undeclared b may be anything.
        (A, AB, "none", "not_included"),
        # An object that names no property, or allows all others, stays open.
        ({"type": "object"}, A, "left", "not_included"),
        ({**A, "additionalProperties": True}, AB, "left", "not_included"),
        # Below arrays, below properties, in tuples and through references.
        ({"items": A}, {"items": AB}, "both", "included"),
        ({"items": AB}, {"items": A}, "both", "not_included"),
        ({"properties": {"x": AB}}, {"properties": {"x": A}}, "both", "not_included"),
        ({"prefixItems": [AB]}, {"prefixItems": [A]}, "both", "not_included"),
        # What applies together evaluates together.
        ({"allOf": [A], "properties": {"b": {"type": "string"}}}, {"maxProperties": 2}, "left", "included"),
        (
            {"properties": {"x": {}}, "allOf": [{"properties": {"x": A}}]},
            {"properties": {"x": {"maxProperties": 1}}},
            "left",
            "included",
        ),
        # Only branches that pass evaluate.
        (
            {"type": "object", "oneOf": [{**A, "required": ["a"]}, {"properties": {"c": {}}, "required": ["c"]}]},
            {"maxProperties": 1},
            "left",
            "included",
        ),
        (
            {"if": {"required": ["a"]}, "then": AB, "else": {"properties": {"c": {}}}, "type": "object"},
            {"anyOf": [{"required": ["a"]}, {"propertyNames": {"const": "c"}}]},
            "left",
            "included",
        ),
        (
            {"patternProperties": {"^x-": {}}, "properties": {"a": {}}},
            {"propertyNames": {"pattern": "^(x-|a$)"}},
            "left",
            "included",
        ),
    ],
)
def test_closing_forbids_what_no_schema_evaluates_there(left: Any, right: Any, closed: Any, status: str) -> None:
    assert decide(left, right, closed=closed).status == status


def test_a_recursive_schema_is_closed_at_every_level() -> None:
    def tree(kind: str) -> Any:
        return {"properties": {"v": {"type": kind}, "kids": {"items": {"$ref": "#"}}}}

    assert closed_both(tree("integer"), tree("number")).status == "included"
    renamed = {"properties": {"value": {"type": "integer"}, "kids": {"items": {"$ref": "#"}}}}
    assert closed_both(tree("integer"), renamed).status == "not_included"


def test_the_witness_of_a_removed_field_holds_that_field() -> None:
    decision = closed_both(AB, A)
    assert isinstance(decision.witness, dict)
    assert "b" in decision.witness
