"""Migrations of a SQLite table: every statement on the target's rows, and the locks that they take.

How nothing is lost: as on PostgreSQL (`bot.migrations.postgres`), with what is different here. The file has one
writer at
a time, so rows are read and converted outside of the write transaction, which only writes them; whatever is written
in between is in the key log, and a pass deletes exactly the log rows that it had read. Unique indexes stand on the
shadow
from the start, and a row that comes replaces one that holds its unique value: that one is out of date, since the source
holds each value once, and so its key is in the log and a pass brings it.
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from bot.migrations import sqlite_shape as shape
from bot.migrations.errors import Busy, Changed, MigrationError
from bot.migrations.sqlite_session import COUNTED, SAME_VALUE, Session, connect, key_text, row_sum
from bot.migrations.values import (
    BATCH_BYTES,
    Batch,
    Convert,
    Converted,
    Failed,
    Failing,
    Key,
    Names,
    Passed,
    Survey,
    adapted,
)  # fmt: skip

_SMALLEST, _LARGEST = 1_000, 10_000
"""Log rows that a pass takes at a time: so many that a writer waits about as long as for a batch; the most of them
where writers log more than was taken."""


class Sqlite(Session):
    """One table of a SQLite file, and the run that is attended to."""

    engine = "SQLite"
    faults: tuple[type[Exception], ...] = (sqlite3.Error,)
    pace = (0.01, 0.03)
    _chunk = _SMALLEST
    _reached = 0

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

    def key_of(self, row: Sequence[Any]) -> Key:
        """Take the key out of a row."""
        return tuple(row[place] for place in self.shape.key_places)

    # The run's own tables

    def back_up(self) -> tuple[int, str]:
        """Copy the table into a file of its own, restore it there to a scratch table, hold count and checksum to it.

        All of it in one snapshot, over a connection of its own; it takes no lock that a writer meets (in WAL mode).
        """
        path = self.path.with_name(f"{self.path.name}.{Names(self.run).backup}")
        path.unlink(missing_ok=True)
        with closing(connect(self.path)) as connection:
            connection.execute("ATTACH DATABASE ? AS aside", (str(path),))
            connection.create_function("concordat_sum", -1, row_sum, deterministic=True)
            names = self._filling | {"backup": 'aside."backup"', "scratch": 'aside."scratch"'}
            connection.execute("BEGIN")
            connection.execute("CREATE TABLE {backup} AS SELECT {columns} FROM main.{table}".format_map(names))
            connection.execute("CREATE TABLE {scratch} AS SELECT * FROM {backup}".format_map(names))
            summed = "SELECT count(*), coalesce(sum(concordat_sum({columns})), 0) FROM "
            query = (summed + "main.{table}").format_map(names)
            source, restored = (
                connection.execute(one).fetchone() for one in (query, (summed + "{scratch}").format_map(names))
            )
            connection.execute("DROP TABLE {scratch}".format_map(names))
            connection.execute("COMMIT")
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

    # Copying

    def write(self, batch: Batch, converted: Sequence[Converted], **changes: Any) -> str | None:
        """Write a batch into the shadow with the checkpoint, all or nothing; gives what is wanted of the run."""
        good, bad = self._sorted(batch, converted)
        logged = self._scalar("SELECT coalesce(max(concordat_number), 0) FROM {log}")
        if logged - self._reached < len(batch.rows):  # else writers are faster than the copy, which would never end
            self._give_way()
        self._reached = logged
        with self._writing():
            wanted = self._fence(checkpoint=key_text(self.key_of(batch.rows[-1])), **changes)
            self._put("{shadow}", good)
            self._put_aside("{failing}", bad)
        return wanted

    def _sorted(self, batch: Batch, converted: Sequence[Converted]) -> tuple[list[Any], list[Any]]:
        """Part rows with their new documents from those that have none, each with the reason."""
        place, good, bad = batch.document, [], []
        for row, document in zip(batch.rows, converted, strict=True):
            if isinstance(document, Failed):
                bad.append((*self.key_of(row), row[place], document.rule, document.place, document.sentence))
            else:
                as_it_was = document.encode() if document and isinstance(row[place], bytes) else document
                good.append((*row[:place], as_it_was, *row[place + 1 :]))
        return good, bad

    def _put(self, into: str, rows: Sequence[Any]) -> None:
        if rows:
            statement = f"INSERT OR REPLACE INTO {into} ({{columns}}) VALUES ({{marks}})"
            self._connection.executemany(self._compose(statement), rows)

    def _put_aside(self, into: str, rows: Sequence[Any]) -> None:
        if rows:
            statement = f"INSERT OR REPLACE INTO {into} VALUES ({{key_marks}}, ?, ?, ?, ?)"
            self._connection.executemany(self._compose(statement), rows)

    # Passes over the key log

    def pass_over(self, convert: Convert, **changes: Any) -> Passed:
        """Bring the shadow to the source, by the keys that were logged until now."""
        return self._pass("{log}", "", convert, self._take_in, changes)

    def pass_back(self, convert: Convert, *, accept: bool = False, **changes: Any) -> Passed:
        """Bring the old table to the new one as it is now; rows that `convert` cannot say stay logged, and are listed.

        With `accept` they are listed and no longer logged: the old table keeps what it had of them.
        """

        def give(numbers: Sequence[int], keys: Sequence[Key], good: Sequence[Any], bad: Sequence[Any]) -> None:
            self._give_back(numbers, keys, good, bad)
            if not accept:
                self._log_kept()

        return self._pass("{back}", "" if accept else "{kept}", convert, give, changes)

    def _pass(
        self, log: str, aside: str, convert: Convert, put: Callable[..., None], changes: Mapping[str, Any]
    ) -> Passed:
        """Take what is logged now, in chunks that keep others out as shortly as a batch may.

        Before cutover it ends early where word was left for the run.

        Between chunks others get no time of their own, as they do between batches: they could log more than is taken.
        """
        ends = (f"SELECT coalesce({end}(concordat_number), 0) FROM {log}" for end in ("min", "max"))
        first, last = map(self._scalar, ends)
        gains = last - first < self._logged_before.get(log, sys.maxsize)
        self._logged_before[log] = last - first
        seen, rows, wanted = 0, 0, None
        while wanted is None or log == "{back}":
            numbers, keys, batch = self._logged(log, aside, last)
            good, bad = self._sorted(batch, convert(batch.documents))
            with self._writing():
                wanted = self._fence(**changes)
                put(numbers, keys, good, bad)
            least = _SMALLEST if gains else _LARGEST
            self._chunk = adapted(self._chunk, self.held, self.pace, least, _LARGEST)
            seen, rows = seen + len(keys), rows + len(numbers)
            if not numbers or numbers[-1] == last:
                break
        return Passed(seen, rows)

    def look_again(self) -> None:
        """Forget what the old contract could not say; the next pass tells anew."""
        with self._writing():
            self._fence()
            self._do("DELETE FROM {kept}")

    def _take_in(self, numbers: Sequence[int], keys: Sequence[Key], good: Sequence[Any], bad: Sequence[Any]) -> None:
        for name in ("{shadow}", "{failing}"):
            self._delete(name, keys)
        self._put("{shadow}", good)
        self._put_aside("{failing}", bad)
        self._forget("{log}", numbers)

    def _give_back(self, numbers: Sequence[int], keys: Sequence[Key], good: Sequence[Any], bad: Sequence[Any]) -> None:
        width = len(self.shape.key)
        stay = {row[:width] for row in bad}
        self._delete("{kept}", keys)
        self._delete("{old}", [key for key in keys if key not in stay])
        self._put("{old}", good)
        self._put_aside("{kept}", bad)
        self._forget("{back}", numbers)

    def _log_kept(self) -> None:
        """Log again what could not be said, where it is not logged: the next attempt looks at it anew."""
        self._do(
            "INSERT INTO {back} ({key}) SELECT {t_key} FROM {kept} AS t WHERE NOT EXISTS (SELECT 1 FROM {back} AS k "
            "WHERE "
            "{joined})"
        )

    def _logged(self, log: str, aside: str, last: int) -> tuple[list[int], list[Key], Batch]:
        """Read the oldest log rows and the rows that the table in use has of their keys, at one moment."""
        joined = f"SELECT t.concordat_number, {{t_key}} FROM {log} AS t WHERE t.concordat_number <= ?"
        if aside:
            joined += f" AND NOT EXISTS (SELECT 1 FROM {aside} AS k WHERE {{joined}})"
        with self._reading():
            found = self._do(f"{joined} ORDER BY t.concordat_number LIMIT ?", (last, self._chunk))
            keys, rows, taken = self._as_many(found)
        return [row[0] for row in found[:taken]], keys, self._batch(rows)

    def _as_many(self, found: Sequence[Any]) -> tuple[list[Key], list[Any], int]:
        """Read the rows of log rows in their order, as many as a batch may hold; how many log rows that were."""
        keys, rows, size = dict[Key, None](), list[Any](), 0
        for number, (_, *parts) in enumerate(found, 1):
            key = tuple(parts)
            if key not in keys:
                keys[key] = None
                coming = self._by_keys([key])
                rows += coming
                size += sum(len(str(row[self.shape.document] or "")) for row in coming)
            if size > BATCH_BYTES:
                return list(keys), rows, number
        return list(keys), rows, len(found)

    def _by_keys(self, keys: Sequence[Key]) -> list[Any]:
        query = self._compose("SELECT {columns} FROM {table} WHERE ({key}) = ({key_marks})")
        execute = self._connection.execute
        return [row for key in keys for row in execute(query, key)]

    def _delete(self, name: str, keys: Sequence[Key]) -> None:
        self._connection.executemany(self._compose(f"DELETE FROM {name} WHERE ({{key}}) = ({{key_marks}})"), keys)

    def _forget(self, log: str, numbers: Sequence[int]) -> None:
        rows = [(number,) for number in numbers]
        self._connection.executemany(self._compose(f"DELETE FROM {log} WHERE concordat_number = ?"), rows)

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

    def _tail(self, log: str, most: int, put: Callable[..., None], convert: Convert) -> int:
        if self._scalar(f"SELECT count(*) FROM (SELECT 1 FROM {log} LIMIT ?)", (most + 1,)) > most:
            raise Busy(f"more than {most:,} rows were written since the last pass")
        found = self._do(f"SELECT concordat_number, {{key}} FROM {log}")
        keys = list(dict.fromkeys(tuple(row[1:]) for row in found))
        batch = self._batch(self._by_keys(keys))
        put([row[0] for row in found], keys, *self._sorted(batch, convert(batch.documents)))
        return len(keys)

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
            for row in cursor:
                rows.append(row)
                size += len(row[place]) if isinstance(row[place], str) else 0
                if size > BATCH_BYTES:
                    break
        return self._batch(rows)

    def _batch(self, rows: Sequence[Any]) -> Batch:
        return Batch(rows, self.shape.document)
