"""GET /operator: jobs, dead letters, deliveries and installations; POST to try a dead letter again.

For those whom OPERATORS names; to everybody else the page is not there. What is shown of a job is its kind, what it is
about by ids and names, and the text of its error: no body of a delivery, no document.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, redirect, request

from bot.github import App
from bot.github.errors import GitHubError
from bot.steward import quarantine
from bot.store import Store
from bot.store.values import Backlog, Job
from bot.web import pages
from bot.web.auth import Door
from bot.web.session import Visitor
from bot.web.webhook import KIND as DELIVERY
from notices import operator
from rules.clock import show

log = logging.getLogger(__name__)

OPERATOR = "/operator"
MOST = 50
_STATES = {"open": "waiting", "done": "done", "dead": "dead"}
_ABOUT = ("repository", "number", "event", "installation", "guid")
_LONGEST = 200
_NOTES = {"retried": "The job will run again now.", "gone": "That job is no longer dead: somebody was faster."}
_REMEMBERED = timedelta(minutes=1)


def blueprint(store: Store, door: Door, app: App, wake: Callable[[], None]) -> Blueprint:
    """Make the routes."""
    web = Blueprint("operator", __name__)
    accounts = _Accounts(app)

    @web.get(OPERATOR)
    def show() -> Response:
        visitor = _operator(door)
        view = _view(store, door.clock(), accounts)
        return pages.page(operator.render(replace(view, note=_note()), csrf=visitor.csrf))

    @web.post(f"{OPERATOR}/jobs/<int:number>/retry")
    def retry(number: int) -> Response:
        visitor = _operator(door)
        with store.transaction() as transaction:
            found = transaction.revive(number, door.clock())
        log.info("job %d: retried", number, extra={"action": "job.retried", "job": number, "user": visitor.user_id})
        wake()
        answer: Response = redirect(f"{OPERATOR}?{'retried' if found else 'gone'}", 303)  # type: ignore[assignment] # Flask's own class by default
        return answer

    return web


def _operator(door: Door) -> Visitor:
    visitor = door.require()
    if not door.access.is_operator(visitor):
        abort(404)
    return visitor


def _note() -> str:
    return next((text for name, text in _NOTES.items() if name in request.args), "")


def _view(store: Store, now: datetime, accounts: _Accounts) -> operator.View:
    with store.reading() as transaction:
        backlog, dead = transaction.backlog(now), transaction.jobs("dead", limit=MOST)
        arrived = transaction.latest_jobs(DELIVERY, limit=MOST)
    return operator.View(
        now=now,
        tallies=tuple(_tallies(backlog)),
        dead=tuple(_dead(one) for one in dead),
        arrivals=tuple(_arrival(one) for one in arrived),
        accounts=accounts.at(now),
        held=_held(quarantine.state(store)),
    )


def _held(stands: quarantine.State) -> str:
    if not stands.held or stands.since is None:
        return ""
    return f"In quarantine since {show(stands.since)}: {stands.why}"


def _tallies(backlog: Sequence[Backlog]) -> Iterator[operator.Tally]:
    for kind in sorted({one.kind for one in backlog}):
        mine = [one for one in backlog if one.kind == kind]
        counts = {
            state: sum(one.count for one in mine if one.state == state)
            for state in ("due", "running", "waiting", "dead")
        }
        since = min((one.since for one in mine if one.since is not None), default=None)
        yield operator.Tally(kind, **counts, since=since)


def _dead(job: Job) -> operator.Dead:
    return operator.Dead(job.job_id, job.kind, _about(job), job.attempt, job.error, job.enqueued_at, job.ended_at)


def _about(job: Job) -> str:
    told = ((name, job.payload.get(name)) for name in _ABOUT)
    parts = [f"{name} {value}" for name, value in told if isinstance(value, str | int)]
    return " · ".join(parts)[:_LONGEST]


def _arrival(job: Job) -> operator.Arrival:
    state = "running" if job.state == "open" and job.leased_until is not None else _STATES[job.state]
    event, guid = (str(job.payload.get(name, ""))[:_LONGEST] for name in ("event", "guid"))
    return operator.Arrival(guid, event, state, job.attempt, job.enqueued_at)


class _Accounts:
    """The App's installations, asked for once a minute; safe between threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._until: datetime | None = None
        self._known: tuple[operator.Account, ...] | None = None

    def at(self, now: datetime) -> tuple[operator.Account, ...] | None:
        """List them; `None` where GitHub does not answer."""
        with self._lock:
            if self._until is None or now >= self._until:
                self._known, self._until = self._ask(), now + _REMEMBERED
            return self._known

    def _ask(self) -> tuple[operator.Account, ...] | None:
        try:
            found = self._app.installations()
        except GitHubError as error:
            log.warning("installations are not known: %s", error, extra={"action": "operator"})
            return None
        named = (operator.Account(one.id, one.account, one.suspended) for one in found)
        return tuple(sorted(named, key=lambda one: one.name.lower()))
