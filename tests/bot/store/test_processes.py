"""Several processes on one job table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from bot.store import Store
from bot.store.values import NewJob
from tests.bot.store.contenders import BUSY
from tests.bot.store.crew import Ledger
from tests.patience import until
from tests.postgres import Postgres

FREE = 40
IN_LANES = 40
LANES = 3
ASKS = 40


def test_processes_share_the_work_and_no_lane_is_held_twice(database_url: str, store: Store, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.make()
    with store.transaction() as transaction:
        for number in range(FREE):
            transaction.enqueue(NewJob("free", {}, installation=number % 3))
        for number in range(IN_LANES):
            transaction.enqueue(NewJob("laned", {}, key=f"laned{number}", lane=f"lane{number % LANES}"))
    crew = [sys.executable, "-m", "tests.bot.store.contenders", database_url, str(ledger.path), "4", str(ASKS)]
    ended = subprocess.run(crew, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ledger.notes("refused") == []

    runs = [note.split() for note, _ in ledger.notes("begin")]
    once = [job for job, lane, _ in runs if lane != BUSY]
    assert len(once) == len(set(once)) == FREE + IN_LANES
    assert len({pid for _, pid in ledger.notes("begin")}) > 1
    assert _overlaps(ledger) == []

    with store.reading() as transaction:
        assert transaction.jobs("open") == ()
        busy = [job for job in transaction.jobs("done", limit=1000) if job.lane == BUSY]
    assert sum(job.wanted for job in busy) == ASKS
    assert max(job.payload["n"] for job in busy) == ASKS - 1


def _overlaps(ledger: Ledger) -> list[str]:
    """List runs that began while another run in the same lane had not ended, in the ledger's order."""
    held: dict[str, str] = {}
    overlaps = []
    for word, note in ledger.story():
        _, lane, token = note.split()
        if word == "begin" and lane != "None":
            overlaps += [note] if lane in held else []
            held[lane] = token
        elif word == "end" and held.get(lane) == token:
            del held[lane]
    return overlaps


@pytest.mark.postgres
def test_a_connection_in_use_when_its_store_is_closed_ends_with_its_transaction(postgres_server: Postgres) -> None:
    with postgres_server.database() as url, psycopg.connect(url, autocommit=True) as looking:
        store = Store.open(url)
        with store.transaction() as transaction:
            transaction.enqueue(NewJob("work", {}))
            store.close()
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        until(lambda: looking.execute(query).fetchone() == (0,))  # no connection outlives its store
        assert looking.execute("SELECT count(*) FROM job").fetchone() == (1,)
