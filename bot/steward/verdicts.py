"""Verdicts in a child process, so that no schema can hang the App or eat its memory.

The engine bounds its own steps; this bounds what the engine, its libraries or the interpreter could do all the same.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

from rules.assessment import Assessment, assess
from rules.change import Change
from rules.documents import Problem


@dataclass(frozen=True, slots=True)
class Limits:
    """What one verdict may use: wall-clock seconds and bytes of memory."""

    seconds: float = 30.0
    memory: int = 2 * 1024**3


LIMITS = Limits()


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
        return _without_verdict(change, f"deciding took longer than {limits.seconds:g} s and was stopped")
    try:
        answer = ours.recv()
    except EOFError:
        return _without_verdict(change, "deciding needed more memory than is allowed, or failed")
    if isinstance(answer, Assessment):
        return answer
    return _without_verdict(change, f"deciding failed ({answer})")


def _without_verdict(change: Change, why: str) -> Assessment:
    problem = Problem(
        code="verdict_unavailable",
        sentence=f"There is no verdict on `{change.contract.name}`: {why}.",
        fix="Nothing is proven, so the change counts as MAJOR. Make the schema smaller or simpler, or tell the "
        "operator of Concordat, who finds the details in the log.",
        path=change.path,
    )
    return Assessment(change=change, comparison=None, problems=(*change.problems, problem))


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
