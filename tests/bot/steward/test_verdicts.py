from __future__ import annotations

import time

import pytest

from bot.steward.verdicts import Limits, judge
from rules.assessment import Assessment
from rules.change import Change
from rules.contract import Contract
from rules.documents import parse
from rules.verdict import Verdict


def change(old: str = '{"type": "object"}', new: str = '{"type": "object", "title": "Order"}') -> Change:
    contract = Contract(name="order", files=("order.json",))
    return Change(contract=contract, base=parse("order.json", old), head=parse("order.json", new))


def sleep(_: Change) -> Assessment:
    time.sleep(60)
    raise AssertionError("nobody waits that long")


def eat_memory(_: Change) -> Assessment:
    eaten = [bytearray(64 * 1024**2) for _ in range(1000)]
    raise AssertionError(f"{len(eaten)} pieces should not fit")


def crash(_: Change) -> Assessment:
    raise LookupError("a secret of the operator")


def test_a_child_answers_with_the_assessment() -> None:
    assert judge(change()).verdict == Verdict.PATCH


@pytest.mark.parametrize(
    ("limits", "work", "why"),
    [
        (Limits(seconds=0.5), sleep, "took longer than 0.5 s"),
        (Limits(memory=512 * 1024**2), eat_memory, "more memory"),
        (Limits(), crash, "LookupError"),
    ],
)
def test_what_cannot_be_decided_counts_as_major_and_says_why(limits: Limits, work: object, why: str) -> None:
    assessment = judge(change(), limits, work)  # type: ignore[arg-type] # a function of this module
    (problem,) = assessment.problems
    assert assessment.grade == Verdict.MAJOR
    assert why in problem.sentence
    assert "secret" not in problem.sentence
