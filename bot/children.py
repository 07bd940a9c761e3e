"""Processes that work for this one: begun without its threads and locks, spoken to over a pipe, ended with it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

_LAST = 0.5
"""Seconds to end by itself."""


def begin(serve: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """Begin a process that runs `serve` on its end of a pipe and the arguments; gives it and our end.

    It ends with this process, however this one ends: the pipe closes. Raises `OSError` where none can be begun.
    """
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
    try:
        process.start()
    except AssertionError as error:  # a daemon's child has no children
        raise OSError(str(error)) from None
    finally:
        theirs.close()
    return process, ours


def end(process: BaseProcess, pipe: Connection) -> None:
    """Let it go, or make it."""
    pipe.close()
    process.join(timeout=_LAST)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


def _context() -> SpawnContext | ForkServerContext:
    # A fork server has the rules loaded once, for whoever begins the first process.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rules.assessment"])
    return context
