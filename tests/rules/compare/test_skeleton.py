"""What carries over from changed words to whole documents, held against the engine, which looks at the whole."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from benchmarks.schemas import referring
from rules.compare import compare
from rules.compare.inclusion import Closed, Engine
from rules.compare.skeleton import changed_words
from tests.rules.compare import edits, variety
from tests.rules.compare.test_decide_edits import schemas

BUDGET = 100_000
WAYS: tuple[Closed, ...] = ("none", "left", "both")
SHORT, LONG = {"type": "string", "maxLength": 4}, {"type": "string", "maxLength": 9}


def carried(old: Any, new: Any) -> bool:
    """Say whether inclusion follows from the words; where it does, the engine must not find a counterexample."""
    changed = changed_words(old, new)
    engine = Engine(formats="assert")
    if not changed or any(engine.decide(*pair).status != "included" for pair in changed):
        return False
    for closed in WAYS:
        answer = engine.decide(old, new, closed=closed, budget=BUDGET)
        assert answer.status != "not_included", (closed, old, new, answer)
    return True


def searched(seed: int) -> int:
    random = Random(seed)
    base = random.choice(random.choice(schemas()))
    edited = base, edits.edited(random, base, random.choice([1, 1, 2]))
    return sum(carried(*pair) + carried(*pair[::-1]) for pair in (edited, variety.pair(random)))


def test_what_carries_over_is_never_refuted_by_the_engine() -> None:
    assert sum(searched(seed) for seed in range(120)) > 20


@pytest.mark.slow
def test_what_carries_over_of_many_is_never_refuted_by_the_engine() -> None:
    assert sum(searched(seed) for seed in range(1_000, 6_000)) > 500


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda part: {"properties": {"a": part}},
        lambda part: {"items": {"allOf": [part]}, "uniqueItems": True},
        lambda part: {"$defs": {"A": part}, "additionalProperties": {"$ref": "#/$defs/A"}},
        lambda part: {"$id": "https://example.org/a", "patternProperties": {"^a": part}, "x-note": 1},
    ],
)
def test_words_carry_over_where_nothing_chooses(wrapped: Any) -> None:
    assert changed_words(wrapped(SHORT), wrapped(LONG)) == [(SHORT, LONG)]
    assert carried(wrapped(SHORT), wrapped(LONG))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda part: {"not": part},
        lambda part: {"oneOf": [part, {"type": "null"}]},
        lambda part: {"anyOf": [part, {"properties": {"a": {}}}]},
        lambda part: {"if": part, "then": {"minLength": 2}},
        lambda part: {"contains": part, "maxContains": 1},
        lambda part: {"propertyNames": part},
        lambda part: {"unevaluatedItems": part},
        lambda part: {"dependentSchemas": {"a": part}},
        lambda part: {"items": [part]},
        lambda part: {"properties": {"a": part, "b": {"$ref": "other.json"}}},
        lambda part: {"properties": {"a": part, "b": {"$ref": "#/properties/a"}}},
        lambda part: {"properties": {"a": part, "b": {"$ref": "#/$defs/missing"}}},
        lambda part: {"properties": {"a": part, "b": {"$id": "b.json"}}},
        lambda part: {"properties": {"a": part, "b": {"$dynamicRef": "#b"}}},
        lambda part: {"properties": {"a": part, "b": 1}},
        lambda part: {"properties": {"a": part}, "required" if "9" in str(part) else "allOf": []},
        lambda part: {"properties": {"a": part}, "$schema": f"https://json-schema.org/{part}"},
        lambda part: [part],
        lambda part: {"allOf": [part] * (2 if part is LONG else 1)},
        lambda part: {"properties": {f"f{n}": part for n in range(30)}},
    ],
)
def test_nothing_carries_over_where_what_applies_may_differ(wrapped: Any) -> None:
    assert changed_words(wrapped(SHORT), wrapped(LONG)) is None


def test_a_wider_word_in_one_of_many_definitions_is_proven_in_its_direction() -> None:
    old, new = referring(60)
    found = {relation.name: relation.status for relation in compare(old, new).relations}
    assert [found[name] for name in ("forward", "extended", "strict_forward")] == ["proven"] * 3
    assert [found[name] for name in ("backward", "retained", "strict_backward")] == ["refuted"] * 3
