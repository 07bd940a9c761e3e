"""Rows a second of a migration, beside a plain copy and the same change as batched SQL; what writers notice of it.

`MIGRATION_ROWS` in the environment sets the rows (default: 1,000,000). Documents are about 330 bytes.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Self

import psycopg

from benchmarks.databases import database
from benchmarks.table import milliseconds, table
from bot.migrations import plan
from bot.migrations.check import compile_check
from bot.migrations.engine import open_target
from bot.migrations.rows import conversions
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Options
from bot.migrations.values import Target
from rules.transform import compile_steps

ROWS = int(os.environ.get("MIGRATION_ROWS", "1000000"))
_WRITTEN = 20_000
_FELT = ("swap", "longest write", "rollback", "peak memory")
_RATES = ("plain copy", "batched SQL", "transform", "whole run", "impact")
_SCHEMA = {
    "type": "object", "required": ["claim_id", "policy_number", "claim_amount"],
    "properties": {
        "claim_id": {"type": "string"}, "claim_amount": {"type": "number"},
        "policy_number": {"type": "string", "pattern": "^POL-[0-9]{8}$"},
        "filed_on": {"type": "string", "format": "date"},
    },
}  # fmt: skip
_STEPS = [{"cast": {"at": "/claim_amount", "from": "string", "to": "number", "decimals": 2}}]
_SQL = {
    "SQLite": "INSERT INTO batched SELECT id, json_set(doc, '$.claim_amount', CAST(doc ->> '$.claim_amount' AS REAL)) "
    "FROM claims WHERE id > ? AND id <= ?",
    "PostgreSQL": "INSERT INTO batched SELECT id, jsonb_set(doc, '{claim_amount}', to_jsonb((doc ->> 'claim_amount')::"
    "numeric)) FROM claims WHERE id > %s AND id <= %s",
}


def run() -> str:
    """Measure both databases."""
    found = [(store, _measured(store)) for store in ("PostgreSQL", "SQLite")]
    rates = [
        [
            store,
            *(
                f"{ROWS / one[name]:,.0f}/s"
                for name in ("plain copy", "batched SQL", "transform", "whole run", "impact")
            ),
        ]
        for store, one in found
    ]
    felt = [
        [
            store,
            milliseconds(one["swap"]),
            milliseconds(one["stall"]),
            f"{one['rollback']:.2f} s",
            f"{one['memory']:.0f} MB",
        ]
        for store, one in found
    ]
    first = (
        f"{ROWS:,} documents of about 330 bytes, one field from text to number. *Transform* is the batched step with "
        "every row validated; *whole run* is all of it: backup, its restore, transform, every row read back, cutover. "
        "*Impact* counts the rows that the new version refuses, and why.\n"
    )
    second = (
        f"8 writers in another process while it runs; the rollback keeps {_WRITTEN:,} rows written since cutover.\n"
    )
    head = ["database", *_RATES]
    return table("Migrations", head, rates, first) + "\n" + table(
        "Migrations, as writers feel them", ["database", *_FELT], felt, second
    )  # fmt: skip


def _measured(store: str) -> dict[str, float]:
    with database(store) as url:
        _fill(store, url)
        found = {
            "plain copy": _timed(lambda: _execute(store, url, "CREATE TABLE plain AS SELECT * FROM claims")),
            "batched SQL": _timed(lambda: _batched(store, url)),
        }
        _execute(store, url, "DROP TABLE plain")
        _execute(store, url, "DROP TABLE batched")
        return found | _migrated(store, url)


def _migrated(store: str, url: str) -> dict[str, float]:
    check = compile_check(_SCHEMA, "the schema")
    made = conversions(compile_steps(_STEPS), compile_check(schema=True, what="the old one"), check)
    with closing(open_target(Target("claims", url, "claims", "doc"))) as engine:
        impact = _timed(lambda: plan.count(engine, check))
        run = take(engine, begin(engine, "{}"), "benchmark")
        assert run is not None
        worker = Worker(engine, run, made, Options(until="copy"))
        began = time.perf_counter()
        worker.work()
        worker.options = Options(until="indexes")
        transform = _timed(worker.work)
        worker.options = Options()
        with _Writers(store, url) as stalls:
            worker.work()
        whole = time.perf_counter() - began
        _rewrite(store, url)
        rollback = _timed(worker.roll_back)
        assert worker.run.state == "rolled-back", engine.timeline(run.id)
        facts = worker.run.facts
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "impact": impact, "transform": transform, "whole run": whole, "swap": facts["swap_seconds"],
        "stall": stalls.longest, "rollback": rollback, "memory": memory,
    }  # fmt: skip


class _Writers:
    """Lets eight writers loose in a process of their own; `longest` is what one of them waited for one write."""

    def __init__(self, store: str, url: str) -> None:
        self._command = [sys.executable, "-m", "benchmarks.migrations", store, url]
        self.longest = 0.0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        out, _err = self._process.communicate("over\n")
        self.longest = float(out.split()[-1])


def _write_on(store: str, url: str) -> None:
    """Write as eight clients do, one after another's thread, until told to stop; print the longest wait."""
    import threading  # noqa: PLC0415 of the child only

    longest, over = [0.0], threading.Event()

    def write(number: int) -> None:
        key, mark = number * 1000 + 1, "%s" if store == "PostgreSQL" else "?"
        with closing(_connect(store, url)) as connection:
            while not over.wait(0.005):
                key = key % ROWS + 8
                took = _timed(
                    lambda key=key: connection.execute(f"UPDATE claims SET doc = doc WHERE id = {mark}", (key,))
                )  # type: ignore[misc]
                longest[0] = max(longest[0], took)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    over.set()
    for thread in threads:
        thread.join()
    print(longest[0])


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
    _execute(store, url, f"UPDATE claims SET doc = doc WHERE id <= {_WRITTEN}")


def _execute(store: str, url: str, statement: str) -> None:
    with closing(_connect(store, url)) as connection:
        connection.execute(statement)


def _connect(store: str, url: str) -> Any:
    if store == "SQLite":
        return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    _write_on(sys.argv[1], sys.argv[2])
