from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.steward import child
from bot.steward.verdicts import Bench, Limits, judge
from rules.assessment import Assessment, assess, unavailable
from rules.change import Change
from rules.contract import Contract, Policy
from rules.documents import parse
from rules.review import review
from rules.verdict import Verdict
from tests.bot.steward import pieces


def change(old: str = '{"type": "object"}', new: str = '{"type": "object", "title": "Order"}') -> Change:
    contract = Contract(name="order", files=("order.json",))
    return Change(contract=contract, base=parse("order.json", old), head=parse("order.json", new))


def test_a_child_answers_with_the_assessment() -> None:
    assert judge(change()).verdict == Verdict.PATCH


@pytest.mark.parametrize(
    ("limits", "work", "why"),
    [
        (Limits(seconds=0.5), pieces.sleep, "took longer than 0.5 s"),
        (Limits(seconds=0.5), pieces.compute, "took longer than 0.5 s"),
        (Limits(memory=512 * 1024**2), pieces.eat_memory, "more memory"),
        (Limits(), pieces.crash, "LookupError"),
    ],
)
def test_what_cannot_be_decided_counts_as_major_and_says_why(limits: Limits, work: object, why: str) -> None:
    assessment = judge(change(), limits, work)  # type: ignore[arg-type] # a function of tests.bot.steward.pieces
    (problem,) = assessment.problems
    assert assessment.grade == Verdict.MAJOR
    assert why in problem.sentence
    assert "secret" not in problem.sentence


def test_a_child_that_is_killed_leaves_no_verdict_and_the_next_one_works() -> None:
    assert judge(change(), Limits(), pieces.die).failed
    assert judge(change()).verdict == Verdict.PATCH


def test_a_process_that_did_its_work_does_the_next() -> None:
    assert child.run(pieces.who, None, Limits()) == child.run(pieces.who, None, Limits())


def test_each_piece_of_work_has_all_its_seconds_whatever_was_done_before() -> None:
    for _ in range(2):
        assert child.run(pieces.work_hard, None, Limits(seconds=2))
        left = child.run(pieces.computing_left, None, Limits(seconds=2))
        assert isinstance(left, float)
        assert 2 <= left <= 3


def test_what_fails_for_want_of_memory_is_tried_once_more_where_nothing_was_done_before(tmp_path: Path) -> None:
    child.run(pieces.who, None, Limits())
    assert child.run(pieces.fail_where_something_was_done, tmp_path / "tried", Limits()) == "done"


def test_a_process_that_was_killed_while_it_waited_costs_nobody_an_answer() -> None:
    first = child.run(pieces.who, None, Limits())
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    assert child.run(pieces.who, None, Limits()) not in {first, None}


def test_a_process_that_does_not_end_is_ended() -> None:
    assert child.run(pieces.refuse_to_end, None, Limits(seconds=0.05)) == child.Failed(
        "took longer than 0.05 s and was stopped"
    )


def test_a_process_that_has_needed_much_memory_is_not_kept() -> None:
    assert child.run(pieces.large, None, Limits()) != child.run(pieces.who, None, Limits())


def test_what_cannot_be_handed_back_has_failed() -> None:
    found = child.run(pieces.unspeakable, None, Limits())
    assert isinstance(found, child.Failed)


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
