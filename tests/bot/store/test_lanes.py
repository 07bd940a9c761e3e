"""Lanes: one leased job each, and asking again coalesces."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import Store
from bot.store.values import Job, JobState, Lease, NewJob
from tests.bot.store.moments import LEASE, NOON, at, claim, claimed, finish


def _ask(store: Store, number: int, **more: object) -> None:
    with store.transaction() as transaction:
        job = NewJob("pull", {"n": number}, lane="pull:1:2", **more)  # type: ignore[arg-type]  # a test's shorthand
        assert transaction.enqueue(job)


def _jobs(store: Store, state: JobState) -> tuple[Job, ...]:
    with store.reading() as transaction:
        return transaction.jobs(state)


def _fail(store: Store, lease: Lease, retry_at: float | None, *, firm: bool = False) -> bool:
    with store.transaction() as transaction:
        later = None if retry_at is None else at(retry_at)
        return transaction.fail(lease, NOON, "it broke", later, firm=firm)


def test_asking_thrice_runs_once_with_the_newest_payload(store: Store) -> None:
    for number in range(3):
        _ask(store, number)
    lease = claimed(store)
    assert (lease.payload, lease.wanted, lease.lane) == ({"n": 2}, 3, "pull:1:2")
    assert claim(store) is None
    assert finish(store, lease)
    assert claim(store, at(1000)) is None


def test_asking_during_the_run_makes_it_run_exactly_once_more(store: Store) -> None:
    _ask(store, 1)
    first = claimed(store)
    _ask(store, 2)
    _ask(store, 3)
    assert claim(store) is None
    assert finish(store, first)
    second = claimed(store)
    assert (second.payload, second.attempt) == ({"n": 3}, 1)
    assert finish(store, second)
    assert claim(store, at(1000)) is None
    assert [job.state for job in _jobs(store, "done")] == ["done"]


def test_asking_after_the_end_makes_a_new_job(store: Store) -> None:
    _ask(store, 1)
    first = claimed(store)
    finish(store, first)
    _ask(store, 2)
    assert claimed(store).job_id != first.job_id


def test_a_run_that_asks_for_itself_later_runs_then_and_not_before(store: Store) -> None:
    _ask(store, 1)
    lease = claimed(store)
    _ask(store, 2, due=at(500))
    assert finish(store, lease)
    assert claim(store, at(499)) is None
    assert claimed(store, at(500)).payload == {"n": 2}


def test_a_crash_after_asking_for_later_leaves_the_run_due_and_the_later_one_too(store: Store) -> None:
    _ask(store, 1)
    claimed(store)
    _ask(store, 2, due=at(500))
    second = claimed(store, at(60))
    assert finish(store, second, at(61))
    assert claim(store, at(499)) is None
    assert claim(store, at(500)) is not None


def test_a_crash_after_asking_again_leaves_one_run_for_both(store: Store) -> None:
    _ask(store, 1)
    claimed(store)
    _ask(store, 2)
    second = claimed(store, at(60))
    assert (second.payload, second.wanted) == ({"n": 2}, 2)
    assert finish(store, second, at(61))
    assert claim(store, at(1000)) is None


def test_asking_for_earlier_brings_a_waiting_job_forward(store: Store) -> None:
    _ask(store, 1, due=at(500))
    _ask(store, 2, due=at(100))
    _ask(store, 3, due=at(300))
    assert claim(store, at(99)) is None
    assert claim(store, at(100)) is not None


def test_asking_more_urgently_raises_the_waiting_job(store: Store) -> None:
    _ask(store, 1, priority=-10)
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("other", {}, priority=-5))
    _ask(store, 2, priority=0)
    _ask(store, 3, priority=-10)
    assert claimed(store).kind == "pull"


def test_a_failed_run_is_tried_at_once_when_asked_again_with_all_its_attempts(store: Store) -> None:
    _ask(store, 1)
    assert _fail(store, claimed(store), 500)
    _ask(store, 2)
    again = claimed(store, at(1))
    assert (again.payload, again.attempt) == ({"n": 2}, 1)


def test_a_firm_wait_is_not_cut_short_by_asking_again(store: Store) -> None:
    _ask(store, 1)
    assert _fail(store, claimed(store), 500, firm=True)
    _ask(store, 2)
    assert claim(store, at(499)) is None
    assert claimed(store, at(500)).payload == {"n": 2}


def test_a_firm_wait_holds_also_what_was_asked_during_the_run(store: Store) -> None:
    _ask(store, 1)
    lease = claimed(store)
    _ask(store, 2)
    assert _fail(store, lease, 500, firm=True)
    assert claim(store, at(499)) is None
    assert claimed(store, at(500)).payload == {"n": 2}


def test_a_job_that_was_asked_for_again_does_not_die_of_its_old_input(store: Store) -> None:
    _ask(store, 1)
    lease = claimed(store)
    _ask(store, 2)
    assert _fail(store, lease, None)
    assert claimed(store).payload == {"n": 2}
    assert _jobs(store, "dead") == ()


def test_a_dead_job_does_not_stop_its_lane(store: Store) -> None:
    _ask(store, 1)
    assert _fail(store, claimed(store), None)
    _ask(store, 2)
    assert claimed(store).payload == {"n": 2}


def test_jobs_of_two_kinds_in_a_lane_take_turns_and_are_both_done(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("examine", {}, lane="x"))
        transaction.enqueue(NewJob("command", {}, lane="x"))
        transaction.enqueue(NewJob("examine", {}, lane="y"))
    first, elsewhere = claimed(store), claimed(store)
    assert (first.kind, first.lane, elsewhere.lane) == ("examine", "x", "y")
    assert claim(store) is None
    finish(store, first)
    assert claimed(store).kind == "command"


def test_jobs_with_keys_do_not_coalesce_but_keep_to_their_lane(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(2):
            assert transaction.enqueue(NewJob("notice", {"n": number}, key=f"n{number}", lane="x"))
        assert not transaction.enqueue(NewJob("notice", {"n": 9}, key="n1", lane="x"))
    first = claimed(store)
    assert claim(store) is None
    finish(store, first)
    assert claimed(store).payload == {"n": 1}


def test_an_expired_lease_does_not_block_the_lane_and_its_holder_is_fenced(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("slow", {}, lane="x"))
        transaction.enqueue(NewJob("urgent", {}, lane="x", due=at(1)))
    paused = claimed(store)
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("urgent", {}, lane="x", priority=9))
    other = claimed(store, at(60))
    assert other.kind == "urgent"
    assert not finish(store, paused, at(61))
    assert claim(store, at(61)) is None
    assert finish(store, other, at(61))
    assert claimed(store, at(61)).kind == "slow"


@dataclass
class _Model:
    """What a person would say of one lane: what is asked for, since when it may run, and who holds it until when."""

    asked: int = 0
    covered: int = 0
    due: float = 0.0
    lease: Lease | None = None
    until: float = 0.0
    took: int = 0
    now: float = 0.0
    old: list[Lease] = field(default_factory=list)

    def may_run(self) -> bool:
        return self.asked > self.covered and self.due <= self.now and not (self.lease and self.until > self.now)


_numbers = itertools.count()
_STEPS = st.lists(
    st.sampled_from(["ask", "ask", "claim", "claim", "finish", "fail", "crash", "late"]) | st.integers(1, 90),
    max_size=40,
)


class _Run:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.name = f"lane{next(_numbers)}"
        self.model = _Model()

    def step(self, step: str | int) -> None:
        if isinstance(step, int):
            self.model.now += step
        else:
            getattr(self, step)()

    def ask(self) -> None:
        model = self.model
        model.asked += 1
        if model.lease is None:
            model.due = 0.0
        with self.store.transaction() as transaction:
            transaction.enqueue(NewJob("k", {"n": model.asked}, lane=self.name, pool=self.name))

    def claim(self) -> None:
        model = self.model
        lease = claim(self.store, at(model.now), [self.name])
        assert (lease is not None) == model.may_run()
        if lease is None:
            return
        if model.lease:
            model.old.append(model.lease)
        assert lease.payload == {"n": model.asked}
        model.lease, model.until, model.took = lease, model.now + LEASE.total_seconds(), model.asked

    def finish(self) -> None:
        model = self.model
        if model.lease:
            assert finish(self.store, model.lease, at(model.now))
            self._end(covered=True)

    def fail(self) -> None:
        model = self.model
        if model.lease:
            with self.store.transaction() as transaction:
                assert transaction.fail(model.lease, at(model.now), "it broke", at(model.now + 30))
            asked_again = model.asked > model.took
            self._end(covered=False)
            model.due = 0.0 if asked_again else model.now + 30

    def crash(self) -> None:
        self.model.now += LEASE.total_seconds()

    def late(self) -> None:
        for lease in self.model.old:
            assert not finish(self.store, lease, at(self.model.now))

    def drain(self) -> None:
        self.model.now += 1000
        for _ in range(3):
            self.claim()
            self.finish()
        assert self.model.covered == self.model.asked
        assert claim(self.store, at(self.model.now + 1000), [self.name]) is None

    def _end(self, *, covered: bool) -> None:
        model = self.model
        if covered:
            model.covered = model.took
        assert model.lease is not None
        model.old.append(model.lease)
        model.lease = None
        model.due = 0.0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_a_lane_behaves_like_its_model(store: Store, steps: list[str | int]) -> None:
    run = _Run(store)
    for step in steps:
        run.step(step)
    run.drain()


@pytest.mark.parametrize("times", [1, 2, 5])
def test_wanted_counts_every_time_it_was_asked_for(store: Store, times: int) -> None:
    for number in range(times):
        _ask(store, number)
    assert _jobs(store, "open")[0].wanted == times
