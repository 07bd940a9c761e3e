"""The front: where HTTP reaches this process."""

from __future__ import annotations

import threading
import time
from typing import Any

import waitress.server
from flask import Flask
from waitress import wasyncore

from bot.web.webhook import MAX_BODY

_THREADS = 8
_READ = 3 * MAX_BODY
"""Bytes of a body that are taken in, so that whoever sends more than `MAX_BODY` can still read the answer (413)."""


class CannotListen(OSError):  # noqa: N818 named for what is so
    """The address is taken, or not this machine's; the message says which setting to change."""


class Front:
    """A listening server for one application; `port` is the one it got where it was asked for any (0).

    `setting` is the variable that the port came from. Raises `CannotListen`.
    """

    def __init__(self, app: Flask, host: str, port: int, *, setting: str = "PORT") -> None:
        self._sockets: dict[int, Any] = {}  # what waitress waits on: sockets, and triggers to wake it
        try:
            self._http: Any = waitress.server.create_server(
                app, self._sockets, host=host, port=port, threads=_THREADS, ident="concordat",
                max_request_body_size=_READ,
                # The application counts the proxies that it was told of (PROXIES), and looks at no other header.
                clear_untrusted_proxy_headers=False,
            )  # fmt: skip
        except OSError as error:
            raise CannotListen(
                f"cannot listen on {host}:{port}: {error.strerror or error}; set HOST and {setting} to an address "
                "that is free"
            ) from error
        # A host of several addresses (localhost as IPv4 and IPv6) gets a socket for each.
        listening = getattr(self._http, "effective_listen", None)
        self.port = int(listening[0][1] if listening else getattr(self._http, "effective_port", 0))
        self._pulling = threading.Lock()
        self._thread = threading.Thread(target=self._http.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self, end: float) -> None:
        """Take no more requests, and let those that run end until `end` (of the monotonic clock)."""
        # Sockets are closed in the thread that waits on them; closed under it, its wait would fail.
        triggers = [found for found in self._sockets.values() if hasattr(found, "pull_trigger")]
        with self._pulling:
            triggers[0].pull_trigger(self._close)
        self._thread.join(timeout=max(0.0, end - time.monotonic()))
        self._http.task_dispatcher.shutdown(timeout=1)

    def _close(self) -> None:
        # A request that ends at the same moment may have woken the thread before the trigger was pulled; closed by
        # then, it would be written to all the same, or whatever has its number next.
        with self._pulling:
            wasyncore.close_all(self._sockets)
