"""References inside and between documents: dynamic ones, the official meta-schemas, and documents handed in."""

from __future__ import annotations

from typing import Any

import pytest

from rules.compare import decide

TREE: dict[str, Any] = {
    "$id": "https://example.com/tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
STRICT_TREE: dict[str, Any] = {
    "$id": "https://example.com/strict-tree",
    "$dynamicAnchor": "node",
    "$ref": "tree",
    "unevaluatedProperties": False,
}
LISTS: dict[str, Any] = {
    "$id": "https://example.com/root",
    "$ref": "list",
    "$defs": {
        "text": {"$dynamicAnchor": "item", "type": "string"},
        "list": {
            "$id": "list",
            "items": {"$dynamicRef": "#item"},
            "$defs": {"any": {"$dynamicAnchor": "item"}},
        },
    },
}


def status(left: Any, right: Any, **more: Any) -> str:
    return decide(left, right, **more).status


def test_a_dynamic_reference_leads_to_the_outermost_anchor_on_its_way() -> None:
    texts = {"items": {"type": "string"}}
    assert status(LISTS, texts) == "included"
    assert status(texts, LISTS) == "included"
    direct = {**LISTS, "$ref": "list#/items", "$defs": LISTS["$defs"]}
    assert status(direct, {"type": "string"}) == "included"


def test_the_same_schema_means_another_thing_on_another_way() -> None:
    both = {
        "$id": "https://example.com/both",
        "$defs": {**LISTS["$defs"], "text": True, "of_text": {**LISTS, "$defs": {"text": LISTS["$defs"]["text"]}}},
        "properties": {"any": {"$ref": "list"}, "text": {"$ref": "root"}},
    }
    assert status({"properties": {"text": {"items": {"type": "string"}}}}, both) == "included"
    assert decide({"const": {"any": [1], "text": [1]}}, both).status == "not_included"
    assert decide({"const": {"any": [1], "text": ["a"]}}, both).status == "included"


def test_a_tree_is_extended_through_its_dynamic_anchor() -> None:
    registry = {"https://example.com/tree": TREE}
    assert status(STRICT_TREE, TREE, registry=registry) == "included"
    answer = decide(TREE, STRICT_TREE, registry=registry)
    assert answer.status == "not_included"
    misspelled = {"children": [{"daat": 1}]}
    assert status({"const": misspelled}, TREE) == "included"
    assert status({"const": misspelled}, STRICT_TREE, registry=registry) == "not_included"


def test_a_recursive_reference_leads_to_the_outermost_resource() -> None:
    draft = "https://json-schema.org/draft/2019-09/schema"
    inner = {"$id": "inner", "$recursiveAnchor": True, "properties": {"below": {"$recursiveRef": "#"}}}
    outer = {
        "$schema": draft,
        "$id": "https://example.com/outer",
        "$recursiveAnchor": True,
        "required": ["name"],
        "$ref": "inner",
        "$defs": {"inner": inner},
    }
    alone = {"$schema": draft, "$id": "https://example.com/", **{k: v for k, v in inner.items() if k != "$id"}}
    nameless = {"name": 1, "below": {}}
    assert status({"const": nameless}, alone) == "included"
    assert status({"const": nameless}, outer) == "not_included"


def test_a_recursive_reference_that_validators_read_differently_is_undecided() -> None:
    gap = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": "https://example.com/outer",
        "$recursiveAnchor": True,
        "required": ["name"],
        "$ref": "between",
        "$defs": {
            "between": {"$id": "between", "$ref": "inner"},
            "inner": {"$id": "inner", "$recursiveAnchor": True, "properties": {"below": {"$recursiveRef": "#"}}},
        },
    }
    answer = decide({"const": {"name": 1, "below": {}}}, gap)
    assert answer.status == "undecided"
    assert answer.reason is not None
    assert answer.reason.keyword == "$recursiveRef"


@pytest.mark.parametrize(
    "uri",
    [
        "http://json-schema.org/draft-04/schema#",
        "https://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ],
)
def test_the_official_meta_schemas_are_known(uri: str) -> None:
    reference = {"$schema": uri, "$ref": uri}
    assert status({"enum": [{"minLength": 1}, {"type": ["string"]}]}, reference) == "included"
    assert status({"enum": [{"minLength": -1}]}, reference) == "not_included"


def test_documents_handed_in_are_followed_and_others_never_fetched() -> None:
    count = {"$ref": "https://example.com/counts.json#/$defs/small"}
    registry = {"https://example.com/counts.json": {"$defs": {"small": {"$ref": "#/$defs/whole", "maximum": 9},
                                                              "whole": {"type": "integer"}}}}  # fmt: skip
    assert status({"type": "integer", "maximum": 8}, count) == "undecided"
    assert status({"type": "integer", "maximum": 8}, count, registry=registry) == "included"
    refuted = decide({"type": "integer"}, count, registry=registry)
    assert refuted.status == "not_included"
    assert refuted.witness > 9
    missing = decide({"type": "integer"}, {"$ref": "https://example.com/other.json"}, registry=registry)
    assert missing.reason is not None
    assert "nothing is fetched" in missing.reason.detail


def test_a_document_handed_in_is_known_by_its_own_name_too() -> None:
    registry = {"counts.json": {"$id": "https://example.com/counts", "type": "integer"}}
    for name in ("counts.json", "https://example.com/counts"):
        assert status({"$ref": name}, {"type": "number"}, registry=registry) == "included"


def test_a_reason_in_another_document_names_that_document() -> None:
    registry = {"https://example.com/x": {"properties": {"a": {"$ref": "https://example.com/gone"}}}}
    reason = decide({"required": ["a"]}, {"$ref": "https://example.com/x"}, registry=registry).reason
    assert reason is not None
    assert reason.pointer == "https://example.com/x#/properties/a/$ref"


def test_an_unknown_dialect_is_undecided_even_with_another_named() -> None:
    own = {"$schema": "https://example.com/our-own-dialect", "type": "string"}
    answer = decide({"type": "string"}, own, dialect="draft2020-12")
    assert answer.status == "undecided"
    assert answer.reason is not None
    assert answer.reason.keyword == "$schema"


def test_a_name_that_two_documents_give_themselves_is_not_followed() -> None:
    name = "https://example.com/counts"
    registry = {"a.json": {"$id": name, "type": "integer"}, "b.json": {"$id": name, "type": "string"}}
    assert status({"type": "integer"}, {"$ref": name}, registry=registry) == "undecided"
    assert status({"type": "integer"}, {"$ref": name}, registry={**registry, name: registry["a.json"]}) == "included"


def test_a_document_handed_in_that_refers_back_means_what_the_asked_one_says() -> None:
    registry = {"https://example.com/lib": {"properties": {"a": {"$ref": "https://example.com/main#/$defs/a"}}}}
    main = {"$id": "https://example.com/main", "$ref": "lib"}
    texts, wholes = ({**main, "$defs": {"a": {"type": kind}}} for kind in ("string", "integer"))
    assert status(texts, texts | {"title": "again"}, registry=registry) == "included"
    answer = decide(texts, wholes, registry=registry)
    assert answer.status == "not_included"


def test_what_is_referred_back_to_is_read_in_its_own_dialect() -> None:
    draft7 = "http://json-schema.org/draft-07/schema#"
    draft4 = "http://json-schema.org/draft-04/schema#"
    back = {"$schema": draft7, "properties": {"a": {"$ref": "https://example.com/main#/definitions/a"}}}
    definition = {"a": {"const": 1}}  # draft 4 does not know const
    older = {"$schema": draft4, "id": "https://example.com/main", "$ref": "lib", "definitions": definition}
    newer = {"$schema": draft7, "$id": "https://example.com/main", "$ref": "lib", "definitions": definition}
    assert status(older, newer, registry={"https://example.com/lib": back}) != "included"


def test_only_the_drafts_with_dynamic_anchors_know_them() -> None:
    named = {"$schema": "https://json-schema.org/draft/2019-09/schema", "$ref": "#a",
             "$defs": {"a": {"$dynamicAnchor": "a", "type": "string"}}}  # fmt: skip
    assert status({"type": "string"}, named) == "undecided"


def test_the_validator_follows_a_dynamic_reference_of_a_document_handed_in_by_each_way_anew() -> None:
    registry = {
        "https://example.com/list": {
            "$id": "https://example.com/list",
            "items": {"$ref": "#/$defs/one"},
            "$defs": {"one": {"$dynamicRef": "#item"}, "any": {"$dynamicAnchor": "item"}},
        },
        "https://example.com/texts": {
            "$id": "https://example.com/texts", "$ref": "list",
            "$defs": {"text": {"$dynamicAnchor": "item", "type": "string"}},
        },
    }  # fmt: skip
    both = {"allOf": [{"$ref": "https://example.com/list"}, {"$ref": "https://example.com/texts"}]}
    refuted = decide({"$ref": "https://example.com/list"}, both, registry=registry)
    assert refuted.status == "not_included"
    assert status(both, {"$ref": "https://example.com/texts"}, registry=registry) == "included"


def test_a_plain_reference_to_a_dynamic_anchor_that_another_comes_before_is_undecided() -> None:
    inner = {"$id": "inner", "$defs": {"t": {"$dynamicAnchor": "T", "type": "string"}}}
    outer = {
        "$id": "https://example.com/outer",
        "$ref": "inner#T",
        "$defs": {"inner": inner, "t": {"$dynamicAnchor": "T", "type": "integer"}},
    }
    answer = decide({"type": "string"}, outer)
    assert answer.status == "undecided"
    assert answer.reason is not None
    assert "validators differ" in answer.reason.detail
    alone = {**outer, "$defs": {"inner": inner}}
    assert status({"type": "string"}, alone) == "included"
