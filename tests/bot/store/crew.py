"""A crew of real worker processes that die, for the tests: `python -m tests.bot.store.crew URL LEDGER SEED SECONDS`.

The parent forks workers and forks anew for each that dies; a worker kills itself without warning at seeded random
points around every step of a job, and one of them pauses in the middle of its job until another has done it. All that a
job brings about is written to the ledger, a database of its own.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 loaded once, before the workers fork

from bot.clock import system_clock
from bot.store import Store, Transaction
from bot.store.values import Lease, NewJob
from bot.worker import Worker

log = logging.getLogger(__name__)

CREW = 3
LEASE = timedelta(seconds=0.6)
_TRIED_OFTEN = 4
_CHANCE = 0.05
"""That a worker dies at a given point; a job passes about ten."""


@dataclass(frozen=True)
class Ledger:
    """What happened in the world, whoever did it."""

    path: Path

    def make(self) -> None:
        """Make it empty."""
        self._write("CREATE TABLE effect (key TEXT PRIMARY KEY, pid INTEGER)")
        self._write("CREATE TABLE note (word TEXT, key TEXT, pid INTEGER)")

    def effect(self, key: str) -> bool:
        """Bring something about, once by its key; whether it was this call."""
        return self._write("INSERT OR IGNORE INTO effect VALUES (?, ?)", key, os.getpid()) == 1

    def note(self, word: str, key: str = "") -> None:
        """Write down what a worker did."""
        self._write("INSERT INTO note VALUES (?, ?, ?)", word, key, os.getpid())

    def effects(self) -> list[str]:
        """List the keys of all effects."""
        return [key for (key,) in self._read("SELECT key FROM effect")]

    def notes(self, word: str) -> list[tuple[str, int]]:
        """List keys and process ids of all notes of a kind, in their order."""
        return self._read("SELECT key, pid FROM note WHERE word = ? ORDER BY rowid", word)

    def story(self) -> list[tuple[str, str]]:
        """List words and keys of all notes, in their order."""
        return self._read("SELECT word, key FROM note ORDER BY rowid")

    def _write(self, statement: str, *values: object) -> int:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            return connection.execute(statement, values).rowcount

    def _read(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()


class _Fate:
    """Whether this process dies now. It spares who works on a job that has been tried often enough."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.spares = False

    def __call__(self) -> None:
        if self._draw.random() < _CHANCE and not self.spares:
            os.kill(os.getpid(), signal.SIGKILL)


class _Mortal:
    """A store that may be the end of its process before, in and after every transaction."""

    def __init__(self, store: Store, fate: _Fate) -> None:
        self._store = store
        self._fate = fate
        self.one_writer = store.one_writer
        self.quiet = threading.RLock()
        """Held during a transaction, so that a process that is stopped does not lock the others' database."""

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        self._fate()
        with self.quiet, self._store.reading() as transaction:
            yield transaction

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self._fate()
        with self.quiet, self._store.transaction() as transaction:
            yield transaction
            self._fate()
        self._fate()


class _Refusals(logging.Handler):
    """Writes down that a worker's word was refused because its lease was lost."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "action", "") == "refused":
            self._ledger.note("refused", str(getattr(record, "job", "")))


@dataclass(frozen=True)
class _Hands:
    """What the jobs of the tests do."""

    ledger: Ledger
    fate: _Fate
    mortal: _Mortal

    def first(self, lease: Lease, store: Store) -> None:
        """Bring an effect about and ask for the second job; the first who is told to pause does so before that."""
        key = lease.payload["key"]
        self.fate.spares = lease.attempt >= _TRIED_OFTEN
        self.ledger.note("begin", key)
        if lease.payload["pause"] and not self.ledger.notes("paused"):
            self.pause(key)
        self.ledger.effect(key)
        self.fate()
        with store.transaction() as transaction:
            transaction.enqueue(NewJob("second", {"key": f"{key}/second"}, key=f"{key}/second"))
        self.ledger.note("end", key)

    def second(self, lease: Lease, store: Store) -> None:
        """Bring another effect about."""
        del store
        self.fate.spares = lease.attempt >= _TRIED_OFTEN
        self.ledger.effect(lease.payload["key"])

    def pause(self, key: str) -> None:
        """Stand still until somebody lets this process go on."""
        self.fate.spares = True
        with self.mortal.quiet:
            self.ledger.note("paused", key)
            os.kill(os.getpid(), signal.SIGSTOP)


def work(url: str, ledger: Ledger, seed: int) -> None:
    """Be one worker until no job is open."""
    logging.getLogger("bot.worker").addHandler(_Refusals(ledger))
    store = Store.open(url)
    fate = _Fate(seed)
    mortal = _Mortal(store, fate)
    hands = _Hands(ledger, fate, mortal)
    seen: Any = mortal  # all of a store that a worker uses
    worker = Worker(seen, {"first": hands.first, "second": hands.second}, system_clock, lease=LEASE)
    while _open(store):
        if not worker.run_once():
            time.sleep(0.01)
    store.close()


def _open(store: Store) -> bool:
    with store.reading() as transaction:
        return bool(transaction.jobs("open", limit=1))


def fork(run: Callable[[], None]) -> int:
    """Run something in a process of its own, which ends with 1 when it raises; the process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        run()
    except BaseException:
        log.exception("a child ended badly")
        os._exit(1)
    os._exit(0)


def main(url: str, ledger: Ledger, seed: int, seconds: float) -> int:
    """Keep the crew complete until everything is done; a number of failures, 0 for none."""
    end = time.monotonic() + seconds
    seeds = random.Random(seed)

    def one_more() -> int:
        own = seeds.getrandbits(32)
        return fork(lambda: work(url, ledger, own))

    living = {one_more() for _ in range(CREW)}
    paused: set[int] = set()
    try:
        while living and time.monotonic() < end:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                _resume(ledger, paused)
                time.sleep(0.01)
            elif os.WIFSTOPPED(status):
                paused.add(pid)
                living.add(one_more())
            else:
                living.discard(pid)
                if os.WIFSIGNALED(status):
                    ledger.note("killed")
                    living.add(one_more())
                elif os.WEXITSTATUS(status):
                    return 1
    finally:
        for pid in living:
            os.kill(pid, signal.SIGKILL)
    return len(living)


def _resume(ledger: Ledger, paused: set[int]) -> None:
    """Let a paused worker go on once somebody else has brought its job's effect about."""
    keys = {pid: key for key, pid in ledger.notes("paused")} if paused else {}
    ended = {key for key, _ in ledger.notes("end")} if paused else set()
    for pid in list(paused):
        if keys.get(pid) in ended:
            paused.discard(pid)
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Ledger(Path(sys.argv[2])), int(sys.argv[3]), float(sys.argv[4])))
