"""The worker, seen from its handlers and the job table."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from bot.clock import ShiftableClock, system_clock
from bot.store import Store
from bot.store.values import Job, JobState, Lease, NewJob
from bot.worker import MAX_ATTEMPTS, Handler, Retry, Worker, backoff
from tests.bot.store.moments import NOON
from tests.patience import PATIENCE


class _Time:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> _Time:
    return _Time()


def _enqueue(store: Store, *jobs: NewJob) -> None:
    with store.transaction() as transaction:
        for job in jobs:
            transaction.enqueue(job)


def _jobs(store: Store, state: JobState) -> tuple[Job, ...]:
    with store.reading() as transaction:
        return transaction.jobs(state)


def _raising(error: Exception) -> Handler:
    def handler(lease: Lease, store: Store) -> None:
        raise error

    return handler


def test_a_job_is_done_by_the_handler_of_its_kind(store: Store, time: _Time) -> None:
    done: list[tuple[str, object]] = []
    handlers: dict[str, Handler] = {
        "a": lambda lease, _: done.append(("a", lease.payload["n"])),
        "b": lambda lease, _: done.append(("b", lease.payload["n"])),
    }
    _enqueue(store, NewJob("b", {"n": 1}), NewJob("a", {"n": 2}))
    worker = Worker(store, handlers, time)
    assert [worker.run_once() for _ in range(3)] == [True, True, False]
    assert done == [("b", 1), ("a", 2)]
    assert len(_jobs(store, "done")) == 2


def test_a_handler_may_enqueue_more_work(store: Store, time: _Time) -> None:
    def first(lease: Lease, store: Store) -> None:
        _enqueue(store, NewJob("second", {"from": lease.job_id}))

    _enqueue(store, NewJob("first", {}))
    worker = Worker(store, {"first": first, "second": lambda *_: None}, time)
    assert [worker.run_once() for _ in range(3)] == [True, True, False]


def test_a_failure_is_recorded_with_its_place_and_tried_again_later(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("a", {}))
    worker = Worker(store, {"a": _raising(ValueError("seven is too many"))}, time)
    assert worker.run_once()
    (job,) = _jobs(store, "open")
    assert job.error.startswith("ValueError: seven is too many")
    assert "in handler" in job.error
    assert job.due == NOON + backoff(1)
    assert not worker.run_once()


def test_waits_grow_and_are_never_longer_than_an_hour() -> None:
    waits = [backoff(attempt) for attempt in range(1, 30)]
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_a_job_that_always_fails_is_dead_after_eight_attempts(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("a", {}))
    attempts: list[int] = []

    def handler(lease: Lease, store: Store) -> None:
        attempts.append(lease.attempt)
        raise RuntimeError(f"attempt {lease.attempt}")

    worker = Worker(store, {"a": handler}, time)
    while worker.run_once():
        time.now += timedelta(hours=2)
    assert attempts == list(range(1, MAX_ATTEMPTS + 1))
    (dead,) = _jobs(store, "dead")
    assert dead.error.startswith("RuntimeError: attempt 8")


def test_a_retry_waits_as_long_as_it_says_and_is_no_attempt(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("a", {}))
    worker = Worker(store, {"a": _raising(Retry(timedelta(minutes=7), "GitHub's rate limit"))}, time)
    for _ in range(MAX_ATTEMPTS + 3):
        assert worker.run_once()
        time.now += timedelta(minutes=7, seconds=-1)
        assert not worker.run_once()
        time.now += timedelta(seconds=1)
    (job,) = _jobs(store, "open")
    assert "GitHub's rate limit" in job.error


def test_a_job_of_an_unknown_kind_is_kept_for_a_release_that_knows_it(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("new.kind", {}))
    assert Worker(store, {}, time).run_once()
    (job,) = _jobs(store, "open")
    assert "no handler for jobs of the kind 'new.kind'" in job.error


def test_a_job_whose_workers_always_die_is_dead_in_the_end(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("a", {}))
    for _ in range(MAX_ATTEMPTS):
        with store.transaction() as transaction:
            assert transaction.claim(time.now, lease=timedelta(seconds=60))
        time.now += timedelta(seconds=60)
    ran: list[Lease] = []
    assert Worker(store, {"a": lambda lease, _: ran.append(lease)}, time).run_once()
    assert ran == []
    assert "died or lost its lease 8 times" in _jobs(store, "dead")[0].error


def test_a_worker_serves_its_own_pools_only(store: Store, time: _Time) -> None:
    _enqueue(store, NewJob("a", {}, pool="slow"))
    handlers: dict[str, Handler] = {"a": lambda *_: None}
    assert not Worker(store, handlers, time, pools=["fast"]).run_once()
    assert Worker(store, handlers, time, pools=["fast", "slow"]).run_once()


@pytest.mark.parametrize("error", [None, RuntimeError("late"), Retry(timedelta(seconds=1), "late")])
def test_the_result_of_a_worker_that_lost_its_lease_is_refused(
    store: Store, time: _Time, error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    _enqueue(store, NewJob("a", {}))
    taken: list[Lease] = []

    def slow(lease: Lease, store: Store) -> None:
        time.now += timedelta(seconds=61)
        with store.transaction() as transaction:
            other = transaction.claim(time.now, lease=timedelta(seconds=60))
        assert other is not None
        taken.append(other)
        if error:
            raise error

    assert Worker(store, {"a": slow}, time).run_once()
    assert [getattr(record, "action", "") for record in caplog.records if record.levelno == logging.WARNING] == [
        "refused"
    ]
    (job,) = _jobs(store, "open")
    assert (job.error, job.attempt) == ("", 2)
    with store.transaction() as transaction:
        assert transaction.finish(taken[0], time.now)


def test_a_lease_is_renewed_while_the_handler_runs(store: Store) -> None:
    clock = ShiftableClock()
    lease_for = timedelta(seconds=0.3)
    renewed: list[bool] = []

    def slow(lease: Lease, store: Store) -> None:
        first = _jobs(store, "open")[0].leased_until
        waiting = threading.Event()
        while not renewed:
            waiting.wait(0.02)
            latest = _jobs(store, "open")[0].leased_until
            if first and latest and latest > first:
                renewed.append(True)

    _enqueue(store, NewJob("a", {}))
    assert Worker(store, {"a": slow}, clock, lease=lease_for).run_once()
    assert renewed


def test_every_step_of_a_job_is_logged_with_its_facts(
    store: Store, time: _Time, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.worker")
    _enqueue(store, NewJob("good", {}, lane="x"), NewJob("bad", {}))
    worker = Worker(store, {"good": lambda *_: None, "bad": _raising(ValueError("no"))}, time)
    while worker.run_once():
        pass
    facts = [
        tuple(vars(record)[name] for name in ("action", "kind", "attempt", "lane"))
        for record in caplog.records
        if record.name == "bot.worker"
    ]
    assert facts == [
        ("begin", "good", 1, "x"),
        ("done", "good", 1, "x"),
        ("begin", "bad", 1, None),
        ("retry", "bad", 1, None),
    ]
    assert "ValueError: no" in caplog.text


@contextmanager
def _running(worker: Worker):  # type: ignore[no-untyped-def]  # noqa: ANN202 a generator of nothing
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    worker.wake()
    thread.join()


def test_a_running_worker_does_what_is_enqueued_until_it_is_stopped(store: Store) -> None:
    done = threading.Semaphore(0)
    worker = Worker(store, {"a": lambda *_: done.release()}, system_clock)
    with _running(worker):
        for _ in range(3):
            _enqueue(store, NewJob("a", {}))
            worker.wake()
            assert done.acquire(timeout=PATIENCE)
    assert store.idle(system_clock())


def test_a_worker_that_nobody_wakes_looks_by_itself(store: Store) -> None:
    done = threading.Event()
    with _running(Worker(store, {"a": lambda *_: done.set()}, system_clock)):
        _enqueue(store, NewJob("a", {}))
        assert done.wait(30)


def test_stopping_lets_the_running_job_end_and_begins_no_other(store: Store) -> None:
    began, go_on = threading.Event(), threading.Event()

    def handler(lease: Lease, store: Store) -> None:
        began.set()
        assert go_on.wait(30)

    _enqueue(store, NewJob("a", {}), NewJob("a", {}))
    worker = Worker(store, {"a": handler}, system_clock)
    with _running(worker) as stop:
        assert began.wait(30)
        stop.set()
        go_on.set()
    assert (len(_jobs(store, "done")), len(_jobs(store, "open"))) == (1, 1)


def test_a_database_that_does_not_answer_for_a_while_does_not_end_the_worker(store: Store) -> None:
    done = threading.Event()
    failures = [OSError("the database is away")]
    original: Callable[[], object] = store.transaction

    class Shaky:
        one_writer = False

        def transaction(self) -> object:
            if failures:
                raise failures.pop()
            return original()

    _enqueue(store, NewJob("a", {}))
    shaky: Store = Shaky()  # type: ignore[assignment]  # all that a worker uses
    with _running(Worker(shaky, {"a": lambda *_: done.set()}, system_clock)):
        assert done.wait(30)
