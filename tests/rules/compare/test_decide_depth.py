"""Values nested deeper than one search goes: what it owes is settled from the top, and the answer is the same."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest

from benchmarks import schemas
from rules.compare import decide, emptiness

Closed = Literal["none", "left", "both"]
LEAVES: tuple[Any, ...] = (
    {"type": "integer"},
    {"type": "integer", "minimum": 0},
    {"type": "string", "maxLength": 3},
    {"type": "boolean"},
    True,
)


def referring(choose: random.Random, count: int) -> dict[str, Any]:
    """Make definitions that refer to each other at random, in circles too."""
    return {"$ref": "#/$defs/d0", "$defs": {f"d{n}": _definition(choose, count) for n in range(count)}}


def _definition(choose: random.Random, count: int) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": {}}
    for _ in range(choose.choice((1, 2, 2, 3))):
        there = {"$ref": f"#/$defs/d{choose.randrange(count)}"}
        ways = (there, there, {"type": "array", "items": there}, {"anyOf": [there, {"type": "null"}]})
        made["properties"][choose.choice("abc")] = choose.choice((*ways, choose.choice(LEAVES)))
    more: tuple[dict[str, Any], ...] = (
        {"required": [choose.choice("abc")]},
        {"additionalProperties": choose.choice((False, {"$ref": f"#/$defs/d{choose.randrange(count)}"}))},
        {"minProperties": choose.choice((1, 2))},
        {},
        {},
    )
    return made | choose.choice(more)


def edited(choose: random.Random, schema: dict[str, Any]) -> dict[str, Any]:
    """Change one definition."""
    name = choose.choice([*schema["$defs"]])
    old = schema["$defs"][name]
    field = choose.choice([*old["properties"]])
    new = choose.choice(
        (
            old | {"properties": old["properties"] | {field: choose.choice(LEAVES)}},
            old | {"required": [choose.choice("abc")]},
            {word: said for word, said in old.items() if word != "required"},
            old | {"additionalProperties": choose.choice((False, True))},
        )
    )
    return schema | {"$defs": schema["$defs"] | {name: new}}


@pytest.mark.parametrize("seed", range(60))
def test_how_deep_one_search_goes_changes_no_answer(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = random.Random(seed)
    left = referring(choose, choose.choice((2, 3, 5, 8, 12)))
    right = edited(choose, left)
    ways: tuple[Closed, ...] = ("none", "both")
    for closed in ways:
        answers = set()
        for depth in (48, 4, 2, 1):
            monkeypatch.setattr(emptiness, "MAX_DEPTH", depth)
            answers.add(decide(left, right, closed=closed).status)
        assert len(answers) == 1, f"{left} {right}"


@pytest.mark.parametrize("closed", ["none", "left", "both"])
def test_definitions_that_lead_on_for_long_are_decided(closed: Closed) -> None:
    longer, shorter = schemas.referring(150)
    assert decide(shorter, longer, closed=closed).status == "included"
    assert decide(longer, shorter, closed=closed).status == "not_included"


def ladder(count: int, last: dict[str, Any]) -> dict[str, Any]:
    """Make definitions of which each must hold the next."""
    steps: dict[str, Any] = {
        f"d{n}": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": f"#/$defs/d{n + 1}"}}}
        for n in range(count)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**steps, f"d{count}": last}}


def test_a_change_far_below_is_never_taken_for_none() -> None:
    left, right = ladder(120, {"type": "integer"}), ladder(120, {"type": "integer", "minimum": 0})
    assert decide(left, right).status != "included"
    assert decide(right, left).status == "included"
    assert decide(ladder(120, {"not": {}}), right).status == "included"


def test_a_value_below_the_depth_of_one_search_is_found() -> None:
    left, right = ladder(60, {"type": "integer"}), ladder(60, {"type": "integer", "minimum": 0})
    answer = decide(left, right)
    value = answer.witness
    for _ in range(60):
        value = value["a"]
    assert answer.status == "not_included"
    assert value < 0
