"""A disk that fills while a migration runs: it pauses with what to do, and goes on from its checkpoint."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.migrations import sqlite_session
from tests.bot.migrations.house import House

STEPS = [{"cast": {"at": "/n", "from": "string", "to": "integer"}}]
ADVICE = "the target's disk is full; free space there, then resume: the run goes on from its checkpoint"


def test_a_disk_that_fills_pauses_the_run_which_goes_on_when_there_is_space(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.fill({"n": str(n), "x": "x" * 500} for n in range(300))
    before = house.read()
    path = house.spec(STEPS)
    with monkeypatch.context() as full:
        _fill_disk(house, full)
        code, out, err = house.migrate("run", path, "--batch", "50")
    assert code == 1
    assert ADVICE in out + err
    assert house.read() == before
    _free_disk(house)
    code, out, err = house.migrate("resume", "things")
    assert code == 0, out + err
    assert {key: row["n"] for key, row in house.read().items()} == {key: key - 1 for key in before}


def _fill_disk(house: House, patch: pytest.MonkeyPatch) -> None:
    """SQLite keeps a file within so many pages; PostgreSQL's server says what it says of a full disk, by its code."""
    if not house.url.startswith("sqlite"):
        house.execute("CREATE TABLE full_disk (after int)")
        house.execute(
            "CREATE FUNCTION room(key int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT FROM full_disk "
            "WHERE key > after) THEN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; "
            "END IF; RETURN true; END $$"
        )
        house.execute("ALTER TABLE things ADD CHECK (room(id))")
        house.execute("INSERT INTO full_disk VALUES (150)")
        return
    opened = sqlite_session.connect

    def small(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        if path.name.endswith(".db"):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 15}")
        return connection

    patch.setattr(sqlite_session, "connect", small)


def _free_disk(house: House) -> None:
    if not house.url.startswith("sqlite"):
        house.execute("DELETE FROM full_disk")
