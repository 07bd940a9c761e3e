"""Schema documents and the references inside them; nothing is ever fetched.

Source: JSON Schema core §8 and §9 ($id, $anchor, $ref); drafts up to 7 write an anchor as `$id: "#name"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin

from rules import pointer
from rules.compare.dialects import Dialect
from rules.jsontext import JsonValue

SCHEMA = frozenset(
    [
        "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties",
    ]
)  # fmt: skip
"""Keywords whose value is a schema."""
SCHEMA_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
"""Keywords whose value is a list of schemas."""
SCHEMA_MAP = frozenset({"dependentSchemas", "patternProperties", "properties", "dependencies", "$defs", "definitions"})
"""Keywords whose value maps names to schemas."""
NAMING = frozenset({"$anchor", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "id"})
"""Keywords that say something of a schema's name or dialect."""
MAX_PLACES = 300_000


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A schema where it stands: its document, base URI, JSON Pointer and value."""

    document: Document
    base: str
    pointer: str
    value: JsonValue

    @property
    def dialect(self) -> Dialect:
        """The dialect of the document."""
        return self.document.dialect

    def child(self, *tokens: str | int) -> Place:
        """Go down by keywords, names and indices."""
        value, document = self.value, self.document
        for token in tokens:
            value = value[token]
        return Place(document, document.base_in(value, self.base), pointer.join(self.pointer, *tokens), value)


class Document:
    """One schema document with its identifiers collected."""

    def __init__(self, value: JsonValue, dialect: Dialect) -> None:
        self.dialect = dialect
        self.dynamic: dict[str, set[str]] = {}
        self.recursive: set[str] = set()
        self.foreign: set[int] = set()
        self._targets: dict[str, Place] = {}
        self.root = Place(self, self.base_in(value, ""), "", value)
        self._targets[""] = self._targets[self.root.base] = self.root
        self._collect()

    def base_in(self, value: JsonValue, base: str) -> str:
        """Give the base URI inside a schema."""
        if not isinstance(value, dict) or self.dialect.id_keyword not in value:
            return base
        named = value[self.dialect.id_keyword]
        if not isinstance(named, str) or named.startswith("#") or self._hidden(value):
            return base
        return urldefrag(_join(base, named)).url

    def _hidden(self, value: dict[str, JsonValue]) -> bool:
        return self.dialect.ref_hides_siblings and "$ref" in value

    def _collect(self) -> None:
        """Register what names itself. Most schemas do not, so a place is made only for one that does, and its like."""
        pending: list[tuple[Place, tuple[str | int, ...], dict[str, JsonValue]]] = []
        if isinstance(self.root.value, dict):
            pending.append((self.root, (), self.root.value))
        for _ in range(MAX_PLACES):
            if not pending:
                break
            above, tokens, value = pending.pop()
            if not NAMING.isdisjoint(value):
                above, tokens = above.child(*tokens) if tokens else above, ()
                self._register(above, value)
            pending += [(above, (*tokens, *more), inner) for more, inner in inside(value)]

    def _register(self, place: Place, value: dict[str, JsonValue]) -> None:
        if self._hidden(value):
            return
        named = value.get(self.dialect.id_keyword)
        if isinstance(named, str):
            key = _join(place.base, named) if named.startswith("#") else place.base
            self._targets.setdefault(key, place)
        if place.pointer and "$schema" in value:
            self.foreign.add(id(value))
        for keyword in ("$anchor", "$dynamicAnchor"):
            anchor = value.get(keyword)
            if self.dialect.anchors and isinstance(anchor, str):
                self._targets.setdefault(f"{place.base}#{anchor}", place)
                if keyword == "$dynamicAnchor":
                    self.dynamic.setdefault(anchor, set()).add(place.base)
        if value.get("$recursiveAnchor") is True:
            self.recursive.add(place.base)

    def resolve(self, base: str, reference: str) -> Place | None:
        """Find what a reference leads to inside this document, else `None`."""
        uri, fragment = urldefrag(_join(base, reference))
        root = self._targets.get(uri) if uri else self._targets.get(base, self.root)
        if root is None:
            return None
        fragment = unquote(fragment)
        if not fragment:
            return root
        if not fragment.startswith("/"):
            return self._targets.get(f"{root.base}#{fragment}") or self._targets.get(f"{uri}#{fragment}")
        return _follow(root, fragment)

    def elsewhere(self, base: str, reference: str) -> str | None:
        """Give the address of a reference that leads out of this document, else `None`."""
        address = _join(base, reference)
        uri = urldefrag(address).url
        return address if uri and uri not in self._targets else None


def _join(base: str, reference: str) -> str:
    if reference.startswith("#"):  # urljoin drops the base of a URN
        return base + reference
    return urljoin(base, reference)


def _follow(root: Place, fragment: str) -> Place | None:
    place = root
    for token in pointer.split(fragment):
        value = place.value
        if isinstance(value, dict) and token in value:
            place = place.child(token)
        elif isinstance(value, list) and (index := pointer.position(token)) is not None and index < len(value):
            place = place.child(index)
        else:
            return None
    return place


def inside(value: dict[str, JsonValue]) -> Iterator[tuple[tuple[str | int, ...], dict[str, JsonValue]]]:
    """Give the schemas directly inside a schema, definitions included, each with the tokens that lead to it."""
    for keyword, inner in value.items():
        if keyword in SCHEMA_LIST and isinstance(inner, list):
            yield from (((keyword, i), item) for i, item in enumerate(inner) if isinstance(item, dict))
        elif keyword in SCHEMA and isinstance(inner, dict):
            yield (keyword,), inner
        elif keyword in SCHEMA_MAP and isinstance(inner, dict):
            yield from (((keyword, name), item) for name, item in inner.items() if isinstance(item, dict))
