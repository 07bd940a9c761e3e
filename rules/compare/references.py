"""Schema documents and the references inside and between them; nothing is ever fetched.

Source: JSON Schema core §8 and §9 ($id, $anchor, $ref, $dynamicRef); drafts up to 7 write an anchor as `$id: "#name"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, urldefrag, urljoin

from rules import pointer
from rules.compare.dialects import Dialect, by_uri
from rules.compare.library import EMPTY, Library
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
MAX_SCHEMAS = 50_000
"""Schemas in one document; more are not read, and nothing is decided then. The largest in public have fewer."""


Scope = tuple[tuple[str, str, str], ...]
"""For each dynamic anchor the resource (document and base URI) that was entered first with it, in order of entry.

`RECURSIVE` stands for `$recursiveAnchor: true`; `NEAREST` for the first resource of the unbroken run of such resources
that ends here: validators differ on which of the two counts.
"""
RECURSIVE, NEAREST = "", "#"


class AmbiguousError(ValueError):
    """What a reference means is something that validators differ on."""


@dataclass(slots=True, eq=False)  # not frozen: so it is made in half the time, many thousands of times
class Place:
    """A schema where it stands: its document, base URI, JSON Pointer and value, and the way that led to it."""

    document: Document
    base: str
    pointer: str
    value: JsonValue
    scope: Scope = ()

    @property
    def dialect(self) -> Dialect:
        """The dialect of the document."""
        return self.document.dialect

    @property
    def shown(self) -> str:
        """The pointer as people read it: with the address of another document than the one asked about."""
        return f"{self.document.address}#{self.pointer}" if self.document.address else self.pointer

    def child(self, *tokens: str | int) -> Place:
        """Go down by keywords, names and indices."""
        value, document = self.value, self.document
        for token in tokens:
            value = value[token]
        base = document.base_in(value, self.base)
        scope = self.scope if base == self.base else document.entered(self.scope, base)
        return Place(document, base, pointer.join(self.pointer, *tokens), value, scope)

    def refer(self, keyword: str, reference: JsonValue) -> Place | None:
        """Follow `$ref`, `$dynamicRef` or `$recursiveRef`; `None` where it leads to no document at hand.

        `AmbiguousError` where validators differ on what it leads to.
        """
        if not isinstance(reference, str):
            return None
        target = self.document.resolve(self.base, reference)
        if target is None:
            return None
        anchor = reference.rpartition("#")[2]
        if keyword == "$dynamicRef":
            target = self._dynamic(target, anchor)
        elif keyword == "$ref" and self._dynamic(target, anchor) is not target:
            # The specification says that it leads here; widely used validators go by the way all the same.
            raise AmbiguousError("validators differ on what it refers to")
        elif keyword == "$recursiveRef":
            target = self._recursive(target)
        same = target.document is self.document and target.base == self.base
        scope = self.scope if same else target.document.entered(self.scope, target.base)
        return target if scope == target.scope else replace(target, scope=scope)

    def _dynamic(self, target: Place, anchor: str) -> Place:
        document = target.document
        if target.base not in document.dynamic.get(anchor, ()):
            return target
        return self._outermost(anchor, target) or target

    def _recursive(self, target: Place) -> Place:
        if target.base not in target.document.recursive:
            return target
        outermost, nearest = self._outermost(RECURSIVE, target), self._outermost(NEAREST, target)
        if outermost is not nearest:
            raise AmbiguousError("validators differ on what it refers to")
        return outermost or target

    def _outermost(self, anchor: str, beside: Place) -> Place | None:
        for name, address, base in self.scope:
            if name == anchor:
                document = beside.document.world.documents[address]
                return document.anchored(base, anchor)
        return None


class World:
    """The documents that references of one side can lead to: its own, those handed in, the official meta-schemas."""

    def __init__(self, library: Library = EMPTY) -> None:
        self.library = library
        self.documents: dict[str, Document] = {}

    def find(self, uri: str, dialect: Dialect) -> Place | None:
        """Find what a URI names outside of the document that refers to it."""
        for document in self.documents.values():
            if uri in document.targets:
                return document.targets[uri]
        return self._read(uri, dialect) if uri else None

    def _read(self, uri: str, dialect: Dialect) -> Place | None:
        found = self.library.find(uri)
        if found is None:
            return None
        named = found.get("$schema") if isinstance(found, dict) else None
        own = by_uri(named) if named is not None else dialect
        return Document(found, own, self, address=uri).root if own else None


class Document:
    """One schema document with its identifiers collected; `address` is "" for the one that is asked about."""

    def __init__(self, value: JsonValue, dialect: Dialect, world: World | None = None, *, address: str = "") -> None:
        self.dialect = dialect
        self.world = world or World()
        self.address = address
        self.world.documents[address] = self
        self.dynamic: dict[str, set[str]] = {}
        self.recursive: set[str] = set()
        self.foreign: set[int] = set()
        self.size = 0
        self.targets: dict[str, Place] = {}
        self._resolved: dict[tuple[str, str], Place] = {}
        self.root = Place(self, self.base_in(value, address), "", value)
        self.targets[address] = self.targets[self.root.base] = self.root
        self._collect()
        self.root = replace(self.root, scope=self.entered((), self.root.base))

    @property
    def too_large(self) -> bool:
        """Say whether there are more schemas than are read."""
        return self.size > MAX_SCHEMAS

    def base_in(self, value: JsonValue, base: str) -> str:
        """Give the base URI inside a schema."""
        if not isinstance(value, dict) or self.dialect.id_keyword not in value:
            return base
        named = value[self.dialect.id_keyword]
        if not isinstance(named, str) or named.startswith("#") or self._hidden(value):
            return base
        return urldefrag(_join(base, named)).url

    def entered(self, scope: Scope, base: str) -> Scope:
        """Give the way further, into the resource of a base URI."""
        if base in self.recursive:
            new = [RECURSIVE, NEAREST]
        else:
            scope = tuple(entry for entry in scope if entry[0] != NEAREST)
            new = [anchor for anchor, bases in self.dynamic.items() if base in bases] if self.dynamic else []
        if not new:
            return scope
        known = {entry[0] for entry in scope}
        return scope + tuple((anchor, self.address, base) for anchor in new if anchor not in known)

    def anchored(self, base: str, anchor: str) -> Place:
        """Give what a dynamic anchor names in the resource of a base URI."""
        return self.targets[base if anchor in (RECURSIVE, NEAREST) else f"{base}#{anchor}"]

    def _hidden(self, value: dict[str, JsonValue]) -> bool:
        return self.dialect.ref_hides_siblings and "$ref" in value

    def _collect(self) -> None:
        """Register what names itself. Most schemas do not, so a place is made only for one that does, and its like."""
        pending: list[tuple[Place, tuple[str | int, ...], dict[str, JsonValue]]] = []
        if isinstance(self.root.value, dict):
            pending.append((self.root, (), self.root.value))
        while pending and not self.too_large:
            self.size += 1
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
            anchored = named.startswith("#") and not self.dialect.anchors
            self.targets.setdefault(_join(place.base, named) if anchored else place.base, place)
        if place.pointer and "$schema" in value:
            self.foreign.add(id(value))
        for keyword in self.dialect.anchors:
            anchor = value.get(keyword)
            if isinstance(anchor, str):
                self.targets.setdefault(f"{place.base}#{anchor}", place)
                if keyword == "$dynamicAnchor" and self.targets[f"{place.base}#{anchor}"] is place:
                    self.dynamic.setdefault(anchor, set()).add(place.base)
        starts = not place.pointer or self.dialect.id_keyword in value
        if value.get("$recursiveAnchor") is True and starts and "$recursiveRef" in self.dialect.keywords:
            self.recursive.add(place.base)

    def resolve(self, base: str, reference: str) -> Place | None:
        """Find what a reference leads to at first, else `None`; the way to it is not told yet."""
        found = self._resolved.get((base, reference)) or self._resolve(base, reference)
        if found is not None:
            self._resolved[base, reference] = found
        return found

    def _resolve(self, base: str, reference: str) -> Place | None:
        here = reference.startswith("#")
        uri, fragment = (base, reference[1:]) if here else urldefrag(_join(base, reference))
        root = self.targets.get(uri) if uri else self.targets.get(base, self.root)
        root = root or self.world.find(uri, self.dialect)
        if root is None:
            return None
        fragment = unquote(fragment)
        if not fragment:
            return root
        if not fragment.startswith("/"):
            known = root.document.targets
            return known.get(f"{root.base}#{fragment}") or known.get(f"{uri}#{fragment}")
        return _follow(root, fragment)

    def elsewhere(self, base: str, reference: str) -> str | None:
        """Give the address of a reference that leads to no document at hand, else `None`."""
        address = _join(base, reference)
        uri = urldefrag(address).url
        return address if uri and uri not in self.targets and not self.world.find(uri, self.dialect) else None


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
