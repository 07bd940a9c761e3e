from __future__ import annotations

from typing import Any

import pytest

from rules.compare.extract import Cutter
from rules.compare.places import Source, Unchanged
from rules.compare.views import View

TEXT = {"type": "string"}


def same(old: Any, new: Any) -> bool:
    left, right = Source(old), Source(new)
    return Unchanged(left, right).same(left.root, right.root)


def referring(to: str, **elsewhere: Any) -> dict[str, Any]:
    return {"properties": {"a": {"$ref": to}}, **elsewhere}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, TEXT | {"title": "t", "description": "d", "default": 1, "x-note": {}}),
        ({"required": ["a", "b"]}, {"required": ["b", "a"]}),
        ({"type": ["null", "string"]}, {"type": ["string", "null"]}),
        ({"anyOf": [TEXT, {"minimum": 1}]}, {"anyOf": [{"minimum": 1.0}, TEXT]}),
        ({"$defs": {"unused": TEXT}}, {"$defs": {}}),
        (referring("#/$defs/A", **{"$defs": {"A": TEXT}}), referring("#/$defs/A", **{"$defs": {"A": TEXT, "B": {}}})),
    ],
)
def test_what_no_validator_looks_at_changes_no_meaning(old: Any, new: Any) -> None:
    assert same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"const": True}, {"const": 1}),
        ({"const": {"title": "a"}}, {"const": {"title": "b"}}),
        ({"properties": {"title": TEXT}}, {"properties": {}}),
        ({"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}),
        ({"prefixItems": [TEXT, {}]}, {"prefixItems": [{}, TEXT]}),
        ({"dependencies": {"a": ["b"]}}, {"dependencies": {"a": ["c"]}}),
        ({"allOf": []}, {"allOf": 1}),
        (TEXT, TEXT | {"$schema": "http://json-schema.org/draft-04/schema#"}),
        (TEXT, TEXT | {"format": "unheard-of"}),
    ],
)
def test_what_a_validator_looks_at_does(old: Any, new: Any) -> None:
    assert not same(old, new)


def test_a_reference_is_the_same_only_if_what_it_leads_to_is() -> None:
    assert not same(referring("#/$defs/A", **{"$defs": {"A": TEXT}}), referring("#/$defs/A", **{"$defs": {"A": {}}}))
    deep = {"A": {"$ref": "#/$defs/B"}, "B": {"items": {"$ref": "#/$defs/C"}}}
    old = referring("#/$defs/A", **{"$defs": deep | {"C": TEXT}})
    new = referring("#/$defs/A", **{"$defs": deep | {"C": {}}})
    assert not same(old, new)


def test_a_reference_into_a_place_that_is_no_known_store_is_followed_too() -> None:
    old = referring("#/parts/A", parts={"A": {"$ref": "#/parts/B"}, "B": TEXT})
    new = referring("#/parts/A", parts={"A": {"$ref": "#/parts/B"}, "B": {}})
    assert not same(old, new)


def test_a_dynamic_reference_is_never_taken_for_unchanged() -> None:
    old = {"items": {"$dynamicRef": "#node"}, "$defs": {"n": {"$dynamicAnchor": "node", "type": "string"}}}
    new = {"items": {"$dynamicRef": "#node"}, "$defs": {"n": {"$dynamicAnchor": "node", "type": "number"}}}
    assert not same(old, new)


def test_a_recursive_schema_is_the_same_as_itself() -> None:
    tree = {"$ref": "#/$defs/T", "$defs": {"T": {"properties": {"next": {"$ref": "#/$defs/T"}, "n": TEXT}}}}
    assert same(tree, tree | {"title": "Tree"})


def test_a_view_looks_through_references_all_of_and_this_or_null() -> None:
    source = Source(
        {
            "allOf": [{"$ref": "#/$defs/A"}, {"properties": {"b": {}}, "required": ["b"]}],
            "$defs": {"A": {"anyOf": [{"type": "object", "properties": {"a": TEXT}}, {"type": "null"}]}},
        }
    )
    view = View(source, (source.root,))
    assert list(view.fields) == ["a", "b"]
    assert view.types == {"object", "null"}
    assert list(view.required) == ["b"]


def test_references_by_anchor_and_by_identifier_are_found() -> None:
    source = Source(
        {
            "$id": "https://example.org/root",
            "properties": {"a": {"$ref": "#here"}, "b": {"$ref": "other"}, "c": {"$ref": "https://example.org/far"}},
            "$defs": {"x": {"$anchor": "here", "type": "string"}, "y": {"$id": "other", "type": "number"}},
        }
    )
    assert source.resolve("#here", "/properties/a") is not None
    other = source.resolve("other", "/properties/b")
    assert other is not None
    assert other.value["type"] == "number"
    assert source.resolve("https://example.org/far", "/properties/c") is None


def test_a_part_is_cut_out_with_everything_it_refers_to() -> None:
    source = Source(
        {
            "properties": {"a": {"items": {"$ref": "#/$defs/T"}}},
            "$defs": {"T": {"$id": "t", "properties": {"n": {"$ref": "#/$defs/N"}}}, "N": TEXT, "other": {}},
        }
    )
    assert source.resolve("#/$defs/N", "/$defs/T/properties/n") is None  # its own resource has no such place
    source = Source(
        {
            "properties": {"a": {"items": {"$ref": "#/$defs/T"}}},
            "$defs": {"T": {"properties": {"n": {"$ref": "#/$defs/N"}, "t": {"$ref": "#/$defs/T"}}}, "N": TEXT},
        }
    )
    cut = Cutter(source).cut((source.root.below("properties", "a"),))
    assert cut == {
        "items": {"$ref": "#/definitions/s0"},
        "definitions": {
            "s0": {"properties": {"n": {"$ref": "#/definitions/s1"}, "t": {"$ref": "#/definitions/s0"}}},
            "s1": TEXT,
        },
    }


def test_what_depends_on_other_documents_is_not_cut_out() -> None:
    for inner in ({"$ref": "https://example.org/x"}, {"$dynamicRef": "#node"}):
        source = Source({"properties": {"a": {"items": inner}}})
        assert Cutter(source).cut((source.root.below("properties", "a"),)) is None
