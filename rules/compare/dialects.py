"""The drafts of JSON Schema that are understood: which keywords each has, and how it is recognised."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.jsontext import JsonValue

_BASE = frozenset(
    [
        "type", "enum", "multipleOf", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "maxLength",
        "minLength", "pattern", "format", "items", "maxItems", "minItems", "uniqueItems", "maxProperties",
        "minProperties", "required", "properties", "patternProperties", "additionalProperties", "allOf", "anyOf",
        "oneOf", "not", "$ref",
    ]
)  # fmt: skip
_SIX = frozenset({"const", "contains", "propertyNames", "dependencies", "additionalItems"})
_SEVEN = _SIX | {"if", "then", "else"}
_OLD = frozenset({"dependencies"})
_LATER = _OLD | frozenset(
    [
        "const", "contains", "propertyNames", "if", "then", "else", "minContains", "maxContains", "dependentRequired",
        "dependentSchemas", "unevaluatedProperties", "unevaluatedItems",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one draft understands."""

    name: str
    uri: str
    keywords: frozenset[str] = field(repr=False)
    id_keyword: str = "$id"
    ref_hides_siblings: bool = False
    boolean_exclusive: bool = False
    anchors: tuple[str, ...] = ()
    tuples_in_items: bool = True
    doubted: frozenset[str] = field(default=frozenset(), repr=False)
    """Keywords that people write in this draft, which has none such, and that validators or readers go by all the same:
    only what holds with them and without them is decided."""


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "draft4", "http://json-schema.org/draft-04/schema", _BASE | {"dependencies", "additionalItems", "const"},
            id_keyword="id", ref_hides_siblings=True, boolean_exclusive=True, doubted=frozenset({"const"}),
        ),
        Dialect(
            "draft6", "http://json-schema.org/draft-06/schema", _BASE | _SIX, ref_hides_siblings=True
        ),
        Dialect(
            "draft7", "http://json-schema.org/draft-07/schema", _BASE | _SEVEN, ref_hides_siblings=True
        ),
        Dialect(
            "draft2019-09", "https://json-schema.org/draft/2019-09/schema",
            _BASE | _LATER | {"additionalItems", "$recursiveRef"}, anchors=("$anchor",), doubted=_OLD,
        ),
        Dialect(
            "draft2020-12", "https://json-schema.org/draft/2020-12/schema",
            _BASE | _LATER | {"prefixItems", "$dynamicRef"},
            tuples_in_items=False, anchors=("$anchor", "$dynamicAnchor"), doubted=_OLD,
        ),
    )
}  # fmt: skip

DEFAULT = DIALECTS["draft2020-12"]
_BY_URI = {dialect.uri: dialect for dialect in DIALECTS.values()} | {
    # Snowplow's self-describing schemas are draft 4 with a `self` that asserts nothing (Iglu documentation).
    "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0": DIALECTS["draft4"],
    "http://json-schema.org/schema": DEFAULT,
}


def by_uri(uri: JsonValue) -> Dialect | None:
    """Find the dialect of a `$schema`, with or without an empty fragment, over http or https."""
    if not isinstance(uri, str):
        return None
    plain = uri.removesuffix("#")
    return _BY_URI.get(plain) or _BY_URI.get(plain.replace("https://", "http://", 1)) or _BY_URI.get(
        plain.replace("http://", "https://", 1)
    )  # fmt: skip


def named(name: str | None) -> Dialect | None:
    """Find a dialect by its name or URI; a `ValueError` names the known ones."""
    if name is None:
        return None
    found = DIALECTS.get(name) or DIALECTS.get(f"draft{name}") or by_uri(name)
    if found is None:
        raise ValueError(f'the dialect "{name[:80]}" is none of {", ".join(DIALECTS)}')
    return found
