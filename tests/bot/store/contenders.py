"""Processes that contend for jobs, for the tests: `python -m tests.bot.store.contenders URL LEDGER COUNT ASKS`.

`COUNT` workers claim and finish until nothing is open, and note when they begin and end each job; meanwhile another
process asks `ASKS` times for one busy lane.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import alembic.command  # noqa: F401 loaded once, before the workers fork

from bot.clock import system_clock
from bot.store import Store
from bot.store.values import NewJob
from tests.bot.store.crew import Ledger, fork

LEASE = timedelta(minutes=10)
BUSY = "busy"


def work(url: str, ledger: Ledger) -> None:
    """Be one worker until the last job has said so."""
    store = Store.open(url)
    last = False
    while not last:
        with store.transaction() as transaction:
            lease = transaction.claim(system_clock(), lease=LEASE)
        if lease is None:
            last = _closed(store)
            continue
        ledger.note("begin", f"{lease.job_id} {lease.lane} {lease.token}")
        ledger.note("end", f"{lease.job_id} {lease.lane} {lease.token}")
        with store.transaction() as transaction:
            if not transaction.finish(lease, system_clock()):
                ledger.note("refused")
    store.close()


def ask(url: str, asks: int) -> None:
    """Ask for the busy lane again and again, then close the shop."""
    store = Store.open(url)
    for number in range(asks):
        with store.transaction() as transaction:
            transaction.enqueue(NewJob("busy", {"n": number}, lane=BUSY))
        time.sleep(0.002)
    with store.transaction() as transaction:
        transaction.remember("test", "closed", "yes", system_clock())
    store.close()


def _closed(store: Store) -> bool:
    with store.reading() as transaction:
        return transaction.recall("test", "closed") is not None and not transaction.jobs("open", limit=1)


def main(url: str, ledger: Ledger, count: int, asks: int) -> int:
    """Run all of them; a number of failures, 0 for none."""
    children = [fork(lambda: work(url, ledger)) for _ in range(count)]
    children.append(fork(lambda: ask(url, asks)))
    return sum(os.waitpid(pid, 0)[1] != 0 for pid in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Ledger(Path(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])))
