"""Several crews on one database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bot import worker
from bot.clock import Clock, system_clock
from bot.crew import Crew, Round
from bot.store import Store
from bot.store.values import Lease, NewJob
from bot.worker import Handler
from tests.bot.store.moments import NOON
from tests.patience import PATIENCE

DAILY = Round(timedelta(days=1), NewJob("tidy", {}, pool="slow"))


@contextmanager
def working(
    store: Store, handlers: Mapping[str, Handler], *rounds: Round, pools: Mapping[str, int], clock: Clock = system_clock
) -> Iterator[Crew]:
    crew = Crew(store, handlers, clock, pools=pools, rounds=rounds)
    crew.start()
    try:
        yield crew
    finally:
        crew.stop(time.monotonic() + PATIENCE)


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Store]:
    """Give the same database as another process has it."""
    opened = Store.open(database_url)
    yield opened
    opened.close()


def test_a_round_is_one_job_in_its_period_whoever_asks_first(store: Store, elsewhere: Store) -> None:
    for opened in (store, elsewhere, store):
        for minutes in (0, 1, 700):
            with opened.transaction() as transaction:
                transaction.enqueue(DAILY.due(NOON + timedelta(minutes=minutes)))
    with store.reading() as transaction:
        assert len(transaction.jobs("open")) == 1
    with store.transaction() as transaction:
        assert transaction.enqueue(DAILY.due(NOON + timedelta(minutes=720)))


def test_two_crews_whose_ticks_coincide_do_a_round_once(store: Store, elsewhere: Store) -> None:
    """Both ask as often as they can in what is one period for them, and both work."""
    done: list[Lease] = []
    asked = threading.Semaphore(0)

    def clock_of(opened: Store):  # type: ignore[no-untyped-def]  # noqa: ANN202 a clock
        def clock():  # type: ignore[no-untyped-def]  # noqa: ANN202 as above
            asked.release()
            return NOON

        return clock

    often = Round(timedelta(seconds=0.02), NewJob("tidy", {}, pool="slow"))
    handlers: Mapping[str, Handler] = {"tidy": lambda lease, _: done.append(lease)}
    pools = {"slow": 1}
    with (
        working(store, handlers, often, pools=pools, clock=clock_of(store)),
        working(elsewhere, handlers, often, pools=pools, clock=clock_of(elsewhere)),
    ):
        for _ in range(50):
            assert asked.acquire(timeout=PATIENCE)
    assert len(done) == 1


@pytest.mark.postgres
def test_a_crew_that_does_not_look_by_itself_hears_of_work_elsewhere(
    store: Store, elsewhere: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not store.has_bell:
        return  # on SQLite workers only look by themselves
    monkeypatch.setattr(worker, "_POLL_SECONDS", 10 * PATIENCE)
    done = threading.Semaphore(0)
    with working(store, {"a": lambda *_: done.release()}, pools={"default": 2, "other": 1}):
        for pool in ("default", "other", "default"):
            with elsewhere.transaction() as transaction:
                transaction.enqueue(NewJob("a", {}, pool=pool))
            assert done.acquire(timeout=PATIENCE)


def test_waking_a_pool_that_this_crew_does_not_serve_is_no_mistake(store: Store) -> None:
    with working(store, {}, pools={"default": 1}) as crew:
        crew.wake("another release's pool")
        assert not crew.stopping
    assert crew.stopping


def test_what_a_job_asks_for_begins_before_anybody_looks_by_himself(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_POLL_SECONDS", 10 * PATIENCE)
    begun = threading.Event()

    def ask(_: Lease, of: Store) -> None:
        with of.transaction() as transaction:
            transaction.enqueue(NewJob("asked", {}, pool="other"))

    with working(store, {"ask": ask, "asked": lambda *_: begun.set()}, pools={"default": 1, "other": 2}):
        with store.transaction() as transaction:
            transaction.enqueue(NewJob("ask", {}))
        assert begun.wait(PATIENCE)
