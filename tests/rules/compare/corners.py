"""Pairs of schemas from the corners of JSON Schema, each drawn from one seed: what few people write, and some do.

Where `variety` meets all keywords with each other, a corner has few keywords that depend on each other, over values
small enough to meet often.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from tests.rules.compare import variety
from tests.rules.compare.variety import URIS

Schema = Any
Corner = Callable[[Random, str], Schema]
NAMES = ["a", "b", "c", "aa"]
SMALL: list[Any] = [None, True, False, 0, 1, 2, "a", "b", "", [], {}, [1], [True], {"a": 1}]
LEAVES: list[Any] = [
    {"type": "integer"}, {"type": "string"}, {"type": "boolean"}, {"enum": [1, "a"]}, {"enum": [True, 1]},
    {"minimum": 1},
    {"enum": [0, False]}, {"type": "null"}, {"maxLength": 1}, {"enum": [[], {}]},
]  # fmt: skip


def leaf(random: Random) -> Schema:
    return copy.deepcopy(random.choice(LEAVES))


def some(random: Random, names: list[str], make: Callable[[], Any], most: int = 2) -> dict[str, Any]:
    return {name: make() for name in random.sample(names, random.randint(1, most))}


class Unevaluated:
    """`unevaluated*` beside and below references, branches, conditions and each other."""

    def __init__(self, random: Random, draft: str) -> None:
        self.random = random
        self.recursive = "$recursiveRef" if draft == "draft2019-09" else "$dynamicRef"
        self.prefix = "items" if draft == "draft2019-09" else "prefixItems"
        self.arrays = random.random() < 0.4

    def document(self) -> Schema:
        body = self.body(3)
        rest = "unevaluatedItems" if self.arrays else "unevaluatedProperties"
        body[rest] = self.random.choice([False, False, False, leaf(self.random)])
        return {**body, "$defs": {"x": self.body(1, leaves=True), "y": {**self.body(1, leaves=True), "$id": "y"}}}

    def body(self, depth: int, *, leaves: bool = False) -> dict[str, Any]:
        random = self.random
        made: dict[str, Any] = {}
        words = ["own", "own", "own", "rest"]
        if depth and not leaves:
            words += ["allOf", "anyOf", "anyOf", "oneOf", "if", "not", "ref", "ref"]
            words += [] if self.arrays else ["dependentSchemas", "dependentSchemas"]
        for _ in range(random.choice([1, 2, 2, 3])):
            made |= self.word(random.choice(words), depth)
        return made

    def word(self, word: str, depth: int) -> dict[str, Any]:  # noqa: PLR0911 - one keyword each
        random = self.random
        match word:
            case "own":
                return self.items() if self.arrays else self.properties()
            case "rest":
                word = (
                    "unevaluatedItems"
                    if self.arrays
                    else random.choice(["unevaluatedProperties"] * 2 + ["maxProperties"])
                )
                return {word: 2 if word == "maxProperties" else random.choice([False, True, leaf(random)])}
            case "not":
                return {"not": self.body(depth - 1)}
            case "if":
                made = {"if": self.body(depth - 1)}
                return made | {one: self.body(depth - 1) for one in ("then", "else") if random.random() < 0.6}
            case "ref":
                return {"$ref": random.choice(["#/$defs/x", "y", "https://example.com/y", "#/$defs/y"])}
            case "dependentSchemas":
                return {word: some(random, NAMES, lambda: self.body(depth - 1), 1)}
            case _:
                return {word: [self.body(depth - 1) for _ in range(random.randint(1, 2))]}

    def properties(self) -> dict[str, Any]:
        random = self.random
        choice = random.randrange(6)
        if choice == 0:
            return {"required": random.sample(NAMES, random.randint(1, 2))}
        if choice == 1:
            return {"patternProperties": some(random, ["^a", "b$", "^..$"], lambda: leaf(random), 1)}
        if choice == 2 and random.random() < 0.4:
            return {"additionalProperties": random.choice([False, True, leaf(random)])}
        return {"properties": some(random, NAMES, lambda: random.choice([True, True, {}, leaf(random), False]))}

    def items(self) -> dict[str, Any]:
        random = self.random
        choice = random.randrange(6)
        if choice == 0:
            return {random.choice(["minItems", "maxItems"]): random.randrange(4)}
        if choice == 1:
            return {"contains": leaf(random)} | ({"minContains": random.randrange(3)} if random.random() < 0.4 else {})
        if choice == 2 and random.random() < 0.3:
            return {"items": random.choice([leaf(random), True])}
        return {self.prefix: [random.choice([True, leaf(random)]) for _ in range(random.randint(1, 2))]}


def unevaluated(random: Random, draft: str) -> Schema:
    return {"$id": "https://example.com/root", **Unevaluated(random, draft).document()}


def counted(random: Random, draft: str) -> Schema:  # noqa: C901 - one keyword each
    """Few possible items, counted, all different or some the same."""
    few = [{"type": "boolean"}, {"type": "null"}, {"enum": [1, 2]}, {"enum": [1, 1.0, "a"]}, {"enum": [[1], [1.0], {}]},
           {"type": ["boolean", "null"]}, {"enum": [0, False, "", None]}, {"type": "array", "maxItems": 0}]  # fmt: skip
    made: dict[str, Any] = {"type": "array"} if random.random() < 0.7 else {}
    prefix = "prefixItems" if draft == "draft2020-12" else "items"

    def one() -> Any:
        return copy.deepcopy(random.choice(few))

    for word in random.sample(["min", "max", "unique", "rest", "contains", "first", "not"], random.randint(2, 5)):
        match word:
            case "min" | "max":
                made[f"{word}Items"] = random.randrange(5)
            case "unique":
                made["uniqueItems"] = True
            case "rest":
                made.setdefault("items", one())
            case "first":
                listed = [one() for _ in range(random.randint(1, 3))]
                if prefix == "prefixItems":
                    made[prefix] = listed
                else:
                    made["items"] = listed
                    made["additionalItems"] = (
                        random.choice([False, one()]) if draft == "draft4" else random.choice([False, True, one()])
                    )
            case "contains" if draft != "draft4":
                made["contains"] = one()
                if URIS[draft] > "https":
                    made |= {w: random.randrange(4) for w in ("minContains", "maxContains") if random.random() < 0.5}
            case "not":
                made["not"] = random.choice([{"uniqueItems": True}, {"items": one()}, {"minItems": 3}])
    return made


NUMBERS: list[Any] = [
    0, 1, 2, 3, 6, 10, -1, -6, 0.5, 0.1, 0.3, 1.5, 1.0, -0.0, 1e2, 2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1,
    10**21, 10**30 + 1, 1e21,
    1e-7, 1e300, 12.5, Decimal("0.12345678901234567890123456789012345"), Decimal("9007199254740993.5"),
    0.30000000000000004, 4.35,
]  # fmt: skip
STEPS: list[Any] = [1, 2, 3, 4, 6, 0.5, 0.1, 0.01, 0.3, 1.5, 2.5, 1e-7, 7, 1e21, 0.25, 2**53 + 1, 1.0]


def numeric(random: Random, draft: str) -> Schema:
    made: dict[str, Any] = {}
    for word in random.sample(
        ["type", "min", "max", "step", "step", "enum", "not", "allOf", "anyOf"], random.randint(1, 4)
    ):
        match word:
            case "type":
                made["type"] = random.choice(
                    ["integer", "number", "integer", ["integer", "string"], ["number", "integer"]]
                )
            case "min" | "max":
                made |= bound(random, draft, f"{word}imum")
            case "step":
                made["multipleOf"] = random.choice(STEPS)
            case "enum":
                made["enum"] = random.sample(NUMBERS, random.randint(1, 4))
            case "not":
                made["not"] = random.choice(
                    [
                        {"multipleOf": random.choice(STEPS)},
                        {"type": "integer"},
                        bound(random, draft, "minimum"),
                        {"enum": [random.choice(NUMBERS)]},
                    ]
                )
            case _:
                made[word] = [
                    {"multipleOf": random.choice(STEPS)}
                    | ({} if random.random() < 0.5 else bound(random, draft, "maximum"))
                    for _ in range(2)
                ]
    return made


def bound(random: Random, draft: str, word: str) -> dict[str, Any]:
    exclusive = "exclusive" + word.title()
    number = random.choice(NUMBERS)
    if draft == "draft4":
        return {word: number} | ({exclusive: random.random() < 0.7} if random.random() < 0.5 else {})
    both = {word: number, exclusive: random.choice(NUMBERS)}
    return random.choice([{word: number}, {exclusive: number}, both])


def named(random: Random, draft: str) -> Schema:
    """Which names there may be, and how many."""
    made: dict[str, Any] = {}
    words = ["required", "min", "max", "properties", "patterns", "additional", "names", "names", "depends", "not"]
    for word in random.sample(words, random.randint(2, 5)):
        match word:
            case "required":
                made["required"] = random.sample([*NAMES, "", "é", "$ref", "__proto__"], random.randint(1, 3))
            case "min" | "max":
                made[f"{word}Properties"] = random.randrange(5)
            case "properties":
                made["properties"] = some(
                    random, [*NAMES, "$ref", "$id", "const", "__proto__", ""], lambda: below(random, draft), 3
                )
            case "patterns":
                made["patternProperties"] = some(
                    random, ["^a", "a$", "^[abc]$", "^.{2}$", "", "^$", "^\\W"], lambda: below(random, draft)
                )
            case "additional":
                made["additionalProperties"] = random.choice([False, False, True, leaf(random)])
            case "names" if draft != "draft4":
                made["propertyNames"] = name_schema(random)
            case "depends":
                made |= dependent(random, draft)
            case "not":
                made["not"] = random.choice(
                    [{"required": ["a"]}, {"minProperties": 2}, {"properties": {"a": {"type": "integer"}}}]
                )
    return made


def below(random: Random, draft: str) -> Schema:
    return leaf(random) if draft == "draft4" or random.random() < 0.6 else random.choice([True, False])


def name_schema(random: Random) -> Schema:
    choices: list[Any] = [
        {"enum": ["a", "b", 1, "aa"]}, {"pattern": "^a"}, {"maxLength": 1}, {"minLength": 1}, {"const": "a"},
        {"enum": []}, False, True,
        {"type": "string"}, {"type": "integer"}, {"not": {"const": "a"}}, {"anyOf": [{"const": "b"},
        {"pattern": "^.a?$"}]},
        {"minLength": 1, "maxLength": 1, "pattern": "^[abc]"}, {"format": "date"}, {"if": {"maxLength": 1},
        "then": {"enum": ["a", "c"]}},
    ]  # fmt: skip
    return copy.deepcopy(random.choice(choices))


def dependent(random: Random, draft: str) -> dict[str, Any]:
    name, other = random.choice(NAMES), random.sample(NAMES, random.randint(0 if draft != "draft4" else 1, 2))
    inner: dict[str, Any] = random.choice(
        [{"required": other or ["a"]}, {"maxProperties": 1}, {"properties": {"b": leaf(random)}}]
    )
    if URIS[draft] < "https":
        return {"dependencies": {name: random.choice([other, inner])}}
    if draft != "draft4" and random.random() < 0.4:
        inner = {"if": inner, "then": {"required": ["c"]}, "else": {"properties": {"a": leaf(random)}}}
    return random.choice([{"dependentRequired": {name: other}}, {"dependentSchemas": {name: inner}}])


def conditional(random: Random, draft: str) -> Schema:
    """`if` in `if`, alone, without a branch, and beside what it asks."""

    def part(depth: int) -> Any:
        if depth == 0 or random.random() < 0.3:
            return random.choice(
                [leaf(random), {"required": ["a"]}, {"properties": {"a": leaf(random)}}, {"minItems": 1}]
            )
        words = random.sample(["if", "then", "else"], random.randint(1, 3))
        made = {word: part(depth - 1) for word in words}
        return made | (random.choice([leaf(random), {"type": "object"}]) if random.random() < 0.3 else {})

    return part(3) if draft not in ("draft4", "draft6") else {"anyOf": [part(1), {"not": part(1)}]}


def identified(random: Random, draft: str) -> Schema:
    """Schemas that name themselves, below a base that changes, referred to in every way."""
    word = "id" if draft == "draft4" else "$id"
    home = "definitions" if URIS[draft] < "https" else "$defs"
    root = "https://example.com/root.json"
    references = [
        "#/{0}/x", "x.json", "#/{0}/y", "dir/y.json", "/dir/y.json", "https://example.com/x.json#",
        "dir/y.json#/{0}/z", "#anchor",
        "x.json#anchor", "#/{0}/y/{0}/z", "#/properties/a", "dir/z.json", "#", "#/{0}/w%25%22~1~0", "urn:example:w",
    ]  # fmt: skip

    def refer() -> dict[str, Any]:
        made: dict[str, Any] = {"$ref": random.choice(references).format(home)}
        return made | (leaf(random) if random.random() < 0.3 else {})

    def part() -> Any:
        return refer() if random.random() < 0.6 else leaf(random)

    anchor = {word: "#anchor"} if URIS[draft] < "https" else {"$anchor": "anchor"}
    inner = {
        "z": {
            word: "z.json",
            **leaf(random),
            "properties": {"b": random.choice([part(), {"$ref": "y.json"}, {"$ref": "#"}])},
        }
    }
    definitions = {
        "x": {
            word: "x.json",
            **leaf(random),
            "items": part(),
            **({home: {"n": {**anchor, **leaf(random)}}} if random.random() < 0.7 else {}),
        },
        "y": {
            word: random.choice(["dir/y.json", "/dir/y.json", "https://example.com/dir/y.json"]),
            "properties": {"a": part()},
            home: inner,
        },
        "n": {**anchor, **leaf(random)},
        'w%"/~': random.choice([leaf(random), {word: "urn:example:w", "items": {"$ref": "#"}, **leaf(random)}]),
    }
    kept = random.sample([*definitions], random.randint(2, 4))
    body = {"properties": {"a": part(), "b": part()}, "items": part()}
    if random.random() < 0.3:
        body["enum"] = [{word: "x.json"}, {"a": 1}, [1], {"$ref": "#/x"}, {"a": {"$ref": "x.json"}}]
    return {word: root, **body, home: {name: definitions[name] for name in kept}}


def recursive(random: Random, draft: str) -> Schema:
    """Definitions that lead to each other through properties, items and branches."""
    home = "definitions" if URIS[draft] < "https" else "$defs"
    names = ["p", "q", "r"]

    def refer() -> dict[str, Any]:
        return {"$ref": random.choice(["#", *(f"#/{home}/{name}" for name in names)])}

    def part(depth: int) -> Any:
        made: dict[str, Any] = {}
        for _ in range(random.randint(1, 3)):
            match random.randrange(7):
                case 0:
                    made["items"] = refer()
                case 1:
                    made |= {"properties": some(random, NAMES, refer)}
                case 2:
                    made["required"] = random.sample(NAMES, random.randint(1, 2))
                case 3 if depth:
                    made[random.choice(["anyOf", "oneOf"])] = [part(depth - 1), leaf(random)]
                case 4:
                    made["additionalProperties"] = random.choice([False, refer()])
                case 5:
                    made |= {random.choice(["maxProperties", "maxItems", "minItems"]): random.randrange(3)}
                case _:
                    made["type"] = random.choice(
                        ["object", "array", ["object", "array", "null"], ["integer", "object"]]
                    )
        return made

    return {**part(1), home: {name: part(1) for name in names}}


TEXTS = [
    "", "a", "A", "é", "e\u0301", "🐲", "𐐷", "a🐲", "\n", "a\n", "\u00a0", "_", "-", "]", "^", "7",
    "٣", "ß", "K", "\ufeff", "\\", "/", "}", "aa", "🐲🐲", "\x00", "\x7f",
]  # fmt: skip
ODD = [
    "^.$", "^..$", "^[^a]$", "^\\S$", "^\\s$", "^\\w$", "^\\W$", "^\\D$", "^[\\s\\S]$", "^\\u{1F432}$",
    "^\\ud83d\\udc32$", "^[🐲𐐷]$",
    "^[\\u{1F000}-\\u{1FFFF}]+$", "^\\p{L}$", "^\\P{L}$", "^\\p{Lu}", "^\\p{Ll}$", "^\\p{Nd}$", "^[\\p{L}\\d_]+$",
    "^[^\\p{L}]$", "^\\x41$", "^\\/$", "^\\^$",
    "^\\]$", "^[\\]^-]$", "^a|b$", "^(?:a|é)?$", "^$", "$", "^", "(^a|🐲$)", "^a*?$", "^\\0$", "^[\\b]$", "^\\cJ$",
    "^[a-]$", "^[-a]$", "^a{0}$", "^a{1,}$",
    "^.{2}$", "^.{0,1}$", "^\\u00e9$", "^é$", "^(?=.)[^\\n]", "^(?!a)",
]  # fmt: skip


def textual(random: Random, _draft: str) -> Schema:
    made: dict[str, Any] = {}
    for word in random.sample(
        ["pattern", "pattern", "min", "max", "enum", "not", "anyOf", "type"], random.randint(1, 4)
    ):
        match word:
            case "pattern":
                made["pattern"] = random.choice(ODD)
            case "min" | "max":
                made[f"{word}Length"] = random.choice([0, 1, 1.0, 2, 3])
            case "enum":
                made["enum"] = random.sample(TEXTS, random.randint(1, 5))
            case "not":
                made["not"] = random.choice(
                    [{"pattern": random.choice(ODD)}, {"enum": random.sample(TEXTS, 2)}, {"minLength": 2}]
                )
            case "anyOf":
                made["anyOf"] = [{"pattern": random.choice(ODD)}, {"maxLength": 1}]
            case _:
                made["type"] = random.choice(["string", "string", ["string", "null"]])
    return made


def listed(random: Random, draft: str) -> Schema:
    """Values listed, excluded, and described: numbers written in two ways, empty lists, one in another."""
    values = [
        *SMALL,
        1.0,
        -0.0,
        0.0,
        1e2,
        100,
        "1",
        [1.0],
        {"a": 1.0},
        {"a": True},
        [[]],
        [{}],
        {"a": {}},
        {"b": 1, "a": 1},
        10**25,
        1e25,
        0.1,
    ]
    made: dict[str, Any] = {}
    for word in random.sample(
        ["enum", "const", "not", "type", "anyOf", "oneOf", "items", "properties", "size"], random.randint(1, 4)
    ):
        match word:
            case "enum":
                made["enum"] = random.sample(values, random.randint(1, 6))
            case "const" if draft != "draft4":
                made["const"] = random.choice(values)
            case "not":
                made["not"] = {"enum": random.sample(values, random.randint(1, 4))}
            case "type":
                made["type"] = random.choice([*variety.KINDS, ["array", "object"], ["boolean", "number"]])
            case "anyOf" | "oneOf":
                made[word] = [
                    {"enum": random.sample(values, random.randint(1, 4))},
                    random.choice([leaf(random), {"type": "array", "maxItems": 1}]),
                ]
            case "items":
                made["items"] = {"enum": random.sample(values, 3)}
            case "properties":
                made |= {"properties": {"a": {"enum": random.sample(values, 3)}}}
            case "size":
                made |= {
                    random.choice(
                        ["maxItems", "maxProperties", "maxLength", "minItems", "minProperties"]
                    ): random.randrange(3)
                }
    return made


CORNERS: dict[str, tuple[Corner, tuple[str, ...]]] = {
    "unevaluated": (unevaluated, ("draft2019-09", "draft2020-12", "draft2020-12")),
    "counted": (counted, tuple(URIS)),
    "numeric": (numeric, tuple(URIS)),
    "named": (named, tuple(URIS)),
    "conditional": (conditional, tuple(URIS)),
    "identified": (identified, tuple(URIS)),
    "recursive": (recursive, tuple(URIS)),
    "textual": (textual, tuple(URIS)),
    "listed": (listed, tuple(URIS)),
}


def pair(random: Random, corner: str) -> tuple[Schema, Schema]:
    """Draw two schemas of a corner, near to each other or not, sometimes of two drafts."""
    make, drafts = CORNERS[corner]
    draft = random.choice(drafts)
    left = make(random, draft)
    if random.random() < 0.6:
        right = variety.mutated(random, {"$schema": URIS[draft], **left}, variety.Writer(random, draft))
        right = (
            {key: value for key, value in right.items() if key != "$schema"} if isinstance(right, dict) else {"not": {}}
        )
        other = draft if random.random() < 0.8 else random.choice(drafts)
    else:
        other = random.choice([draft, draft, random.choice(drafts)])
        right = make(random, other)
    found = {"$schema": URIS[draft], **left}, {"$schema": URIS[other], **right}
    return found if random.random() < 0.5 else found[::-1]
