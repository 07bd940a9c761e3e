"""Migrations of a PostgreSQL table: every statement on the target's rows, and the locks that they take.

How nothing is lost. A trigger on the source records the keys of rows that are written, never their content, so that it
cannot fail. Batches copy rows in key order. A *pass* then takes the whole key log in one repeatable-read snapshot: it
deletes these keys from the shadow and writes the rows that the source has of them now, so that the shadow equals the
source at that snapshot, whatever was written before. Log rows that are not visible yet stay for the next pass. The last
pass runs under an exclusive lock, in the transaction that swaps the names and installs the reverse log. Every
transaction begins by renewing the run's token: a worker that lost it writes nothing.
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import SerializationFailure

from bot.migrations import postgres_obstacles as obstacles
from bot.migrations import postgres_shape as shape
from bot.migrations.errors import Busy, Changed, MigrationError
from bot.migrations.postgres_session import Session
from bot.migrations.postgres_statements import LOAD, LOADED, TRIGGER, after_key, copied_rows
from bot.migrations.values import BATCH_BYTES, Batch, Convert, Converted, Failed, Failing, Key, Names, Passed, Survey

CHUNK = 2_000
"""Rows that a pass converts at a time, so that memory stays flat however long the log is."""
_ATTEMPTS = 20
_COPIED = 100
"""Rows that are written out at once."""
_FIRST, _STREAM = 200, 100
"""Rows that a pass reads first, before it knows how long they are; and rows that come from the server at a time."""


class Postgres(Session):
    """One table of a PostgreSQL database, and the run that is attended to."""

    engine = "PostgreSQL"
    faults: tuple[type[Exception], ...] = (psycopg.Error,)
    pace = (0.1, 0.5)
    held = 0.0

    # Before a run

    def survey(self) -> Survey:
        """Count the rows and find what stands in the way."""
        return obstacles.survey(self._connection, self.target, self.shape)

    def fingerprint(self) -> str:
        """Hash what a swap carries over: columns, indexes, constraints, triggers, views, owner and grants."""
        return shape.fingerprint(self._connection, self.target)

    def scan(self, limit: int, after: Key | None = None) -> Batch:
        """Read rows in key order after a key, every column as text."""
        return self._read("{table} AS t", after, limit)

    def sample(self, count: int) -> Batch:
        """Read rows from random places."""
        rows = self._scalar("SELECT count(*) FROM {table}")
        share = min(100.0, 400.0 * count / max(rows, 1))
        query = f"SELECT {{texts}} FROM {{table}} AS t TABLESAMPLE BERNOULLI ({share:.6f}) ORDER BY random() LIMIT %s"
        return Batch(self._do(query, (count,)), self.shape.document)

    def key_of(self, row: Sequence[str | None]) -> Key:
        """Take the key out of a row."""
        return tuple(str(row[place]) for place in self.shape.key_places)

    # The run's own tables

    def back_up(self) -> tuple[int, str]:
        """Copy the table, restore the copy to a scratch table, and hold its count and checksum to the source's.

        All of it in one snapshot; it takes no lock that a writer meets.
        """
        with self._snapshot():
            self._do("DROP TABLE IF EXISTS {backup}")
            self._do("CREATE TABLE {backup} AS SELECT {columns} FROM {table}")
            self._shut("backup")
            self._do("CREATE TEMPORARY TABLE concordat_scratch ON COMMIT DROP AS SELECT * FROM {backup}")
            source, restored = (self._sum(name) for name in ("{table}", "pg_temp.concordat_scratch"))
        if source != restored:
            raise MigrationError(f"the backup does not restore to what the table holds: {restored}, not {source}")
        return source

    def make_shadow(self, **changes: Any) -> None:
        """Make the shadow table, the key log and its trigger, in one short transaction."""
        with self._patience():
            self._fence(checkpoint=None, **changes)
            self._drop("log", "shadow", "failing")
            self._do("CREATE TABLE {shadow} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)")
            shadow = sql.Identifier(self.target.schema, Names(self.run).shadow)
            keyed = sql.SQL("ALTER TABLE {} ADD {}").format(shadow, sql.SQL(self.shape.keyed))
            self._connection.execute(keyed)
            self._make_reasons("failing")
            self._make_log("log")
            self._shut("shadow", "failing", "log")

    def _shut(self, *roles: str) -> None:
        """Let nobody else read what the run makes, whatever defaults grant on new tables."""
        for role in roles:
            shape.shut(self._connection, self.target.schema, getattr(Names(self.run), role))

    def _make_reasons(self, role: str) -> None:
        """Make a side table of rows that have no place in the other one, with the reason."""
        reasons = "''::text AS rule, ''::text AS place, ''::text AS sentence"
        self._do(f"CREATE TABLE {{{role}}} AS SELECT {{key}}, {{doc}}, {reasons} FROM {{table}} WITH NO DATA")
        self._do(f"ALTER TABLE {{{role}}} ADD UNIQUE ({{key}})")

    def _make_log(self, log: str) -> None:
        """Make a key log of the table: who writes a row leaves its key, who empties the table a row without one."""
        self._do(f"CREATE TABLE {{{log}}} AS SELECT {{key}} FROM {{table}} WITH NO DATA")
        self._do(f"ALTER TABLE {{{log}}} ADD COLUMN concordat_number bigint GENERATED ALWAYS AS IDENTITY")
        self._do(TRIGGER.replace("{log}", f"{{{log}}}"))
        for what, when in (("row", "INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"),
                           ("all", "TRUNCATE ON {table} FOR EACH STATEMENT")):  # fmt: skip
            self._do(f"CREATE TRIGGER {{{log}_{what}}} AFTER {when} EXECUTE FUNCTION {{{log}}}()")
            self._do(f"ALTER TABLE {{table}} ENABLE ALWAYS TRIGGER {{{log}_{what}}}")

    def make_indexes(self, between: Callable[[], object]) -> None:
        """Build on the shadow what the source has besides its key: indexes, unique and exclusion constraints.

        `between` is called before each, since each may take long: it passes over the log, so that a unique index meets
        rows as they are together, and lets the run be paused.
        """
        for extra in self.shape.extras:
            between()
            with self._connection.transaction():
                self._fence()
                name = f'"{self.target.schema}"."{extra.made(self.run)}"'
                if self._scalar("SELECT to_regclass(%s)", (name,)) is None:
                    self._connection.execute(extra.statement(self.target.schema, Names(self.run).shadow, self.run))
        self._do("ANALYZE {shadow}")

    def drop(self, *roles: str, **changes: Any) -> None:
        """Drop tables of the run by their roles, with the functions and triggers that belong to them."""
        with self._patience():
            self._fence(**changes)
            self._drop(*roles)

    def _drop(self, *roles: str) -> None:
        for role in roles:
            if role in {"log", "back"}:
                self._do(f"DROP FUNCTION IF EXISTS {{{role}}}() CASCADE")
            self._do(f"DROP TABLE IF EXISTS {{{role}}}")

    # Copying

    def write(self, batch: Batch, converted: Sequence[Converted], **changes: Any) -> str | None:
        """Write a batch into the shadow with the checkpoint, all or nothing; gives what is wanted of the run."""
        began = time.monotonic()
        with self._connection.transaction():
            wanted = self._fence(checkpoint=json.dumps(self.key_of(batch.rows[-1])), **changes)
            self._put("{shadow}", batch, converted)
        self.held = time.monotonic() - began
        return wanted

    def _put(self, into: str, batch: Batch, converted: Sequence[Converted], failed: str = "{failing}") -> None:
        """Write rows with their new documents, and those that have none beside them with the reason."""
        place, good, bad = batch.document, [], []
        for row, document in zip(batch.rows, converted, strict=True):
            if isinstance(document, Failed):
                bad.append((*self.key_of(row), row[place], document.rule, document.place, document.sentence))
            else:
                good.append((*row[:place], document, *row[place + 1 :]))
        if good and into:
            self._copy_in(f"COPY {into} ({{columns}}) FROM STDIN", good)
        if bad and failed:
            self._copy_in(f"COPY {failed} ({{key}}, {{doc}}, rule, place, sentence) FROM STDIN", bad)

    def _copy_in(self, statement: str, rows: Sequence[Sequence[str | None]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(self._compose(statement)) as copy:
            for start in range(0, len(rows), _COPIED):
                copy.write(copied_rows(rows[start : start + _COPIED]).encode())

    # Passes over the key log

    def pass_over(self, convert: Convert, **changes: Any) -> Passed:
        """Bring the shadow to the source as it is now, by the keys that were logged since."""
        return self._in_one_snapshot(lambda: self._pass(convert), changes)

    def pass_back(self, convert: Convert, *, accept: bool = False, **changes: Any) -> Passed:
        """Bring the old table to the new one as it is now; rows that `convert` cannot say stay logged, and are listed.

        With `accept` they are listed and no longer logged: the old table keeps what it had of them.
        """
        return self._in_one_snapshot(lambda: self._back(convert, accept=accept), changes)

    def _in_one_snapshot(self, work: Callable[[], Passed], changes: Mapping[str, Any]) -> Passed:
        for _ in range(_ATTEMPTS):
            try:
                with self._snapshot():
                    self._fence(**changes)
                    return work()
            except SerializationFailure:
                continue  # word was left for the run between the snapshot and its fence
        raise Busy("the run's own row was written again and again while it was to be renewed")

    def _pass(self, convert: Convert) -> Passed:
        rows = self._take_keys("{log}")
        self._prune("{shadow}", "{failing}")
        for name in ("{shadow}", "{failing}"):
            self._do(f"DELETE FROM {name} AS t USING concordat_keys AS k WHERE {{joined}}")
        for batch in self._logged_rows():
            self._put("{shadow}", batch, convert(batch.documents))
        return self._passed(rows)

    def _back(self, convert: Convert, *, accept: bool) -> Passed:
        """As `_pass`, from the new table to the old, where a document that cannot be said replaces nothing."""
        rows = self._take_keys("{back}")
        if not accept:
            self._do("DELETE FROM {kept}")
        self._do("DELETE FROM {kept} AS t USING concordat_keys AS k WHERE {joined}")
        self._prune("{old}")
        # Aside first: rows that change places under a unique index have to be gone before any of them comes.
        self._do("CREATE TEMPORARY TABLE concordat_coming ON COMMIT DROP AS SELECT {columns} FROM {old} WITH NO DATA")
        for batch in self._logged_rows():
            self._put("pg_temp.concordat_coming", batch, convert(batch.documents), failed="{kept}")
        if not accept:
            self._do("INSERT INTO {back} ({key}) SELECT {key} FROM {kept}")  # the next pass looks at them anew
        self._do("DELETE FROM concordat_keys AS t USING {kept} AS k WHERE {joined}")
        self._do("DELETE FROM {old} AS t USING concordat_keys AS k WHERE {joined}")
        coming = "SELECT {columns} FROM pg_temp.concordat_coming"
        self._do(f"INSERT INTO {{old}} ({{columns}}) OVERRIDING SYSTEM VALUE {coming}")
        self._do("DROP TABLE pg_temp.concordat_coming")
        return self._passed(rows)

    def look_again(self) -> None:
        """Forget what the old contract could not say; the next pass tells anew."""
        with self._connection.transaction():
            self._fence()
            self._do("DELETE FROM {kept}")

    def _take_keys(self, log: str) -> int:
        """Move the log rows of this snapshot, and no others, into a table of distinct keys."""
        self._do("CREATE TEMPORARY TABLE concordat_keys ON COMMIT DROP AS SELECT {key} FROM {table} WITH NO DATA")
        gone = f"WITH gone AS (DELETE FROM {log} RETURNING {{key}}), taken AS ("
        distinct = "INSERT INTO concordat_keys SELECT DISTINCT {key} FROM gone)"
        rows = int(self._scalar(f"{gone}{distinct} SELECT count(*) FROM gone"))
        if rows > CHUNK:
            self._do("CREATE INDEX ON concordat_keys ({key})")
            self._do("ANALYZE concordat_keys")
        return rows

    def _prune(self, *tables: str) -> None:
        """After a TRUNCATE, which logs a row without a key: delete what the table in use no longer has."""
        if self._scalar("SELECT EXISTS (SELECT FROM concordat_keys WHERE {any_null})"):
            for name in tables:
                self._do(f"DELETE FROM {name} AS t WHERE NOT EXISTS (SELECT FROM {{table}} AS k WHERE {{joined}})")

    def _logged_rows(self) -> Iterator[Batch]:
        """Read the rows in use whose keys were logged, in chunks."""
        joined = "concordat_keys AS k JOIN {table} AS t ON {joined}"
        after: Key | None = None
        chunk = _FIRST
        while (batch := self._select(joined, after, chunk)).rows:
            yield batch
            after = self.key_of(batch.rows[-1])
            small = sum(len(text or "") for text in batch.documents) < BATCH_BYTES // 4
            chunk = min(CHUNK, chunk * 2) if small else max(1, chunk // 2)

    def _passed(self, rows: int) -> Passed:
        keys = self._scalar("SELECT count(*) FROM concordat_keys")
        self._do("DROP TABLE concordat_keys")
        return Passed(keys, rows)

    # Verification

    def verify(self) -> Mapping[str, int]:
        """Compare the keys of source and shadow in one snapshot, those still in the log aside."""
        with self._snapshot():
            if self._scalar("SELECT EXISTS (SELECT FROM {log} WHERE {any_null})"):
                return {"missing": 0, "extra": 0}  # emptied since: the next pass sees to it
            aside = "NOT EXISTS (SELECT FROM {log} AS k WHERE {joined})"
            missing = self._scalar(
                f"SELECT count(*) FROM {{table}} AS t WHERE {aside} AND NOT EXISTS (SELECT FROM {{shadow}} AS k WHERE "
                "{joined}) AND NOT EXISTS (SELECT FROM {failing} AS k WHERE {joined})"
            )
            extra = self._scalar(
                f"SELECT count(*) FROM {{shadow}} AS t WHERE {aside} AND NOT EXISTS (SELECT FROM {{table}} AS k WHERE "
                "{joined})"
            )
        return {"missing": missing, "extra": extra}

    def shadow_rows(self, limit: int, after: Key | None = None) -> Batch:
        """Read what the shadow holds, as the database gives it back."""
        return self._read("{shadow} AS t", after, limit)

    def failing(self, limit: int = 1000) -> tuple[Failing, ...]:
        """List the rows that cannot be migrated."""
        return self._listed("failing", limit)

    def kept(self, limit: int = 1000) -> tuple[Failing, ...]:
        """List the rows written since cutover that the old contract cannot say."""
        return self._listed("kept", limit)

    def count(self, role: str) -> int:
        """Count the rows of one of the run's tables; 0 where it is not there."""
        name = f'"{self.target.schema}"."{getattr(Names(self.run), role)}"'
        if self._scalar("SELECT to_regclass(%s)", (name,)) is None:
            return 0
        return int(self._scalar(f"SELECT count(*) FROM {{{role}}}"))

    def _listed(self, role: str, limit: int) -> tuple[Failing, ...]:
        width = len(self.shape.key)
        if not self.count(role):
            return ()
        rows = self._do(
            f"SELECT {{t_key_texts}}, t.{{doc}}::text, rule, place, sentence FROM {{{role}}} AS t ORDER BY "
            f"{{t_key}} LIMIT %s",
            (limit,),
        )
        return tuple(Failing(row[:width], row[width], Failed(*row[width + 1 :])) for row in rows)

    # Cutover and what follows it

    def cut_over(self, convert: Convert, *, most: int, allowed: int, fingerprint: str, **changes: Any) -> int:
        """Swap under an exclusive lock: the log's tail, the names, the reverse log, the run's state; all or nothing.

        `Busy` where the lock is not to be had in time, or the tail is longer than `most` rows; `Changed` where the
        table
        is not what `fingerprint` was taken of. Gives how many keys the tail had.
        """
        with self._patience(exclusive="{table}"):
            self._fence(**changes)
            self._few("{log}", most)
            passed = self._pass(convert)
            if self._scalar("SELECT count(*) FROM {failing}") > allowed:
                raise MigrationError("a row that cannot be migrated was written at the last moment")
            if fingerprint != self.fingerprint():
                raise Changed(
                    f"{self.target.place} was altered since the run began (a column, index, constraint, trigger or "
                    f"grant): "
                    "abort this run and start another, which copies the table as it is now"
                )
            self._do("DROP FUNCTION {log}() CASCADE")
            shape.swap(self._connection, self.target, self.shape, self.run)
            self._drop("back", "kept")
            self._make_log("back")
            self._make_reasons("kept")
            self._shut("back", "kept")
        return passed.keys

    def roll_back(self, convert: Convert, *, most: int, accept: bool, **changes: Any) -> int:
        """Swap back under an exclusive lock, after the tail of the reverse log; `Busy` as for cutover."""
        with self._patience(exclusive="{table}"):
            self._fence(**changes)
            self._few("{back}", most)
            passed = self._back(convert, accept=accept)
            if not accept and self._scalar("SELECT EXISTS (SELECT FROM {kept})"):
                raise MigrationError("a row that the old contract cannot say was written at the last moment")
            self._do("DROP FUNCTION {back}() CASCADE")
            shape.swap_back(self._connection, self.target, self.shape, self.run)
        return passed.keys

    def _few(self, log: str, most: int) -> None:
        if self._scalar(f"SELECT count(*) FROM (SELECT FROM {log} LIMIT %s) AS few", (most + 1,)) > most:
            raise Busy(f"more than {most:,} rows were written since the last pass")

    # Throttling

    def load(self) -> Mapping[str, float]:
        """Tell how the server is: other active sessions, those that wait for a lock, the slowest replica's lag in s.

        Counted since the server's statistics began: transactions committed and rolled back, blocks read, bytes written
        to the log.
        """
        return {name: float(value or 0) for name, value in zip(LOADED, self._do(LOAD)[0], strict=True)}

    # Rows as text

    def _select(self, source: str, after: Key | None, limit: int) -> Batch:
        return Batch(self._do(after_key(source, after), (*(after or ()), limit)), self.shape.document)

    def _read(self, source: str, after: Key | None, limit: int) -> Batch:
        """As `_select`, and stop where a batch is large enough; not in a transaction, which that would break off."""
        query = self._compose(after_key(source, after), with_parameters=True)
        place, rows, size = self.shape.document, list[Any](), 0
        with self._connection.cursor() as cursor:
            for row in cursor.stream(query, (*(after or ()), limit), size=_STREAM):
                rows.append(row)
                size += len(row[place] or "")
                if size > BATCH_BYTES:
                    break
        return Batch(rows, place)

    def _sum(self, name: str) -> tuple[int, str]:
        """Count the rows and add up a hash of each, so that their order does not matter."""
        hashed = "coalesce(sum(hashtextextended(t::text, 0)), 0)::text"
        row = self._do(f"SELECT count(*), {hashed} FROM (SELECT {{columns}} FROM {name}) AS t")[0]
        return int(row[0]), str(row[1])
