"""Migrations of a SQLite table: every statement on the target's rows, and the locks that they take.

How nothing is lost: as on PostgreSQL (`bot.migrations.postgres`), with what is different here. The file has one
writer at a time, so rows are read and converted outside of the write transaction, which only writes them; whatever is
written in between is in the key log, and a pass deletes exactly the log rows that it had read. Unique indexes stand
on the shadow from the start, and a row that comes replaces one that holds its unique value: that one is out of date,
since the source holds each value once, and so its key is in the log and a pass brings it.
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from bot.migrations import sqlite_shape as shape
from bot.migrations.errors import Changed, MigrationError
from bot.migrations.sqlite_passes import Passes
from bot.migrations.sqlite_session import COUNTED, SAME_VALUE, connect, row_sum
from bot.migrations.values import (
    BATCH_BYTES,
    Batch,
    Convert,
    Failed,
    Failing,
    Key,
    Names,
    Survey,
)  # fmt: skip

_AT_A_TIME = 50
"""Rows that are fetched before it is looked whether they are enough."""


class Sqlite(Passes):
    """One table of a SQLite file, and the run that is attended to."""

    engine = "SQLite"
    faults: tuple[type[Exception], ...] = (sqlite3.Error,)

    # Before a run

    def survey(self) -> Survey:
        """Count the rows and find what stands in the way."""
        return shape.survey(self._connection, self.path, self.target, self.shape)

    def fingerprint(self) -> str:
        """Hash what a swap carries over: columns, indexes, triggers."""
        return shape.fingerprint(self._connection, self.target)

    def scan(self, limit: int, after: Key | None = None) -> Batch:
        """Read rows in key order after a key."""
        return self._select("{table} AS t", after, limit)

    def sample(self, count: int) -> Batch:
        """Read rows from random places."""
        rows = self._scalar("SELECT count(*) FROM {table}")
        few = "abs(random()) % 1000000 < ?" if rows > count * 4 else "? IS NOT NULL"
        inner = f"SELECT {{key}} FROM {{table}} WHERE {few} ORDER BY random() LIMIT ?"
        query = f"SELECT {{t_columns}} FROM ({inner}) AS k JOIN {{table}} AS t ON {{joined}}"
        return self._batch(self._do(query, (4_000_000 * count // max(rows, 1), count)))

    def back_up(self) -> tuple[int, str]:
        """Copy the table into a file of its own, restore it there to a scratch table, hold count and checksum to it.

        Copied and summed in one snapshot, over a connection of its own; it takes no lock that a writer meets (in WAL
        mode), and is over before the rest of the work, since until then the write-ahead log only grows.
        """
        path = self.path.with_name(f"{self.path.name}.{Names(self.run).backup}")
        path.unlink(missing_ok=True)
        with closing(connect(self.path)) as connection:
            connection.execute("ATTACH DATABASE ? AS aside", (str(path),))
            connection.create_function("concordat_sum", -1, row_sum, deterministic=True)
            names = self._filling | {"backup": 'aside."backup"', "scratch": 'aside."scratch"'}
            connection.execute("BEGIN")
            connection.execute("CREATE TABLE {backup} AS SELECT {columns} FROM main.{table}".format_map(names))
            summed = "SELECT count(*), coalesce(sum(concordat_sum({columns})), 0) FROM "
            source = connection.execute((summed + "main.{table}").format_map(names)).fetchone()
            connection.execute("COMMIT")
            self._take_in_log()
            connection.execute("CREATE TABLE {scratch} AS SELECT * FROM {backup}".format_map(names))
            restored = connection.execute((summed + "{scratch}").format_map(names)).fetchone()
            connection.execute("DROP TABLE {scratch}".format_map(names))
        if source != restored:
            raise MigrationError(f"the backup does not restore to what the table holds: {restored}, not {source}")
        return int(source[0]), str(source[1])

    def make_shadow(self, **changes: Any) -> None:
        """Make the shadow table, the key log and its triggers, in one short transaction."""
        with self._writing():
            self._fence(checkpoint=None, **changes)
            self._drop("log", "shadow", "failing")
            shape.make_twin(self._connection, self.target, self.shape, self.run)
            self._make_reasons("failing")
            self._make_log("log")

    def _make_reasons(self, role: str) -> None:
        """Make a side table of rows that have no place in the other one, with the reason."""
        # As SELECT: where a column's type were another than the table's, joins over it would use no index.
        reasons = "'' AS rule, '' AS place, '' AS sentence"
        self._do(f"CREATE TABLE {{{role}}} AS SELECT {{key}}, {{doc}}, {reasons} FROM {{table}} WHERE 0")
        self._do(f"CREATE UNIQUE INDEX {{{role}_key}} ON {{{role}}} ({{key}})")

    def _make_log(self, log: str) -> None:
        """Make a key log of the table: who writes a row leaves its key."""
        # Numbers that were used are not used again: a pass deletes by them.
        self._do(f"CREATE TABLE {{{log}}} (concordat_number INTEGER PRIMARY KEY AUTOINCREMENT, {{key}})")
        new, old = (f"INSERT INTO {{{log}}} ({{key}}) VALUES ({{{side}_key}});" for side in ("new", "old"))
        moved = f"INSERT INTO {{{log}}} ({{key}}) SELECT {{old_key}} WHERE {{moved}};"
        replaced = "".join(self._replaced(log, columns) for columns in self.shape.uniques)
        bodies = {"INSERT": new, "UPDATE": new + moved, "DELETE": old}
        for what, body in bodies.items():
            trigger = f"CREATE TRIGGER {{{log}_{what.lower()}}} AFTER {what} ON {{table}} BEGIN {body} END"
            self._do(trigger)
            if replaced and what != "DELETE":
                self._do(
                    f"CREATE TRIGGER {{{log}_before_{what.lower()}}} BEFORE {what} ON {{table}} BEGIN {replaced} END"
                )

    def _replaced(self, log: str, columns: Sequence[str]) -> str:
        """Log the row that REPLACE would delete for a unique value: no trigger fires for that."""
        same = " AND ".join(f"{shape.quoted(name)} = NEW.{shape.quoted(name)}" for name in columns)
        same = same.replace("{", "{{").replace("}", "}}")
        return f"INSERT INTO {{{log}}} ({{key}}) SELECT {{key}} FROM {{table}} WHERE {same};"

    def make_indexes(self, between: Callable[[], object]) -> None:
        """Do nothing: the indexes stand from the start, since building one would keep writers out."""
        between()

    def drop(self, *roles: str, **changes: Any) -> None:
        """Drop tables of the run by their roles, with the triggers that belong to them, and the backup's file."""
        with self._writing():
            self._fence(**changes)
            self._drop(*roles)
        if "backup" in roles:
            self.path.with_name(f"{self.path.name}.{Names(self.run).backup}").unlink(missing_ok=True)

    def _drop(self, *roles: str) -> None:
        for role in roles:
            if role in {"log", "back"}:
                for what in ("insert", "update", "delete", "before_insert", "before_update"):
                    self._do(f"DROP TRIGGER IF EXISTS {{{role}_{what}}}")
            self._do(f"DROP TABLE IF EXISTS {{{role}}}")

    # Verification

    def verify(self) -> Mapping[str, int]:
        """Compare the keys of source and shadow at one moment, those still in the log aside."""
        with self._reading():
            self._do("DROP TABLE IF EXISTS temp.concordat_aside")
            self._do("CREATE TEMPORARY TABLE concordat_aside AS SELECT {key} FROM {table} WHERE 0")
            self._do("INSERT INTO temp.concordat_aside SELECT DISTINCT {key} FROM {log}")
            self._do("CREATE INDEX temp.concordat_aside_key ON concordat_aside ({key})")
            aside = "NOT EXISTS (SELECT 1 FROM temp.concordat_aside AS k WHERE {joined})"
            missing = self._scalar(
                f"SELECT count(*) FROM {{table}} AS t WHERE {aside} AND NOT EXISTS (SELECT 1 FROM {{shadow}} AS k "
                f"WHERE "
                "{joined}) AND NOT EXISTS (SELECT 1 FROM {failing} AS k WHERE {joined})"
            )
            extra = self._scalar(
                f"SELECT count(*) FROM {{shadow}} AS t WHERE {aside} AND NOT EXISTS (SELECT 1 FROM {{table}} AS k "
                f"WHERE "
                "{joined})"
            )
        self._take_in_log()
        if missing and self.shape.derived:
            raise MigrationError(SAME_VALUE)
        return {"missing": missing, "extra": extra}

    def shadow_rows(self, limit: int, after: Key | None = None) -> Batch:
        """Read what the shadow holds, as the database gives it back."""
        return self._select("{shadow} AS t", after, limit)

    def failing(self, limit: int = 1000) -> tuple[Failing, ...]:
        """List the rows that cannot be migrated."""
        return self._listed("failing", limit)

    def kept(self, limit: int = 1000) -> tuple[Failing, ...]:
        """List the rows written since cutover that the old contract cannot say."""
        return self._listed("kept", limit)

    def count(self, role: str) -> int:
        """Count the rows of one of the run's tables; 0 where it is not there."""
        return int(self._scalar(f"SELECT count(*) FROM {{{role}}}")) if self._has(getattr(Names(self.run), role)) else 0

    def _listed(self, role: str, limit: int) -> tuple[Failing, ...]:
        width = len(self.shape.key)
        if not self.count(role):
            return ()
        rows = self._do(f"SELECT * FROM {{{role}}} ORDER BY {{key}} LIMIT ?", (limit,))
        return tuple(Failing(row[:width], row[width], Failed(*row[width + 1 :])) for row in rows)

    # Cutover and what follows it

    def cut_over(self, convert: Convert, *, most: int, allowed: int, fingerprint: str, **changes: Any) -> int:
        """Swap in one write transaction: the log's tail, the names, the reverse log, the run's state; all or nothing.

        `Busy` where the tail is longer than `most` rows; `Changed` where the table is not what `fingerprint` was
        taken of.
        Gives how many keys the tail had.
        """
        with self._writing():
            self._fence(**changes)
            keys = self._tail("{log}", most, self._take_in, convert)
            if self._scalar("SELECT count(*) FROM {failing}") > allowed:
                raise MigrationError("a row that cannot be migrated was written at the last moment")
            if fingerprint != self.fingerprint():
                raise Changed(
                    f"{self.target.table} was altered since the run began (a column, index or trigger): abort this "
                    f"run and "
                    "start another, which copies the table as it is now"
                )
            if self.shape.derived:
                self._hold_to_uniques()
            names = Names(self.run)
            self._drop("log")
            shape.swap(self._connection, self.target, away=names.old, coming=names.shadow)
            self._drop("back", "kept")
            self._make_log("back")
            self._make_reasons("kept")
        return keys

    def _hold_to_uniques(self) -> None:
        """Where a document decides on a unique value, a row may have taken the place of another: none may be gone."""
        source, shadow, aside = (self._scalar(f"SELECT count(*) FROM {{{one}}}") for one in COUNTED)
        if source != shadow + aside:
            raise MigrationError(SAME_VALUE)

    def _hold_to_old_uniques(self) -> None:
        """Likewise of the way back."""
        gone = "SELECT EXISTS (SELECT 1 FROM {table} AS t WHERE NOT EXISTS (SELECT 1 FROM {old} AS k WHERE {joined}) "
        if self._scalar(gone + "AND NOT EXISTS (SELECT 1 FROM {kept} AS k WHERE {joined}))"):
            raise MigrationError(SAME_VALUE)

    def roll_back(self, convert: Convert, *, most: int, accept: bool, **changes: Any) -> int:
        """Swap back in one write transaction, after the tail of the reverse log; `Busy` as for cutover."""
        with self._writing():
            self._fence(**changes)
            keys = self._tail("{back}", most, self._give_back, convert)
            if not accept and self._scalar("SELECT EXISTS (SELECT 1 FROM {kept})"):
                raise MigrationError("a row that the old contract cannot say was written at the last moment")
            if self.shape.derived:
                self._hold_to_old_uniques()
            names = Names(self.run)
            self._drop("back")
            shape.swap(self._connection, self.target, away=names.undone, coming=names.old)
        return keys

    # Throttling

    def load(self) -> Mapping[str, float]:
        """Tell how large the write-ahead log is, in bytes: it grows while readers keep it from being taken in."""
        wal = self.path.with_name(f"{self.path.name}-wal")
        return {"wal": float(wal.stat().st_size) if wal.exists() else 0.0}

    # Rows

    def _select(self, source: str, after: Key | None, limit: int) -> Batch:
        where = "WHERE ({t_key}) > ({key_marks})" if after else ""
        query = f"SELECT {{t_columns}} FROM {source} {where} ORDER BY {{t_key}} LIMIT ?"
        rows, size, place = list[Any](), 0, self.shape.document
        with closing(self._connection.execute(self._compose(query), (*(after or ()), limit))) as cursor:
            while size <= BATCH_BYTES and (some := cursor.fetchmany(_AT_A_TIME)):
                rows += some
                size += sum([len(row[place]) for row in some if type(row[place]) is str])
        return self._batch(rows)
