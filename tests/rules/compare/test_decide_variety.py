"""A search for counterexamples to every answer, over all keywords and drafts, with two validators beside the engine's.

Each seed draws two schemas; every "included" is tried on documents drawn near both, every witness is looked at again.
"""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from rules.compare import decide
from tests.rules.compare import variety

FAST = {
    "draft4": jsonschema_rs.Draft4Validator,
    "draft6": jsonschema_rs.Draft6Validator,
    "draft7": jsonschema_rs.Draft7Validator,
    "draft2019-09": jsonschema_rs.Draft201909Validator,
    "draft2020-12": jsonschema_rs.Draft202012Validator,
}
_WORD = "[0-9A-Z_a-z]"
EDGE = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
"""The edge of a word as ECMA-262 has it, whose words are of ASCII; Rust and Python count "é" in."""
DOCUMENTS = 40
BUDGET = 60_000


def validators(schema: Any) -> list[Any]:
    """Give the validators to ask; patterns of Python's own are no ECMA-262, so with one only the other is asked."""
    uri = schema["$schema"] if isinstance(schema, dict) else variety.URIS["draft2020-12"]
    draft = next(name for name, known in variety.URIS.items() if known == uri)
    found: list[Any] = [FAST[draft](json.loads(json.dumps(schema).replace("\\\\b", EDGE)))]
    if "pattern" not in repr(schema):
        found.append(validator_for(schema, Draft202012Validator)(schema))
    return found


def is_counterexample(left: list[Any], right: list[Any], document: Any) -> bool:
    return any(one.is_valid(document) and not other.is_valid(document) for one, other in zip(left, right, strict=False))


def searched(seed: int) -> str:
    random = Random(seed)
    left, right = variety.pair(random)
    decision = decide(left, right, budget=BUDGET)
    if decision.status == "undecided":
        return decision.status
    try:
        sides = validators(left), validators(right)
    except jsonschema_rs.ValidationError:  # what one draft does not allow
        return "no schema"
    if decision.status == "not_included":
        assert is_counterexample(*sides, decision.witness), (seed, left, right, decision)
    else:
        for document in variety.documents(random, [left, right], DOCUMENTS):
            assert not is_counterexample(*sides, document), (seed, left, right, document)
    return decision.status


def test_no_answer_has_a_counterexample_and_nearly_all_are_given() -> None:
    tally = Counter(searched(seed) for seed in range(250))
    assert tally["undecided"] <= 8, tally
    assert min(tally["included"], tally["not_included"]) > 60, tally


@pytest.mark.slow
def test_no_answer_of_many_has_a_counterexample() -> None:
    tally = Counter(searched(seed) for seed in range(1_000, 9_000))
    assert tally["undecided"] / tally.total() <= 0.015, tally
