"""A million promises of which a thousand are due: how long until they have their jobs, and what an idle look costs."""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.databases import database
from benchmarks.table import table
from bot.dispatch.ways import BULK
from bot.store import Store
from bot.store.values import NewJob, NewObligation, Obligation

_OPEN, _DUE, _BATCH = 1_000_000, 1_000, 20_000
_NOW = datetime(2027, 1, 1, tzinfo=UTC)
_LOOKS = 50


def run(count: int = _OPEN) -> str:
    """Measure both databases."""
    rows = []
    for name in ("SQLite", "PostgreSQL"):
        with database(name) as url:
            store = Store.open(url)
            try:
                rows.append([name, *_measured(store, count)])
            finally:
                store.close()
    text = (
        f"{count:,} promises are open and {_DUE:,} of them due. The due ones are called once, in one batch: each "
        "becomes a job in the transaction that marks it. An idle look finds nothing due; the median of "
        f"{_LOOKS}, and the slowest.\n"
    )
    return table("Promises", ["database", "1,000 called", "idle look, median", "idle look, slowest"], rows, text)


def _measured(store: Store, count: int) -> tuple[str, str, str]:
    _fill(store, count)
    begin = time.perf_counter()
    with store.transaction() as transaction:
        called = transaction.call_due(_NOW, _DUE + 1, _job)
    took = time.perf_counter() - begin
    if called != _DUE:
        raise RuntimeError(f"{called} promises were called, not {_DUE}")
    looks = [_look(store) for _ in range(_LOOKS)]
    return f"{took:.3f} s", f"{statistics.median(looks) * 1000:.2f} ms", f"{max(looks) * 1000:.2f} ms"


def _look(store: Store) -> float:
    begin = time.perf_counter()
    with store.reading() as transaction:
        if transaction.is_due(_NOW):
            raise RuntimeError("something is due still")
    return time.perf_counter() - begin


def _fill(store: Store, count: int) -> None:
    for start in range(0, count, _BATCH):
        with store.transaction() as transaction:
            transaction.owe_all([_promise(number, count) for number in range(start, min(start + _BATCH, count))])


def _promise(number: int, count: int) -> NewObligation:
    is_due = number % (count // _DUE) == 0
    due = _NOW - timedelta(minutes=1) if is_due else _NOW + timedelta(minutes=1 + number % 80_000)
    payload = {"channel": "email", "address": [f"partner{number}@example.com"], "facts": {"version": "3.0.0"}}
    return NewObligation(
        f"notice/{number}", "release.confirm", f"release:{number // 10_000}", f"partner:{number}", due, payload
    )


def _job(obligation: Obligation) -> NewJob:
    number = obligation.obligation_id
    return NewJob("notice", {"obligation": number}, key=f"notice:{number}", lane=f"to:{number}", pool=BULK)


if __name__ == "__main__":
    sys.stdout.write(run(int(sys.argv[1]) if len(sys.argv) > 1 else _OPEN))
