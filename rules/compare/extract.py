"""Cut one part out of a schema document as a schema of its own, with everything that it refers to.

References are rewritten to a store inside the cut, so that it can be decided alone. Identifiers are dropped, since
every reference is resolved already. What depends on where it is evaluated from (`$dynamicRef`, `$recursiveRef`,
references to other documents) cannot be cut out, and the answer is then `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from rules import pointer
from rules.compare.places import DYNAMIC, STORES, Node, Source, descend
from rules.compare.references import inside
from rules.jsontext import JsonValue

IDENTIFIERS = frozenset({"$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$schema", "$vocabulary"})
DROPPED = IDENTIFIERS | STORES
MAX_SCHEMAS = 20_000
"""A cut of more schemas than this is not made: deciding the whole is then no slower."""


class CannotCutError(ValueError):
    """The part depends on something outside itself that cannot be carried along."""


class Cutter:
    """Cuts parts out of one document; what they refer to is rewritten once and shared."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._once: dict[Hashable, JsonValue] = {}
        self._keys: dict[str, str] = {}
        self._bodies: dict[str, tuple[JsonValue, frozenset[str]]] = {}

    def cut(self, node: Node, keywords: frozenset[str] | None = None, **more: JsonValue) -> JsonValue | None:
        """Return what the places say together, or only what they say under some keywords; `None` if not possible.

        `more` is conjoined as it is.
        """
        try:
            used: set[str] = set()
            parts = [self._body(place.pointer, _only(place.value, keywords), used) for place in node]
            return self._assemble([part for part in parts if part != {}], more, used)
        except CannotCutError:
            return None

    def once(self, node: Node, of: Hashable, cut: Callable[[], JsonValue | None]) -> JsonValue | None:
        """Make a cut of places of the document once; the same cut is then the same object. `of` says which it is."""
        key = tuple(id(place.value) for place in node), of
        if key not in self._once:
            self._once[key] = cut()
        return self._once[key]

    def _assemble(self, parts: list[JsonValue], more: dict[str, JsonValue], used: set[str]) -> JsonValue:
        if not more and len(parts) == 1 and isinstance(parts[0], bool) and not self.source.dialect:
            return parts[0]
        schema: dict[str, JsonValue] = {"$schema": self.source.dialect} if self.source.dialect else {}
        parts = [*parts, more] if more else parts
        if len(parts) == 1 and isinstance(parts[0], dict) and "$ref" not in parts[0]:
            schema |= parts[0]
        elif parts:
            schema["allOf"] = parts
        store = {self._keys[p]: self._bodies[p][0] for p in self._closure(used)}
        return schema | ({"definitions": store} if store else {})

    def _closure(self, used: set[str]) -> list[str]:
        found: set[str] = set()
        stack = sorted(used)
        while stack:
            here = stack.pop()
            if here not in found:
                found.add(here)
                if len(found) > MAX_SCHEMAS:
                    raise CannotCutError
                stack.extend(self._referred(here))
        return sorted(found)

    def _referred(self, here: str) -> frozenset[str]:
        if here not in self._bodies:
            target = descend(self.source.root, pointer.split(here))
            if target is None:
                raise CannotCutError
            used: set[str] = set()
            self._bodies[here] = (self._body(target.pointer, target.value, used), frozenset(used))
        return self._bodies[here][1]

    def _body(self, at: str, value: JsonValue, used: set[str]) -> JsonValue:
        """Rewrite a schema that stands at a pointer; one that has nothing to be rewritten is given back itself."""
        if not isinstance(value, dict):
            return value
        if not DYNAMIC.isdisjoint(value):
            raise CannotCutError
        body = value
        if not DROPPED.isdisjoint(value):
            body = {word: said for word, said in value.items() if word not in DROPPED}
        if isinstance(value.get("$ref"), str):
            body = body | {"$ref": self._reference(at, value["$ref"], used)}
        for tokens, inner in inside(value):
            made = inner if tokens[0] in STORES else self._body(pointer.join(at, *tokens), inner, used)
            if made is not inner:
                body = _put(body, value, tokens, made)
        return body

    def _reference(self, at: str, reference: str, used: set[str]) -> str:
        target = self.source.resolve(reference, at)
        if target is None or (self.source.siblings_ignored and target.pointer == at):
            raise CannotCutError
        used.add(target.pointer)
        return f"#/definitions/{self._keys.setdefault(target.pointer, f's{len(self._keys)}')}"


def _only(value: JsonValue, keywords: frozenset[str] | None) -> JsonValue:
    if keywords is None or not isinstance(value, dict):
        return value
    return {word: said for word, said in value.items() if word in keywords}


def _put(body: dict[str, JsonValue], value: JsonValue, tokens: tuple[str | int, ...], made: JsonValue) -> JsonValue:
    """Store a rewritten schema where its original stood; what held it is copied the first time."""
    if body is value:
        body = body.copy()
    keyword, *rest = tokens
    if not rest:
        return body | {str(keyword): made}
    inner = body[str(keyword)]
    if inner is value[str(keyword)]:
        inner = body[str(keyword)] = inner.copy()
    inner[rest[0]] = made
    return body
