"""Documents of several resources with anchors of one name: the engine reads references as two validators do."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema_rs import Draft202012Validator as FastValidator
from jsonschema_rs import ValidationError

from rules.compare import decide

LEAVES: list[dict[str, Any]] = [
    {"type": "string"}, {"type": "integer"}, {"const": 1}, {"const": "a"}, {"minimum": 1}, {}, {"maxItems": 1},
    {"required": ["a"]},
]  # fmt: skip
DYNAMIC = ["#T", "#U", "one#T", "two#U", "#/$defs/leaf"]
PLAIN = ["#T", "one#T", "#", "#/$defs/leaf", "one", "two", "three"]
RESOURCES = ("one", "two", "three")


def reference(random: Random) -> dict[str, Any]:
    return random.choice([{"$dynamicRef": random.choice(DYNAMIC)}, {"$ref": random.choice(PLAIN)}])


def below(random: Random, depth: int) -> dict[str, Any]:
    if depth == 0 or random.random() < 0.5:
        return reference(random) if random.random() < 0.7 else random.choice(LEAVES)
    return body(random, depth)


def body(random: Random, depth: int = 2) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(random.randint(1, 2)):
        word = random.choice(["items", "additionalProperties", "properties", "anyOf", "leaf", "leaf"])
        if word == "properties":
            made[word] = {name: below(random, depth - 1) for name in random.sample("ab", random.randint(1, 2))}
        elif word == "anyOf":
            made[word] = [{"items": below(random, depth - 1)}, random.choice(LEAVES)]
        else:
            made |= random.choice(LEAVES) if word == "leaf" else {word: below(random, depth - 1)}
    return made


def resource(random: Random, name: str) -> dict[str, Any]:
    anchors = random.sample("TU", random.randrange(3))
    named = {one: {random.choice(["$dynamicAnchor", "$dynamicAnchor", "$anchor"]): one} for one in anchors}
    definitions = {one: {**random.choice(LEAVES), **anchor} for one, anchor in named.items()}
    return {**body(random), "$id": name, "$defs": {"leaf": random.choice(LEAVES), **definitions}}


def document(random: Random, depth: int = 3) -> Any:
    kind = random.random()
    if depth and kind < 0.3:
        return [document(random, depth - 1) for _ in range(random.randrange(3))]
    if depth and kind < 0.75:
        return {name: document(random, depth - 1) for name in random.sample("abc", random.randint(1, 2))}
    return random.choice([1, 0, "a", "b", 2, None])


def read(validator: Any, instance: Any) -> bool | None:
    """Ask a validator; `None` where it finds a reference to lead nowhere, or in a circle."""
    try:
        return bool(validator.is_valid(instance))
    except Exception:  # noqa: BLE001 - each library raises its own
        return None


def searched(seed: int) -> int:
    """Hold the engine's answers on one schema against both validators; return how many there were to hold."""
    random = Random(seed)
    schema = resource(random, "https://example.com/root")
    schema["$defs"] |= {name: resource(random, name) for name in RESOURCES}
    if random.random() < 0.5:  # in place only here, so that nothing runs in a circle
        schema["$ref"] = random.choice(RESOURCES)
    held = 0
    try:
        validators = Draft202012Validator(schema), FastValidator(schema)
    except (ValidationError, ValueError):  # an anchor that a reference names is not there
        return held
    for _ in range(6):
        instance = document(random)
        answer = decide({"const": instance}, schema, budget=50_000).status
        told = {read(validator, instance) for validator in validators} if answer != "undecided" else {None}
        if len(told) == 1 and told != {None}:
            held += 1
            assert told == {answer == "included"}, (seed, schema, instance)
    return held


def test_references_lead_where_both_validators_say() -> None:
    assert sum(map(searched, range(60))) > 60


@pytest.mark.slow
def test_references_of_many_documents_lead_where_both_validators_say() -> None:
    assert sum(map(searched, range(1_000, 4_000))) > 3_000
