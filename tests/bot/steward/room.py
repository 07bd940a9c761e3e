"""The steward's room by itself: its jobs done one after the other, before a GitHub that answers over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.clock import Clock, ShiftableClock
from bot.github import App
from bot.serve import steward_of
from bot.settings import Settings
from bot.steward import dues, jobs, memory
from bot.steward.decide import Judge
from bot.steward.handlers import DELIVERY, handlers
from bot.steward.house import Steward
from bot.steward.values import Target
from bot.steward.verdicts import Bench
from bot.steward.violations.values import VIOLATIONS
from bot.store import Store
from bot.store.values import Job, NewJob
from bot.worker import Handler, Worker
from rules.assessment import assess
from tests.e2e.stage import CONFIG, schema
from tests.fakes import within
from tests.fakes.github import Delivery, GitHubDouble
from tests.fakes.github.people import Files, Pull, Repository, act
from tests.sqlite import migrated

NOTE = {"type": "string"}
MINOR: Mapping[str, str] = {"schemas/order.json": schema("1.1.0", note=NOTE)}
MAJOR: Mapping[str, str] = {"schemas/order.json": schema("1.1.0", placed=None)}


More = Callable[[Settings, Store, App, Clock], Mapping[str, Handler]]

EVENTS = (
    "check_run", "check_suite", "issue_comment", "member", "membership", "merge_group", "organization", "pull_request",
    "pull_request_review", "push", "repository", "repository_dispatch", "star", "team",
)  # fmt: skip


@dataclass(frozen=True)
class Room:
    """One worker without threads; `look` examines a pull request now, and again whenever that falls due."""

    github: GitHubDouble
    repository: Repository
    store: Store
    worker: Worker
    clock: ShiftableClock
    steward: Steward
    heard: list[Delivery] = field(default_factory=list)

    def pull(self, files: Files = MINOR, *, name: str = "topic", base: str = "main") -> Pull:
        """Open a pull request with these files, in a commit that no other has."""
        self.repository.branch(name, base)
        self.repository.commit(name, files, message=name)
        return self.repository.open_pull(name, head=name, base=base)

    def ask(self, pull: Pull, *, thorough: bool = True) -> None:
        """Ask for an examination, a thorough one as the sweep does, else as a push does."""
        repository = self.repository.state
        target = Target(self.repository.installation_id, repository.id, repository.full_name, pull.number)
        with self.store.transaction() as transaction:
            transaction.enqueue(jobs.examination(target))
            if thorough:
                memory.ask_thorough(transaction, target, str(uuid4()), self.now)

    def look(self, pull: Pull, *, rounds: int = 1, thorough: bool = True) -> None:
        """Do what is due, then let time pass until what failed falls due, `rounds` times in all."""
        self.ask(pull, thorough=thorough)
        self.work()
        for _ in range(rounds - 1):
            self.clock.advance(timedelta(hours=1, minutes=5))
            self.work()

    def hear(self) -> None:
        """Take in what GitHub has sent since, and do what is due."""
        sent = self.github.deliveries[len(self.heard) :]
        self.heard.extend(sent)
        self.take(sent)

    def take(self, sent: Iterable[Delivery]) -> None:
        """Take in deliveries in an order of one's own, and do what is due."""
        for delivery in sent:
            payload = {"event": delivery.event, "guid": delivery.guid}
            job = NewJob(DELIVERY, payload, key=f"{DELIVERY}:{delivery.guid}", raw=delivery.body.decode())
            self.store.keep([job])
        self.work()

    def receive(self, event: str, payload: Mapping[str, Any]) -> None:
        """Take in a delivery that the double does not make by itself, and do what is due."""
        guid = str(uuid4())
        job = NewJob(DELIVERY, {"event": event, "guid": guid}, key=f"{DELIVERY}:{guid}", raw=json.dumps(payload))
        self.store.keep([job])
        self.work()

    def work(self) -> None:
        """Do every job that is due."""
        while self.worker.run_once():
            pass

    @property
    def waiting(self) -> tuple[Job, ...]:
        """The jobs that are not at their end, but for those that wait for a moment to come."""
        with self.store.reading() as transaction:
            return tuple(job for job in transaction.jobs("open") if job.kind not in (dues.CLOCK, VIOLATIONS))

    @property
    def done(self) -> tuple[Job, ...]:
        """The jobs that ended well."""
        with self.store.reading() as transaction:
            return transaction.jobs("done")

    @property
    def dead(self) -> tuple[Job, ...]:
        """The jobs that were given up."""
        with self.store.reading() as transaction:
            return transaction.jobs("dead")

    @staticmethod
    def hours(count: float) -> timedelta:
        """Make a duration."""
        return timedelta(hours=count)

    @property
    def now(self) -> datetime:
        """The moment that everybody goes by."""
        return self.clock()


def tell(on: Room, event: str, action: str, **more: Any) -> None:
    """Have GitHub send an event of the repository that no act of the double leads to."""
    with act(on.repository.site):
        site = on.repository.site
        payload = {"action": action, **more} if action else more
        site.emit(event, payload, site.world.account("ana"), repository=on.repository.state, sketch=True)


@contextmanager
def room(
    folder: Path,
    *,
    config: str | None = CONFIG,
    judge: Judge = assess,
    timeout: float = 20,
    wired: bool = True,
    database: str | None = None,
    environment: Mapping[str, str] | None = None,
    more: More = lambda _settings, _store, _app, _clock: {},
) -> Iterator[Room]:
    """Open the room on an empty database, the App installed on `octo/orders`; GitHub may be silent for `timeout` s.

    Where it is not `wired`, requests reach GitHub without a socket, which is faster. `more` makes the handlers of jobs
    that are not the steward's, by the settings that `environment` adds to.
    """
    clock = ShiftableClock()
    with GitHubDouble(clock=clock, events=EVENTS) as github:
        repository = github.repository("octo/orders")
        files = {"schemas/order.json": schema(), ".github/contracts.yml": config}
        repository.commit("main", {path: text for path, text in files.items() if text is not None})
        url = database or migrated(folder / "room.db")
        settings = Settings.from_environment({**github.environment(), "DATABASE_URL": url, **(environment or {})})
        store = Store.open(settings.database_url)
        app = App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock, timeout=timeout)
        if not wired:
            within.connect(app, github)
        steward = replace(steward_of(settings, store, clock=clock, app=app), bench=Bench(judge))
        worker = Worker(store, {**handlers(steward), **more(settings, store, app, clock)}, clock)
        try:
            yield Room(github, repository, store, worker, clock, steward)
        finally:
            steward.app.close()
            store.close()
