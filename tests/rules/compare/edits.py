"""Edits that people make to schemas, drawn from one seed: such as change what is accepted, and such as must not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Edit = Callable[[Random, dict[str, Any], dict[str, Any]], None]
"""Changes a place of a document (the whole, then the place) where it stands."""

INNER = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLE = ("items", "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains", "propertyNames")
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
FORMATS = ("date-time", "date", "email", "uri", "uuid", "ipv4", "hostname")
PATTERNS = ("^[a-z]+$", "^[A-Za-z0-9_-]{1,40}$", "^\\S+$", "^\\d{4}-\\d{2}-\\d{2}$", "^.{3}", "^https?://")
LEAVES: tuple[Any, ...] = (
    {"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": ["string", "null"]}, {},
    {"type": "string", "format": "date-time"}, {"type": "number", "minimum": 0}, {"enum": ["on", "off"]},
    {"type": "array", "items": {"type": "string"}}, {"type": "object", "properties": {"id": {"type": "string"}}},
    {"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": False, "required": ["id"]},
)  # fmt: skip


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Give each schema inside a document that is written as an object, itself first."""
    if not isinstance(schema, dict):
        return
    yield schema
    for word in INNER:
        held = schema.get(word)
        for inner in held.values() if isinstance(held, dict) else ():
            yield from subschemas(inner)
    for word in LISTED:
        for inner in schema.get(word, ()):
            yield from subschemas(inner)
    for word in SINGLE:
        inner = schema.get(word)
        for one in inner if isinstance(inner, list) else [inner]:
            yield from subschemas(one)


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a schema, to be changed in place."""
    found: dict[str, Any] = schema.setdefault("properties", {})
    return found


def add_field(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    fields(here)[random.choice(["note", "extra", "createdAt"])] = copy.deepcopy(random.choice(LEAVES))


def remove_field(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    if held := fields(here):
        name = random.choice(sorted(held))
        del held[name]
        if random.random() < 0.7 and name in here.get("required", ()):
            here["required"] = [one for one in here["required"] if one != name]


def rename_field(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    if held := fields(here):
        name = random.choice(sorted(held))
        held[name + "_new"] = held.pop(name)


def require(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    names = sorted({*fields(here), "extra"} - {*here.get("required", ())})
    if names:
        here["required"] = [*here.get("required", ()), random.choice(names)]


def unrequire(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    if here.get("required"):
        here["required"] = random.sample(here["required"], len(here["required"]) - 1)
        if not here["required"]:
            del here["required"]


def change_enum(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    listed = here.get("enum")
    if not listed:
        here["enum"] = random.choice([["on", "off"], [1, 2, 3], [None, True], ["a"]])
    elif random.random() < 0.5 or len(listed) == 1:
        here["enum"] = [*listed, random.choice(["another", 7])] if "another" not in listed else listed[:-1] or listed
    else:
        here["enum"] = random.sample(listed, len(listed) - 1)


def change_bound(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    held = [word for word in BOUNDS if word in here]
    if held and random.random() < 0.7:
        word = random.choice(held)
        if random.random() < 0.2:
            del here[word]
        else:
            here[word] = max(0, int(here[word]) + random.choice([-1, 1, 10]))
    else:
        here[random.choice(BOUNDS)] = random.choice([0, 1, 2, 5, 64])


def change_type(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    held = here.get("type")
    widened = {"integer": "number", "number": "integer", "string": ["string", "null"], "array": ["array", "string"]}
    if isinstance(held, str) and held in widened:
        here["type"] = copy.copy(widened[held])
    elif isinstance(held, list) and len(held) > 1:
        here["type"] = random.choice([held[0], [one for one in held if one != "null"] or held])
    elif not held:
        here["type"] = random.choice(["string", "object", "array", "integer"])
    elif random.random() < 0.3:
        del here["type"]


def change_text(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    word = random.choice(["format", "pattern"])
    if word in here and random.random() < 0.4:
        del here[word]
    else:
        here[word] = random.choice(FORMATS if word == "format" else PATTERNS)


def change_openness(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    if "additionalProperties" in here and random.random() < 0.5:
        del here["additionalProperties"]
    else:
        here["additionalProperties"] = random.choice([False, True, {"type": "string"}, {}])


def change_branches(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    held = [word for word in ("anyOf", "oneOf", "allOf") if here.get(word)]
    if held:
        word = random.choice(held)
        turn = random.random()
        if turn < 0.4:
            here[word] = [*here[word], copy.deepcopy(random.choice(LEAVES))]
        elif turn < 0.7 and len(here[word]) > 1:
            here[word] = random.sample(here[word], len(here[word]) - 1)
        else:
            here[random.choice(["anyOf", "oneOf", "allOf"])] = here.pop(word)
    else:
        here[random.choice(["anyOf", "oneOf"])] = copy.deepcopy(random.sample(LEAVES, 2))


def change_items(random: Random, root: dict[str, Any], here: dict[str, Any]) -> None:
    if isinstance(here.get("items"), list):
        here["additionalItems"] = random.choice([False, {"type": "string"}])
    elif random.random() < 0.3:
        here["uniqueItems"] = not here.get("uniqueItems", False)
    else:
        here["items"] = copy.deepcopy(random.choice(LEAVES))
    if random.random() < 0.2 and "2020-12" in root.get("$schema", "2020-12"):
        here["prefixItems"] = copy.deepcopy(random.sample(LEAVES, 2))


def change_condition(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    names = sorted(fields(here)) or ["extra"]
    one, other = random.choice(names), random.choice([*names, "extra"])
    turn = random.randrange(4)
    if turn == 0:
        here["dependentRequired"] = {one: [other]}
    elif turn == 1:
        here["if"], here["then"] = {"required": [one]}, {"required": [other]}
    elif turn == 2:
        here["dependencies"] = {one: [other]}
    else:
        here["not"] = {"required": sorted({one, other})}


def drop_word(random: Random, root: dict[str, Any], here: dict[str, Any]) -> None:
    words = [word for word in here if word not in ("$schema", "$defs", "definitions", "id", "$id")]
    if words and (here is not root or len(words) > 1):
        del here[random.choice(words)]


CHANGING: tuple[Edit, ...] = (
    add_field, add_field, remove_field, rename_field, require, require, unrequire, change_enum, change_bound,
    change_bound, change_type, change_type, change_text, change_openness, change_branches, change_items,
    change_condition, drop_word,
)  # fmt: skip


def edited(random: Random, schema: dict[str, Any], times: int) -> dict[str, Any]:
    """Make some edits that people make, each at a place of its own."""
    schema = copy.deepcopy(schema)
    for _ in range(times):
        places = list(subschemas(schema))
        random.choice(CHANGING)(random, schema, random.choice(places[: random.choice([3, 1000])]))
    return schema


def annotate(random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    here[random.choice(["description", "title", "$comment"])] = "reworded"


def reorder(_random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    turned = {key: here[key] for key in reversed(here)}
    here.clear()
    here.update(turned)
    for word in ("required", "enum"):
        if isinstance(here.get(word), list):
            here[word] = here[word][::-1]


def nest(random: Random, root: dict[str, Any], here: dict[str, Any]) -> None:
    """Put a schema, whole, under an `allOf`, `anyOf` or `oneOf` of one."""
    if here is root or "$id" in here or "id" in here or "$recursiveAnchor" in here:
        return
    inner = dict(here)
    here.clear()
    here[random.choice(["allOf", "anyOf", "oneOf"])] = [inner]


def extract(_random: Random, root: dict[str, Any], here: dict[str, Any]) -> None:
    """Move a schema to the definitions and refer to it."""
    if here is root or {"$id", "id"} & here.keys() or {"$id", "id"} & root.keys():
        return
    home = next((word for word in ("$defs", "definitions") if word in root), "definitions")
    inner = dict(here)
    here.clear()
    name = f"part{len(root.get(home, {}))}"
    here["$ref"] = f"#/{home}/{name}"
    root.setdefault(home, {})[name] = inner


def spell_types(_random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    held = here.get("type")
    if isinstance(held, list) and "anyOf" not in here and "$ref" not in here:
        del here["type"]
        here["anyOf"] = [{"type": one} for one in held]
    elif isinstance(held, str):
        here["type"] = [held]


def spell_enum(_random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    listed = here.get("enum")
    if isinstance(listed, list) and "anyOf" not in here and "$ref" not in here:
        del here["enum"]
        here["anyOf"] = [{"enum": [one]} for one in listed]


def split(_random: Random, _root: dict[str, Any], here: dict[str, Any]) -> None:
    """Say the type and what is required in a schema of an `allOf`."""
    parts: dict[str, Any] = {
        word: here.pop(word) for word in ("required", "type", "pattern", "minimum") if word in here
    }
    if parts and "$ref" not in here:
        here["allOf"] = [*here.get("allOf", ()), *({word: value} for word, value in parts.items())]
    else:
        here.update(parts)


KEEPING: tuple[Edit, ...] = (annotate, reorder, nest, extract, spell_types, spell_enum, split)


def rewritten(random: Random, schema: dict[str, Any], times: int) -> dict[str, Any]:
    """Write a schema in other words that mean the same."""
    schema = copy.deepcopy(schema)
    for _ in range(times):
        # A reference that says where it leads by the place may not follow what moves, so only leaves move.
        places = [one for one in subschemas(schema) if not _referred(schema)] or [schema]
        random.choice(KEEPING)(random, schema, random.choice(places))
    return schema


def _referred(schema: dict[str, Any]) -> bool:
    """Say whether a reference leads into the document elsewhere than to a definition."""
    words = [one["$ref"] for one in subschemas(schema) if isinstance(one.get("$ref"), str)]
    return any(word.startswith("#/") and word.count("/") != 2 for word in words)
