"""What a SQLite table is made of, and how two tables change places so that nobody can tell.

Recreated on the table that takes the place: triggers, and indexes under names of their own, which SQLite cannot change.
Views and foreign keys of other tables name the table and find the new one. Refused, with the reason: what would meet
the table that leaves.
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.migrations.errors import Refused
from bot.migrations.values import Names, Obstacle, Survey, Target


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns (those that can be written), its key, the document's place, the columns of unique indexes.

    `derived`: a unique index is over the document, or over what the table computes, which may be of it.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    document: int
    uniques: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, str], ...]
    derived: bool = False

    @property
    def key_places(self) -> tuple[int, ...]:
        """The places of the key's columns among the columns."""
        return tuple(self.columns.index(name) for name in self.key)


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def read(connection: sqlite3.Connection, target: Target) -> Shape:
    """Read a table's shape; `Refused` where it is no table with a primary key and the document's column."""
    found = _rows(connection, "SELECT type, sql FROM sqlite_master WHERE name = ?", target.table)
    if not found:
        raise Refused(f"there is no table {target.table} in this file")
    if found[0][0] != "table" or not re.match(r"CREATE TABLE\b", found[0][1] or "", re.IGNORECASE):
        raise Refused(f"{target.table} is a view or a virtual table: a swap needs an ordinary table")
    info = _rows(connection, "SELECT name, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid", target.table)
    columns = tuple(name for name, _, hidden in info if not hidden)
    key = tuple(name for name, place, _ in sorted(info, key=lambda row: row[1]) if place)
    if target.column not in columns:
        listed = ", ".join(columns)
        raise Refused(f"{target.table} has no column {target.column!r}; it has {listed}: name one of them as `column`")
    if not key:
        raise Refused(f"{target.table} has no primary key: rows could not be followed while they change; add one")
    if target.column in key:
        raise Refused(f"the primary key of {target.table} holds the document itself; it has to stay while that changes")
    indexes = _rows(
        connection,
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
        target.table,
    )
    uniques = tuple(_uniques(connection, target.table, key))
    derived = any(name == target.column or name not in columns for unique in uniques for name in unique)
    named = tuple((name, text) for name, text in indexes)
    return Shape(columns, key, columns.index(target.column), uniques, named, derived)


def _uniques(connection: sqlite3.Connection, table: str, key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Find what REPLACE may delete another row for; its delete fires no trigger (sqlite.org/lang_conflict.html)."""
    for (index,) in _rows(connection, 'SELECT name FROM pragma_index_list(?) WHERE "unique"', table):
        columns = tuple(name for (name,) in _rows(connection, "SELECT name FROM pragma_index_info(?)", index))
        if None in columns:
            raise Refused(
                f"the unique index {index} of {table} is on an expression, and INSERT OR REPLACE may delete rows "
                f"for it "
                "that no trigger sees: put the expression into a column of its own, or drop the index for the migration"
            )
        if columns != key:
            yield columns


def survey(connection: sqlite3.Connection, path: Path, target: Target, shape: Shape) -> Survey:
    """Count the rows and find what a swap touches."""
    table = quoted(target.table)
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    free = shutil.disk_usage(path.parent).free
    found = tuple(_obstacles(connection, target, shape))
    return Survey(rows, pages * size, free, shape.key, found, f"SQLite {sqlite3.sqlite_version}")


def _obstacles(connection: sqlite3.Connection, target: Target, shape: Shape) -> Iterator[Obstacle]:
    table = target.table
    for (other,) in _rows(connection, 'SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', table):
        yield Obstacle(
            "foreign keys from it", other, refused=True,
            sentence=f"{table} has a foreign key to {other}: the copies that a migration makes would keep rows of "
            f"{other} "
            "from being deleted, and SQLite can add the key only to a new table. Rebuild the table without it first",
        )  # fmt: skip
    null = " OR ".join(f"{quoted(name)} IS NULL" for name in shape.key)
    if _rows(connection, f"SELECT 1 FROM {quoted(table)} WHERE {null} LIMIT 1"):
        yield Obstacle(
            "primary key", table, refused=True,
            sentence=f"rows of {table} have NULL in their primary key and could not be followed: give them keys",
        )  # fmt: skip
    for (name,) in _rows(connection, _TRIGGERS, table):
        yield Obstacle(
            "triggers", name, refused=False,
            sentence=f"the trigger {name} is recreated at cutover; it does not fire for rows that the migration writes",
        )  # fmt: skip
    for name, _ in shape.indexes:
        yield Obstacle(
            "indexes", name, refused=False,
            sentence=f"the index {name} is made again under another name, which SQLite cannot change afterwards",
        )  # fmt: skip
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        yield Obstacle(
            "journal", table, refused=False,
            sentence="the file is not in WAL mode: while the backup is made and the keys are compared, writers wait; "
            "PRAGMA journal_mode = WAL, once, avoids that",
        )  # fmt: skip


def fingerprint(connection: sqlite3.Connection, target: Target) -> str:
    """Hash all that a swap carries over."""
    query = """SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ?
        AND name NOT LIKE 'concordat\\_%' ESCAPE '\\' ORDER BY 1, 2"""
    return hashlib.sha256(repr(_rows(connection, query, target.table)).encode()).hexdigest()[:32]


def make_twin(connection: sqlite3.Connection, target: Target, shape: Shape, run: str) -> None:
    """Make the shadow as the table is, with its indexes: to build one later would keep writers out."""
    shadow = Names(run).shadow
    text = _rows(connection, "SELECT sql FROM sqlite_master WHERE name = ?", target.table)[0][0]
    connection.execute(_renamed(text, r"CREATE\s+TABLE\s+", f"CREATE TABLE {quoted(shadow)}"))
    for number, (_, index) in enumerate(shape.indexes):
        unique = re.match(r"CREATE\s+UNIQUE", index, re.IGNORECASE)
        head = f"CREATE {'UNIQUE ' if unique else ''}INDEX {quoted(f'{shadow}_{number}')} ON {quoted(shadow)}"
        after_name = _renamed(index, r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+", "")
        connection.execute(_renamed(after_name, r"\s*ON\s+", head))


_NAME = r"""(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[^\s("`\[']+)"""


def _renamed(text: str, before: str, instead: str) -> str:
    """Put other words in place of a statement's first words and the name that follows them."""
    return re.sub(rf"\A{before}{_NAME}", lambda _: instead, text, count=1, flags=re.IGNORECASE)


def swap(connection: sqlite3.Connection, target: Target, *, away: str, coming: str) -> None:
    """Put one table in the place of another, with its triggers and the number that AUTOINCREMENT has come to."""
    triggers = _rows(connection, _TRIGGERS.replace("name", "name, sql", 1), target.table)
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {quoted(name)}")
    table = quoted(target.table)
    connection.execute(f"ALTER TABLE {table} RENAME TO {quoted(away)}")
    connection.execute(f"ALTER TABLE {quoted(coming)} RENAME TO {table}")
    for _, text in triggers:
        connection.execute(text)
    if _rows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
        reached = _rows(connection, "SELECT seq FROM sqlite_sequence WHERE name = ?", away)
        if reached:
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (target.table,))
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (target.table, reached[0][0]))


_TRIGGERS = """SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?
    AND name NOT LIKE 'concordat\\_%' ESCAPE '\\' ORDER BY name"""


def _rows(connection: sqlite3.Connection, query: str, *parameters: Any) -> list[Any]:
    return connection.execute(query, parameters).fetchall()
