"""How a process that stays is told to stop: SIGINT from a terminal, SIGTERM from whoever runs it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_to_stop() -> Iterator[Callable[[], None]]:
    """Give a function that waits until the process is told to stop; from now on, a signal alone does not end it.

    Call it in the main thread. A signal that comes before anybody waits is not lost.
    """
    # Handlers written in Python run in the main thread once it runs: never while it waits for a lock and another
    # thread was given the signal; and one that takes the lock of an event can meet its own thread inside of it.
    # What the interpreter writes to a socket at once, whichever thread was given the signal, has neither fault.
    heard, told = socket.socketpair()
    with heard, told:
        told.setblocking(False)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        try:
            yield lambda: _wait(heard)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)


def _wait(heard: socket.socket) -> None:
    while heard.recv(1)[0] not in _SIGNALS:
        continue
