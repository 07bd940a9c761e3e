"""JSON Schema documents: whether a document is one, said with the place of what is wrong.

The shapes of the keywords are those of the meta-schemas of drafts 4, 6, 7, 2019-09 and 2020-12, as a table: walking it
takes one look at each keyword, where validating against a meta-schema takes a hundred. The tests hold the two equal,
save that draft 4's minLength may be 1.0 here, and its exclusiveMinimum may stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Literal

from rules.compare.dialects import by_uri
from rules.documents import Document, Problem, line_of
from rules.jsontext import JsonValue, canonical
from rules.pointer import join
from rules.problems import problem
from rules.quoting import code

Draft = Literal[4, 6, 7, 2019, 2020]

MAX_PROBLEMS = 20
"""So many errors of one document are named; who has mended these sees the next ones."""

_DRAFTS: dict[str, Draft] = {
    "draft4": 4,
    "draft6": 6,
    "draft7": 7,
    "draft2019-09": 2019,
    "draft2020-12": 2020,
}

_Children = Iterable[tuple[tuple[str, ...], JsonValue]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a keyword's value has to be: in words, as a test, and the schemas inside it with their places."""

    words: str
    fits: Callable[[JsonValue], bool]
    inside: Callable[[JsonValue], _Children] = lambda _: ()


_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _number(value: JsonValue) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _count(value: JsonValue) -> bool:
    return _number(value) and value >= 0 and value == int(value)


def _text(value: JsonValue) -> bool:
    return isinstance(value, str)


def _flag(value: JsonValue) -> bool:
    return isinstance(value, bool)


def _some(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value)


def _unique(value: list[JsonValue]) -> bool:
    return len({canonical(item) for item in value}) == len(value)


def _names(value: JsonValue) -> bool:
    return isinstance(value, list) and all(map(_text, value)) and _unique(value)


def _types(value: JsonValue) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and _names(names) and _TYPES.issuperset(names)


def _map(value: JsonValue) -> bool:
    return isinstance(value, dict)


def _each(value: JsonValue) -> _Children:
    pairs = enumerate(value) if isinstance(value, list) else value.items()
    return [((str(key),), item) for key, item in pairs]


def _itself(value: JsonValue) -> _Children:
    return [((), value)]


def _tuple_or_itself(value: JsonValue) -> _Children:
    return _each(value) if isinstance(value, list) else _itself(value)


_SCHEMA = _Shape("a schema", lambda _: True, _itself)
_SCHEMAS = _Shape("a list of schemas that is not empty", _some, _each)
_SCHEMA_MAP = _Shape("an object of schemas", _map, _each)
_TUPLE = _Shape(
    "a schema or a list of schemas", lambda value: not isinstance(value, list) or _some(value), _tuple_or_itself
)
_DEPENDENCIES = _Shape(
    "an object of schemas or lists of names",
    lambda value: _map(value) and all(_names(item) for item in value.values() if isinstance(item, list)),
    lambda value: [found for found in _each(value) if not isinstance(found[1], list)],
)
_NAME_MAP = _Shape("an object of lists of names", lambda value: _map(value) and all(map(_names, value.values())))
_BOUND = _Shape("a number", _number)
_COUNT = _Shape("a whole number from 0", _count)
_TEXT = _Shape("text", _text)
_FLAG = _Shape("true or false", _flag)
_LIST = _Shape("a list", lambda value: isinstance(value, list))
_NAMES = _Shape("a list of names, each once", _names)
_FLAG_MAP = _Shape("an object of true or false", lambda value: _map(value) and all(map(_flag, value.values())))
_ANYTHING = _Shape("anything", lambda _: True)


def _anchor(pattern: str) -> _Shape:
    matches = re.compile(pattern).fullmatch
    return _Shape("a plain name", lambda value: _text(value) and matches(value) is not None)


_ANCHOR = _anchor(r"[A-Za-z_][-A-Za-z0-9._]*")

_KEYWORDS: dict[Draft, dict[str, _Shape]] = {
    4: {
        "id": _TEXT, "$schema": _TEXT, "title": _TEXT, "description": _TEXT, "format": _TEXT, "pattern": _TEXT,
        "maximum": _BOUND, "minimum": _BOUND, "exclusiveMaximum": _FLAG, "exclusiveMinimum": _FLAG,
        "multipleOf": _Shape("a number above 0", lambda value: _number(value) and value > 0),
        "maxLength": _COUNT, "minLength": _COUNT, "maxItems": _COUNT, "minItems": _COUNT,
        "maxProperties": _COUNT, "minProperties": _COUNT, "uniqueItems": _FLAG,
        "required": _Shape("a list of names that is not empty", lambda value: _some(value) and _names(value)),
        "enum": _Shape("a list of values, each once", lambda value: _some(value) and _unique(value)),
        "type": _Shape("one of the seven type names, or a list of them", _types),
        "items": _TUPLE, "additionalItems": _SCHEMA, "additionalProperties": _SCHEMA, "not": _SCHEMA,
        "definitions": _SCHEMA_MAP, "properties": _SCHEMA_MAP, "patternProperties": _SCHEMA_MAP,
        "allOf": _SCHEMAS, "anyOf": _SCHEMAS, "oneOf": _SCHEMAS, "dependencies": _DEPENDENCIES,
    },
    6: {
        "id": _ANYTHING, "$id": _TEXT, "$ref": _TEXT, "required": _NAMES,
        "exclusiveMaximum": _BOUND, "exclusiveMinimum": _BOUND,
        "contains": _SCHEMA, "propertyNames": _SCHEMA, "examples": _LIST,
        "enum": _LIST,
    },
    7: {
        "$comment": _TEXT, "readOnly": _FLAG, "if": _SCHEMA, "then": _SCHEMA, "else": _SCHEMA,
        "contentMediaType": _TEXT, "contentEncoding": _TEXT,
    },
    2019: {
        "$id": _Shape("a URI without a fragment", lambda value: _text(value) and "#" not in value.removesuffix("#")),
        "$anchor": _anchor(r"[A-Za-z][-A-Za-z0-9.:_]*"),
        "$defs": _SCHEMA_MAP, "dependentSchemas": _SCHEMA_MAP, "dependentRequired": _NAME_MAP,
        "unevaluatedItems": _SCHEMA, "unevaluatedProperties": _SCHEMA, "contentSchema": _SCHEMA,
        "maxContains": _COUNT, "minContains": _COUNT, "deprecated": _FLAG, "writeOnly": _FLAG,
        "$recursiveRef": _TEXT, "$recursiveAnchor": _FLAG,
        "$vocabulary": _FLAG_MAP,
    },
    2020: {
        "items": _SCHEMA, "prefixItems": _SCHEMAS, "additionalItems": _ANYTHING, "$dynamicRef": _TEXT,
        "$anchor": _ANCHOR, "$dynamicAnchor": _ANCHOR, "$recursiveAnchor": _ANCHOR,
    },
}  # fmt: skip
"""What each draft adds to the one before it, or asks differently."""


def _accumulated() -> dict[Draft, dict[str, _Shape]]:
    known: dict[str, _Shape] = {}
    tables: dict[Draft, dict[str, _Shape]] = {}
    for draft, added in _KEYWORDS.items():
        known = {**known, **added}
        tables[draft] = known
    return tables


_TABLES = _accumulated()
_BOOLEAN_IN_DRAFT_4 = ("/additionalItems", "/additionalProperties")
"""The only places where draft 4 knows true and false."""


@cache
def keywords() -> frozenset[str]:
    """Give every keyword of every draft."""
    return frozenset().union(*_TABLES.values(), {"$ref"})


def draft_of(schema: JsonValue) -> Draft | None:
    """Give the draft of a schema, 2020-12 where it names none; `None` for a dialect not known."""
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return 2020
    dialect = by_uri(named)
    return None if dialect is None else _DRAFTS[dialect.name]


def problems(document: Document) -> tuple[Problem, ...]:
    """Say why a document is not a JSON Schema: its shape, its dialect, each keyword that holds the wrong thing."""
    schema = document.value
    if not isinstance(schema, dict | bool):
        sentence = f"{code(document.path)} holds no JSON Schema: that is an object, or true or false."
        how = "Put the schema into the file as a JSON object."
        return (problem("schema_invalid", sentence, path=document.path, line=1, pointer="", how=how),)
    draft = draft_of(schema)
    if draft is None:
        line = line_of(document, "/$schema")
        sentence = f"{code(document.path)} names a dialect of JSON Schema that is not known."
        return (problem("dialect_unknown", sentence, path=document.path, line=line, pointer="/$schema"),)
    return tuple(_problem(document, *fault) for fault in islice(faults(schema, draft), MAX_PROBLEMS))


def faults(schema: JsonValue, draft: Draft) -> Iterator[tuple[str, str]]:
    """Walk a schema and give each keyword that holds the wrong thing: its JSON Pointer, and what it has to be."""
    waiting: list[tuple[str, JsonValue]] = [("", schema)]
    while waiting:
        place, value = waiting.pop()
        if not isinstance(value, dict):
            if not isinstance(value, bool) or (draft == 4 and not place.endswith(_BOOLEAN_IN_DRAFT_4)):
                yield place, "a schema"
            continue
        deeper: list[tuple[str, JsonValue]] = []
        for keyword, held in value.items():
            shape = _TABLES[draft].get(keyword)
            if shape is None:
                continue
            if shape.fits(held):
                deeper += [(join(place, keyword, *tokens), inner) for tokens, inner in shape.inside(held)]
            else:
                yield join(place, keyword), shape.words
        waiting += reversed(deeper)


def schemas(schema: JsonValue) -> Iterator[tuple[tuple[str, ...], JsonValue]]:
    """Walk a schema that is one and give every schema in it with its place: the tokens of its JSON Pointer."""
    table = _TABLES[draft_of(schema) or 2020]
    waiting: list[tuple[tuple[str, ...], JsonValue]] = [((), schema)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            known = ((keyword, held, table[keyword]) for keyword, held in value.items() if keyword in table)
            deeper = [
                ((*place, keyword, *tokens), inner)
                for keyword, held, shape in known
                if shape.fits(held)
                for tokens, inner in shape.inside(held)
            ]
            waiting += reversed(deeper)


def _problem(document: Document, pointer: str, words: str) -> Problem:
    place = f"`{pointer[:200]}`" if pointer else "the document"
    return problem(
        "schema_invalid",
        f"{code(document.path)} is not a valid JSON Schema: {place} has to be {words}.",
        path=document.path,
        line=line_of(document, pointer),
        pointer=pointer,
        how="Mend the keyword; a document that is no schema cannot be compared.",
    )
