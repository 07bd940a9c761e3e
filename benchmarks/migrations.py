"""Rows a second of a migration, beside a plain copy and the same change as batched SQL; what writers notice of it.

`MIGRATION_ROWS` in the environment sets the rows (default: 1,000,000), `MIGRATION_MEMORY` those of the larger of the
two runs whose memory is compared (default: as many; the smaller has 10,000). Documents are about 350 bytes.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import psycopg

from benchmarks.databases import database
from benchmarks.table import milliseconds, percentile, table
from bot.migrations import plan
from bot.migrations.engine import open_target
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Conversions, Options
from bot.migrations.values import Step, Target
from bot.migrations.work import Work, spec_of

ROWS = int(os.environ.get("MIGRATION_ROWS", "1000000"))
_MEMORY_ROWS = (10_000, int(os.environ.get("MIGRATION_MEMORY", str(ROWS))))
_WRITTEN = 20_000
_ALONE_SECONDS = 10.0
_RATES = ("plain copy", "batched SQL", "transform", "whole run", "impact")
_FELT = (
    "exclusive lock",
    "longest write alone",
    "longest write in the run",
    "99 % alone",
    "99 % in the run",
    "rollback",
)
_SCHEMA = {
    "type": "object", "required": ["claim_id", "policy_number", "claim_amount"],
    "properties": {
        "claim_id": {"type": "string"}, "claim_amount": {"type": "number"},
        "policy_number": {"type": "string", "pattern": "^POL-[0-9]{8}$"},
        "filed_on": {"type": "string", "format": "date"},
    },
}  # fmt: skip
_SPEC = """version: 1
contract: claim
from: 1.0.0
to: 2.0.0
steps: [{cast: {at: /claim_amount, from: string, to: number, decimals: 2}}]
"""
_SQL = {
    "SQLite": "INSERT INTO batched SELECT id, json_set(doc, '$.claim_amount', CAST(doc ->> '$.claim_amount' AS REAL)) "
    "FROM claims WHERE id > ? AND id <= ?",
    "PostgreSQL": "INSERT INTO batched SELECT id, jsonb_set(doc, '{claim_amount}', to_jsonb((doc ->> 'claim_amount')::"
    "numeric)) FROM claims WHERE id > %s AND id <= %s",
}

_WRITE = {
    "SQLite": "UPDATE claims SET doc = json_set(doc, '$.status', ?) WHERE id = ?",
    "PostgreSQL": "UPDATE claims SET doc = jsonb_set(doc, '{status}', to_jsonb(%s::text)) WHERE id = %s",
}
"""A row is changed each time: SQLite writes nothing where the bytes stay the same."""


@dataclass(frozen=True)
class Took:
    """What a piece of work took: seconds by the clock, and of this process's and its children's processors."""

    seconds: float
    computing: float

    @property
    def shown(self) -> str:
        """Write rows a second, and microseconds of computing for each."""
        return f"{ROWS / self.seconds:,.0f}/s ({self.computing / ROWS * 1e6:.1f} µs)"


def run() -> str:
    """Measure both databases."""
    found = {store: _measured(store) for store in _SQL}
    rates = [[store, *(one[name].shown for name in _RATES)] for store, one in found.items()]
    felt = [[store, *_felt(one["writers"])] for store, one in found.items()]
    memory = [[store, *_remembered(store)] for store in _SQL]
    first = (
        f"{ROWS:,} documents of about 350 bytes, one field from text to number; bars: transform 40,000/s on "
        "PostgreSQL, 80,000/s on SQLite, and no slower than batched SQL; impact 100,000/s. *Transform* is the batched "
        "step with every row validated; *whole run* is all of it: backup, its restore, transform, every row read back, "
        "cutover. *Impact* counts the rows that the new version refuses, and why. In brackets the processor time of a "
        "row, the database's own included for SQLite only.\n"
    )
    second = (
        "8 writers in another process, each changing a row, pausing for 5 ms: for 10 s alone, then while a whole run "
        f"goes on. The rollback keeps {_WRITTEN:,} rows written since cutover (bars: lock 100 ms, longest write "
        "250 ms, rollback 5 s).\n"
    )
    third = "The most memory of a whole run's processes together, sampled (bar: 1.2 times).\n"
    small, large = (f"{rows:,} rows" for rows in _MEMORY_ROWS)
    return "\n".join((
        table("Migrations", ["database", *_RATES], rates, first),
        table("Migrations, as writers feel them", ["database", *_FELT], felt, second),
        table("Migrations, memory", ["database", small, large, "times"], memory, third),
    ))  # fmt: skip


def _felt(one: Mapping[str, float]) -> list[str]:
    times = [milliseconds(one[name]) for name in ("swap", "alone", "longest", "alone 99", "longest 99")]
    return [*times, f"{one['rollback']:.2f} s"]


def _measured(store: str) -> dict[str, Any]:
    with database(store) as url:
        _fill(store, url)
        found: dict[str, Any] = {
            "plain copy": _took(lambda: _execute(store, url, "CREATE TABLE plain AS SELECT * FROM claims")),
            "batched SQL": _took(lambda: _batched(store, url)),
        }
        _execute(store, url, "DROP TABLE plain")
        _execute(store, url, "DROP TABLE batched")
        found |= _migrated(url)
    with database(store) as url:
        _fill(store, url)
        return found | {"writers": _disturbed(store, url)}


def changes() -> Conversions:
    """Make what is done to the documents, as a run does; its processes load what a run's do."""
    return Work(spec_of(_SPEC, "claims.yml"), old=True, new=_SCHEMA).conversions


@contextmanager
def _worker(url: str) -> Iterator[Worker]:
    with closing(open_target(Target("claims", url, "claims", "doc"))) as engine:
        run = take(engine, begin(engine, "{}"), "benchmark")
        assert run is not None
        yield Worker(engine, run, changes(), Options())


def _migrated(url: str) -> dict[str, Took]:
    with closing(open_target(Target("claims", url, "claims", "doc"))) as engine:
        impact = _took(lambda: plan.count(engine, changes(), about=ROWS))
    with _worker(url) as worker:
        before = _took(lambda: _until(worker, "copy"))
        transform = _took(lambda: _until(worker, "indexes"))
        after = _took(lambda: _until(worker, None))
        assert worker.run.state == "cut-over", worker.engine.timeline(worker.run.id)
    parts = (before, transform, after)
    whole = Took(sum(one.seconds for one in parts), sum(one.computing for one in parts))
    return {"impact": impact, "transform": transform, "whole run": whole}


def _until(worker: Worker, step: Step | None) -> None:
    worker.options = replace(worker.options, until=step)
    worker.work()


def _disturbed(store: str, url: str) -> dict[str, float]:
    """Let writers alone, then beside a run; then take the run back with what was written since."""
    with _Writers(store, url) as alone:
        time.sleep(_ALONE_SECONDS)
    with _worker(url) as worker:
        with _Writers(store, url) as beside:
            worker.work()
        _rewrite(store, url)
        rollback = _took(worker.roll_back)
        assert worker.run.state == "rolled-back", worker.engine.timeline(worker.run.id)
        swap = float(worker.run.facts["swap_seconds"])
    return {"swap": swap, "alone": alone.longest, "alone 99": alone.most, "longest": beside.longest,
            "longest 99": beside.most, "rollback": rollback.seconds}  # fmt: skip


def _remembered(store: str) -> list[str]:
    """Run a migration of few and of many rows, each in a process of its own: the most memory of each."""
    most = []
    for rows in _MEMORY_ROWS:
        environment = os.environ | {"MIGRATION_ROWS": str(rows)}
        with database(store) as url:
            words = [sys.executable, "-m", "benchmarks.migrations", "remember", store, url]
            most.append(_largest(subprocess.Popen(words, env=environment)))
    return [*(f"{one / 1e6:.0f} MB" for one in most), f"{most[1] / most[0]:.2f}"]


def _largest(process: subprocess.Popen[bytes]) -> int:
    """Look at a process and its children until it ends; the most that they held together, in bytes."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(_held(number) for number in _family(process.pid)))
        time.sleep(0.05)
    assert process.returncode == 0
    return most


def _family(number: int) -> list[int]:
    children = Path(f"/proc/{number}/task/{number}/children")
    with suppress(OSError):
        return [number, *(one for child in children.read_text().split() for one in _family(int(child)))]
    return []


def _held(number: int) -> int:
    """Give the bytes that a process holds for itself; what it shares with others is not counted twice."""
    with suppress(OSError):
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return 0


def _remember(store: str, url: str) -> None:
    _fill(store, url)
    with _worker(url) as worker:
        worker.work()
        assert worker.run.state == "cut-over", worker.engine.timeline(worker.run.id)


class _Writers:
    """Lets eight writers loose in a process of their own: the longest that one waited for a write, and 99 % of them."""

    def __init__(self, store: str, url: str) -> None:
        self._command = [sys.executable, "-m", "benchmarks.migrations", "write", store, url]
        self.longest, self.most = 0.0, 0.0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        out, _err = self._process.communicate("over\n")
        self.longest, self.most = map(float, out.split()[-2:])


def _write_on(store: str, url: str) -> None:
    """Write as eight clients do, each in its own thread, until told to stop; print the longest wait and 99 %."""
    waits, over = list[float](), threading.Event()

    def write(number: int) -> None:
        key = number * 1000 + 1
        with closing(_connect(store, url)) as connection:
            while not over.wait(0.005):
                key = key % ROWS + 8
                began = time.perf_counter()
                connection.execute(_WRITE[store], (str(began), key))
                waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    over.set()
    for thread in threads:
        thread.join()
    print(max(waits), percentile(waits, 0.99))


def _fill(store: str, url: str) -> None:
    kind = "jsonb" if store == "PostgreSQL" else "TEXT"
    _execute(store, url, f"CREATE TABLE claims (id bigint PRIMARY KEY, doc {kind} NOT NULL)")
    rows = ((number, _document(number)) for number in range(1, ROWS + 1))
    with closing(_connect(store, url)) as connection:
        if store == "SQLite":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO claims VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        else:
            with connection.cursor() as cursor, cursor.copy("COPY claims FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute("VACUUM ANALYZE claims")


def _document(number: int) -> str:
    return json.dumps({
        "claim_id": f"CLM-{number:010}", "policy_number": f"POL-{number % 99_999_999:08}", "filed_on": "2024-03-01",
        "claim_amount": f"{number % 100_000}.25", "customer": {"name": "Ana Diaz", "email": f"ana{number}@example.com"},
        "status": "open", "items": [{"sku": "A-1", "n": 2}, {"sku": "B-2", "n": 1}],
        "notes": "a text as long as notes of claims are, so that the row has the length of a usual one",
    })  # fmt: skip


def _batched(store: str, url: str) -> None:
    _execute(store, url, "CREATE TABLE batched (id bigint PRIMARY KEY, doc text)" if store == "SQLite" else
             "CREATE TABLE batched (id bigint PRIMARY KEY, doc jsonb)")  # fmt: skip
    with closing(_connect(store, url)) as connection:
        for start in range(0, ROWS, 10_000):
            connection.execute(_SQL[store], (start, start + 10_000))


def _rewrite(store: str, url: str) -> None:
    changed = _WRITE[store].replace("= %s", f"<= {_WRITTEN}").replace("id = ?", f"id <= {_WRITTEN}")
    with closing(_connect(store, url)) as connection:
        connection.execute(changed, ("rewritten",))


def _execute(store: str, url: str, statement: str) -> None:
    with closing(_connect(store, url)) as connection:
        connection.execute(statement)


def _connect(store: str, url: str) -> Any:
    if store == "SQLite":
        return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _took(work: Callable[[], object]) -> Took:
    began, computed = time.perf_counter(), _computing()
    work()
    return Took(time.perf_counter() - began, _computing() - computed)


def _computing() -> float:
    """Give the seconds that processors have worked for this process, those that it started, and theirs."""
    return sum(_worked(number) for number in _family(os.getpid())) / os.sysconf("SC_CLK_TCK")


def _worked(number: int) -> int:
    with suppress(OSError):
        after_name = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2]
        return sum(map(int, after_name.split()[11:15]))  # utime, stime, cutime, cstime: proc_pid_stat(5)
    return 0


if __name__ == "__main__":
    {"write": _write_on, "remember": _remember}[sys.argv[1]](*sys.argv[2:])
