"""The processes that stay: `concordat serve` is web and crew in one, `concordat web` and `concordat worker` half each.

Any number of them may work on one database: what one keeps, the others hear of (`bot.store.bell`) and see; what comes
round is asked for once among all of them (`bot.crew.Round`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

from bot import agenda, metrics
from bot.clicks import Clicks
from bot.clock import Clock, system_clock
from bot.crew import Crew, Round
from bot.dispatch.after import looks_again
from bot.dispatch.buttons import Closing
from bot.dispatch.channels import Channels, restater
from bot.dispatch.dispatcher import NOTICE, Dispatch
from bot.dispatch.ways import BULK, URGENT
from bot.front import Front
from bot.github import App
from bot.scheduler import Tick
from bot.settings import Settings
from bot.steward import deliveries, jobs, promises, purge, quarantine, sweep, verdicts
from bot.steward.defaults import Defaults
from bot.steward.handlers import handlers
from bot.steward.house import Steward
from bot.steward.migrations import handler as migrations
from bot.steward.releases import handler as releases
from bot.store import Store
from bot.store.values import NewJob
from bot.web import create_app, create_probes, migration_url, release_url, report_url
from bot.web.slack import CLICK
from bot.worker import Handler
from rules.assessment import Assessment
from rules.change import Change

KEPT_FOR = timedelta(days=90)
"""Longer than GitHub offers a delivery for redelivery, since a job's key goes with its row."""
STOP_SECONDS = 8.0
"""What still runs then is left to its lease, and taken up again after the next start."""
TIDY = "tidy"
_BATCH = 1000
_DELIVERIES = "default"
_POOLS: Mapping[str, int] = {
    _DELIVERIES: 1,
    jobs.PULL: 6,
    jobs.SWEEP: 1,
    jobs.RELEASE: 2,
    jobs.MIGRATION: 2,
    jobs.TELL: 1,
    deliveries.LOST: 1,
    BULK: 2,
    URGENT: 2,
}
"""Threads for each kind of work, so that a slow sweep never holds up a delivery; `bot.crew` says which are reserved."""
_CALL_EVERY = timedelta(seconds=2)
"""How long after its moment something that is owed begins to be delivered, at most."""
_ROUNDS = (
    Round(timedelta(minutes=30), NewJob(jobs.SWEEP, {}, lane=jobs.SWEEP, pool=jobs.SWEEP, priority=jobs.LOW)),
    Round(timedelta(minutes=30), NewJob(releases.SWEEP, {}, lane=releases.SWEEP, pool=jobs.SWEEP, priority=jobs.LOW)),
    Round(migrations.EVERY, NewJob(migrations.SWEEP, {}, lane=migrations.SWEEP, pool=jobs.TELL, priority=jobs.LOW)),
    Round(deliveries.EVERY, deliveries.job()),
    Round(purge.EVERY, purge.job()),
    Round(timedelta(minutes=15), NewJob(agenda.AGENDA, {}, lane=agenda.AGENDA, pool=jobs.SWEEP, priority=jobs.LOW)),
    Round(timedelta(days=1), NewJob(TIDY, {}, pool=jobs.SWEEP, priority=jobs.LOW)),
)


def steward_of(settings: Settings, store: Store, *, clock: Clock = system_clock, app: App | None = None) -> Steward:
    """Make the steward that these settings describe."""
    app = app or App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
    return Steward(
        app=app,
        defaults=Defaults(app, store, clock),
        store=store,
        clock=clock,
        bench=verdicts.Bench(_timed),
        report_url=lambda key: report_url(settings, key),
        release_url=partial(release_url, settings),
        targets=settings.migration_targets,
        migration_url=partial(migration_url, settings),
        restate=restater(settings),
    )


def _timed(change: Change) -> Assessment:
    begin = time.monotonic()
    found = verdicts.judge(change)
    name = "failed" if found.failed else "none" if found.verdict is None else found.verdict.name
    metrics.verdict_given(name.lower(), time.monotonic() - begin)
    return found


class Server:
    """The App in this process, or one half of it; a context manager that stops what it started.

    `web` answers GitHub and people, `crew` does the jobs. `url` is where it listens, useful when the port was 0. Jobs
    that were running when it stops are taken up again from the store, here after the next start or by another process.
    """

    def __init__(self, settings: Settings, *, clock: Clock = system_clock, web: bool = True, crew: bool = True) -> None:
        self.settings = settings
        self.store = Store.open(settings.database_url)
        self.app = App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
        self._clock = clock
        self.dispatch = Dispatch(settings, self.store, clock, Channels(settings, self.app, clock), heard=looks_again)
        self._crew = self._made_crew(clock) if crew else None
        self._web = web
        try:
            self._front = self._listening()
        except OSError:
            self._close()
            raise

    def _made_crew(self, clock: Clock) -> Crew:
        calling = Tick(NOTICE, _CALL_EVERY, self.call)
        return Crew(self.store, self._handlers(clock), clock, pools=_POOLS, rounds=_ROUNDS, ticks=(calling,))

    def call(self) -> None:
        """Have what is due delivered."""
        self.dispatch.tick()

    def _listening(self) -> Front | None:
        settings = self.settings
        if self._web:
            app = create_app(settings, self.store, self._clock, wake=partial(self.wake, _DELIVERIES), github=self.app)
            return Front(app, settings.host, settings.port)
        if settings.worker_port is None:
            return None
        probes = create_probes(settings, self.store, self._clock)
        return Front(probes, settings.host, settings.worker_port, setting="WORKER_PORT")

    @property
    def url(self) -> str | None:
        """The address that this process answers on, if it answers."""
        return f"http://{self.settings.host}:{self._front.port}" if self._front else None

    def wake(self, pool: str = "") -> None:
        """Let the workers of a pool, or all of them, look at the table now."""
        if self._crew:
            self._crew.wake(pool)

    def sweep(self) -> None:
        """Look at every open pull request again."""
        sweep.begin(self.store)

    def tidy(self) -> None:
        """Delete what nobody will ask for again: jobs long done, and reports of pull requests long still."""
        before = self._clock() - KEPT_FOR
        with self.store.transaction() as transaction:
            transaction.forget(before)
            transaction.forget_sessions(self._clock())
        forgotten = _BATCH
        while forgotten == _BATCH and not (self._crew and self._crew.stopping):
            with self.store.transaction() as transaction:
                forgotten = transaction.forget_done(before, limit=_BATCH)

    def __enter__(self) -> Self:
        if self._crew:
            self._crew.start()
        if self._front:
            self._front.start()
        if self._web:
            # GitHub may have sent in vain while nobody listened.
            deliveries.begin(self.store)
            self.sweep()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end = time.monotonic() + STOP_SECONDS
        if self._front:
            self._front.stop(end)
        if self._crew:
            self._crew.stop(end)
        self._close()

    def _close(self) -> None:
        self.app.close()
        self.store.close()

    def wait_idle(self, timeout: float = 30.0) -> bool:
        """Wait until no job is due or running; false when `timeout` seconds were not enough."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._crew:
                self.call()
            if self.store.idle(self._clock()):
                return True
            time.sleep(0.02)
        return False

    def _agenda(self, store: Store, clock: Clock) -> None:
        """Promise the agenda of the weekly sync, where there is one and somebody to send it to."""
        if self.settings.sync_zone is not None and agenda.WHO in self.settings.contacts:
            agenda.handle(store, clock, self.settings.sync_zone)

    def _handlers(self, clock: Clock) -> dict[str, Handler]:
        steward = steward_of(self.settings, self.store, clock=clock, app=self.app)
        period = timedelta(days=self.settings.purge_after_days)
        stewards = handlers(steward)
        house: dict[str, Handler] = {
            NOTICE: self.dispatch.handle,
            CLICK: Clicks(self.settings, clock).handle,
            promises.CLOSE: Closing(self.settings, clock).handle,
            TIDY: lambda _lease, _store: self.tidy(),
            agenda.AGENDA: lambda _lease, store: self._agenda(store, clock),
            purge.PURGE: lambda _lease, store: purge.handle(self.app, store, clock, period),
        }
        assert not stewards.keys() & house.keys(), "a kind of job has two handlers"
        gate = quarantine.Gate(self.app, self.store, clock)
        return {kind: gate.guard(kind, handler) for kind, handler in (stewards | house).items()}
