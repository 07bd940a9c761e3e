"""Real pairs of schemas: never a wrong answer, few undecided, no exception.

Some labels of the corpus are wrong (its negations and unions were made by rewriting text); an answer against a label
stands only when two validators agree with it on the witness, or on the constant that the left side is.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry

from rules.compare import decide
from rules.compare.values import Decision

CORPUS = os.environ.get("SCHEMA_CORPUS")
pytestmark = pytest.mark.skipif(CORPUS is None, reason="SCHEMA_CORPUS names no folder of schema pairs")

VALIDATORS: dict[str, tuple[Any, Any]] = {
    "draft4": (jsonschema.Draft4Validator, jsonschema_rs.Draft4Validator),
    "draft7": (jsonschema.Draft7Validator, jsonschema_rs.Draft7Validator),
    "draft2020-12": (jsonschema.Draft202012Validator, jsonschema_rs.Draft202012Validator),
}
SIDES = (("old", "new", "left"), ("new", "old", "left"), ("old", "new", "both"), ("new", "old", "both"))


def cases(name: str, step: int = 1) -> list[dict[str, Any]]:
    assert CORPUS is not None
    lines = (
        (Path(CORPUS) / name).read_bytes().rstrip().split(b"\n")
    )  # a text may hold U+2028, which ends a line for str
    return [json.loads(line) for line in lines[::step]]


def is_core(case: dict[str, Any]) -> bool:
    return not any(word in case["id"] for word in ("optional/", "format", "content"))


def both_accept(dialect: str, schema: Any, instance: Any) -> set[bool]:
    slow, fast = VALIDATORS[dialect]
    return {slow(schema, registry=Registry()).is_valid(instance), fast(schema).is_valid(instance)}


def label_is_wrong(case: dict[str, Any], decision: Decision) -> bool:
    if decision.status == "not_included":
        accepted = both_accept(case["dialect"], case["left"], decision.witness)
        return accepted == {True} and both_accept(case["dialect"], case["right"], decision.witness) == {False}
    constant = case["left"].get("const") if set(case["left"]) == {"const"} else None
    return constant is not None and both_accept(case["dialect"], case["right"], constant) == {True}


@pytest.mark.parametrize(("dialect", "rate"), [("draft4", 0.75), ("draft7", 0.97), ("draft2020-12", 0.95)])
def test_containment_pairs_are_decided_and_never_wrongly(dialect: str, rate: float) -> None:
    tally: Counter[str] = Counter()
    wrong = []
    for case in filter(is_core, cases(f"containment-{dialect}.jsonl")):
        decision = decide(case["left"], case["right"], dialect=case["dialect"])
        expected = "included" if case["included"] else "not_included"
        agrees = decision.status == expected
        tally["right" if agrees else decision.status] += 1
        if not agrees and decision.status != "undecided" and not label_is_wrong(case, decision):
            wrong.append((case["id"], decision))
    assert wrong == []
    assert tally["right"] / tally.total() >= rate, tally


@pytest.mark.parametrize("dialect", ["draft4", "draft7", "draft2020-12"])
def test_asserted_formats_are_never_decided_wrongly(dialect: str) -> None:
    wrong = []
    for case in cases(f"containment-{dialect}.jsonl"):
        if "optional/format/" not in case["id"]:
            continue
        decision = decide(case["left"], case["right"], dialect=case["dialect"], formats="assert")
        if decision.status not in ("undecided", "included" if case["included"] else "not_included"):
            wrong.append((case["id"], decision))
    assert wrong == []


@pytest.mark.parametrize(("name", "step", "rate"), [("iglu-central", 1, 0.99), ("apicurio", 1, 0.99)])
def test_relations_of_real_histories_are_decided(name: str, step: int, rate: float) -> None:
    assert decided(name, step) >= rate


def test_relations_of_real_histories_with_references_are_decided() -> None:
    assert decided("schemastore-history", 16) >= 0.6


@pytest.mark.slow
def test_relations_of_all_real_histories_are_decided() -> None:
    assert decided("schemastore-history", 1) >= 0.85


def decided(name: str, step: int) -> float:
    tally: Counter[str] = Counter()
    for case in cases(f"{name}.jsonl", step):
        for left, right, closed in SIDES:
            decision = decide(case[left], case[right], closed=closed, formats="assert")  # type: ignore[arg-type] # a table
            tally[decision.status] += 1
    return 1 - tally["undecided"] / tally.total()
