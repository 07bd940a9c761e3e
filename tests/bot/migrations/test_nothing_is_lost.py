"""The mechanism alone: shadow, key log, passes, cutover and rollback, under writers, on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from bot.migrations.engine import Engine, open_target
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Conversions, Options
from bot.migrations.values import Converted, Run, Target
from tests.bot.migrations.ledger import Ledger, Table, differences
from tests.patience import until

ROWS = 4_000
PAUSE = 0.002
"""Seconds between two writes of one writer: on a busy machine the writers must not starve the worker's thread."""


@pytest.fixture
def table(database_url: str) -> Table:
    return Table(database_url, ROWS)


def up(documents: Sequence[str | None]) -> list[Converted]:
    return [json.dumps(json.loads(one or "") | {"version": 2}) for one in documents]


def down(documents: Sequence[str | None]) -> list[Converted]:
    return [
        json.dumps({key: value for key, value in json.loads(one or "").items() if key != "version"})
        for one in documents
    ]


def as_they_are(documents: Sequence[str | None]) -> list[Converted]:
    return list(documents)


def plain(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "version"}


def target_of(table: Table) -> Target:
    return Target("items", table.url, "items", "doc")


def worker(engine: Engine, run: Run, options: Options | None = None) -> Worker:
    return Worker(
        engine,
        run,
        Conversions(up, down, down, as_they_are, lambda documents: [()] * len(documents)),
        options or Options(batch=200),
    )


def begun(engine: Engine) -> Run:
    taken = take(engine, begin(engine, "{}"), "test")
    assert taken is not None
    return taken


def written(ledger: Ledger, more: int) -> None:
    """Wait until so many more writes were acknowledged."""
    enough = ledger.writes + more
    until(lambda: ledger.writes >= enough)


def test_writers_lose_nothing_during_copy_and_cutover_and_keep_what_they_write_after_a_rollback(table: Table) -> None:
    ledger = table.make()
    engine = open_target(target_of(table))
    with table.written_to(ledger, pause=PAUSE):
        written(ledger, 200)
        run = worker(engine, begun(engine)).work()
        assert run.state == "cut-over", engine.timeline(run.id)
        written(ledger, 400)
    assert differences(ledger, table.read(), plain) == []
    assert ledger.failures == []
    before = table.read()
    assert all(
        before[key]["version"] == 2 for key, document in ledger.rows.items() if document and document["by"] == -1
    )
    with table.written_to(ledger, pause=PAUSE):
        written(ledger, 400)
        undone = worker(engine, run).roll_back()
        assert undone.state == "rolled-back", engine.timeline(run.id)
        written(ledger, 200)
    assert differences(ledger, table.read(), plain) == []
    assert ledger.failures == []
    after = table.read()
    assert not any(
        "version" in after[key] for key, document in ledger.rows.items() if document and document["by"] == -1
    )
    engine.close()
