"""The job table under kill -9: nothing is lost and nothing is doubled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.store import Store
from bot.store.values import NewJob
from tests.bot.store.crew import Ledger

JOBS = 16
SEED = "1"
LANES = 4
_FAR_BEYOND_SECONDS = 120


def test_workers_that_are_killed_anywhere_and_one_that_sleeps_past_its_lease_lose_and_double_nothing(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.make()
    keys = [f"job{number}" for number in range(JOBS)]
    with store.transaction() as transaction:
        for number, key in enumerate(keys):
            lane = f"lane{number % LANES}" if number % 2 else None
            transaction.enqueue(NewJob("first", {"key": key, "pause": number == 5}, key=key, lane=lane))
    crew = [sys.executable, "-m", "tests.bot.store.crew", database_url, str(ledger.path), SEED]
    ended = subprocess.run([*crew, str(_FAR_BEYOND_SECONDS)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr

    # The test has tested something: workers died, one slept, and its late word was refused.
    assert ledger.notes("killed")
    assert [key for key, _ in ledger.notes("paused")] == ["job5"]
    sleeper = ledger.notes("paused")[0][1]
    assert sleeper in {pid for _, pid in ledger.notes("refused")}

    # Every run beyond the first has its reason.
    excused = len(ledger.notes("killed")) + len(ledger.notes("refused"))
    assert JOBS <= len(ledger.notes("begin")) <= JOBS + excused

    assert sorted(ledger.effects()) == sorted([*keys, *(f"{key}/second" for key in keys)])
    with store.reading() as transaction:
        assert transaction.jobs("open") == ()
        assert transaction.jobs("dead") == ()
        done = transaction.jobs("done", limit=1000)
    assert sorted(str(job.key) for job in done) == sorted([*keys, *(f"{key}/second" for key in keys)])
