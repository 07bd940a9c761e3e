"""Keeping deliveries durably, several in one transaction where several arrive at once.

A commit waits for the disk; while one waits, the deliveries that arrive gather, and the next commit takes them all.
Alone a delivery is kept at once, and under load the disk is not waited for once per delivery (group commit, as
PostgreSQL does it by itself). It also leaves one writer per process, where SQLite would let several poll for the lock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from bot.store import Store
from bot.store.values import NewJob


@dataclass
class _Waiting:
    job: NewJob
    done: bool = False
    new: bool = False
    error: Exception | None = None


class Keeper:
    """Keeps jobs in the store on behalf of many threads; a job is durable when `keep` returns.

    With `gathers` false each thread writes for itself: PostgreSQL takes several writers and commits them together.
    """

    def __init__(self, store: Store, *, gathers: bool = True) -> None:
        self._store = store
        self._gathers = gathers
        self._writer = threading.Lock()
        self._gathering = threading.Lock()
        self._gathered: list[_Waiting] = []

    def keep(self, job: NewJob) -> bool:
        """Insert a job once by its key; false when nothing new was kept with it. Raises what the store raises."""
        if not self._gathers:
            return self._store.keep([job]) > 0
        mine = _Waiting(job)
        with self._gathering:
            self._gathered.append(mine)
        with self._writer:
            if not mine.done:  # else whoever wrote before took it along
                with self._gathering:
                    batch, self._gathered = self._gathered, []
                self._write(batch)
        if mine.error is not None:
            raise mine.error
        return mine.new

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            new = self._store.keep([one.job for one in batch]) > 0
        except Exception as error:  # noqa: BLE001 it is raised where the delivery is answered for
            self._write_apart(batch, error)
            return
        for one in batch:
            one.new, one.done = new, True

    def _write_apart(self, batch: list[_Waiting], error: Exception) -> None:
        """After a failure nobody suffers for a neighbour; what was kept after all is found by its key."""
        if len(batch) == 1:
            batch[0].error, batch[0].done = error, True
            return
        for one in batch:
            self._write([one])
