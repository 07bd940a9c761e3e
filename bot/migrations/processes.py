"""Documents converted by processes of their own, while the worker reads the next batch and writes the one before.

Nothing rests on them: what they answer is what the worker would have found itself, in the order of the rows, and each
batch is still written by the worker with its checkpoint. A process that is killed, or silent for too long, has its
documents converted by the worker, and another is started. They end with the worker, however it ends: their pipe closes.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import Empty, SimpleQueue
from typing import Any, Literal, Self

from bot import children
from bot.migrations.running import Conversions
from bot.migrations.values import Batch, Failed, Key

Way = Literal["up", "check", "findings"]
"""Which of the conversions."""

FEW_ROWS = 10_000
"""Fewer rows than these are converted before a process has started."""
_MOST, _SMALLEST_PART = 4, 250
_SILENT_SECONDS, _STARTS = 60.0, 12

Read = Callable[[Key | None], Batch]


class Processes:
    """The processes of one worker; started when they are first needed, ended with `close`."""

    def __init__(self, conversions: Conversions, cores: int | None = None) -> None:
        self._conversions = conversions
        available = min(_MOST, cores or len(os.sched_getaffinity(0)))
        self._count = available if conversions.recipe is not None and available > 1 else 0
        self._starting: list[_Child] = []
        self._idle = SimpleQueue[_Child]()
        self._threads: ThreadPoolExecutor | None = None
        self._ready: list[_Child] = []
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; what they were asked last is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None
        for child in (*self._starting, *self._ready):
            child.end()
        self._starting, self._ready, self._count = [], [], 0

    def ahead(self, way: Way, read: Read, key_of: Callable[[Sequence[Any]], Key], after: Key | None, rows: int
    ) -> Iterator[tuple[Batch, Sequence[Any]]]:  # fmt: skip
        """Give batch after batch with what came of its documents, while the next is read and converted already.

        `read` gives the rows after a key; `rows` is about how many there will be.
        """
        waiting = deque[tuple[Batch, Callable[[], Sequence[Any]]]]()
        while (batch := read(after)).rows:
            after = key_of(batch.rows[-1])
            beside = rows >= FEW_ROWS and self._at_work()
            waiting.append((batch, (self._asked if beside else self._later)(way, batch.documents)))
            while len(waiting) > beside:
                first, answer = waiting.popleft()
                yield first, answer()
        for first, answer in waiting:
            yield first, answer()

    def _at_work(self) -> bool:
        """Start processes where some are missing, and say whether any is ready; meanwhile the worker converts."""
        while len(self._ready) + len(self._starting) < self._count and self._starts < _STARTS:
            self._starts += 1
            try:
                self._starting.append(_Child.start(self._conversions))
            except OSError:
                break
        for child in [child for child in self._starting if child.pipe.poll()]:
            self._starting.remove(child)
            try:
                child.pipe.recv()
            except (OSError, EOFError):
                child.end()
            else:
                self._ready.append(child)
                self._idle.put(child)
        return bool(self._ready)

    def _later(self, way: Way, documents: Sequence[str | None]) -> Callable[[], Sequence[Any]]:
        convert: Callable[[Sequence[str | None]], Sequence[Any]] = getattr(self._conversions, way)
        return lambda: convert(documents)

    def _asked(self, way: Way, documents: Sequence[str | None]) -> Callable[[], Sequence[Any]]:
        """Part documents among the processes; what is given waits for their answers."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._count, "converting")
        size = max(_SMALLEST_PART, -(-len(documents) // self._count))
        parts = [documents[start : start + size] for start in range(0, len(documents), size)]
        answers: list[Future[Sequence[Any]]] = [self._threads.submit(self._ask, way, part) for part in parts]
        return lambda: [one for answer in answers for one in answer.result()]

    def _ask(self, way: Way, documents: Sequence[str | None]) -> Sequence[Any]:
        try:
            child = self._idle.get_nowait()
        except Empty:  # one has died, or is still to come
            return self._later(way, documents)()
        try:
            answer = child.ask(way, documents)
        except (OSError, EOFError):
            self._ready.remove(child)
            child.end()
            answer = None
        else:
            self._idle.put(child)
        return self._later(way, documents)() if answer is None else answer


@dataclass(frozen=True, slots=True)
class _Child:
    """One process, and our end of its pipe."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def start(cls, conversions: Conversions) -> _Child:
        return cls(*children.begin(_serve, conversions.recipe))

    def ask(self, way: Way, documents: Sequence[str | None]) -> Sequence[Any] | None:
        """Have documents converted; `None` where that failed there; `OSError` or `EOFError` where it is gone."""
        self.pipe.send((way, documents))
        if not self.pipe.poll(_SILENT_SECONDS):
            raise OSError("it is silent")
        answer: Sequence[Any] | None = self.pipe.recv()
        return answer

    def end(self) -> None:
        children.end(self.process, self.pipe)


def _serve(pipe: Connection, recipe: Callable[[], Conversions]) -> None:
    """Answer until the worker is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all of us; the worker decides
    conversions = recipe()
    gc.collect()
    gc.freeze()
    gc.disable()  # documents have no cycles, and looking for them takes a tenth of the time
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)  # ready
        while True:
            way, documents = pipe.recv()
            try:
                answer = getattr(conversions, way)(documents)
                if way == "check":  # what passes is there already, and need not be sent
                    answer = [one if isinstance(one, Failed) else None for one in answer]
            except Exception:  # noqa: BLE001 the worker meets it itself, and says so
                answer = None
            pipe.send(answer)
