"""Writers at full speed against a table, and the ledger of what the database acknowledged to them.

Each writer owns the keys that leave its number as remainder, so that what a key has to hold in the end is what its
writer was last told. A statement without an answer leaves a key in doubt: either content is right then.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

Document = Mapping[str, Any] | None
Execute = Callable[[str, tuple[Any, ...]], int]
_NUMBERS = itertools.count(1)


@dataclass
class Ledger:
    """What was acknowledged, by key; `None` is "deleted". `doubt` has what else a key may hold."""

    rows: dict[int, Document] = field(default_factory=dict)
    doubt: dict[int, list[Document]] = field(default_factory=dict)
    stalls: list[float] = field(default_factory=list)
    writes: int = 0
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass
class Writer:
    """One writer: updates, deletes, inserts, moves keys, by itself and as fast as it can."""

    number: int
    of: int
    first_new: int
    execute: Execute
    ledger: Ledger
    over: threading.Event
    keys: list[int] = field(default_factory=list)
    pause: float = 0.0

    def run(self) -> None:
        chance = random.Random(self.number)
        new = self.first_new + self.number
        while not self.over.is_set():
            count = next(_NUMBERS)
            self.over.wait(self.pause)
            what = chance.random()
            if what < 0.3 or len(self.keys) < 2:
                self._write(
                    new, _made(self.number, count), "INSERT INTO items (id, tag, doc) VALUES (?, ?, ?)", insert=True
                )
                self.keys.append(new)
                new += self.of
            elif what < 0.75:
                self._write(
                    chance.choice(self.keys),
                    _made(self.number, count),
                    "UPDATE items SET tag = ?, doc = ? WHERE id = ?",
                )
            elif what < 0.9:
                self._remove(self.keys.pop(chance.randrange(len(self.keys))))
            else:
                self._move(self.keys.pop(chance.randrange(len(self.keys))), new)
                self.keys.append(new)
                new += self.of

    def _write(self, key: int, document: Mapping[str, Any], statement: str, *, insert: bool = False) -> None:
        tag, text = f"{self.number}-{document['n']}", json.dumps(document)
        parameters = (key, tag, text) if insert else (tag, text, key)
        self._told({key: document}, statement, parameters)

    def _remove(self, key: int) -> None:
        self._told({key: None}, "DELETE FROM items WHERE id = ?", (key,))

    def _move(self, key: int, new: int) -> None:
        self._told({key: None, new: self.ledger.rows[key]}, "UPDATE items SET id = ? WHERE id = ?", (new, key))

    def _told(self, outcome: Mapping[int, Document], statement: str, parameters: tuple[Any, ...]) -> None:
        began = time.monotonic()
        try:
            changed = self.execute(statement, parameters)
        except (psycopg.Error, sqlite3.Error) as error:
            self.ledger.failures.append(f"{type(error).__name__}: {error}")
            for key, document in outcome.items():
                self.ledger.doubt.setdefault(key, []).append(document)
            return
        self.ledger.longest = max(self.ledger.longest, time.monotonic() - began)
        self.ledger.stalls.append(time.monotonic() - began)
        self.ledger.writes += 1
        assert changed == 1, (statement, parameters, changed)
        self.ledger.rows.update(outcome)


def _made(writer: int, count: int) -> Mapping[str, Any]:
    return {"n": count, "by": writer, "exact": "0.10", "text": f"tab\t line\n back\\slash ü {count}"}


@dataclass
class Table:
    """The table `items` of a database, and how its writers reach it."""

    url: str
    rows: int

    def open(self) -> tuple[Execute, Callable[[], None]]:
        if self.url.startswith("sqlite"):
            # As an application: it waits for others, and commits each statement.
            path = self.url.removeprefix("sqlite:///")
            lite = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            lite.execute("PRAGMA synchronous = OFF")  # a disk that a power cut spares
            return lambda statement, parameters: lite.execute(statement, parameters).rowcount, lite.close
        heavy = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        return lambda statement, parameters: heavy.execute(_percent(statement), parameters).rowcount, heavy.close

    def make(self, extra: str = "") -> Ledger:
        """Create it with its first rows; gives the ledger that knows them."""
        execute, close = self.open()
        kind = "TEXT" if self.url.startswith("sqlite") else "jsonb"
        if kind == "TEXT":
            execute("PRAGMA journal_mode = WAL", ())
        execute(f"CREATE TABLE items (id bigint PRIMARY KEY, tag text UNIQUE, doc {kind} NOT NULL{extra})", ())
        ledger = Ledger()
        execute("BEGIN", ())
        for key in range(self.rows):
            document = {"n": -key, "by": -1, "exact": "0.10", "text": "first"}
            execute("INSERT INTO items (id, tag, doc) VALUES (?, ?, ?)", (key, f"first{key}", json.dumps(document)))
            ledger.rows[key] = document
        execute("COMMIT", ())
        close()
        return ledger

    def read(self) -> dict[int, Mapping[str, Any]]:
        """Give what the table holds now, by key."""
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.removeprefix("sqlite:///")) as lite:
                found = lite.execute("SELECT id, doc FROM items").fetchall()
            lite.close()
        else:
            with psycopg.connect(self.url.replace("+psycopg", "")) as heavy:
                found = heavy.execute("SELECT id, doc::text FROM items").fetchall()
        return {key: json.loads(text) for key, text in found}

    @contextmanager
    def written_to(self, ledger: Ledger, *, writers: int = 8, pause: float = 0.0) -> Iterator[threading.Event]:
        """Let writers loose while the block runs."""
        over = threading.Event()
        threads, closing = [], []
        interval = sys.getswitchinterval()
        sys.setswitchinterval(0.0005)  # so many threads would keep each other from the interpreter for long
        start = dict(ledger.rows)
        first = (max(start) // writers + 1) * writers
        for number in range(writers):
            execute, close = self.open()
            own = [key for key, document in start.items() if key % writers == number and document is not None]
            writer = Writer(number, writers, first, execute, ledger, over, own, pause)
            threads.append(threading.Thread(target=writer.run))
            closing.append(close)
        for thread in threads:
            thread.start()
        try:
            yield over
        finally:
            over.set()
            for thread in threads:
                thread.join()
            for close in closing:
                close()
            sys.setswitchinterval(interval)


def _percent(statement: str) -> str:
    return statement.replace("?", "%s")


def differences(ledger: Ledger, table: Mapping[int, Mapping[str, Any]], same: Callable[[Any], Any]) -> list[str]:
    """Hold a table to the ledger, whole documents compared after `same`; what was lost, came back, or was changed."""
    found = []
    for key in ledger.rows.keys() | table.keys():
        held, allowed = table.get(key), [ledger.rows.get(key), *ledger.doubt.get(key, [])]
        if (None if held is None else same(held)) not in [None if one is None else same(one) for one in allowed]:
            what = "lost" if held is None else "resurrected" if ledger.rows.get(key) is None else "changed"
            found.append(f"{what}: {key}: {held} is not {allowed[0]}")
    return found
