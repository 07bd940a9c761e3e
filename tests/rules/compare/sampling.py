"""Documents in the shape of a real schema, and such as miss it by a little, drawn from one seed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from rules import pointer
from tests.rules.compare.variety import around, places

WORDS = (
    "", "a", "abc", "on", "x" * 41, "A-1", "7", "2025-01-15", "2025-01-15T10:00:00Z", "a@b.example", "1.2.3.4",
    "https://example.org/a", "123e4567-e89b-12d3-a456-426614174000", "example.org", "two words",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    1.5,
    65,
    *WORDS,
    [],
    {},
    [1],
    ["a", "a"],
    {"id": 1},
    {"a": "b"},
)
NAMES = ("extra", "note", "id", "x-a", "another")
IN_PLACE = ("allOf", "anyOf", "oneOf", "$ref", "then")
DEEPEST = 9


class Sampler:
    """Draws documents for one schema; `spare` is how often an optional field is left out."""

    def __init__(self, random: Random, root: Any, pool: list[Any]) -> None:
        self.random = random
        self.root = root
        self.pool = pool
        self.spare = random.choice([0.1, 0.5, 0.9])

    def document(self) -> Any:
        return self.of(self.root, 0)

    def of(self, schema: Any, depth: int) -> Any:
        random = self.random
        if not isinstance(schema, dict) or depth > DEEPEST or random.random() < 0.01:
            return random.choice(self.pool)
        schema = self.joined(schema, 0)
        listed = [schema["const"]] if "const" in schema else schema.get("enum")
        if listed and random.random() < 0.9:
            return copy.deepcopy(random.choice(listed))
        kinds = schema.get("type")
        kind = random.choice(kinds) if isinstance(kinds, list) and kinds else kinds
        if kind is None:
            kind = self.guessed(schema)
        return self.of_kind(kind, schema, depth)

    def of_kind(self, kind: str | None, schema: dict[str, Any], depth: int) -> Any:
        """Draw a value of one type."""
        made: dict[str | None, Callable[[], Any]] = {
            "object": lambda: self.object(schema, depth),
            "array": lambda: self.array(schema, depth),
            "string": lambda: self.string(schema),
            "integer": lambda: self.number(schema),
            "number": lambda: self.number(schema),
            "boolean": lambda: self.random.random() < 0.5,
            "null": lambda: None,
        }
        return made.get(kind, lambda: self.random.choice(self.pool))()

    def number(self, schema: dict[str, Any]) -> float:
        near = [one for word in ("minimum", "maximum", "multipleOf") for one in around(schema.get(word, 1))]
        picked: float = self.random.choice([one for one in [*near, 0, 1, 2] if type(one) in (int, float)])
        return picked

    def guessed(self, schema: dict[str, Any]) -> str | None:
        if schema.keys() & {"properties", "required", "patternProperties", "additionalProperties"}:
            return "object"
        return "array" if "items" in schema or "prefixItems" in schema else None

    def joined(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """Put together what applies to the same value, one branch of each choice."""
        if depth > DEEPEST:
            return schema
        parts = [copy.copy(branch) for branch in schema.get("allOf", [])]
        for word in ("anyOf", "oneOf"):
            parts += [self.random.choice(schema[word])] if schema.get(word) else []
        if isinstance(schema.get("$ref"), str):
            parts.append(self.referred(schema["$ref"]))
        if "then" in schema:
            parts.append({**(schema["then"] if isinstance(schema["then"], dict) else {})})
        made = {word: value for word, value in schema.items() if word not in IN_PLACE}
        for part in parts:
            if isinstance(part, dict):
                inner = self.joined(part, depth + 1)
                both = {**made.get("properties", {}), **inner.get("properties", {})}
                needed = [*made.get("required", []), *inner.get("required", [])]
                made = {**inner, **made} if self.random.random() < 0.5 else {**made, **inner}
                made |= ({"properties": both} if both else {}) | ({"required": needed} if needed else {})
        return made

    def referred(self, reference: str) -> Any:
        try:
            return pointer.get(self.root, reference[1:]) if reference.startswith("#") else {}
        except (KeyError, ValueError, IndexError, TypeError, LookupError):
            return {}

    def object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        random = self.random
        held = schema.get("properties", {})
        spare = min(0.97, self.spare + depth * 0.1)
        needed = [one for one in schema.get("required", []) if isinstance(one, str)]
        names = {name for name in held if random.random() > spare} | {n for n in needed if random.random() > 0.02}
        found = {name: self.of(held.get(name, {}), depth + 1) for name in sorted(names)}
        rest = schema.get("additionalProperties", {})
        if random.random() < (0.4 if isinstance(rest, dict) and rest else 0.08):
            found[random.choice(NAMES)] = self.of(rest, depth + 1)
        return found

    def array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        listed = schema.get("prefixItems", schema.get("items"))
        rest = schema.get("items", schema.get("contains", {}))
        if isinstance(listed, list):
            more = schema.get("additionalItems", rest if isinstance(rest, dict) else {})
            count = len(listed) + self.random.choice([-1, 0, 0, 1])
            return [self.of(listed[i] if i < len(listed) else more, depth + 1) for i in range(max(0, count))]
        size = self.random.choice([0, 1, 1, 2, 3, schema.get("minItems", 1)])
        return [self.of(rest, depth + 1) for _ in range(min(int(size), 8))]

    def string(self, schema: dict[str, Any]) -> str:
        sizes = [one for word in ("minLength", "maxLength") for one in around(schema.get(word, 0)) if type(one) is int]
        long = "a" * max(0, min(self.random.choice([*sizes, 1]), 300))
        words = [one for one in self.pool if isinstance(one, str)]
        return self.random.choice([*WORDS, long, long, long, self.random.choice(words)])


def nudged(random: Random, document: Any, pool: list[Any]) -> Any:
    """Change one thing in a document: leave a field out, add one, put another value in its place."""
    document = copy.deepcopy(document)
    spots = places(document)
    if not spots:
        return random.choice(pool)
    holder, key = random.choice(spots)
    turn = random.random()
    if turn < 0.35:
        del holder[key]
    elif turn < 0.75:
        near = [one for one in around(holder[key]) if one is not None] or pool
        holder[key] = random.choice(near if random.random() < 0.5 else pool)
    elif isinstance(holder, dict):
        holder[random.choice(NAMES)] = random.choice(pool)
    else:
        holder.append(copy.deepcopy(random.choice([*holder, random.choice(pool)])))
    return document


def documents(random: Random, schemas: list[Any], count: int) -> list[Any]:
    """Draw documents in the shapes of the schemas, each also nudged."""
    spots = [(holder, key) for schema in schemas for holder, key in places(schema)]
    listed = [one for holder, key in spots if key in ("enum", "examples") for one in holder[key]]
    pool = [*VALUES, *(one for one in listed if not isinstance(one, dict | list))]
    found = []
    for _ in range(count):
        one = Sampler(random, random.choice(schemas), pool).document()
        found += [one, nudged(random, one, pool)]
    return found
