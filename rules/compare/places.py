"""Where things stand in a schema document: places, local references, and hashes that say what is unchanged.

Structural reading for findings only; a verdict never rests on it (`rules.compare.relations`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin

from rules import pointer
from rules.compare.references import MAX_SCHEMAS, inside
from rules.jsontext import JsonValue, canonical, same

ONE = frozenset(
    [
        "additionalItems",
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
"""Keywords whose value is one schema."""
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
"""Keywords whose value is a list of schemas; `items` until 2019-09."""
MAPS = frozenset({"dependentSchemas", "patternProperties", "properties", "dependencies"})
"""Keywords whose value maps names to schemas; `dependencies` also to lists of names."""
STORES = frozenset({"$defs", "definitions"})
"""Keywords that hold schemas for references and assert nothing themselves."""
HOLDING = ONE | LISTS | MAPS | STORES
"""Keywords that hold schemas."""
UNORDERED = frozenset({"required", "type", "enum", "allOf", "anyOf", "oneOf"})
"""Keywords whose list means a set."""
DYNAMIC = frozenset({"$dynamicRef", "$recursiveRef"})
"""References whose target depends on the way that led to them."""
MAX_LETTERS = 3_000_000
"""Pairs of letters of names that are compared for renames in one comparison; difflib's time grows with them."""
_TELLING = frozenset({"$ref", "$id", "id", "$anchor", "$dynamicAnchor"})
"""Keywords that name a schema or lead to another."""
ASSERTIONS = frozenset(
    [
        "type",
        "enum",
        "const",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "format",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxContains",
        "minContains",
        "maxProperties",
        "minProperties",
        "required",
        "dependentRequired",
        "$schema",
        "$vocabulary",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "$recursiveAnchor",
        "$dynamicAnchor",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "extends",
        "disallow",
        "divisibleBy",
    ]
)
"""Keywords that a validator of some draft looks at and that hold no schema to walk into."""


@dataclass(slots=True, eq=False)  # not frozen: so it is made in half the time, many thousands of times
class Place:
    """One schema inside a document: its JSON Pointer and its value (an object or a boolean)."""

    pointer: str
    value: JsonValue

    def below(self, *tokens: str) -> Place:
        """Return the schema reached by the tokens, which must exist."""
        value = self.value
        for token in tokens:
            value = value[int(token)] if isinstance(value, list) else value[token]
        return Place(pointer.join(self.pointer, *tokens), value)


Node = tuple[Place, ...]
"""Places that all apply to the same part of a document, such as one property declared in two branches of an allOf."""


def children(place: Place, among: Container[str] = HOLDING) -> Iterator[tuple[str, Place]]:
    """Yield (keyword, schema) for every schema directly inside a schema, under all keywords or some, stores too."""
    value = place.value
    if not isinstance(value, dict):
        return
    for keyword, inner in value.items():
        if keyword not in among:
            continue
        if keyword in LISTS and isinstance(inner, list):
            yield from ((keyword, place.below(keyword, str(i))) for i in range(len(inner)))
        elif (keyword in MAPS or keyword in STORES) and isinstance(inner, dict):
            above = pointer.join(place.pointer, keyword)
            for name, held in inner.items():
                if isinstance(held, dict | bool):
                    yield keyword, Place(f"{above}/{pointer.escape(name)}", held)
        elif keyword in ONE and isinstance(inner, dict | bool):
            yield keyword, place.below(keyword)


def descend(place: Place, tokens: tuple[str, ...]) -> Place | None:
    """Follow the tokens of a JSON Pointer from a place; `None` where they lead to no schema."""
    value = place.value
    for token in tokens:
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return Place(pointer.join(place.pointer, *tokens), value) if isinstance(value, dict | bool) else None


class Source:
    """One schema document, its references resolved inside itself only; nothing is ever fetched."""

    def __init__(self, root: JsonValue) -> None:
        self.root = Place("", root)
        self.dialect = str(root.get("$schema", "")) if isinstance(root, dict) else ""
        self.siblings_ignored = any(f"draft-0{n}" in self.dialect for n in (3, 4, 6, 7))
        self.size = 0
        self._resources: dict[str, str] = {}
        self._names: dict[str, Place] = {}
        self._hashes: dict[int, bytes] = {}
        self._resolved: dict[tuple[str, str], Place | None] = {}
        self._references: dict[str, set[str]] = {}
        self._inside: dict[int, frozenset[str]] = {}
        self._scan()

    def _scan(self) -> None:
        """Collect names and references; most schemas have neither, so a place is made only for those that do."""
        stack: list[tuple[str, tuple[str | int, ...], JsonValue, str]] = [("", (), self.root.value, "")]
        while stack and self.size <= MAX_SCHEMAS:
            self.size += 1
            above, tokens, value, base = stack.pop()
            if not isinstance(value, dict):
                continue
            if not _TELLING.isdisjoint(value):
                above, tokens = pointer.join(above, *tokens), ()
                base = self._identify(Place(above, value), base)
                reference = value.get("$ref")
                if isinstance(reference, str):
                    self._references.setdefault(reference, set()).add(above)
            stack += [(above, (*tokens, *more), inner, base) for more, inner in inside(value)]

    def _identify(self, place: Place, base: str) -> str:
        for keyword in ("$id", "id"):
            name = place.value.get(keyword)
            if isinstance(name, str):
                full, fragment = urldefrag(_joined(base, name))
                if fragment:
                    self._names[f"{full}#{fragment}"] = place
                    continue
                base = full
                self._names[full] = place
                self._resources[place.pointer] = full
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(place.value.get(keyword), str):
                self._names[f"{base}#{place.value[keyword]}"] = place
        return base

    @property
    def references(self) -> dict[str, set[str]]:
        """Every `$ref` text of the document, with the pointers of the schemas that hold it."""
        return self._references

    def resolve(self, reference: str, origin: str) -> Place | None:
        """Find what a reference at the pointer `origin` names; `None` when it is not in this document."""
        home = self._home(origin)
        if (reference, home) not in self._resolved:
            self._resolved[reference, home] = self._resolve(reference, home)
        return self._resolved[reference, home]

    def _resolve(self, reference: str, resource: str) -> Place | None:
        home = descend(self.root, pointer.split(resource)) or self.root
        base = self._resources.get(resource, "")
        address, fragment = urldefrag(_joined(base, reference))
        target = home if not reference or reference.startswith("#") else self._names.get(address)
        if target is None:
            return None
        if not fragment or fragment.startswith("/"):
            return descend(target, pointer.split(unquote(fragment)))
        return self._names.get(f"{address}#{fragment}")

    def _home(self, origin: str) -> str:
        """Return the pointer of the nearest schema around that has an address of its own."""
        if self._resources.keys() <= {""}:
            return ""
        while origin and origin not in self._resources:
            origin = origin.rpartition("/")[0]
        return origin

    def references_in(self, value: JsonValue) -> frozenset[str]:
        """Give the `$ref` texts anywhere in a schema of the document."""
        found = self._inside.get(id(value))
        if found is None:
            found = self._inside[id(value)] = frozenset(_references_in(value))
        return found

    def meaning(self, place: Place) -> bytes:
        """Hash what validators look at in a schema: annotations, unknown keywords and stores leave it unchanged."""
        known = self._hashes.get(id(place.value))
        if known is None:
            known = hashlib.sha256(self._essence(place).encode("utf-8", "surrogatepass")).digest()
            self._hashes[id(place.value)] = known
        return known

    def _essence(self, place: Place) -> str:
        if not isinstance(place.value, dict):
            return canonical(place.value)
        inner: dict[str, list[str]] = {}
        for keyword, child in children(place):
            if keyword not in STORES:
                name = "" if keyword in LISTS | ONE else child.pointer.rpartition("/")[2]
                inner.setdefault(keyword, []).append(f"{name}:{self.meaning(child).hex()}")
        parts = [
            f"{keyword}={sorted(found) if keyword in UNORDERED | MAPS else found}" for keyword, found in inner.items()
        ]
        parts += own_words(place.value)
        return "\n".join(sorted(parts))


def own_words(value: dict[str, JsonValue]) -> list[str]:
    """Write what a schema says itself, without the schemas inside it, annotations and unknown keywords; sorted."""
    parts = [f"{word}={_plain(word, said)}" for word, said in value.items() if _says_itself(word, said)]
    parts += [f"odd {word}={odd}" for word in MAPS if (odd := _odd(value.get(word)))]
    return sorted(parts)


def _says_itself(word: str, said: JsonValue) -> bool:
    if word in ASSERTIONS:
        return True
    holds = (
        (word in LISTS and isinstance(said, list) and bool(said))
        or (word in MAPS and isinstance(said, dict) and any(isinstance(v, dict | bool) for v in said.values()))
        or (word in ONE and isinstance(said, dict | bool))
    )
    return word in ONE | LISTS | MAPS and not holds


def _named_children(place: Place) -> dict[tuple[str, str], Place]:
    return {
        (word, child.pointer.removeprefix(place.pointer)): child
        for word, child in children(place)
        if word not in STORES
    }


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:  # "http://[" and its like: a name that nothing can have
        return reference


def _plain(keyword: str, value: JsonValue) -> str:
    if keyword in UNORDERED and isinstance(value, list):
        return str(sorted(canonical(item) for item in value))
    return canonical(value)


def _odd(named: JsonValue) -> list[str]:
    """Write what stands among named schemas and is none: the lists of `dependencies`, and mistakes."""
    if not isinstance(named, dict):
        return []
    return sorted(f"{name}={_plain('required', v)}" for name, v in named.items() if not isinstance(v, dict | bool))


class Unchanged:
    """Says of two schemas, one in each document, that they are the same, references included.

    The same in meaning (they accept the same), or with `text` in every word.
    """

    def __init__(self, old: Source, new: Source, *, text: bool = False) -> None:
        self.old = old
        self.new = new
        self.text = text
        self.letters = MAX_LETTERS
        self._known: dict[tuple[int, int], bool] = {}
        self._settled = self._settled_references()
        self._clean: dict[int, bool] = {}

    def same(self, old: Place, new: Place) -> bool:
        """Compare by hash, and every reference inside by what it leads to; never wrong when it says yes."""
        return self.equal(old, new) and self._untouched(old)

    def equal(self, old: Place, new: Place) -> bool:
        """Compare by hash alone; what references lead to may differ."""
        key = (id(old.value), id(new.value))
        if key not in self._known:
            self._known[key] = self._compare(old, new)
        return self._known[key]

    def _compare(self, old: Place, new: Place) -> bool:
        """Compare one text with the other, then, where all of a schema but its children agrees, child by child."""
        if same(old.value, new.value):
            return True
        if self.text or not (isinstance(old.value, dict) and isinstance(new.value, dict)):
            return False
        if own_words(old.value) != own_words(new.value):
            return False
        left, right = (_named_children(place) for place in (old, new))
        if left.keys() == right.keys() and all(self.equal(left[name], right[name]) for name in left):
            return True
        reordered = any(word in UNORDERED for word, _ in left)
        return reordered and self.old.meaning(old) == self.new.meaning(new)

    def same_nodes(self, old: Node, new: Node) -> bool:
        """Compare two sets of places that apply together, in order."""
        return len(old) == len(new) and all(self.same(a, b) for a, b in zip(old, new, strict=True))

    def _settled_references(self) -> frozenset[str]:
        """Find the reference texts that lead to the same meaning on both sides, through any number of steps."""
        targets = {text: self._targets(text) for text in self.old.references}
        used = {text: self.old.references_in(found.value) for text, found in targets.items() if found}
        users: dict[str, list[str]] = {}
        for text, inner in used.items():
            for reference in inner:
                users.setdefault(reference, []).append(text)
        stack = [reference for reference in {*users, *targets} if reference not in used]
        while stack:
            stack.extend([text for text in users.get(stack.pop(), ()) if used.pop(text, None) is not None])
        return frozenset(used)

    def _targets(self, text: str) -> Place | None:
        """Return what the text leads to where it is one place in each document, with equal hashes."""
        found = []
        for source in (self.old, self.new):
            places = [source.resolve(text, origin) for origin in source.references.get(text, ())]
            if not places or any(p is None or p.pointer != (places[0] and places[0].pointer) for p in places):
                return None
            found.append(places[0])
        old, new = found
        return old if old and new and self.equal(old, new) else None

    def _untouched(self, place: Place) -> bool:
        known = self._clean.get(id(place.value))
        if known is None:
            value = place.value
            own = not isinstance(value, dict) or self._leads_to_the_same(value)
            known = own and all(self._untouched(child) for word, child in children(place) if word not in STORES)
            self._clean[id(place.value)] = known
        return known

    def _leads_to_the_same(self, value: dict[str, JsonValue]) -> bool:
        """Say whether the reference of a schema does; what depends on the way it was reached never counts."""
        reference = value.get("$ref")
        return not (DYNAMIC & value.keys()) and (not isinstance(reference, str) or reference in self._settled)


def _references_in(value: JsonValue) -> Iterator[str]:
    stack = [value] if isinstance(value, dict) else []
    while stack:
        here = stack.pop()
        if isinstance(here.get("$ref"), str):
            yield here["$ref"]
        stack.extend(inner for tokens, inner in inside(here) if tokens[0] not in STORES)
