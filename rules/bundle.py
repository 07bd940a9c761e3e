"""Put the documents that a schema refers to inside it, so that it means the same wherever it is read.

Each gets its address as its identifier and lies among the definitions; the references stay as they are. Source: JSON
Schema core 2020-12 §9.3 ("bundling"); drafts up to 7 do the same with `definitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urldefrag, urljoin

from rules.compare import dialects
from rules.compare.dialects import Dialect
from rules.compare.references import MAX_SCHEMAS, Document, Place, inside
from rules.jsontext import JsonValue

MAX_DOCUMENTS = 30
"""So many other documents are followed from one."""
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
Find = Callable[[str], JsonValue]


def reached(schema: JsonValue, find: Find) -> dict[str, JsonValue]:
    """Collect the documents that references lead to, by their addresses; `find` gives one, or `None`."""
    dialect = _dialect(schema)
    found: dict[str, JsonValue] = {}
    asked: set[str] = set()
    waiting = [*_outgoing(schema, dialect, "")] if dialect else []
    while waiting and len(found) < MAX_DOCUMENTS:
        address = waiting.pop()
        if address in asked or "json-schema.org/" in address:
            continue
        asked.add(address)
        document = find(address)
        if document is not None and dialect is not None and _fits(document, dialect, address):
            found[address] = document
            waiting += _outgoing(document, dialect, address)
    return found


def bundled(schema: JsonValue, documents: Mapping[str, JsonValue]) -> JsonValue:
    """Give the schema with these documents inside; the schema itself where there is no place for them."""
    dialect = _dialect(schema)
    if not documents or dialect is None or not isinstance(schema, dict):
        return schema
    home = "$defs" if dialect.anchors else "definitions"
    own = schema.get(home, {})
    if not isinstance(own, dict) or own.keys() & documents.keys():
        return schema
    named = {address: _named(documents[address], dialect, address) for address in sorted(documents)}
    return {**schema, home: {**own, **named}}


def _named(document: JsonValue, dialect: Dialect, address: str) -> JsonValue:
    assert isinstance(document, dict)  # `_fits` has seen to that
    return {**document, dialect.id_keyword: address}


def _dialect(schema: JsonValue) -> Dialect | None:
    if not isinstance(schema, dict):
        return None
    return dialects.by_uri(schema["$schema"]) if "$schema" in schema else dialects.DEFAULT


def _fits(document: JsonValue, dialect: Dialect, address: str) -> bool:
    """Say whether a document is what stands at an address: it gives itself no other, and can be given this one."""
    if not isinstance(document, dict) or (dialect.ref_hides_siblings and "$ref" in document):
        return False
    own = document.get(dialect.id_keyword, address)
    return isinstance(own, str) and urldefrag(urljoin(address, own)).url == address


def _outgoing(schema: JsonValue, dialect: Dialect, address: str) -> Iterator[str]:
    """Give the addresses of documents outside of one that its references lead to."""
    document = Document(schema, dialect, address=address)
    waiting: list[Place] = [document.root]
    for _ in range(MAX_SCHEMAS):
        if not waiting:
            return
        place = waiting.pop()
        if not isinstance(place.value, dict):
            continue
        for keyword in REFERENCES:
            reference = place.value.get(keyword)
            if isinstance(reference, str) and not reference.startswith("#"):
                away = document.elsewhere(place.base, reference)
                yield from () if away is None else (urldefrag(away).url,)
        waiting += (place.child(*tokens) for tokens, _ in inside(place.value))
