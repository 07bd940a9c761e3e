"""`concordat reconcile` and `concordat forget`: leaving quarantine after a restore, and erasing a person."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from bot.clock import Clock, system_clock
from bot.errors import UsageError
from bot.github import App
from bot.github.errors import GitHubError, NotFound
from bot.github.people import account
from bot.serve import steward_of
from bot.settings import Settings, SettingsError
from bot.steward import deliveries, pulls, quarantine, shelf
from bot.steward.apply import describe
from bot.steward.purge import HOUSE
from bot.steward.releases import shelf as release_shelf
from bot.steward.values import Target
from bot.store import Store, StoreError
from bot.store.erasure import Person
from bot.store.values import NewEvent
from notices.escape import visible

FORGOTTEN = "person.forgotten"
_MOST = 10_000


def reconcile(arguments: argparse.Namespace, out: TextIO) -> int:
    """Begin, look through, or end a quarantine; 1 where it cannot be ended yet."""
    with _house() as (settings, store):
        if arguments.hold is not None:
            quarantine.begin(store, _said(arguments.hold), system_clock())
            out.write("Nothing is sent from now on. Then: concordat reconcile\n")
            return 0
        if arguments.release is not None:
            return _release(store, _said(arguments.release), out)
        return _reconcile(settings, store, arguments.format, out)


def _release(store: Store, by: str, out: TextIO) -> int:
    found = quarantine.state(store)
    if not found.held:
        out.write("There is no quarantine: everything is sent as it falls due.\n")
        return 0
    if not found.reconciled:
        out.write("Not yet: run concordat reconcile first, and read what would be sent.\n")
        return 1
    quarantine.release(store, by, system_clock())
    out.write("Released. What waited is done within a minute.\n")
    return 0


@dataclass
class Truth:
    """What GitHub says, and what would follow from it. `asked` are deliveries sent again, by GUID."""

    held: bool
    why: str
    since: str | None
    asked: list[str] = field(default_factory=list)
    looked_at: int = 0
    would_write: list[dict[str, Any]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    jobs_waiting: int = 0
    promises_due: int = 0


def _reconcile(settings: Settings, store: Store, form: str, out: TextIO) -> int:
    app = App(settings.app_id, settings.private_key, settings.github_api_url)
    try:
        truth = read(settings, store, app, system_clock)
    finally:
        app.close()
    out.write(json.dumps(asdict(truth), indent=2) + "\n" if form == "json" else _told(truth))
    return 0


def read(settings: Settings, store: Store, app: App, clock: Clock) -> Truth:
    """Read the truth: what was delivered and is not here (asked for again), and what every open pull request needs."""
    stands, now = quarantine.state(store), clock()
    truth = Truth(stands.held, stands.why, stands.since.isoformat(timespec="seconds") if stands.since else None)
    try:
        for one in quarantine.forgotten(app, store, now):
            if deliveries.is_handled(one):
                app.deliveries().again(one)
                truth.asked.append(one.guid)
        _look(settings, store, app, truth, clock)
    except GitHubError as error:
        raise UsageError(f"GitHub did not let it be read to its end: {error}; run it again later") from error
    with store.reading() as transaction:
        truth.jobs_waiting = len(transaction.list_jobs(state="open", limit=_MOST))
        truth.promises_due = len(transaction.due_obligations(now, _MOST))
    if stands.held:
        quarantine.reconciled(store, now)
    return truth


def _look(settings: Settings, store: Store, app: App, truth: Truth, clock: Clock) -> None:
    steward = steward_of(settings, store, clock=clock, app=app)
    for target in _open(app):
        truth.looked_at += 1
        name = f"{target.repository}#{target.number}"
        try:
            found = pulls.examine(steward, app.repository(target.installation, target.repository), target)
        except (GitHubError, ValueError) as error:
            truth.unread.append(f"{name}: {error}")
            continue
        writes = [
            describe(action).splitlines()[0].rstrip(":") for action in found.actions if found.observation.configured
        ]
        if writes:
            truth.would_write.append({"pull_request": name, "writes": writes})


def _open(app: App) -> Iterator[Target]:
    for installation in app.installations():
        if installation.suspended:
            continue
        for one in app.repositories(installation.id):
            if not one.archived:
                for pull in app.repository(installation.id, one.full_name).open_pulls():
                    yield Target(installation.id, one.id, one.full_name, pull.number)


def _told(truth: Truth) -> str:
    stands = f"In quarantine since {truth.since}: {truth.why}" if truth.held else "There is no quarantine."
    writes = [f"  {one['pull_request']}: {'; '.join(one['writes'])}" for one in truth.would_write]
    lines = [
        stands,
        f"Deliveries that were acknowledged and are not here, sent again by GitHub: {len(truth.asked)}",
        f"Open pull requests that were read: {truth.looked_at}; these would be written to: {len(writes)}",
        *writes,
        *(f"  could not be read: {one}" for one in truth.unread),
        f"Jobs that wait: {truth.jobs_waiting} (concordat jobs list --state open)",
        f"Promises to partners that are due: {truth.promises_due}",
    ]
    if truth.held:
        lines += [
            "Some of this may have been sent before the database was lost. Drop what must not be sent again with",
            "concordat jobs drop ID --reason TEXT, then: concordat reconcile --release YOUR-NAME",
        ]
    return "".join(f"{visible(line)}\n" for line in lines)


_TEXTS = (shelf.REPORT, shelf.RULES, shelf.SUMMARY, release_shelf.SHELF, release_shelf.PACKAGE)
"""The kinds of kept texts that may name somebody; each is made again without them."""


def forget(arguments: argparse.Namespace, out: TextIO) -> int:
    """Erase the personal data of a GitHub user, by id or login."""
    with _house() as (settings, store):
        user_id, login = _who(settings, arguments.user, arguments.login)
        now = system_clock()
        with store.transaction() as transaction:
            logins = {login} if login else transaction.logins(user_id)
            person = Person(user_id, next(iter(sorted(logins)), None))
            erased = transaction.forget_person(person, _TEXTS, now)
            fact = NewEvent(FORGOTTEN, f"forgotten:{person.pseudonym}", now, {"events": erased.events})
            transaction.append(HOUSE, [fact])
    out.write(
        f"Erased from facts of the log (they keep their place, under a pseudonym): {erased.events}, from promises and "
        f"attempts: {erased.promises}, deliveries: {erased.jobs}, pages: {erased.texts}, sessions: {erased.sessions}.\n"
    )
    if login is None:
        out.write("Their login is not known, so only the id was looked for; name it with --login to find mentions.\n")
    if erased.waiting:
        out.write(f"{erased.waiting} deliveries that are not done yet name them: run it again in an hour.\n")
    return 0


def _who(settings: Settings, user: str, login: str | None) -> tuple[int, str | None]:
    given = user.strip().removeprefix("@")
    if login is not None and given.isdigit():
        return int(given), login.strip().removeprefix("@")
    try:
        return account(settings.github_api_url, given)
    except NotFound:
        if given.isdigit():
            return int(given), None
        raise UsageError(
            f"GitHub has no user {given}; of somebody who is gone, name the id: concordat forget ID --login {given}"
        ) from None
    except (GitHubError, ValueError) as error:
        raise UsageError(f"GitHub does not tell who {given} is ({error}): concordat forget ID --login LOGIN") from error


def _said(text: str) -> str:
    if not text.strip():
        raise UsageError("say who, or why: it is kept in the log")
    return text.strip()[:500]


@contextmanager
def _house() -> Iterator[tuple[Settings, Store]]:
    try:
        settings = Settings.from_environment(os.environ)
        store = Store.open(settings.database_url, as_it_is=True)
    except SettingsError as error:
        raise UsageError("the settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    except StoreError as error:
        raise UsageError(str(error)) from error
    try:
        yield settings, store
    finally:
        store.close()
