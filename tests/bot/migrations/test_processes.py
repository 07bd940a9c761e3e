"""Processes that convert documents beside the worker: the same answers, whatever becomes of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bot.migrations import processes
from bot.migrations.check import compile_check
from bot.migrations.processes import FEW_ROWS, Processes
from bot.migrations.rows import conversions
from bot.migrations.running import Conversions
from bot.migrations.values import Batch, Failed, Key
from rules.transform import compile_steps

NEW = {"properties": {"n": {"type": "integer"}}, "required": ["n"]}
STEPS = [{"cast": {"at": "/n", "from": "string", "to": "integer"}}]
ROWS = [
    (str(key), '{"n": "x"}' if key % 7 == 0 else '{"n": 1, "n": 2}' if key % 11 == 0 else f'{{"n": "{key}"}}')
    for key in range(2_000)
]


def made() -> Conversions:
    return conversions(
        compile_steps(STEPS), compile_check(schema=True, what="the old one"), compile_check(NEW, "the new one"), made
    )


def broken() -> Conversions:
    raise OSError


def read(after: Key | None) -> Batch:
    start = int(after[0]) + 1 if after else 0
    return Batch(ROWS[start : start + 400], 1)


def key_of(row: Sequence[Any]) -> Key:
    return (row[0],)


@pytest.fixture
def two() -> Iterator[Processes]:
    with Processes(made(), cores=2) as found:
        yield found


def converted(work: Processes, way: processes.Way = "up", rows: int = FEW_ROWS) -> list[Any]:
    return [one for _, answers in work.ahead(way, read, key_of, None, rows) for one in answers]


def ready(work: Processes) -> None:
    """Wait until both processes have said that they are."""
    while len(work._ready) < 2:
        work._at_work()
        for child in work._starting:
            child.pipe.poll(60)


def test_processes_give_what_the_worker_would_in_the_order_of_the_rows(two: Processes) -> None:
    texts = [text for _, text in ROWS]
    assert converted(two) == made().up(texts)
    ready(two)
    assert converted(two) == made().up(texts)
    assert any(isinstance(one, Failed) for one in made().up(texts))
    assert converted(two, "findings") == made().findings(texts)


def test_a_process_that_is_killed_loses_nothing_and_is_replaced(two: Processes) -> None:
    ready(two)
    first = two._ready[0].process.pid
    assert first is not None
    batches = two.ahead("up", read, key_of, None, FEW_ROWS)
    answers = list(next(batches)[1])
    os.kill(first, signal.SIGKILL)
    for _, more in batches:
        answers += more
    assert answers == made().up([text for _, text in ROWS])
    ready(two)
    assert first not in [child.process.pid for child in two._ready]


def test_a_process_that_cannot_start_leaves_the_work_to_the_worker() -> None:
    given = made()
    with Processes(
        Conversions(given.up, given.down, given.down_unchecked, given.check, given.findings, broken), 2
    ) as work:
        for _ in range(3):
            assert converted(work) == given.up([text for _, text in ROWS])


def test_few_rows_and_a_single_core_start_no_process() -> None:
    with Processes(made(), cores=2) as few, Processes(made(), cores=1) as single:
        assert converted(few, rows=FEW_ROWS - 1) == converted(single)
        assert few._starts == single._starts == 0


def test_processes_end_with_the_worker(two: Processes) -> None:
    ready(two)
    running = [child.process.pid for child in two._ready]
    two.close()
    for number in running:
        assert number is not None
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
