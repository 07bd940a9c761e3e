"""Reports of violations that could not be taken in: one issue of the repository says why, for whoever sends them.

The issue is written anew as more arrive, while it is open; after it was closed a further report opens another.
"""

from __future__ import annotations

from datetime import datetime

from bot.github.errors import NotFound
from bot.github.repository import Repository
from bot.github.values import Issue
from bot.steward.house import Steward
from bot.steward.violations.values import RefusedTarget, ViolationTarget, refused_job
from bot.store.values import Lease, NewEvent
from notices import refused as words
from rules.violations import REFUSALS_TOLD, REFUSED, REPORTED, Refusals, refusals


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `refused` job: tell what has not been told yet."""
    target = RefusedTarget(**lease.payload)
    with steward.store.reading() as transaction:
        found = refusals(transaction.events(target.stream))
    if not found.untold:
        return
    repository = steward.app.repository(target.installation, target.repository)
    issue = _open_one(repository, found, steward.app.login())
    # What stood in an issue that was closed is settled; a new one begins with what came since.
    told = (*found.untold, *(found.told if issue is not None else ()))
    body = words.body(told)
    if issue is None:
        issue = repository.create_issue(words.TITLE, body)
    elif issue.body != body:
        repository.update_issue(issue.number, issue.title, body)
    since, until = min(one.first for one in told), max(one.last for one in told)
    fact = {"issue": issue.number, "since": since.isoformat(), "until": until.isoformat()}
    with steward.store.transaction() as transaction:
        transaction.append(target.stream, [NewEvent(REFUSALS_TOLD, f"told:{until.isoformat()}", until, fact)])


def _open_one(repository: Repository, found: Refusals, bot: str) -> Issue | None:
    """Find the issue that is open still; one whose answer was lost is found by its marker."""
    try:
        known = repository.issue(found.issue) if found.issue else None
    except NotFound:
        known = None  # deleted
    if known is not None and known.state == "open":
        return known
    mine = (one for one in repository.issues_by(bot) if one.state == "open" and one.body.startswith(words.MARKER))
    return next(mine, None)


def refuse(steward: Steward, target: ViolationTarget, reason: str, now: datetime) -> None:
    """Keep that the reports about a contract lead to nothing, each report once, and have it told."""
    to = RefusedTarget(target.installation, target.repository_id, target.repository)
    with steward.store.transaction() as transaction:
        last = max(
            (one for one in transaction.events(target.stream) if one.kind == REPORTED),
            key=lambda one: one.seq, default=None,
        )  # fmt: skip
        if last is None:
            return
        body = {"reason": reason, "login": last.body.get("login", "")}
        source = f"{target.contract}:{last.source_id}"
        if transaction.append(to.stream, [NewEvent(REFUSED, source, now, body, last.actor_id)]):
            transaction.enqueue(refused_job(to))
