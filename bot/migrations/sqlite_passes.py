"""What moves the rows of a SQLite table: batches of the copy, and passes over the key log there and back.

Rows are read and converted outside of the write transaction, which only writes them (see `bot.migrations.sqlite`).
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.migrations.errors import Busy
from bot.migrations.sqlite_session import Session, key_text
from bot.migrations.values import BATCH_BYTES, Batch, Convert, Converted, Failed, Key, Passed, adapted

_SMALLEST, _LARGEST = 1_000, 10_000
"""Log rows that a pass takes at a time: so many that a writer waits about as long as for a batch; the most of them
where writers log more than was taken."""

_AT_ONCE, _MOST_MARKS = 50, 900
"""Rows that one statement writes, and the most parameters that it may have (older SQLite takes 999)."""


class Passes(Session):
    """The rows of one table on their way, for the run that is attended to."""

    _chunk = _SMALLEST
    _reached = 0

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
        place, good, bad = batch.document, list[Any](), list[Any]()
        if _all_texts(batch.documents) and _all_texts(converted):
            columns = list(zip(*batch.rows, strict=True))
            columns[place] = tuple(converted)
            return list(zip(*columns, strict=True)), bad
        for row, document in zip(batch.rows, converted, strict=True):
            if isinstance(document, Failed):
                bad.append((*self.key_of(row), row[place], document.rule, document.place, document.sentence))
            else:
                as_it_was = document.encode() if document and isinstance(row[place], bytes) else document
                good.append((*row[:place], as_it_was, *row[place + 1 :]))
        return good, bad

    def _put(self, into: str, rows: Sequence[Any]) -> None:
        """Write rows, many with each statement: that takes half the time of one each."""
        many = max(1, min(_AT_ONCE, _MOST_MARKS // len(self.shape.columns)))
        even = len(rows) - len(rows) % many
        for part, size in ((rows[:even], many), (rows[even:], 1)):
            if part:
                self._put_by(into, part, size)

    def _put_by(self, into: str, rows: Sequence[Any], many: int) -> None:
        marks = ", ".join(["({marks})"] * many)
        statement = self._compose(f"INSERT OR REPLACE INTO {into} ({{columns}}) VALUES {marks}")
        groups = (rows[start : start + many] for start in range(0, len(rows), many))
        self._connection.executemany(statement, (list(chain.from_iterable(group)) for group in groups))

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

        Between chunks others get time of their own, as they do between batches, save where they log more than is taken.
        """
        ends = (f"SELECT coalesce({end}(concordat_number), 0) FROM {log}" for end in ("min", "max"))
        first, last = map(self._scalar, ends)
        gains = last - first < self._logged_before.get(log, sys.maxsize)
        self._logged_before[log] = last - first
        seen, rows, wanted = 0, 0, None
        while wanted is None or log == "{back}":
            numbers, keys, batch = self._logged(log, aside, last)
            good, bad = self._sorted(batch, convert(batch.documents))
            if gains:
                self._give_way()
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

    def _tail(self, log: str, most: int, put: Callable[..., None], convert: Convert) -> int:
        if self._scalar(f"SELECT count(*) FROM (SELECT 1 FROM {log} LIMIT ?)", (most + 1,)) > most:
            raise Busy(f"more than {most:,} rows were written since the last pass")
        found = self._do(f"SELECT concordat_number, {{key}} FROM {log}")
        keys = list(dict.fromkeys(tuple(row[1:]) for row in found))
        batch = self._batch(self._by_keys(keys))
        put([row[0] for row in found], keys, *self._sorted(batch, convert(batch.documents)))
        return len(keys)

    # Rows

    def key_of(self, row: Sequence[Any]) -> Key:
        """Take the key out of a row."""
        return tuple(row[place] for place in self.shape.key_places)

    # The run's own tables

    def _batch(self, rows: Sequence[Any]) -> Batch:
        return Batch(rows, self.shape.document)


def _all_texts(values: Sequence[object]) -> bool:
    return set(map(type, values)) == {str}
