"""Deprecations on the default branch, looked at once a day: warnings kept as promises, an issue for what is overdue."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote

from bot.github.repository import Repository
from bot.sources.hub import HubRevision
from bot.sources.revision import FileTooLarge
from bot.steward import owners, promises
from bot.steward.house import Steward
from bot.steward.jobs import LOW, SWEEP
from bot.steward.reading import book_at, config_at, read
from bot.steward.values import Place, Target
from bot.store.values import Lease, NewJob, NewObligation
from notices import overdue
from rules.clock import utc
from rules.config import ConfigError
from rules.contract import Config
from rules.deprecation_obligations import warnings
from rules.documents import Document, DocumentError
from rules.partners import Book
from rules.register import Entry, lines, ordered, whole

log = logging.getLogger(__name__)

DEPRECATIONS = "deprecations"
MOST_CONTRACTS = 300
"""So many contracts of one repository are read, each with its versions; each document takes a request."""


def stream(repository_id: int, entry: Entry | None = None) -> str:
    """Name the stream of what is owed about one deprecated field; without one, what all of them begin with."""
    name = f"contracts:{repository_id}:deprecations"
    if entry is None:
        return name
    about = f"{entry.contract.name}/{entry.notice.key}".encode("utf-8", "surrogatepass")
    return f"{name}:{hashlib.sha256(about).hexdigest()[:16]}"


def job(place: Place, branch: str, now: datetime, *, sha: str = "") -> NewJob:
    """Make the job that looks at the deprecations of a repository's default branch: once a day (UTC), or at a push."""
    return NewJob(
        kind=DEPRECATIONS,
        payload={**asdict(place), "branch": branch},
        key=f"{DEPRECATIONS}:{place.repository_id}:{sha or utc(now).date()}",
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
        config = config_at(revision, steward.defaults.of(Target(**asdict(place), number=0)).config)
    except ConfigError:
        return  # every pull request says so
    config = config or Config()
    entries = ordered(_entries(config, revision, now))
    _promise(steward, place, branch, entries, _book(config, revision, place))
    late = [one for one in entries if one.state == "due"]
    if late:
        _open_issues(repository, late, branch, steward.app.login())


def _book(config: Config, revision: HubRevision, place: Place) -> Book | None:
    """Read who the partners are; `None` where nobody can tell, so that what was promised stays as it is."""
    try:
        return book_at(revision, config) if config.contracts else Book()
    except ConfigError as error:
        why = error.problems[0].sentence
        log.warning("partners cannot be read: %s", why, extra={"action": "partners", "repository": place.repository_id})
        return None


def _entries(config: Config, revision: HubRevision, now: datetime) -> Iterator[Entry]:
    if not config.contracts:
        return
    known = lines(config, revision.paths())[:MOST_CONTRACTS]
    left = MOST_CONTRACTS - len(known)  # for older versions, once every contract's newest is read
    older = {found[0]: found[1:] for _, found in known}
    for contract, path in owners.holding([(one, found[0]) for one, found in known], revision):
        paths = (path, *older[path][:left])
        left -= len(paths) - 1
        found = [one for one in (_document(revision, each) for each in paths) if one is not None]
        if found:
            yield from whole(contract, found[0], found[1:], utc(now).date())


def _document(revision: HubRevision, path: str) -> Document | None:
    try:
        return read(path, revision.read(path) or b"")
    except (DocumentError, FileTooLarge):
        return None  # whoever changes it is told


def _promise(steward: Steward, place: Place, branch: str, entries: Sequence[Entry], book: Book | None) -> None:
    """Owe the warnings, and take back those of notices that are gone or have another date."""
    if book is None:
        return
    now, wanted = steward.clock(), dict[str, list[NewObligation]]()
    for entry in entries:
        name, contract = stream(place.repository_id, entry), entry.contract
        facts = {"repository": place.repository, "notice_at": f"blob/{_place(entry, branch)}"}
        told = contract.release_owners or contract.owners.users or contract.maintainers
        more = {"installation": place.installation, "owners": list(told)}
        owed = (promises.obligation(one, name, facts, **more) for one in warnings(name, entry, book, now))
        wanted.setdefault(name, []).extend(owed)
    with steward.store.reading() as transaction:
        known = transaction.owing(stream(place.repository_id))
    for name in sorted({*known, *wanted}):
        promises.keep(steward.store, name, wanted.get(name, ()), now)


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
    return f"../blob/{_place(entry, branch)}"


def _place(entry: Entry, branch: str) -> str:
    anchor = "" if entry.line is None else f"#L{entry.line}"
    return f"{quote(branch)}/{quote(entry.path)}{anchor}"
