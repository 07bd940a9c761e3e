"""Deprecations on the default branch, looked at once a day: warnings kept as promises, an issue for what is overdue."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote

from bot.github.repository import Repository
from bot.sources import load_config
from bot.sources.hub import HubRevision
from bot.sources.revision import FileTooLarge
from bot.steward.hints import LOW, SWEEP
from bot.steward.house import Steward
from bot.steward.reading import read
from bot.steward.values import Place, Target
from bot.store.store import Transaction
from bot.store.values import Lease, NewJob, NewObligation
from notices import overdue
from rules.clock import utc
from rules.config import ConfigError
from rules.contract import Config
from rules.deprecation_obligations import KIND, warnings
from rules.documents import DocumentError
from rules.register import Entry, current, ordered, register

log = logging.getLogger(__name__)

DEPRECATIONS = "deprecations"
MOST_CONTRACTS = 300
"""So many contracts of one repository are read; each takes a request."""


def stream(repository_id: int) -> str:
    """Name the stream of what is owed about a repository's contracts, whatever pull request."""
    return f"contracts:{repository_id}:deprecations"


def job(place: Place, branch: str, now: datetime) -> NewJob:
    """Make the job that looks at the deprecations of a repository's default branch, once a day (UTC)."""
    return NewJob(
        kind=DEPRECATIONS,
        payload={**asdict(place), "branch": branch},
        key=f"{DEPRECATIONS}:{place.repository_id}:{utc(now).date()}",
        lane=f"{DEPRECATIONS}:{place.repository_id}",
        pool=SWEEP,
        priority=LOW,
        installation=place.installation,
    )


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `deprecations` job. An issue whose answer was lost is found by its marker when the job is tried again."""
    body = dict(lease.payload)
    branch = body.pop("branch")
    place, now = Place(**body), steward.clock()
    repository = steward.app.repository(place.installation, place.repository)
    revision = HubRevision(repository, branch)
    try:
        config = load_config(revision, steward.defaults.of(Target(**asdict(place), number=0)).config)
    except ConfigError:
        return  # every pull request says so
    entries = ordered(_entries(config or Config(), revision, now))
    with steward.store.transaction() as transaction:
        _promise(transaction, place, entries, now)
    late = [one for one in entries if one.state == "due"]
    if late:
        _open_issues(repository, late, branch, steward.app.login())


def _entries(config: Config, revision: HubRevision, now: datetime) -> Iterator[Entry]:
    if not config.contracts:
        return
    for contract, path in current(config, revision.paths())[:MOST_CONTRACTS]:
        try:
            document = read(path, revision.read(path) or b"")
        except (DocumentError, FileTooLarge):
            continue  # whoever changes it is told
        yield from register(contract, document, utc(now).date())


def _promise(transaction: Transaction, place: Place, entries: Sequence[Entry], now: datetime) -> None:
    """Owe the warnings, and take back those of notices that are gone or have another date."""
    name = stream(place.repository_id)
    about = {"installation": place.installation, "repository": place.repository}
    wanted = {one.key: one for one in warnings(name, entries, now)}
    for one in wanted.values():
        payload = {**one.facts, **about, "channel": one.channel}
        transaction.owe(NewObligation(one.key, one.kind, name, one.recipient, one.due, payload))
    for old in transaction.obligations(name):
        if old.kind == KIND and old.state == "owed" and old.key not in wanted:
            transaction.supersede(old.key, now)


def _open_issues(repository: Repository, late: Sequence[Entry], branch: str, bot: str) -> None:
    """Open the issue of each overdue field that has none yet, open or closed, of ours: others can type a marker."""
    bodies = [one.body for one in repository.issues_by(bot)]
    for entry in late:
        if not any(body.startswith(overdue.marker(entry)) for body in bodies):
            made = repository.create_issue(overdue.title(entry), overdue.body(entry, _address(entry, branch)))
            bodies.append(made.body)
            facts = {"action": "overdue", "repository": repository.full_name, "issue": made.number}
            log.info("issue opened for an overdue removal", extra=facts)


def _address(entry: Entry, branch: str) -> str:
    """Link the place of a notice, relative to the issue, so that it holds on any GitHub."""
    anchor = "" if entry.line is None else f"#L{entry.line}"
    return f"../blob/{quote(branch)}/{quote(entry.path)}{anchor}"
