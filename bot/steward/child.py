"""Work on what people sent, in processes of their own with hard limits: nothing can hang the App or eat its memory.

A process that has done its work well waits for the next: to begin one takes ten times as long as most verdicts. What
fails for want of memory in one that has worked before is tried once more in a fresh one, so that no answer depends on
what was done earlier.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from bot import children

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may use: seconds of computing, and bytes of memory.

    A machine with much to do gives it those seconds late; it is waited for `_PATIENCE` times as long.
    """

    seconds: float = 30.0
    memory: int = 2 * 1024**3


_PATIENCE = 6
_PIECES = 200
"""So many pieces of work a process does, lest what libraries keep for ever adds up."""
_LARGE = 256 * 1024**2
"""Bytes; a process that has needed more than that is not kept."""
_LAST = 0.2
"""Seconds in which it is known what ended it."""
_SPARE = max(2, os.cpu_count() or 0)
"""So many processes are kept that have nothing to do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The work has no result; `why` continues a sentence that begins with what was done."""

    why: str


_DIED = Failed("needed more memory than is allowed, or failed")


def run(work: Callable[[T], object], argument: T, limits: Limits) -> object:
    """Do `work`, importable by name, on something that can be pickled; its result, or `Failed`."""
    child = _take()
    again = child.worked
    found = _let(child, work, argument, limits)
    return _let(_Child(), work, argument, limits) if found is _DIED and again else found


def _let(child: _Child, work: Callable[[T], object], argument: T, limits: Limits) -> object:
    try:
        return child.do(work, argument, limits)
    finally:
        _give_back(child)


class _Child:
    """A process that does one piece of work after the other; `worked` once it has done one, `stays` while it can."""

    def __init__(self) -> None:
        self._process, self._ours = children.begin(_serve)
        self.worked = False
        self.stays = True

    def do(self, work: Callable[[T], object], argument: T, limits: Limits) -> object:
        """Do a piece of work; `_DIED` where the process ended, whatever ended it."""
        stays, self.stays = self.stays, False
        try:
            self._ours.send(limits)
            self._ours.send((work, argument))
            if not self._ours.poll(limits.seconds * _PATIENCE):
                return _too_long(limits)
            found, more = self._ours.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(timeout=_LAST)
            return _too_long(limits) if self._process.exitcode == -signal.SIGXCPU else _DIED
        self.stays, self.worked = stays and more, True
        return found

    def end(self) -> None:
        """Let it go, or make it."""
        children.end(self._process, self._ours)


def _too_long(limits: Limits) -> Failed:
    return Failed(f"took longer than {limits.seconds:g} s and was stopped")


_waiting: list[_Child] = []
_lock = threading.Lock()


def _take() -> _Child:
    """Take the process that worked last, or begin one."""
    with _lock:
        if _waiting:
            return _waiting.pop()
    return _Child()


def _give_back(child: _Child) -> None:
    with _lock:
        if child.stays and len(_waiting) < _SPARE:
            _waiting.append(child)
            return
    child.end()


def _serve(theirs: Connection) -> None:
    """Do what is asked for until nobody asks any more, or it is better to begin anew."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever stops the App at a terminal stops it, and it stops this
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    for piece in range(1, _PIECES + 1):
        try:
            _bound(theirs.recv())
            found = _done(theirs)
        except (EOFError, MemoryError):
            return
        more = piece < _PIECES and not isinstance(found, Failed) and _needed() <= _LARGE
        if not _answered(theirs, found, more=more) or not more:
            return


def _done(theirs: Connection) -> object:
    try:
        work, argument = theirs.recv()
        return work(argument)
    except (EOFError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 the parent turns any failure into words
        return Failed(f"failed ({type(error).__name__})")


def _answered(theirs: Connection, found: object, *, more: bool) -> bool:
    try:
        theirs.send((found, more))
    except (MemoryError, OSError):  # nobody waits for it any more
        return False
    except Exception as error:  # noqa: BLE001 what cannot be pickled
        theirs.send((Failed(f"failed ({type(error).__name__})"), False))
        return False
    return True


def _needed() -> int:
    """Tell the most memory that this process ever had, in bytes; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _bound(limits: Limits) -> None:
    """Set this process's limits for the next piece of work; a lower hard limit that is in force already stays."""
    seconds = math.ceil(time.process_time() + limits.seconds)
    for what, most in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(what)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
