"""What a claim reads: with a million open jobs of which few are due, the few.

PostgreSQL chooses by its statistics, and rightly reads a small table whole; SQLite's choice follows from the indexes
alone, so that it can be held here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.store import Store
from bot.store.engine import begun, make_engine
from bot.store.transaction import Transaction
from tests.bot.store.moments import LEASE, NOON


@pytest.mark.parametrize("pools", [None, ["default"], ["a", "b"]])
def test_a_claim_goes_by_the_index_of_what_is_due(tmp_path: Path, pools: Sequence[str] | None) -> None:
    plans = _plans(tmp_path, lambda transaction: transaction.claim(NOON, lease=LEASE, pools=pools))
    assert any("job_due (pool=? AND due<?)" in step for step in plans)
    assert not any(step.startswith("SCAN job") or "job_ended" in step for step in plans)


def test_asking_whether_anything_is_due_goes_by_the_same_index(tmp_path: Path) -> None:
    plans = _plans(tmp_path, lambda transaction: transaction.busy(NOON))
    assert any("job_due (pool=? AND due<?)" in step for step in plans)
    assert not any("job_ended" in step for step in plans)


def test_due_obligations_are_read_in_the_order_of_their_index(tmp_path: Path) -> None:
    plans = _plans(tmp_path, lambda transaction: transaction.due_obligations(NOON))
    assert any("USING INDEX obligation_due (due<?)" in step for step in plans)
    assert not any("ORDER BY" in step for step in plans)


def _plans(folder: Path, act: Callable[[Transaction], object]) -> list[str]:
    """Do something and list the steps of SQLite's plan for every query that it ran."""
    url = f"sqlite:///{folder / 'plans.db'}"
    Store.open(url).close()
    engine = make_engine(url)
    seen: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, text, values, *_: seen.append((text, values)))
    with begun(engine) as connection:
        act(Transaction(connection, lambda: NOON))
    steps = _explained(
        engine, [(text, values) for text, values in seen if text.lstrip().startswith(("SELECT", "WITH"))]
    )
    engine.dispose()
    return steps


def _explained(engine: Engine, queries: Sequence[tuple[str, Any]]) -> list[str]:
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        return [
            str(row[-1]) for text, values in queries for row in cursor.execute(f"EXPLAIN QUERY PLAN {text}", values)
        ]  # fmt: skip
