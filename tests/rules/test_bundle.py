"""Other documents put inside a schema: it means the same as with them beside it, and bounds hold."""

from __future__ import annotations

from typing import Any

from rules.bundle import MAX_DOCUMENTS, bundled, reached
from rules.compare import decide
from rules.jsontext import JsonValue

WHOLE = "https://example.com/whole"


def test_a_bundled_schema_means_the_same_as_with_its_documents_beside_it() -> None:
    schema = {"$id": "https://example.com/main", "items": {"$ref": "whole#/$defs/small"}}
    documents: dict[str, JsonValue] = {WHOLE: {"$defs": {"small": {"$ref": "#/$defs/int", "maximum": 9},
                                                         "int": {"type": "integer"}}}}  # fmt: skip
    alone = bundled(schema, documents)
    assert reached(schema, documents.get) == documents
    for other in ({"items": {"type": "integer"}}, {"items": {"maximum": 8}}):
        beside = decide(schema, other, registry=documents).status
        assert decide(alone, other).status == beside != "undecided"


def test_documents_are_followed_from_one_to_the_next_and_each_once() -> None:
    chain: dict[str, JsonValue] = {f"d{n}": {"$ref": f"d{n + 1}"} for n in range(3)} | {"d3": {"$ref": "d0"}}
    assert reached({"$ref": "d0"}, chain.get) == chain


def test_of_very_many_documents_only_some_are_followed() -> None:
    chain: dict[str, JsonValue] = {f"d{n}": {"$ref": f"d{n + 1}"} for n in range(3 * MAX_DOCUMENTS)}
    assert len(reached({"$ref": "d0"}, chain.get)) == MAX_DOCUMENTS


def test_drafts_up_to_seven_have_them_among_their_definitions() -> None:
    schema: Any = {"$schema": "http://json-schema.org/draft-04/schema#", "items": {"$ref": "a"}}
    alone = bundled(schema, reached(schema, {"a": {"type": "string"}}.get))
    assert isinstance(alone, dict)
    assert alone["definitions"] == {"a": {"type": "string", "id": "a"}}
    assert decide(alone, {"items": {"type": "string"}}).status == "included"


def test_a_schema_without_a_place_for_them_stays_as_it_is() -> None:
    assert bundled(True, {"a": {}}) is True
    several: list[Any] = [{"$defs": 1}, {"$defs": {"a": {}}}, {"$schema": "https://example.com/own"}]
    for schema in several:
        assert bundled(schema, {"a": {}}) is schema


def test_what_the_schema_holds_itself_is_not_asked_for() -> None:
    asked: list[str] = []
    schema: Any = {"$ref": "a", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$id": "a"}},
              "not": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}  # fmt: skip
    assert reached(schema, asked.append) == {}
    assert asked == []
