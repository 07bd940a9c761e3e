"""Schemas and instances for property tests: small, colliding on purpose, so that keywords meet."""

from __future__ import annotations

import zlib
from typing import Any

from hypothesis import strategies as st

SCALARS = st.sampled_from([None, True, False, 0, 1, 2, 3, -1, 0.5, 1.5, 6, "", "a", "b", "ab", "aab", "2025-01-15"])
NAMES = st.sampled_from(["a", "b", "ab", "c"])
PATTERNS = st.sampled_from(["^a", "b$", "^[ab]+$", "^a{1,2}b?$", "a|c", "^.$"])

INSTANCES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab", "c", "d"]), inner, max_size=3)
    ),
    max_leaves=5,
)

_TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
_SMALL = st.integers(0, 3)
_LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda name: {"type": name}, _TYPES),
    st.builds(lambda names: {"type": sorted(names)}, st.sets(_TYPES, min_size=1, max_size=3)),
    st.builds(lambda value: {"const": value}, SCALARS),
    st.builds(lambda values: {"enum": values}, st.lists(INSTANCES, min_size=1, max_size=3)),
    st.builds(lambda low, high: {"minimum": low, "maximum": high}, st.integers(-1, 2), st.integers(0, 4)),
    st.builds(lambda low: {"exclusiveMinimum": low}, st.integers(-1, 2)),
    st.builds(lambda step: {"multipleOf": step}, st.sampled_from([1, 2, 3, 0.5, 1.5])),
    st.builds(lambda low, high: {"minLength": low, "maxLength": high}, _SMALL, _SMALL),
    st.builds(lambda pattern: {"pattern": pattern}, PATTERNS),
)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=1),
        "additionalProperties": inner,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "minProperties": _SMALL,
        "maxProperties": _SMALL,
        "propertyNames": st.builds(lambda pattern: {"pattern": pattern}, PATTERNS),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=1),
        "unevaluatedProperties": inner,
        "type": st.just("object"),
    }
    return st.fixed_dictionaries({}, optional=optional).map(_few)


def _arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {
        "items": inner,
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "contains": inner,
        "minContains": _SMALL,
        "maxContains": _SMALL,
        "minItems": _SMALL,
        "maxItems": _SMALL,
        "uniqueItems": st.booleans(),
        "unevaluatedItems": inner,
        "type": st.just("array"),
    }
    return st.fixed_dictionaries({}, optional=optional).map(_few)


def _few(schema: dict[str, Any]) -> dict[str, Any]:
    """Keep a few keywords, chosen by the schema itself, so that schemas stay satisfiable often enough."""
    return (
        dict(sorted(schema.items(), key=lambda item: zlib.crc32(repr(item).encode()) % 97)[:5])
        if len(schema) > 5
        else schema
    )


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda branches: {"allOf": branches}, lists),
        st.builds(lambda branches: {"anyOf": branches}, lists),
        st.builds(lambda branches: {"oneOf": branches}, lists),
        st.builds(lambda one: {"not": one}, inner),
        st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner),
        st.builds(lambda a, b: {**a, "allOf": [b]} if isinstance(a, dict) else b, inner, inner),
    )


SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    _LEAVES, lambda inner: _objects(inner) | _arrays(inner) | _combined(inner) | _objects(inner), max_leaves=5
)
