"""Schemas of every keyword in every draft, and documents near to them, drawn from one seed: what a search needs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

KINDS = ["null", "boolean", "integer", "number", "string", "array", "object"]
NAMES = ["a", "b", "ab", "c", "é"]
SCALARS = [
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    -1,
    0.5,
    1.5,
    6,
    1.0,
    "",
    "a",
    "b",
    "ab",
    "aab",
    "é",
    "🐲",
    "A",
    "7",
    "2025-01-15",
]
PATTERNS = [
    "^a", "b$", "^[ab]+$", "^a{1,2}b?$", "a|c", "^.$", "^\\d+$", "\\w", "^\\S*$", "^[^a]", "^(a|b)(?!b)", "é|🐲",
    "[A-Z]", "\\bab?\\b", "^(?=a).*b$",
]  # fmt: skip
WORDS = [
    "required", "minProperties", "maxProperties", "dependencies", "properties", "patternProperties", "propertyNames",
    "additionalProperties", "dependentSchemas", "unevaluatedProperties", "minItems", "maxItems", "uniqueItems", "items",
    "tuple", "contains", "unevaluatedItems",
]  # fmt: skip
NAMED = [{"maxLength": 1}, {"enum": ["a", "c"]}]
ARRAYS = {"items", "contains", "additionalItems", "unevaluatedItems", "prefixItems", "minItems", "uniqueItems"}
URIS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
ORDER = list(URIS)


def scalar(random: Random) -> Any:
    return random.choice(SCALARS)


def value(random: Random, depth: int = 2) -> Any:
    """Draw a JSON value."""
    kind = random.random()
    if depth and kind < 0.2:
        return [value(random, depth - 1) for _ in range(random.randrange(4))]
    if depth and kind < 0.45:
        return {name: value(random, depth - 1) for name in random.sample(NAMES, random.randrange(4))}
    return scalar(random)


class Writer:
    """Writes schemas of one draft; those that refer to definitions refer to the ones that the document ends with."""

    def __init__(self, random: Random, draft: str) -> None:
        self.random = random
        self.draft = draft
        self.age = ORDER.index(draft)
        self.home = "$defs" if self.age > 2 else "definitions"
        self.refers = random.random() < 0.35
        self.in_place: list[str] = []
        # Few keywords at a time meet more often than many.
        self.unused = set(random.sample(WORDS, random.choice([0, 4, 8])))
        every = [self.of_any, self.of_number, self.of_string, self.of_object, self.of_object, self.of_array]
        self.families = [*random.sample(every, random.choice([1, 2, 3, 6])), self.combined, self.combined]

    def document(self, depth: int = 3) -> Any:
        body = self.referring(depth, ["x", "y"])
        if not isinstance(body, dict):
            return body
        if self.refers:
            names = {"x": self.referring(2, []), "y": self.referring(1, ["x"])}
            body = {**body, self.home: names}
            if self.age <= 2 and "$ref" in body:
                body = {"allOf": [{"$ref": body.pop("$ref")}], self.home: names}
        return {"$schema": URIS[self.draft], **body}

    def referring(self, depth: int, names: list[str]) -> Any:
        """Write a schema that refers in place to these definitions only, so that nothing runs in a circle."""
        self.in_place = names if self.refers else []
        return self.schema(depth)

    def below(self, depth: int) -> Any:
        """Write the schema of a property or an item; such may refer to anything."""
        if self.refers and self.random.random() < 0.3:
            return {"$ref": self.random.choice([f"#/{self.home}/x", f"#/{self.home}/y", "#"])}
        before, self.in_place = self.in_place, ["x", "y"] if self.refers else []
        made = self.schema(depth - 1)
        self.in_place = before
        return made

    def schema(self, depth: int) -> Any:
        random = self.random
        if self.age and random.random() < 0.07:
            return random.random() < 0.6
        made: dict[str, Any] = {}
        for _ in range(random.choice([1, 1, 2, 2, 3])):
            made |= random.choice(self.families)(depth)
        return made

    def of_any(self, _depth: int) -> dict[str, Any]:
        random = self.random
        choice = random.randrange(4)
        if choice == 0:
            return {"type": random.choice(KINDS)}
        if choice == 1:
            return {"type": random.sample(KINDS, random.randint(1, 3))}
        if choice == 2 and self.age:
            return {"const": value(random)}
        listed = [value(random) for _ in range(random.randint(1, 4))]
        return {"enum": [item for i, item in enumerate(listed) if repr(item) not in map(repr, listed[:i])]}

    def of_number(self, _depth: int) -> dict[str, Any]:
        random = self.random
        choice = random.randrange(5)
        if choice == 0:
            return {"multipleOf": random.choice([1, 2, 3, 0.5, 1.5, 0.1, 0.01, 2.5])}
        bound = random.choice([-1, 0, 1, 2, 0.5, 1.5, 3])
        end = random.choice(["minimum", "maximum"])
        if choice > 2:
            return {end: bound}
        word = "exclusive" + end.title()
        return {word: bound} if self.age else {end: bound, word: random.random() < 0.7}

    def of_string(self, _depth: int) -> dict[str, Any]:
        random = self.random
        choice = random.randrange(3)
        return {"pattern": random.choice(PATTERNS)} if choice == 0 else {
            random.choice(["minLength", "maxLength"]): random.randrange(4)
        }  # fmt: skip

    def some(self, depth: int, names: list[str]) -> dict[str, Any]:
        return {name: self.below(depth) for name in self.random.sample(names, self.random.randint(1, 2))}

    def of_object(self, depth: int) -> dict[str, Any]:
        random = self.random
        made: dict[str, Callable[[], Any]] = {
            "required": lambda: random.sample(NAMES, random.randint(1, 2)),
            "minProperties": lambda: random.randrange(4),
            "maxProperties": lambda: random.randrange(4),
            "dependencies": lambda: None,
            "properties": lambda: self.some(depth, NAMES),
            "patternProperties": lambda: self.some(depth, PATTERNS),
            "additionalProperties": lambda: False if random.random() < 0.5 else self.below(depth),
            "propertyNames": lambda: random.choice([{"pattern": random.choice(PATTERNS)}, *NAMED]),
            "dependentSchemas": lambda: {random.choice(NAMES): self.schema(depth - 1)},
            "unevaluatedProperties": lambda: False if random.random() < 0.5 else self.below(depth),
        }
        words = ["required", "minProperties", "maxProperties", "dependencies"] + ["propertyNames"] * bool(self.age)
        words += ["properties", "properties", "patternProperties", "additionalProperties"] * bool(depth)
        words += ["dependentSchemas", "unevaluatedProperties"] * (depth > 0 and self.age > 2)
        word = self.used(words)
        return self.dependent(depth) if word == "dependencies" else {word: made[word]()}

    def dependent(self, depth: int) -> dict[str, Any]:
        name = self.random.choice(NAMES)
        if self.age > 2 or not depth or self.random.random() < 0.5:
            word = "dependentRequired" if self.age > 2 else "dependencies"
            return {word: {name: [self.random.choice(NAMES)]}}
        return {"dependencies": {name: self.schema(depth - 1)}}

    def used(self, words: list[str]) -> str:
        return self.random.choice([word for word in words if word not in self.unused] or words)

    def of_array(self, depth: int) -> dict[str, Any]:
        random = self.random
        words = ["minItems", "maxItems", "uniqueItems"]
        if depth:
            words += ["items", "items", "tuple", "tuple"]
        if depth and self.age:
            words += ["contains", "contains"]
        if depth and self.age > 2:
            words.append("unevaluatedItems")
        word = self.used(words)
        match word:
            case "minItems" | "maxItems":
                return {word: random.randrange(4)}
            case "uniqueItems":
                return {word: random.random() < 0.9}
            case "tuple":
                return self.tuple(depth)
            case "contains":
                return self.contains(depth)
            case _:
                return {word: False if word == "unevaluatedItems" and random.random() < 0.5 else self.below(depth)}

    def tuple(self, depth: int) -> dict[str, Any]:
        listed = [self.below(depth) for _ in range(self.random.randint(1, 2))]
        first, rest = ("prefixItems", "items") if self.age > 3 else ("items", "additionalItems")
        more = self.random.random()
        if more < 0.4:
            return {first: listed}
        return {first: listed, rest: False if more < 0.7 else self.below(depth)}

    def contains(self, depth: int) -> dict[str, Any]:
        made = {"contains": self.below(depth)}
        for word in ("minContains", "maxContains"):
            if self.age > 2 and self.random.random() < 0.4:
                made[word] = self.random.randrange(3)
        return made

    def combined(self, depth: int) -> dict[str, Any]:
        random = self.random
        if self.in_place and random.random() < 0.5:
            return {"$ref": f"#/{self.home}/{random.choice(self.in_place)}"}
        if not depth:
            return self.of_any(0)
        words = ["allOf", "anyOf", "oneOf", "not"] + ["if"] * (self.age > 1)
        word = random.choice(words)
        if word == "not":
            return {word: self.schema(depth - 1)}
        if word == "if":
            made = {"if": self.schema(depth - 1)}
            return made | {w: self.schema(depth - 1) for w in ("then", "else") if random.random() < 0.7}
        return {word: [self.schema(depth - 1) for _ in range(random.randint(1, 3))]}


def mutated(random: Random, schema: Any, writer: Writer) -> Any:
    """Change one thing in a schema: a bound, a keyword, a branch."""
    schema = copy.deepcopy(schema)
    spots = [(holder, key) for holder, key in places(schema) if key not in ("$schema", "$ref", writer.home)]
    if not spots:
        return writer.document(2)
    holder, key = random.choice(spots)
    old = holder[key]
    if isinstance(holder, list) and len(holder) > 1 and random.random() < 0.4:
        del holder[key]
    elif isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int | float):
        holder[key] = max(0, old + random.choice([-1, 1])) if "Of" not in str(key) else old * 2
    elif isinstance(old, dict) and random.random() < 0.4:
        old |= writer.of_any(0) if key not in ("properties", "patternProperties") else {"c": writer.schema(1)}
    elif isinstance(holder, dict) and random.random() < 0.7:
        del holder[key]
    return schema


def places(schema: Any) -> list[tuple[Any, Any]]:
    """Give each place inside a schema, as its holder and key."""
    found: list[tuple[Any, Any]] = []
    waiting = [schema]
    while waiting:
        inner = waiting.pop()
        keys: Any = list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        for key in keys:
            found.append((inner, key))
            waiting.append(inner[key])
    return found


def pair(random: Random) -> tuple[Any, Any]:
    """Draw two schema documents, each with its `$schema`, often related and sometimes of two drafts."""
    draft = random.choice(ORDER)
    writer = Writer(random, draft)
    left = writer.document()
    way = random.random()
    if way < 0.5:
        right = mutated(random, left, writer)
    elif way < 0.7 and isinstance(left, dict) and not writer.refers:
        bare = {k: v for k, v in left.items() if k != "$schema"}
        word = random.choice(["anyOf", "allOf", "oneOf"])
        right = {"$schema": left["$schema"], word: [bare, writer.schema(2)]}
        if way < 0.6:
            left, right = right, left
    else:
        right = Writer(random, random.choice([draft, draft, random.choice(ORDER)])).document()
    return (left, right) if random.random() < 0.5 else (right, left)


def documents(random: Random, schemas: list[Any], count: int) -> list[Any]:
    """Draw documents near to the schemas: what they mention, just inside and just outside of it, in their shapes."""
    near = _Near(random, schemas)
    drawn = [near.to(random.choice(schemas), 4) for _ in range(count)]
    found = drawn + [near.nudged(one) for one in drawn]
    oldest = any(isinstance(schema, dict) and schema["$schema"] == URIS["draft4"] for schema in schemas)
    return [whole(one) for one in found] if oldest else found


def whole(document: Any) -> Any:
    """Write 1.0 as 1: validators of draft 4 may tell them apart, and for us they are one number in every draft."""
    if isinstance(document, float) and document.is_integer():
        return int(document)
    if isinstance(document, list):
        return [whole(item) for item in document]
    return {name: whole(item) for name, item in document.items()} if isinstance(document, dict) else document


class _Near:
    def __init__(self, random: Random, schemas: list[Any]) -> None:
        spots = [(holder, key) for schema in schemas for holder, key in places(schema)]
        mentioned = [near for holder, key in spots for near in around(holder[key])]
        self.random = random
        self.pool = [*SCALARS, *mentioned, *mentioned]
        self.names = [*NAMES, *(key for _, key in spots if isinstance(key, str) and len(key) < 4)]

    def to(self, schema: Any, depth: int) -> Any:
        """Draw a document in the shape of a schema, most often."""
        random = self.random
        if not isinstance(schema, dict) or depth == 0 or random.random() < 0.12:
            return random.choice(self.pool) if random.random() < 0.8 else value(random)
        listed = [schema["const"]] if "const" in schema else schema.get("enum")
        if listed and random.random() < 0.7:
            return random.choice(listed)
        inner = [branch for word in ("allOf", "anyOf", "oneOf") for branch in schema.get(word, [])]
        inner += [schema[word] for word in ("not", "if", "then", "else") if word in schema]
        inner += [one for home in ("$defs", "definitions") for one in schema.get(home, {}).values()]
        if inner and random.random() < 0.5:
            return self.to(random.choice(inner), depth)
        shape = random.random()
        if shape < 0.6 and not ARRAYS.isdisjoint(schema):
            return self.array(schema, depth)
        return self.object(schema, depth) if shape < 0.8 else random.choice(self.pool)

    def array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        random = self.random
        listed = schema.get("prefixItems", schema["items"] if isinstance(schema.get("items"), list) else [])
        rest = [schema[word] for word in ARRAYS if isinstance(schema.get(word), dict)] or [{}]
        made = [self.to(one, depth - 1) for one in listed[: random.randrange(3)]]
        made += [self.to(random.choice(rest), depth - 1) for _ in range(random.randrange(4))]
        return made + made[: random.randrange(2)]

    def object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        random = self.random
        known = schema.get("properties", {})
        wanted = set(schema.get("required", [])) | set(random.sample(sorted(known), random.randint(0, len(known))))
        wanted |= {random.choice(self.names) for _ in range(random.randrange(3))}
        others = [*schema.get("patternProperties", {}).values(), *schema.get("dependentSchemas", {}).values()]
        others.append(schema.get("additionalProperties", {}))
        return {name: self.to(known.get(name) or random.choice(others), depth - 1) for name in sorted(wanted)}

    def nudged(self, document: Any) -> Any:
        """Change one thing in a document."""
        random = self.random
        document = copy.deepcopy(document)
        spots = places(document)
        if not spots or random.random() < 0.2:
            return random.choice(around(document) or self.pool)
        holder, key = random.choice(spots)
        change = random.randrange(4)
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, dict):
            holder[random.choice(self.names)] = random.choice(self.pool)
        elif change == 2 and isinstance(holder, list):
            holder.insert(random.randint(0, len(holder)), random.choice([random.choice(self.pool), holder[key]]))
        else:
            holder[key] = random.choice(around(holder[key]) or self.pool)
        return document


def around(one: Any) -> list[Any]:
    """Give a value and, of a number, what lies just beside it, and texts and lists of about that length."""
    if isinstance(one, bool) or one is None:
        return []
    if isinstance(one, int | float):
        near: list[Any] = [one, one + 1, one - 1, one + 0.5, one * 2]
        if isinstance(one, int) and 0 <= one < 5:
            near += ["a" * one, "é" * one, "b" * (one + 1), [1] * one, list(range(one + 1))]
        return near
    return [one]
