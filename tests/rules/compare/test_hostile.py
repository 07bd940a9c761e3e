"""Schemas made to hang: each question ends within its steps, with an answer and without an exception."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from rules.compare import ComparePolicy, compare, decide
from rules.compare.confirm import Confirmation
from rules.compare.dialects import DIALECTS
from rules.compare.inclusion import Closed
from rules.jsontext import JsonValue
from rules.validator import UncheckableError, errors

BUDGET = 20_000
LATEST = DIALECTS["draft2020-12"]
CLOSED: tuple[Closed, ...] = ("none", "both")
STATUSES = {"included", "not_included", "undecided"}


def doubled(levels: int, *branches: str, leaf: JsonValue = None, **more: JsonValue) -> dict[str, Any]:
    """Refer twice from each level to the next, under the given keyword."""
    word = branches[0] if branches else "allOf"
    stores: dict[str, JsonValue] = {
        f"a{i}": {word: [{"$ref": f"#/$defs/a{i + 1}"}, {"$ref": f"#/$defs/a{i + 1}", "minLength": 0}]}
        for i in range(levels)
    }
    stores[f"a{levels}"] = {"type": "string"} if leaf is None else leaf
    return {"$ref": "#/$defs/a0", "$defs": stores, **more}


def nested(levels: int, inner: JsonValue, outer: Any) -> Any:
    for _ in range(levels):
        inner = outer(inner)
    return inner


def tree(levels: int) -> dict[str, Any]:
    """Ask for two properties at each level: the smallest document has 2^levels values."""
    return {
        "$ref": "#/$defs/a0",
        "$defs": {
            f"a{i}": {
                "type": "object",
                "required": ["l", "r"],
                "properties": {name: {"$ref": f"#/$defs/a{i + 1}"} for name in ("l", "r")},
            }
            for i in range(levels)
        }
        | {f"a{levels}": {"type": "string"}},
    }


NUMBER = {"type": "integer"}
CLOSE = {"unevaluatedProperties": False}
LOOP = {
    "$ref": "#/$defs/a",
    "$defs": {
        "a": {"allOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/b"}]},
        "b": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]},
    },
}
HOSTILE: dict[str, tuple[Any, Any]] = {
    "references doubled under allOf": (doubled(40, "allOf"), NUMBER),
    "references doubled under anyOf": (doubled(40, "anyOf"), NUMBER),
    "references doubled under oneOf": (doubled(40, "oneOf"), NUMBER),
    "references doubled, dynamic": (
        doubled(40, "anyOf", leaf={"$dynamicAnchor": "x", "$dynamicRef": "#x"}),
        NUMBER,
    ),
    "a document of 2^40 values": (tree(40), NUMBER),
    "references in a loop": (LOOP, NUMBER),
    "a schema that is its own opposite": ({"not": {"$ref": "#"}}, NUMBER),
    "5,000 nested allOf": (nested(5_000, NUMBER, lambda inner: {"allOf": [inner]}), {"type": "string"}),
    "400 nested objects": (
        nested(400, NUMBER, lambda inner: {"type": "object", "required": ["a"], "properties": {"a": inner}}),
        NUMBER,
    ),
    "nested not": (nested(301, NUMBER, lambda inner: {"not": inner}), NUMBER),
    "nested unevaluatedProperties": (
        nested(
            6,
            NUMBER,
            lambda inner: {
                "unevaluatedProperties": inner,
                "anyOf": [{"properties": {"a": inner}}, {"patternProperties": {"b": inner}}],
            },
        ),
        NUMBER,
    ),
    "a pattern of 2^30 states": ({"pattern": "^(a|b)*a(a|b){29}$"}, {"pattern": "^(a|b)*a(a|b){28}$"}),
    "a pattern that makes others backtrack": ({"pattern": "^(a+)+$"}, {"pattern": "^(a|aa)+$"}),
    "counters in counters": ({"pattern": "^((a{1,50}){1,50}){1,50}$"}, {"pattern": "^a{3,7000}$"}),
    "a pattern repeated 10^9 times": ({"type": "string", "pattern": "^a{1000000000}$"}, NUMBER),
    "strings of 10^308 characters": ({"type": "string", "minLength": 10**308}, NUMBER),
    "lists of 10^308 items": ({"type": "array", "minItems": 10**308, "uniqueItems": True}, NUMBER),
    "objects of 10^308 properties": ({"type": "object", "minProperties": 10**308}, NUMBER),
    "enormous divisors": ({"multipleOf": 10**300 + 7, "minimum": 1}, {"multipleOf": 10**299 + 3}),
    "tiny divisors": ({"multipleOf": 1e-100, "minimum": 1, "maximum": 2}, {"not": {"multipleOf": 1e300}}),
    "many counted items": (
        {"allOf": [{"contains": {"multipleOf": p}} for p in (2, 3, 5, 7, 11, 13)], "maxItems": 3},
        {"type": "array", "minItems": 9},
    ),
    "sizes written as 1e308": (
        {"minLength": 1e308, "minItems": 1e308, "minProperties": 1e308, "minimum": -1e308},
        {"maxLength": 1e308, "maxItems": 1e308, "maxProperties": 1e308, "maximum": 1e308},
    ),
    "a pattern repeated up to a million times": ({"pattern": "^a{1,1000000}$"}, {"pattern": "^(a{1,1000}){1,1000}$"}),
    "alternatives in items, doubled": (
        nested(9, NUMBER, lambda inner: {"anyOf": [inner, {"minProperties": 1, "items": inner}]}),
        nested(9, {"type": "string"}, lambda inner: {"anyOf": [inner, {"minProperties": 1, "items": inner}]}),
    ),
    "conditions in items, doubled": (
        nested(7, NUMBER, lambda inner: {"if": inner, "then": {"items": inner}, "else": {"contains": inner}}),
        NUMBER,
    ),
    "a hundred alternatives that overlap": (
        {"anyOf": [{"properties": {f"p{n}": {"minimum": n}, "all": {"maximum": n}}} for n in range(100)]},
        {"oneOf": [{"properties": {f"p{n}": {"minimum": n}}, "required": [f"p{n}"]} for n in range(100)]},
    ),
    "a hundred alternatives under allOf": (
        {"allOf": [{"anyOf": [{"required": [f"a{n}"]}, {"required": [f"b{n}"]}]} for n in range(100)]},
        {"maxProperties": 99},
    ),
    "five thousand values that are objects": (
        {"enum": [{"n": n} for n in range(5_000)]},
        {"enum": [{"n": n} for n in range(1, 5_001)]},
    ),
    "twelve patterns that overlap": (
        {
            "patternProperties": {
                f"{c}.*{d}": {"minimum": n} for n, (c, d) in enumerate(zip("abcdefghijkl", "lkjihgfedcba", strict=True))
            }
        },
        CLOSE | {"type": "object"},
    ),
    "names of 100,000 characters": (
        {"properties": {"x" * 100_000: NUMBER}, "required": ["x" * 100_000]},
        {"properties": {"x" * 99_999: NUMBER}, "required": ["x" * 99_999]},
    ),
    "sixty fields renamed to names as long": (
        {"properties": {f"{'ab' * 90}{n}": {"type": "string"} for n in range(60)}},
        {"properties": {f"{'ba' * 90}{n}": {"type": "string"} for n in range(60)}},
    ),
    "many patterns of names": (
        {"patternProperties": {f"^.*{c}.*$": {"type": "string"} for c in "abcdefgh"}},
        {"patternProperties": {f"^.*{c}.*$": NUMBER for c in "ijklmnop"}},
    ),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_pair_is_answered_within_its_steps(name: str) -> None:
    for left, right in (HOSTILE[name], HOSTILE[name][::-1]):
        for closed in CLOSED:
            answer = decide(left, right, closed=closed, budget=BUDGET)
            assert answer.status in STATUSES
            assert answer.steps <= BUDGET
            assert (answer.reason is None) == (answer.status != "undecided")


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_change_is_compared(name: str) -> None:
    found = compare(*HOSTILE[name], policy=ComparePolicy(budget=2_000))
    assert found.verdict == max(finding.severity for finding in found.findings)


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_document_is_held_against_a_hostile_schema(name: str) -> None:
    for document in ("aaaa", 5, {"a": {}, "b": 1}, [1, 1]):
        with suppress(UncheckableError):
            assert len(list(errors(HOSTILE[name][0], document))) < 1_000


def test_many_values_take_a_step_together() -> None:
    assert decide({"enum": list(range(100_000))}, {"enum": [*range(99_999), "x"]}).witness == 99_999


def test_many_properties_and_branches_take_steps_by_their_number() -> None:
    wide = {"properties": {f"p{i}": {"type": "string"} for i in range(10_000)}}
    assert decide(wide, {"type": "object"}).steps < 10_000 * 10
    tagged = [{"properties": {"k": {"const": i}}, "required": ["k"]} for i in range(60)]
    assert decide({"oneOf": tagged[:-1]}, {"oneOf": tagged}).steps <= 200_000


def test_the_validator_gives_up_where_evaluated_names_are_looked_for_again_and_again() -> None:
    def layer(inner: JsonValue) -> JsonValue:
        return {"anyOf": [{"allOf": [inner], "unevaluatedProperties": inner}, inner]}

    schema = nested(9, {"properties": {"a": {}}}, layer)
    assert Confirmation(formats=False, steps=3_000).accepts(schema, LATEST, {"a": 1, "b": 2}) is None


@pytest.mark.parametrize("back", ["#", "#/$defs/again"])
def test_a_dialect_named_again_inside_keeps_patterns_from_backtracking(back: str) -> None:
    uri = "https://json-schema.org/draft/2020-12/schema"
    inner = {"$schema": uri, "patternProperties": {"^(a+)+$": False}}
    schema = {**inner, "$defs": {"again": inner}, "properties": {"x": {"$ref": back}}}
    assert Confirmation(formats=False).accepts(schema, LATEST, {"x": {"a" * 60 + "!": 1}}) is True


@pytest.mark.parametrize(
    ("schema", "names", "expected"),
    [
        ({"patternProperties": {"^x-": {}}, "unevaluatedProperties": False}, ["x-a"], True),
        ({"patternProperties": {"^x-": {}}, "unevaluatedProperties": False}, ["x-a", "b"], False),
        ({"anyOf": [{"properties": {"a": {}}}, False], "unevaluatedProperties": False}, ["a"], True),
        ({"anyOf": [{"properties": {"a": {"type": "string"}}}, True], **CLOSE}, ["a"], False),
        ({"if": {"required": ["a"]}, "then": {"additionalProperties": {}}, **CLOSE}, ["a"], True),
        ({"if": {"required": ["a"]}, "then": {"additionalProperties": {}}, **CLOSE}, ["b"], False),
        ({"dependentSchemas": {"a": {"properties": {"a": {}}}}, "unevaluatedProperties": False}, ["a"], True),
        ({"$ref": "#/$defs/s", "$defs": {"s": {"properties": {"a": {}}}}, **CLOSE}, ["a"], True),
        ({"allOf": [{"unevaluatedProperties": True}], "unevaluatedProperties": False}, ["a"], True),
        ({"not": {"not": {"properties": {"a": {}}}}, "unevaluatedProperties": False}, ["a"], False),
    ],
)  # fmt: skip
def test_evaluated_names_are_those_of_the_specification(schema: Any, names: list[str], expected: bool) -> None:
    assert Confirmation(formats=False).accepts(schema, LATEST, dict.fromkeys(names, 1)) is expected
