"""Jobs a second: worker processes that empty a table of jobs which do nothing, so that only the queue is measured.

Run by itself as `python -m benchmarks.jobs URL` it is one such worker.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack

from benchmarks.databases import database
from benchmarks.table import table
from bot.clock import system_clock
from bot.store import Store
from bot.store.values import NewJob
from bot.worker import Worker

_JOBS = 1000
_INSTALLATIONS = 10
_LANES = 200
_WORKERS = (1, 2, 4)


def run() -> str:
    """Measure both databases with one, two and four workers."""
    rows = []
    for store in ("SQLite", "PostgreSQL"):
        rates = [_JOBS / _seconds(store, count) for count in _WORKERS]
        rows.append([store, *(f"{rate:.0f}/s" for rate in rates)])
    text = (
        f"{_JOBS} jobs of {_INSTALLATIONS} installations in {_LANES} lanes, all due at once, done by worker processes "
        "of one thread each: two durable transactions for a job. From the first claim to the last finish.\n"
    )
    return table(
        "Jobs a second", ["database", *(f"{count} worker{'s' * (count > 1)}" for count in _WORKERS)], rows, text
    )


def _seconds(store: str, count: int) -> float:
    with database(store) as url, ExitStack() as stack:
        opened = Store.open(url)
        stack.callback(opened.close)
        workers = [stack.enter_context(_worker(url)) for _ in range(count)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()  # it is ready
        _fill(opened)
        begin = time.perf_counter()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            worker.wait()
        took = time.perf_counter() - begin
        if not opened.idle(system_clock()):
            raise RuntimeError("the workers left jobs behind")
        return took


def _worker(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.jobs", url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _fill(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(_JOBS):
            transaction.enqueue(
                NewJob(
                    "nothing",
                    {"number": number},
                    key=str(number),
                    lane=f"lane{number % _LANES}",
                    installation=number % _INSTALLATIONS + 1,
                )
            )


def _work(url: str) -> None:
    """Be one worker: say that it is ready, wait for the word, and work until nothing is left."""
    store = Store.open(url)
    worker = Worker(store, {"nothing": lambda *_: None}, system_clock)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while worker.run_once() or not store.idle(system_clock()):
        pass
    store.close()


if __name__ == "__main__":
    _work(sys.argv[1])
