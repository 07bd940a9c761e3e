"""What is said of a database's complaint: what to do, and nothing of a row, an address or a statement."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from bot.migrations.errors import MigrationError, told
from bot.migrations.postgres_session import connect


@pytest.mark.parametrize("host", ["db.internal.invalid", "127.0.0.1"])
def test_a_server_that_does_not_answer_is_told_without_its_address(host: str) -> None:
    with pytest.raises(MigrationError) as caught:
        connect(f"postgresql://concordat:secret@{host}:1/shop")
    assert str(caught.value).startswith("the target's database does not answer: ")
    assert host not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_value_that_a_column_does_not_take_is_not_quoted() -> None:
    error = psycopg.errors.InvalidTextRepresentation('invalid input syntax for type numeric: "ana@example.com"')
    assert "ana" not in told(error)
    assert "invalid input syntax for type numeric" in told(error)
    assert "computes something of the document" in told(error)


def test_a_text_that_is_not_utf_8_is_named_and_not_quoted(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT cast(x'ff616e61' AS text)").fetchall()
    connection.close()
    assert told(caught.value) == "a text in the table is not UTF-8: mend it"
