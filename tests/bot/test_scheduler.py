"""The tick."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bot.scheduler import Scheduler, Tick
from tests.patience import PATIENCE

SOON = timedelta(milliseconds=20)


def test_every_tick_calls_its_function_again_and_again() -> None:
    called = {"a": threading.Semaphore(0), "b": threading.Semaphore(0)}
    scheduler = Scheduler([Tick(name, SOON, semaphore.release) for name, semaphore in called.items()])
    scheduler.start()
    for semaphore in called.values():
        for _ in range(2):
            assert semaphore.acquire(timeout=PATIENCE)
    scheduler.stop()


def test_a_function_that_raises_is_logged_and_called_again(caplog: pytest.LogCaptureFixture) -> None:
    called = threading.Semaphore(0)

    def fail() -> None:
        called.release()
        raise RuntimeError("the sweep broke")

    scheduler = Scheduler([Tick("sweep", SOON, fail)])
    scheduler.start()
    for _ in range(2):
        assert called.acquire(timeout=PATIENCE)
    scheduler.stop()
    assert "the sweep broke" in caplog.text
    assert {getattr(record, "tick", None) for record in caplog.records if record.name == "bot.scheduler"} == {"sweep"}


def test_a_function_that_is_still_running_is_not_called_a_second_time() -> None:
    running = threading.Semaphore(0)
    go_on = threading.Event()
    ticks = threading.Semaphore(0)

    def slow() -> None:
        running.release()
        assert go_on.wait(PATIENCE)

    scheduler = Scheduler([Tick("slow", SOON, slow), Tick("other", SOON, ticks.release)])
    scheduler.start()
    assert running.acquire(timeout=PATIENCE)
    for _ in range(5):
        assert ticks.acquire(timeout=PATIENCE)
    assert not running.acquire(blocking=False)
    go_on.set()
    scheduler.stop()


def test_stopping_before_the_start_is_no_mistake() -> None:
    Scheduler([]).stop()
