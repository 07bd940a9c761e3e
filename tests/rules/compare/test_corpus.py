"""Real pairs of schemas: never a wrong answer, few undecided, no exception.

Some labels of the corpus are wrong (its negations and unions were made by rewriting text); an answer against a label
stands only when two validators agree with it on the witness, or on the constant that the left side is.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import labels
from rules.compare import decide

CORPUS = os.environ.get("SCHEMA_CORPUS")
pytestmark = pytest.mark.skipif(CORPUS is None, reason="SCHEMA_CORPUS names no folder of schema pairs")

SIDES = (("old", "new", "left"), ("new", "old", "left"), ("old", "new", "both"), ("new", "old", "both"))


@pytest.mark.parametrize(("dialect", "rate"), [("draft4", 0.75), ("draft7", 0.97), ("draft2020-12", 0.95)])
def test_containment_pairs_are_decided_and_never_wrongly(dialect: str, rate: float) -> None:
    tally: Counter[str] = Counter()
    wrong = []
    for case in filter(labels.is_core, labels.cases(f"containment-{dialect}")):
        decision = decide(case["left"], case["right"], dialect=case["dialect"])
        expected = "included" if case["included"] else "not_included"
        agrees = decision.status == expected
        tally["right" if agrees else decision.status] += 1
        if not agrees and decision.status != "undecided" and labels.contradicted(case, decision) is None:
            wrong.append((case["id"], decision))
    assert wrong == []
    assert tally["right"] / tally.total() >= rate, tally


def test_the_page_of_wrong_labels_is_what_the_corpus_shows() -> None:
    page = Path(__file__).parents[3] / "docs" / "wrong-labels.md"
    assert page.read_text(encoding="utf-8") == labels.written()


@pytest.mark.parametrize("dialect", ["draft4", "draft7", "draft2020-12"])
def test_asserted_formats_are_never_decided_wrongly(dialect: str) -> None:
    wrong = []
    for case in labels.cases(f"containment-{dialect}"):
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
    for case in labels.cases(name)[::step]:
        for left, right, closed in SIDES:
            decision = decide(case[left], case[right], closed=closed, formats="assert")  # type: ignore[arg-type] # a table
            tally[decision.status] += 1
    return 1 - tally["undecided"] / tally.total()
