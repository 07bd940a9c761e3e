"""Pairs of schemas with the exact findings and verdict that they must give."""

from __future__ import annotations

from typing import Any

import pytest

from rules.compare.comparison import compare
from rules.compare.values import ComparePolicy

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
DRAFT4 = "http://json-schema.org/draft-04/schema#"
DRAFT7 = "http://json-schema.org/draft-07/schema#"
DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def an_object(required: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields} | ({"required": required} if required else {})


def a_closed_object(**fields: Any) -> dict[str, Any]:
    return an_object(**fields) | {"additionalProperties": False}


def a_list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def tagged(kind: str, **fields: Any) -> dict[str, Any]:
    return an_object(["kind"], kind={"const": kind}, **fields)


GOLDEN: dict[str, tuple[Any, Any, list[str]]] = {
    "optional field added to an open object": (
        an_object(a=TEXT),
        an_object(a=TEXT, b=TEXT),
        ["MINOR FIELD_ADDED b"],
    ),
    "optional field added to a closed object": (
        a_closed_object(a=TEXT),
        a_closed_object(a=TEXT, b=TEXT),
        ["MINOR FIELD_ADDED b"],
    ),
    "optional field added where anything was declared to be accepted": (
        an_object(a=TEXT) | {"additionalProperties": True},
        an_object(a=TEXT, b=TEXT) | {"additionalProperties": True},
        ["MAJOR FIELD_ADDED b"],
    ),
    "field removed from an open object": (
        an_object(a=TEXT, b=NUMBER),
        an_object(a=TEXT),
        ["MAJOR FIELD_REMOVED b"],
    ),
    "field removed from a closed object": (
        a_closed_object(a=TEXT, b=NUMBER),
        a_closed_object(a=TEXT),
        ["MAJOR FIELD_REMOVED b"],
    ),
    "field renamed": (
        an_object(customer_name=TEXT | {"maxLength": 80}, id=TEXT),
        an_object(customerFullName=TEXT | {"maxLength": 80}, id=TEXT),
        ["MAJOR FIELD_RENAMED customer_name"],
    ),
    "field renamed by its id": (
        an_object(a=TEXT | {"x-field-id": 7}),
        an_object(zebra=TEXT | {"x-field-id": 7}),
        ["MAJOR FIELD_RENAMED a"],
    ),
    "fields that merely share a type are no rename": (
        an_object(colour=TEXT, id=TEXT),
        an_object(postcode=TEXT, id=TEXT),
        ["MAJOR FIELD_REMOVED colour", "MINOR FIELD_ADDED postcode"],
    ),
    "field moved into a list": (
        an_object(id=TEXT, price=NUMBER),
        an_object(id=TEXT, variants=a_list(an_object(price=NUMBER))),
        ["MAJOR FIELD_MOVED price", "MINOR FIELD_ADDED variants"],
    ),
    "field moved between objects": (
        an_object(a=an_object(city=TEXT, street=TEXT), b=an_object(zip=TEXT)),
        an_object(a=an_object(street=TEXT), b=an_object(zip=TEXT, city=TEXT)),
        ["MAJOR FIELD_MOVED a.city"],
    ),
    "field now required": (an_object(a=TEXT), an_object(["a"], a=TEXT), ["MAJOR REQUIRED_ADDED a"]),
    "field no longer required": (an_object(["a"], a=TEXT), an_object(a=TEXT), ["MAJOR REQUIRED_REMOVED a"]),
    "new required field with a default": (
        an_object(a=TEXT),
        an_object(["b"], a=TEXT, b=NUMBER | {"default": 0}),
        ["MAJOR REQUIRED_ADDED b"],
    ),
    "enumeration grown": (
        an_object(a={"enum": ["x", "y"]}),
        an_object(a={"enum": ["x", "y", "z"]}),
        ["MAJOR ENUM_VALUE_ADDED a"],
    ),
    "enumeration shrunk": (
        an_object(a={"enum": ["x", "y"]}),
        an_object(a={"enum": ["x"]}),
        ["MAJOR ENUM_VALUE_REMOVED a"],
    ),
    "enumeration changed both ways": (
        an_object(a={"enum": ["x", "y"]}),
        an_object(a={"enum": ["x", "z"]}),
        ["MAJOR ENUM_VALUE_ADDED a", "MAJOR ENUM_VALUE_REMOVED a"],
    ),
    "enumeration introduced": (
        an_object(a=TEXT),
        an_object(a=TEXT | {"enum": ["x"]}),
        ["MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "const and enum of one say the same": (
        an_object(a={"const": "x"}),
        an_object(a={"enum": ["x"]}),
        ["PATCH REFACTORED "],
    ),
    "type widened to nullable": (
        an_object(a=TEXT),
        an_object(a={"type": ["string", "null"]}),
        ["MAJOR NULLABLE_ADDED a"],
    ),
    "type no longer nullable": (
        an_object(a={"type": ["string", "null"]}),
        an_object(a=TEXT),
        ["MAJOR NULLABLE_REMOVED a"],
    ),
    "nullable written with anyOf": (
        an_object(a={"anyOf": [TEXT, {"type": "null"}]}),
        an_object(a={"type": ["string", "null"]}),
        ["PATCH REFACTORED "],
    ),
    "integer to number": (
        an_object(a={"type": "integer"}),
        an_object(a=NUMBER),
        ["MAJOR FIELD_TYPE_CHANGED a"],
    ),
    "number to integer": (
        an_object(a=NUMBER),
        an_object(a={"type": "integer"}),
        ["MAJOR FIELD_TYPE_CHANGED a"],
    ),
    "type changed altogether tells nothing of what is inside": (
        an_object(a=TEXT | {"minLength": 3}),
        an_object(a=an_object(["b"], b=TEXT)),
        ["MAJOR FIELD_TYPE_CHANGED a"],
    ),
    "default changed": (
        an_object(a=NUMBER | {"default": 1}),
        an_object(a=NUMBER | {"default": 2}),
        ["MINOR DEFAULT_CHANGED a"],
    ),
    "field marked as deprecated": (
        an_object(a=TEXT),
        an_object(a=TEXT | {"deprecated": True}),
        ["MINOR DEPRECATION_CHANGED a"],
    ),
    "description changed": (
        an_object(a=TEXT | {"description": "one"}),
        an_object(a=TEXT | {"description": "two"}),
        ["PATCH DOCUMENTATION_CHANGED a"],
    ),
    "required list reordered": (
        an_object(["a", "b"], a=TEXT, b=TEXT),
        an_object(["b", "a"], a=TEXT, b=TEXT),
        ["PATCH REFACTORED "],
    ),
    "minimum raised": (
        an_object(a=NUMBER | {"minimum": 0}),
        an_object(a=NUMBER | {"minimum": 1}),
        ["MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "minimum lowered": (
        an_object(a=NUMBER | {"minimum": 1}),
        an_object(a=NUMBER | {"minimum": 0}),
        ["MAJOR CONSTRAINT_LOOSENED a"],
    ),
    "length changed at both ends": (
        an_object(a=TEXT | {"minLength": 1, "maxLength": 5}),
        an_object(a=TEXT | {"minLength": 2, "maxLength": 9}),
        ["MAJOR CONSTRAINT_LOOSENED a", "MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "format added": (
        an_object(a=TEXT),
        an_object(a=TEXT | {"format": "date"}),
        ["MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "date pattern to date-time format": (
        an_object(admission_date=DATE),
        an_object(admission_date=TEXT | {"format": "date-time"}),
        ["MAJOR CONSTRAINT_TIGHTENED admission_date"],
    ),
    "patterned fields typed": (
        an_object(a=TEXT),
        an_object(a=TEXT) | {"patternProperties": {"^x-": NUMBER}},
        ["MAJOR OPEN_CONTENT_TYPED "],
    ),
    "patterned fields tightened": (
        {"type": "object", "patternProperties": {"^x-": NUMBER}},
        {"type": "object", "patternProperties": {"^x-": NUMBER | {"minimum": 0}}},
        ["MAJOR CONSTRAINT_TIGHTENED {^x-}"],
    ),
    "field inside nested lists": (
        a_list(a_list(an_object(a=TEXT))),
        a_list(a_list(an_object(["a"], a=TEXT))),
        ["MAJOR REQUIRED_ADDED [][].a"],
    ),
    "second place of a tuple": (
        {"type": "array", "prefixItems": [TEXT, NUMBER]},
        {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]},
        ["MAJOR FIELD_TYPE_CHANGED [1]"],
    ),
    "disjoint alternative added": (
        {"oneOf": [tagged("a"), tagged("b")]},
        {"oneOf": [tagged("a"), tagged("b"), tagged("c")]},
        ["MAJOR BRANCH_ADDED "],
    ),
    "alternative removed": (
        {"oneOf": [tagged("a"), tagged("b")]},
        {"oneOf": [tagged("a")]},
        ["MAJOR BRANCH_REMOVED "],
    ),
    "field changed inside an alternative": (
        {"oneOf": [tagged("a", n=NUMBER), tagged("b")]},
        {"oneOf": [tagged("a", n=NUMBER | {"minimum": 0}), tagged("b")]},
        ["MAJOR CONSTRAINT_TIGHTENED n"],
    ),
    "reference extracted": (
        an_object(a=an_object(b=TEXT), c=an_object(b=TEXT)),
        {"$defs": {"B": an_object(b=TEXT)}} | an_object(a={"$ref": "#/$defs/B"}, c={"$ref": "#/$defs/B"}),
        ["PATCH REFACTORED "],
    ),
    "allOf split": (
        an_object(["a"], a=TEXT, b=NUMBER),
        {"allOf": [an_object(["a"], a=TEXT), an_object(b=NUMBER)]},
        ["PATCH REFACTORED "],
    ),
    "one change in a shared definition is one finding": (
        {"$defs": {"B": an_object(b=TEXT)}} | an_object(a={"$ref": "#/$defs/B"}, c={"$ref": "#/$defs/B"}),
        {"$defs": {"B": an_object(b=NUMBER)}} | an_object(a={"$ref": "#/$defs/B"}, c={"$ref": "#/$defs/B"}),
        ["MAJOR FIELD_TYPE_CHANGED a.b"],
    ),
    "alternative added beside one that was tightened": (
        {"oneOf": [tagged("a", n=NUMBER), tagged("b")]},
        {"oneOf": [tagged("a", n=NUMBER | {"minimum": 0}), tagged("b"), tagged("c")]},
        ["MAJOR BRANCH_ADDED ", "MAJOR CONSTRAINT_TIGHTENED n"],
    ),
    "overlapping alternative added": (
        {"oneOf": [TEXT, NUMBER]},
        {"oneOf": [TEXT, NUMBER, TEXT | {"minLength": 2}]},
        ["MAJOR BRANCH_ADDED "],
    ),
    "condition dropped": (
        an_object(a=TEXT, b=TEXT) | {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
        an_object(a=TEXT, b=TEXT),
        ["MAJOR CONSTRAINT_LOOSENED "],
    ),
    "length tightened beside an enumeration that it does not touch": (
        an_object(a=TEXT | {"enum": ["x", "y"]}),
        an_object(a=TEXT | {"enum": ["x", "y"], "maxLength": 9}),
        ["PATCH REFACTORED a"],
    ),
    "oneOf written as anyOf": (
        {"oneOf": [NUMBER | {"maximum": 9}, NUMBER | {"minimum": 5}]},
        {"anyOf": [NUMBER | {"maximum": 9}, NUMBER | {"minimum": 5}]},
        ["MAJOR CONSTRAINT_LOOSENED "],
    ),
    "optional field added beside closed alternatives": (
        a_closed_object(a=TEXT, c={"oneOf": [a_closed_object(x=TEXT), TEXT]}),
        a_closed_object(a=TEXT, b=TEXT, c={"oneOf": [a_closed_object(x=TEXT), TEXT]}),
        ["MINOR FIELD_ADDED b"],
    ),
    "values of unnamed fields loosened": (
        {"type": "object", "additionalProperties": TEXT | {"minLength": 9}},
        {"type": "object", "additionalProperties": TEXT | {"minLength": 5}},
        ["MAJOR CONSTRAINT_LOOSENED *"],
    ),
    "dependency added": (
        an_object(a=TEXT, b=TEXT),
        an_object(a=TEXT, b=TEXT) | {"dependentRequired": {"a": ["b"]}},
        ["MAJOR CONSTRAINT_TIGHTENED "],
    ),
    "names of fields restricted": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 3}},
        ["MAJOR CONSTRAINT_TIGHTENED "],
    ),
    "tuple in the older spelling": (
        {"$schema": DRAFT7, "type": "array", "items": [TEXT, NUMBER]},
        {"$schema": DRAFT7, "type": "array", "items": [TEXT, NUMBER], "additionalItems": False},
        ["MAJOR CONSTRAINT_TIGHTENED []"],
    ),
    "bound made exclusive in draft 4": (
        {"$schema": DRAFT4} | an_object(a=NUMBER | {"minimum": 0}),
        {"$schema": DRAFT4} | an_object(a=NUMBER | {"minimum": 0, "exclusiveMinimum": True}),
        ["MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "open content closed": (
        an_object(a=TEXT),
        a_closed_object(a=TEXT),
        ["MAJOR OPEN_CONTENT_CLOSED "],
    ),
    "open content typed": (
        an_object(a=TEXT),
        an_object(a=TEXT) | {"additionalProperties": TEXT},
        ["MAJOR OPEN_CONTENT_TYPED "],
    ),
    "closed content opened": (
        a_closed_object(a=TEXT),
        an_object(a=TEXT),
        ["MINOR OPEN_CONTENT_OPENED "],
    ),
    "the only field removed": (an_object(["a"], a=TEXT), an_object(), ["MAJOR FIELD_REMOVED a"]),
    "the first field of an object that named none": (
        an_object(a={"type": "object"}),
        an_object(a=an_object(b={})),
        ["MAJOR FIELD_ADDED a.b"],
    ),
    "a field named where all had a shape": (
        an_object(a=TEXT) | {"additionalProperties": NUMBER},
        an_object(a=TEXT, b={}) | {"additionalProperties": NUMBER},
        ["MAJOR FIELD_ADDED b"],
    ),
    "typed content no longer declared": (
        an_object(a=TEXT) | {"additionalProperties": NUMBER},
        an_object(a=TEXT),
        ["MAJOR OPEN_CONTENT_CLOSED "],
    ),
    "patterned fields removed from a closed object": (
        a_closed_object(a=TEXT) | {"patternProperties": {"^x-": TEXT}},
        a_closed_object(a=TEXT),
        ["MAJOR OPEN_CONTENT_CLOSED "],
    ),
    "pattern of field names narrowed": (
        {"type": "object", "patternProperties": {"^x-": TEXT}, "additionalProperties": False},
        {"type": "object", "patternProperties": {"^x-[a-z]+$": TEXT}, "additionalProperties": False},
        ["MAJOR CONSTRAINT_TIGHTENED "],
    ),
    "alternatives introduced": (
        an_object(a=NUMBER),
        an_object(a=NUMBER | {"anyOf": [{"minimum": 5}, {"maximum": -5}]}),
        ["MAJOR CONSTRAINT_TIGHTENED a"],
    ),
    "alternatives dropped": (
        an_object(a=NUMBER | {"oneOf": [{"minimum": 5}, {"maximum": -5}]}),
        an_object(a=NUMBER),
        ["MAJOR CONSTRAINT_LOOSENED a"],
    ),
    "a text or a list of texts": (
        an_object(a=TEXT),
        an_object(a={"anyOf": [TEXT, a_list(TEXT)]}),
        ["MAJOR FIELD_TYPE_CHANGED a"],
    ),
    "an alternative alone says what it says": (
        an_object(a=TEXT | {"default": "x"}),
        an_object(a={"oneOf": [TEXT | {"default": "x"}]}),
        ["PATCH REFACTORED "],
    ),
    "first alternative gets a second": (
        {"oneOf": [tagged("a")]},
        {"oneOf": [tagged("a"), tagged("b")]},
        ["MAJOR BRANCH_ADDED "],
    ),
    "one field required in a shared definition": (
        {"$defs": {"B": an_object(b=TEXT)}} | an_object(a={"$ref": "#/$defs/B"}, c={"$ref": "#/$defs/B"}),
        {"$defs": {"B": an_object(["b"], b=TEXT)}} | an_object(a={"$ref": "#/$defs/B"}, c={"$ref": "#/$defs/B"}),
        ["MAJOR REQUIRED_ADDED a.b"],
    ),
    "one field required in a tree": (
        {"$defs": {"T": an_object(v=TEXT, kids=a_list({"$ref": "#/$defs/T"}))}, "$ref": "#/$defs/T"},
        {"$defs": {"T": an_object(["v"], v=TEXT, kids=a_list({"$ref": "#/$defs/T"}))}, "$ref": "#/$defs/T"},
        ["MAJOR REQUIRED_ADDED v"],
    ),
    "recursive definition changed in depth": (
        {"$defs": {"T": an_object(n=NUMBER, next={"$ref": "#/$defs/T"})}, "$ref": "#/$defs/T"},
        {"$defs": {"T": an_object(n={"type": "integer"}, next={"$ref": "#/$defs/T"})}, "$ref": "#/$defs/T"},
        ["MAJOR FIELD_TYPE_CHANGED n"],
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_pair_gives_exactly_these_findings(name: str) -> None:
    old, new, expected = GOLDEN[name]
    found = compare(old, new)
    assert [f"{f.severity.name} {f.kind} {f.instance}" for f in found.findings] == expected
    assert found.verdict == max(finding.severity for finding in found.findings)


def test_nobody_reading_makes_a_loosened_constraint_minor() -> None:
    old, new, _ = GOLDEN["enumeration grown"]
    found = compare(old, new, policy=ComparePolicy(reads=False))
    assert [(f.severity.name, f.kind) for f in found.findings] == [("MINOR", "ENUM_VALUE_ADDED")]
    assert found.verdict.name == "MINOR"


def test_strict_readers_make_an_added_field_major() -> None:
    for name in ("optional field added to an open object", "optional field added to a closed object"):
        old, new, _ = GOLDEN[name]
        found = compare(old, new, policy=ComparePolicy(strict_readers=True))
        assert [(f.severity.name, f.kind) for f in found.findings] == [("MAJOR", "FIELD_ADDED")]


def test_the_registry_case_shows_the_date_that_no_longer_fits() -> None:
    old, new, _ = GOLDEN["date pattern to date-time format"]
    (finding,) = compare(old, new).findings
    assert finding.sentence == (
        '`admission_date` must now be an RFC 3339 date-time; values such as `"2025-01-15"` that were accepted until now'
        " are refused."
    )
    assert finding.witness is not None
    assert finding.witness.document == {"admission_date": "2025-01-15"}
    assert finding.witness.pointer == "/admission_date"
    assert finding.breaks[-2:] == ("stored data", "writers")


def test_a_default_does_not_fill_in_a_new_required_field() -> None:
    old, new, _ = GOLDEN["new required field with a default"]
    (finding,) = compare(old, new).findings
    assert "its default `0` does not fill it in" in finding.sentence


@pytest.mark.parametrize(
    ("name", "document", "place"),
    [
        ("dependency added", {"a": ""}, ""),
        ("names of fields restricted", {"aaaa": ""}, ""),
        ("condition dropped", {"a": ""}, ""),
        ("patterned fields tightened", {"x-": -1}, "/x-"),
        ("field inside nested lists", [[{}]], "/0/0"),
        ("second place of a tuple", ["", 1.5], "/1"),
        ("values of unnamed fields loosened", {"other": "09:30:00"}, "/other"),
        ("open content closed", {"extra": {}}, "/extra"),
    ],
)
def test_a_finding_shows_a_whole_document_with_the_part_that_fails(name: str, document: Any, place: str) -> None:
    old, new, _ = GOLDEN[name]
    (finding,) = compare(old, new).findings
    assert finding.witness is not None
    assert (finding.witness.document, finding.witness.pointer) == (document, place)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alternatives introduced", "`a` must now fit one of the alternatives of `anyOf`;"),
        ("alternatives dropped", "`a` no longer has to fit exactly one of the alternatives of `oneOf`;"),
        ("a text or a list of texts", "The type of `a` changed from `string` to `array` or `string`;"),
        ("dependency added", "The document must now have `b` where it has `a`;"),
        ("patterned fields removed from a closed object", "Fields whose name matches `^x-` are no longer accepted;"),
        ("pattern of field names narrowed", "Fields whose name matches `^x-` gave way to fields whose name matches"),
        ("a field named where all had a shape", "`b` was added where every other field had a certain shape; readers"),
        ("the first field of an object that named none", "`a.b` was added where no field was named until now;"),
    ],
)
def test_a_sentence_says_what_came_and_what_left(name: str, said: str) -> None:
    old, new, _ = GOLDEN[name]
    (finding,) = compare(old, new).findings
    assert finding.sentence.startswith(said)


def test_the_value_in_a_sentence_is_one_that_the_old_version_accepted() -> None:
    old, new = an_object(a=a_list(TEXT)), an_object(a=a_list(TEXT) | {"uniqueItems": True})
    (finding,) = compare(old, new).findings
    assert 'such as `["", ""]` that were accepted' in finding.sentence
    assert finding.witness is not None
    assert finding.witness.document == {"a": ["", ""]}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_fingerprint_survives_an_unrelated_edit(name: str) -> None:
    old, new, _ = GOLDEN[name]
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return
    before = {finding.fingerprint for finding in compare(old, new).findings if finding.severity.name == "MAJOR"}
    extra = {"title": "Contract"}
    after = {f.fingerprint for f in compare(old, new | extra).findings if f.severity.name == "MAJOR"}
    assert before == after
