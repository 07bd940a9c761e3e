"""Violations that monitoring reports: an issue for each, word of it on Slack, an eye on it until the issue is closed.

A report comes as GitHub's `repository_dispatch`, which needs the right to write in the repository; GitHub signs it like
every other delivery. The log has what was reported and what became of it; the issue is found again by its marker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from bot.github.errors import NotFound
from bot.github.repository import Repository
from bot.github.values import Issue
from bot.sources.hub import HubRevision
from bot.steward import promises
from bot.steward.house import Steward
from bot.steward.reading import book_at, config_at
from bot.steward.releases.known import releases
from bot.steward.values import Target
from bot.steward.violations import refused
from bot.steward.violations.values import ViolationTarget, job
from bot.store.values import Lease, NewEvent, NewObligation
from notices import violation as words
from rules.config import ConfigError
from rules.contract import Contract
from rules.dual_read import Retired, retired
from rules.partners import Book
from rules.quoting import code
from rules.violation_obligations import owed
from rules.violations import ANSWERED, FILED, REPORTED, RESOLVED, Violation, fold, open_ones, reported

log = logging.getLogger(__name__)

LOOK = timedelta(minutes=30)
"""So often the issue of an open violation is looked at: who has answered, whether it is closed."""
_JUST = timedelta(milliseconds=1)
MOST_ISSUES = 20
"""So many issues are opened in one look; what is more waits for the next one."""
Retirement = Callable[[Violation], Retired | None]


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `violations` job: open what issues are missing, see what became of the others, promise what is owed."""
    target = ViolationTarget(**lease.payload)
    repository = steward.app.repository(target.installation, target.repository)
    try:
        found = _contract(steward, repository, target)
    except ConfigError:
        # Every pull request says so; what is promised stays, and once it is mended this goes on.
        with steward.store.transaction() as transaction:
            transaction.enqueue(job(target, steward.clock() + LOOK))
        return
    if found is None:
        log.warning(
            "a violation of a contract that the configuration does not have",
            extra={"action": "violation.unknown", "stream": target.stream},
        )
        why = f"`contract` is {code(target.contract)}, which the configuration on the default branch does not name"
        refused.refuse(steward, target, why, steward.clock())
        promises.keep(steward.store, target.stream, (), steward.clock())
        return
    contract, book = found
    _keep(steward, target, _seen(repository, _log(steward, target), steward.clock()))
    left = tuple(open_ones(_log(steward, target)))
    gone = _retired(steward, target)
    _keep(steward, target, _filed(repository, left, contract, gone, steward.app.login(), steward.clock()))
    _tell_releases(steward, target)
    _promise(steward, target, contract, book, gone)


def _contract(steward: Steward, repository: Repository, target: ViolationTarget) -> tuple[Contract, Book] | None:
    revision = HubRevision(repository, target.branch)
    place = Target(target.installation, target.repository_id, target.repository, 0)
    config = config_at(revision, steward.defaults.of(place).config)
    contract = next((one for one in config.contracts if one.name == target.contract), None) if config else None
    return None if contract is None else (contract, book_at(revision, config))


def _retired(steward: Steward, target: ViolationTarget) -> Retirement:
    """Give what tells of a violation whether its version was retired before it was found."""
    with steward.store.reading() as transaction:
        known = [one for _, one in releases(transaction, target.repository_id, steward.clock(), target.contract)]
    return lambda one: retired(known, one.report.version, one.first)


def _log(steward: Steward, target: ViolationTarget) -> tuple[Violation, ...]:
    with steward.store.reading() as transaction:
        return fold(transaction.events(target.stream))


def _keep(steward: Steward, target: ViolationTarget, events: Iterable[NewEvent]) -> None:
    for one in events:
        with steward.store.transaction() as transaction:
            transaction.append(target.stream, [one])


def _seen(repository: Repository, violations: Iterable[Violation], now: datetime) -> Iterator[NewEvent]:
    """Tell of each open violation that has an issue who answered there first, and that it was closed."""
    for one in open_ones(violations):
        if not one.issue:
            continue
        try:
            closed = repository.issue(one.issue).state == "closed"
            said = () if one.answered else repository.comments(one.issue)
        except NotFound:
            closed, said = True, ()  # deleted
        people = [each for each in said if not each.by_bot and each.author_id is not None]
        if people:
            first = people[0]
            # GitHub tells whole seconds: nobody has answered before it was reported.
            at = max(first.created_at, one.first + _JUST)
            yield NewEvent(ANSWERED, f"answered:{one.id}", at, {"id": one.id, "login": first.author}, first.author_id)
        if closed:
            yield NewEvent(RESOLVED, f"resolved:{one.id}", now, {"id": one.id})


def _filed(  # noqa: PLR0913, PLR0917 what is opened, where, and what its text says
    repository: Repository, left: Iterable[Violation], contract: Contract, gone: Retirement, bot: str, now: datetime
) -> Iterator[NewEvent]:
    """Open the issue of each violation that has none yet; one whose answer was lost is found by its marker."""
    new = [one for one in left if not one.issue][:MOST_ISSUES]
    known: tuple[Issue, ...] = repository.issues_by(bot) if new else ()
    for one in new:
        mark = words.marker(contract.name, one)
        found = next((each for each in known if each.body.startswith(mark)), None)
        found = found or repository.create_issue(words.title(contract.name, one), words.body(contract, one, gone(one)))
        yield NewEvent(FILED, f"filed:{one.id}", now, {"id": one.id, "issue": found.number})


def _tell_releases(steward: Steward, target: ViolationTarget) -> None:
    """Have each release of the contract that is still to come know of the failures since its announcement."""
    with steward.store.transaction() as transaction:
        facts = [one for one in transaction.events(target.stream) if one.kind == REPORTED]
        for stream, release in releases(transaction, target.repository_id, steward.clock(), target.contract):
            if not release.open:
                continue
            transaction.append(stream, [
                NewEvent("release.failures", f"failures:{fact.source_id}", fact.source_time,
                         {"party": report.party, "count": report.count, "version": report.version})
                for fact in facts
                if fact.source_time >= release.announced and (report := reported(fact)) is not None
            ])  # fmt: skip


def _promise(steward: Steward, target: ViolationTarget, contract: Contract, book: Book, gone: Retirement) -> None:
    now, violations = steward.clock(), _log(steward, target)
    told = contract.release_owners or contract.owners.users or contract.maintainers
    more = {"installation": target.installation, "owners": list(told)}
    made: list[NewObligation] = []
    for one in violations:
        number = str(one.issue) if one.issue else ""
        facts = {"repository": target.repository, "issue": number, "violation": number, "count": f"{one.count:,}"}
        made += [
            promises.obligation(each, target.stream, facts, **more)
            for each in owed(target.stream, one, contract, book, now, gone(one))
        ]
    promises.keep(steward.store, target.stream, made, now)
    if any(one.resolved is None for one in violations):
        with steward.store.transaction() as transaction:
            transaction.enqueue(job(target, now + LOOK))
