"""Tell whether a document is closed under a schema that accepts it; a validator says which branches pass.

Beside the engine's own reading of closing (`rules.compare.closing`), so that each checks the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from rules.compare.references import Document, Place
from rules.jsontext import JsonValue

Matches = Callable[[str, str], bool]
MAX_VISITS = 20_000
MAX_DEPTH = 50
"""Values inside one another, and schemas that apply to one through each other; a validator runs at the end of them."""


PLAIN = "/~!$&'()*+,;=:@"
"""Characters that a fragment may hold as they are, RFC 3986."""


class NotToldError(Exception):
    """What closing means here depends on something not followed."""


def is_closed(validator: Any, document: Document, instance: JsonValue, matches: Matches) -> bool:
    """Say whether each property of an accepted instance is evaluated at its place, where a property is named at all."""

    def passes(place: Place, value: JsonValue) -> bool:
        if place.scope != document.root.scope:  # the validator would not come there by the same way
            raise NotToldError
        if isinstance(place.value, bool):
            return place.value
        reference: JsonValue = {"$ref": f"{place.document.root.base}#{quote(place.pointer, safe=PLAIN)}"}
        whole = place.document is document and not place.pointer
        return validator.evolve(schema=place.value if whole else reference).is_valid(value) is True

    return _Walk(passes, matches).closed([document.root], instance)


class _Walk:
    def __init__(self, passes: Callable[[Place, JsonValue], bool], matches: Matches) -> None:
        self._passes = passes
        self._matches = matches
        self._visits = 0

    def closed(self, places: list[Place], value: JsonValue, depth: int = 0) -> bool:
        """Say whether a value is closed under all the schemas that apply to it together."""
        if not isinstance(value, dict | list):
            return True
        if depth > MAX_DEPTH:
            raise NotToldError
        applying = [inner for place in places for inner in self.applying(place, value)]
        if isinstance(value, list):
            return all(self.closed(self._item(applying, i, item), item, depth + 1) for i, item in enumerate(value))
        named = any(self._names(place) for place in applying)
        for name, item in value.items():
            speaking = self._property(applying, name)
            if named and speaking is None:
                return False
            if not self.closed(speaking or [], item, depth + 1):
                return False
        return True

    def applying(self, place: Place, value: JsonValue, depth: int = 0) -> Iterator[Place]:
        """Give the schema and all that apply through it to the same value, passing branches only."""
        self._visits += 1
        if self._visits > MAX_VISITS or depth > MAX_DEPTH:
            raise NotToldError
        if not isinstance(place.value, dict):
            return
        if not (place.dialect.ref_hides_siblings and "$ref" in place.value):
            yield place
        for inner in self._inner(place, value):
            yield from self.applying(inner, value, depth + 1)

    def _inner(self, place: Place, value: JsonValue) -> Iterator[Place]:
        schema = place.value
        known = place.dialect.keywords
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            if keyword in schema and keyword in known:
                target = place.refer(keyword, schema[keyword])
                if target is None:
                    raise NotToldError
                yield target
        if "$ref" in schema and place.dialect.ref_hides_siblings:
            return
        yield from (place.child("allOf", i) for i in range(len(schema.get("allOf", []))))
        for keyword in ("anyOf", "oneOf"):
            branches = (place.child(keyword, i) for i in range(len(schema.get(keyword, []))))
            yield from (branch for branch in branches if self._passes(branch, value))
        if "if" in schema and "if" in known:
            yield from self._conditional(place, value)
        if isinstance(value, dict):
            yield from self._dependent(place, value)

    def _dependent(self, place: Place, value: dict[str, JsonValue]) -> Iterator[Place]:
        for keyword in ("dependentSchemas", "dependencies"):
            held = place.value.get(keyword, {}) if keyword in place.dialect.keywords else {}
            applying = [name for name, needed in held.items() if name in value and not isinstance(needed, list)]
            if applying and keyword in place.dialect.doubted:
                raise NotToldError
            yield from (place.child(keyword, name) for name in applying)

    def _conditional(self, place: Place, value: JsonValue) -> Iterator[Place]:
        condition = place.child("if")
        passed = self._passes(condition, value)
        if passed:
            yield condition
        branch = "then" if passed else "else"
        if branch in place.value:
            yield place.child(branch)

    def _names(self, place: Place) -> bool:
        return any(place.value.get(keyword) for keyword in ("properties", "patternProperties"))

    def _property(self, applying: list[Place], name: str) -> list[Place] | None:
        """Give the schemas that evaluate a property; `None` where none does."""
        found: list[Place] = []
        for place in applying:
            found += self._own_property(place, name)
        if found:
            return found
        rest = [place for place in applying if self._has(place, "unevaluatedProperties")]
        return [place.child("unevaluatedProperties") for place in rest] or None

    def _own_property(self, place: Place, name: str) -> list[Place]:
        schema = place.value
        found = [place.child("properties", name)] if name in schema.get("properties", {}) else []
        patterns = schema.get("patternProperties", {})
        found += [place.child("patternProperties", pattern) for pattern in patterns if self._matches(pattern, name)]
        if not found and "additionalProperties" in schema:
            found.append(place.child("additionalProperties"))
        return found

    def _has(self, place: Place, keyword: str) -> bool:
        return keyword in place.value and keyword in place.dialect.keywords

    def _item(self, applying: list[Place], i: int, item: JsonValue) -> list[Place]:
        found: list[Place] = []
        for place in applying:
            found += self._own_item(place, i)
            if self._has(place, "contains") and self._passes(place.child("contains"), item):
                found.append(place.child("contains"))
        if not found:
            rest = [place for place in applying if self._has(place, "unevaluatedItems")]
            found = [place.child("unevaluatedItems") for place in rest]
        return found

    def _own_item(self, place: Place, i: int) -> list[Place]:
        schema = place.value
        prefix = "items" if place.dialect.tuples_in_items else "prefixItems"
        listed = schema.get(prefix)
        if isinstance(listed, list):
            if i < len(listed):
                return [place.child(prefix, i)]
            rest = "additionalItems" if prefix == "items" else "items"
        else:
            rest = "items"
        return [place.child(rest)] if rest in schema else []
