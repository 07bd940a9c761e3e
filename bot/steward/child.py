"""Work on what people sent, in a process of its own with hard limits: nothing can hang the App or eat its memory."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may use: seconds of computing, and bytes of memory.

    A machine with much to do gives it those seconds late; it is waited for `_PATIENCE` times as long.
    """

    seconds: float = 30.0
    memory: int = 2 * 1024**3


_PATIENCE = 6


@dataclass(frozen=True, slots=True)
class Failed:
    """The work has no result; `why` continues a sentence that begins with what was done."""

    why: str


def run(work: Callable[[T], object], argument: T, limits: Limits) -> object:
    """Do `work`, importable by name, on something that can be pickled; its result, or `Failed`."""
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, argument, limits), daemon=True)
    child.start()
    theirs.close()
    try:
        return _answer(ours, child, limits)
    finally:
        ours.close()
        _end(child)


def _answer(ours: Connection, child: BaseProcess, limits: Limits) -> object:
    too_long = Failed(f"took longer than {limits.seconds:g} s and was stopped")
    if not ours.poll(limits.seconds * _PATIENCE):
        return too_long
    try:
        return ours.recv()
    except EOFError:
        child.join()
        return (
            too_long if child.exitcode == -signal.SIGXCPU else Failed("needed more memory than is allowed, or failed")
        )


def _child(theirs: Connection, work: Callable[[Any], object], argument: Any, limits: Limits) -> None:
    seconds = math.ceil(time.process_time() + limits.seconds)
    for what, most, last in (
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, seconds, seconds + 1),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
            resource.setrlimit(what, (most, last))
    try:
        theirs.send(work(argument))
    except MemoryError:
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 the parent turns any failure into words
        theirs.send(Failed(f"failed ({type(error).__name__})"))


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
