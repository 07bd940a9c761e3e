from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.steward.verdicts import Bench, Limits, judge
from rules.assessment import Assessment, assess, unavailable
from rules.change import Change
from rules.contract import Contract, Policy
from rules.documents import parse
from rules.review import review
from rules.verdict import Verdict


def change(old: str = '{"type": "object"}', new: str = '{"type": "object", "title": "Order"}') -> Change:
    contract = Contract(name="order", files=("order.json",))
    return Change(contract=contract, base=parse("order.json", old), head=parse("order.json", new))


def sleep(_: Change) -> Assessment:
    time.sleep(60)
    raise AssertionError("nobody waits that long")


def compute(_: Change) -> Assessment:
    while True:
        pass


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
        (Limits(seconds=0.5), compute, "took longer than 0.5 s"),
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


def die(_: Change) -> Assessment:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


def test_a_child_that_is_killed_leaves_no_verdict_and_the_next_one_works() -> None:
    assert judge(change(), Limits(), die).failed
    assert judge(change()).verdict == Verdict.PATCH


def test_what_could_not_be_judged_is_not_tried_for_ever() -> None:
    asked = []

    def failing(one: Change) -> Assessment:
        asked.append(one.digest)
        return unavailable(one, "it failed")

    bench = Bench(failing)
    for _ in range(3):
        assert bench.sitting()(change()).failed
    assert len(asked) == 1
    bench.sitting()(change(new='{"type": "array"}'))
    assert len(asked) == 2


def test_the_verdicts_of_one_pull_request_end_together() -> None:
    now = iter([0.0, 10.0, 200.0, 300.0, 300.0])
    bench = Bench(assess, together=180, ticks=lambda: next(now))
    sitting = bench.sitting()
    assert sitting(change()).verdict == Verdict.PATCH
    assert "180 s together" in sitting(change()).problems[0].sentence
    assert bench.sitting()(change()).verdict == Verdict.PATCH


@pytest.mark.parametrize("on_error", ["failure", "neutral"])
def test_a_verdict_that_failed_concludes_as_the_contract_says(on_error: str) -> None:
    contract = Contract(name="order", files=("order.json",), policy=Policy(on_error=on_error))  # type: ignore[arg-type]
    failed = unavailable(replace(change(), contract=contract), "it failed")
    assert review(failed, now=datetime.now(UTC), started=None).conclusion == on_error
