"""Pieces of work for processes of their own; apart from the tests, so that such a process has little to load."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path
from typing import NoReturn


def sleep(_: object) -> NoReturn:
    time.sleep(60)
    raise AssertionError("nobody waits that long")


def compute(_: object) -> NoReturn:
    while True:
        pass


def eat_memory(_: object) -> NoReturn:
    eaten = [bytearray(64 * 1024**2) for _ in range(1000)]
    raise AssertionError(f"{len(eaten)} pieces should not fit")


def crash(_: object) -> NoReturn:
    raise LookupError("a secret of the operator")


def die(_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


def who(_: object) -> int:
    return os.getpid()


def computing_left(_: object) -> float:
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - time.process_time()


def work_hard(_: object) -> bool:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    return True


def fail_where_something_was_done(mark: Path) -> str:
    """Fail as for want of memory, but not in a process that has done nothing yet."""
    if mark.exists():
        return "done"
    mark.touch()
    raise MemoryError


def refuse_to_end(_: object) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def large(_: object) -> int:
    return len(bytearray(300 * 1024**2)) and os.getpid()


def unspeakable(_: object) -> object:
    return lambda: None
