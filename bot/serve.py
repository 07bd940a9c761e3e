"""`concordat serve`: web, worker and scheduler in one process, with nothing but settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

import waitress.server
from waitress import wasyncore

from bot.clock import Clock, system_clock
from bot.github import App
from bot.scheduler import Scheduler, Tick
from bot.settings import Settings
from bot.steward import inbox, pulls, sweep, verdicts
from bot.steward.defaults import Defaults
from bot.steward.patience import patient
from bot.store import Store
from bot.store.values import Lease
from bot.web import create_app, report_url
from bot.web.webhook import MAX_BODY
from bot.worker import Handler, Worker

SWEEP_EVERY = timedelta(minutes=30)
KEPT_FOR = timedelta(days=90)
"""Longer than GitHub offers a delivery for redelivery, since a job's key goes with its row."""
STOP_SECONDS = 8.0
"""What still runs then is left to its lease, and taken up again after the next start."""
_BATCH = 1000
_WEB_THREADS = 8
_POOLS: Mapping[str, int] = {"default": 1, inbox.PULL: 4, sweep.SWEEP: 1}
"""Threads for each kind of work, so that a slow sweep never holds up a delivery."""


def steward_of(
    settings: Settings, store: Store, *, clock: Clock = system_clock, app: App | None = None
) -> pulls.Steward:
    """Make the steward that these settings describe."""
    app = app or App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
    return pulls.Steward(
        app=app,
        defaults=Defaults(app, clock),
        store=store,
        clock=clock,
        bench=verdicts.Bench(verdicts.judge),
        report_url=lambda key: report_url(settings, key),
    )


class CannotListen(OSError):  # noqa: N818 named for what is so
    """The address is taken, or not this machine's; the message says which setting to change."""


class Server:
    """The whole App in this process; a context manager that stops what it started.

    `url` is where it listens, useful when the port was 0. Jobs that were running when it stops are taken up again
    at the next start, from the store.
    """

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.store = Store.open(settings.database_url)
        self.app = App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
        self._clock = clock
        self._stop = threading.Event()
        self._workers = [
            Worker(self.store, self._handlers(clock), clock, pools=[pool])
            for pool, threads in _POOLS.items()
            for _ in range(threads)
        ]
        self._sockets: dict[int, Any] = {}  # what waitress waits on: sockets, and triggers to wake it
        web = create_app(settings, self.store, clock, wake=self.wake)
        self._http = self._listen(web)
        # A host of several addresses (localhost as IPv4 and IPv6) gets a socket for each.
        listening = getattr(self._http, "effective_listen", None)
        self._port = int(listening[0][1] if listening else getattr(self._http, "effective_port", 0))
        self._scheduler = Scheduler(
            [Tick("sweep", SWEEP_EVERY, self.sweep), Tick("tidy", timedelta(days=1), self.tidy)]
        )
        self._threads = [
            threading.Thread(target=worker.run, args=(self._stop,), name=f"worker-{number}", daemon=True)
            for number, worker in enumerate(self._workers)
        ]
        self._threads.append(threading.Thread(target=self._http.run, name="web", daemon=True))

    def _listen(self, web: Any) -> Any:
        try:
            return waitress.server.create_server(
                web, self._sockets, host=self.settings.host, port=self.settings.port, threads=_WEB_THREADS,
                ident="concordat", max_request_body_size=MAX_BODY,
            )  # fmt: skip
        except OSError as error:
            self.app.close()
            self.store.close()
            raise CannotListen(
                f"cannot listen on {self.settings.host}:{self.settings.port}: {error.strerror or error}; "
                "set HOST and PORT to an address that is free"
            ) from error

    @property
    def url(self) -> str:
        """The address that this process answers on."""
        return f"http://{self.settings.host}:{self._port}"

    def wake(self) -> None:
        """Let the workers look at the table now."""
        for worker in self._workers:
            worker.wake()

    def sweep(self) -> None:
        """Look at every open pull request again."""
        sweep.begin(self.store)
        self.wake()

    def tidy(self) -> None:
        """Delete what nobody will ask for again: jobs long done, and reports of pull requests long still."""
        before = self._clock() - KEPT_FOR
        with self.store.transaction() as transaction:
            transaction.forget(before)
        forgotten = _BATCH
        while forgotten == _BATCH and not self._stop.is_set():
            with self.store.transaction() as transaction:
                forgotten = transaction.forget_done(before, limit=_BATCH)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self._scheduler.start()
        self.sweep()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.stop()
        self._stop.set()
        self.wake()
        # Sockets are closed in the thread that waits on them; closed under it, its wait would fail.
        triggers = [found for found in self._sockets.values() if hasattr(found, "pull_trigger")]
        triggers[0].pull_trigger(partial(wasyncore.close_all, self._sockets))
        end = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, end - time.monotonic()))
        self._http.task_dispatcher.shutdown(timeout=1)
        self.app.close()
        self.store.close()

    def wait_idle(self, timeout: float = 30.0) -> bool:
        """Wait until no job is due or running; false when `timeout` seconds were not enough."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.store.idle(self._clock()):
                return True
            time.sleep(0.02)
        return False

    def _handlers(self, clock: Clock) -> dict[str, Handler]:
        steward = steward_of(self.settings, self.store, clock=clock, app=self.app)

        def delivery(lease: Lease, store: Store) -> None:
            inbox.handle(store, lease)
            self.wake()

        def sweeping(lease: Lease, store: Store) -> None:
            del lease
            with patient(clock):
                sweep.handle(self.app, store)
            self.wake()

        def installation(lease: Lease, store: Store) -> None:
            with patient(clock):
                sweep.handle_installation(self.app, store, lease)
            self.wake()

        return {
            "delivery": delivery,
            inbox.PULL: lambda lease, _store: pulls.handle(steward, lease),
            sweep.SWEEP: sweeping,
            sweep.INSTALLATION: installation,
        }
