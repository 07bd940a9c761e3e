"""Verdicts in a child process, so that no schema can hang the App or eat its memory.

The engine bounds its own steps; this bounds what the engine, its libraries or the interpreter could do all the same.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

from bot.steward.decide import Judge
from rules.assessment import Assessment, assess, unavailable
from rules.change import Change
from rules.jsontext import digest


@dataclass(frozen=True, slots=True)
class Limits:
    """What one verdict may use: wall-clock seconds and bytes of memory."""

    seconds: float = 30.0
    memory: int = 2 * 1024**3


LIMITS = Limits()
TOGETHER = 180.0
"""Seconds that the verdicts of one pull request may take together, so that no pull request keeps a worker for hours."""


class Bench:
    """Judges for a whole App: bounded for each pull request, and not asked in vain for what has failed already.

    A change that could not be judged is remembered until the process ends, so that the sweep does not spend the same
    half minute again each time. Safe between threads.
    """

    def __init__(
        self, judge: Judge, *, together: float = TOGETHER, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._judge = judge
        self._together = together
        self._ticks = ticks
        self._failed: OrderedDict[str, Assessment] = OrderedDict()
        self._lock = threading.Lock()

    def sitting(self) -> Judge:
        """Give the judge of one pull request's changes."""
        end = self._ticks() + self._together

        def judged(change: Change) -> Assessment:
            if self._ticks() > end:
                return unavailable(
                    change, f"the verdicts of this pull request took longer than {self._together:g} s together"
                )
            return self._remembered(change)

        return judged

    def _remembered(self, change: Change) -> Assessment:
        key = digest(change.digest, repr(change.contract), change.files)
        with self._lock:
            if key in self._failed:
                return replace(self._failed[key], change=change)
        found = self._judge(change)
        if found.failed:
            with self._lock:
                self._failed[key] = found
                while len(self._failed) > _REMEMBERED:
                    self._failed.popitem(last=False)
        return found


_REMEMBERED = 500


def judge(change: Change, limits: Limits = LIMITS, work: Callable[[Change], Assessment] = assess) -> Assessment:
    """Assess a change in a process of its own; where it dies or is stopped, the assessment says so.

    `work` is what the process does, importable by name.
    """
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, change, limits.memory), daemon=True)
    child.start()
    theirs.close()
    try:
        return _answer(ours, change, limits)
    finally:
        ours.close()
        _end(child)


def _answer(ours: Connection, change: Change, limits: Limits) -> Assessment:
    if not ours.poll(limits.seconds):
        return unavailable(change, f"deciding took longer than {limits.seconds:g} s and was stopped")
    try:
        answer = ours.recv()
    except EOFError:
        return unavailable(change, "deciding needed more memory than is allowed, or failed")
    if isinstance(answer, Assessment):
        return answer
    return unavailable(change, f"deciding failed ({answer})")


def _child(theirs: Connection, work: Callable[[Change], Assessment], change: Change, memory: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        theirs.send(work(change))
    except MemoryError:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 the parent turns any failure into words
        theirs.send(type(error).__name__)


def _end(child: BaseProcess) -> None:
    child.join(timeout=0.2)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()


def _context() -> SpawnContext | ForkServerContext:
    # A fork server has the rules loaded once and forks without the App's threads and locks.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rules.assessment"])
    return context
