"""After a merge: one pull request that archives old versions and brings the record of versions up to date.

What is to be done follows from what lies on the default branch and from the log: a version is approved where the log
holds an approval of exactly these documents, whatever pull request they came with. Each edit is proposed once: what
people decided about, by merging or closing, with or without corrections of theirs, is not proposed again. While such a
pull request is open, no other is opened.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import groupby

from bot.github.branches import FileEdit, Tip
from bot.github.repository import Repository
from bot.sources.hub import HubRevision
from bot.sources.revision import FileTooLarge
from bot.steward.house import Steward
from bot.steward.jobs import LOW, SWEEP
from bot.steward.reading import config_at, read
from bot.steward.values import Place, Target
from bot.store.values import Event, Lease, NewEvent, NewJob
from notices import tidying
from rules import release_ledger
from rules.change import Change, history
from rules.clock import utc
from rules.config import ConfigError
from rules.contract import Config, Contract
from rules.deprecation import notices
from rules.documents import Document, DocumentError
from rules.housekeeping import Approval, Edit, Move, Shelf, Write, plan
from rules.review_ledger import fold
from rules.verdict import Verdict
from rules.versions import SemVer, in_file_name, parse_semver

log = logging.getLogger(__name__)

AFTER_MERGE = "after_merge"
PROPOSED, ENDED = "tidying.proposed", "tidying.ended"
"""Facts: a pull request was begun (branch, keys of its edits), and people merged or closed it."""
BRANCH = "concordat/tidy-"
"""What the names of our branches begin with; a key of the edits follows."""
MOST_VERSIONS = 50
"""So many versions of a contract are read, the highest; each takes a request when it is first seen."""


def job(place: Place, branch: str) -> NewJob:
    """Make the job that tidies up a repository's default branch; several coalesce in its lane."""
    return NewJob(
        kind=AFTER_MERGE, payload={**asdict(place), "branch": branch}, lane=f"{AFTER_MERGE}:{place.repository_id}",
        pool=SWEEP, priority=LOW, installation=place.installation,
    )  # fmt: skip


def stream(repository_id: int) -> str:
    """Name the stream of what people were proposed after merges."""
    return f"contracts:{repository_id}:tidying"


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `after_merge` job. A pull request whose answer was lost is found again by its branch on a retry."""
    body = dict(lease.payload)
    branch = body.pop("branch")
    place, now = Place(**body), steward.clock()
    with steward.store.reading() as transaction:
        approvals = _approvals(transaction.facts_of("review.", stream=f"pull:{place.repository_id}:"))
        releases = _releases(transaction.facts_of("release.", stream=f"release:{place.repository_id}:"), now)
        said = transaction.events(stream(place.repository_id))
    if not approvals:
        return
    repository = steward.app.repository(place.installation, place.repository)
    tip = repository.tip(branch)
    revision = HubRevision(repository, tip.sha)
    try:
        config = config_at(revision, steward.defaults.of(Target(**asdict(place), number=0)).config)
    except ConfigError:
        return  # every pull request says so
    sight = _Sight(config or Config(), revision, approvals, releases, utc(now).date())
    edits = _edits(sight, _decided(said))
    if edits and (waiting := _waiting(said)):
        ended = tuple(_ended(repository, waiting, now))
        said = _append(steward, place, ended)
        edits = () if len(ended) < len(waiting) else _edits(sight, _decided(said))
    if edits:
        _propose(steward, place, repository, branch, tip, edits)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What lies on the default branch, and what the log says of it."""

    config: Config
    revision: HubRevision
    approvals: Mapping[str, Approval]
    releases: Mapping[tuple[str, str], _Lived]
    today: date


def _decided(said: Iterable[Event]) -> frozenset[str]:
    """Give the keys of the edits that people were proposed, and decided about in one way or the other."""
    return frozenset(str(key) for one in said if one.kind == ENDED for key in one.body.get("keys", ()))


def _waiting(said: Sequence[Event]) -> tuple[Event, ...]:
    ended = {one.body.get("branch") for one in said if one.kind == ENDED}
    return tuple(one for one in said if one.kind == PROPOSED and one.body.get("branch") not in ended)


def _ended(repository: Repository, waiting: Iterable[Event], now: datetime) -> Iterator[NewEvent]:
    """Find which proposals have come to an end; one that never became a pull request decides nothing."""
    for one in waiting:
        name = str(one.body["branch"])
        pulls = repository.pulls_from(name)
        if all(pull.state != "open" for pull in pulls):
            keys = one.body["keys"] if pulls else []
            yield NewEvent(ENDED, f"{ENDED}:{name}", now, {"branch": name, "keys": keys})


def _append(steward: Steward, place: Place, facts: Sequence[NewEvent]) -> tuple[Event, ...]:
    name = stream(place.repository_id)
    with steward.store.transaction() as transaction:
        transaction.append(name, facts)
        return transaction.events(name)


def _approvals(facts: Iterable[Event]) -> Mapping[str, Approval]:
    """Give the approvals of the logs of all pull requests, by the digest that was approved; a PATCH needs nobody's."""
    found: dict[str, Approval] = {}
    for _, group in groupby(facts, key=lambda one: one.stream):
        log = tuple(group)
        asked = {str(one.body.get("digest")): one for one in log if one.kind == "review.judged"}
        said = {str(one.body.get("digest")): one for one in log if one.kind == "review.approved_at_last"}
        for digest in {**asked, **said}:
            approval = _approval(digest, log, said.get(digest) or asked[digest])
            if digest in said or approval.grade < Verdict.MINOR:
                found.setdefault(digest, approval)
    return found


def _approval(digest: str, log: Sequence[Event], approved: Event) -> Approval:
    ledger = fold(log, str(approved.body.get("contract")), digest, now=approved.source_time)
    silent = approved.body.get("by") == "silence"
    return Approval(
        max((grade for _, grade in ledger.graded), default=Verdict.MAJOR),
        () if silent else tuple(dict.fromkeys(one.login for one in ledger.approvals)),
        int(approved.stream.rpartition(":")[2]),
        utc(approved.source_time).date(),
        critical=ledger.emergency is not None,
    )


@dataclass(frozen=True, slots=True)
class _Lived:
    """What became of a version's release: the day (UTC) on which it went live, and how often it was rolled back."""

    name: str
    live: date | None
    rollbacks: int
    undone: bool


def _releases(facts: Iterable[Event], now: datetime) -> Mapping[tuple[str, str], _Lived]:
    """Tell of each release, by contract and version."""
    found: dict[tuple[str, str], _Lived] = {}
    for _, group in groupby(facts, key=lambda one: one.stream):
        log = tuple(group)
        release = release_ledger.fold(log, now=now)
        if release is not None:
            live = max(release.lived.values(), default=None) if release.state == "live" and not release.open else None
            rollbacks = len({one.source_id for one in log if one.kind == "release.rolled_back"})
            found[release.contract, _plain(release.name)] = _Lived(
                release.name, None if live is None else utc(live).date(), rollbacks, release.state == "rolled back"
            )
    return found


def _plain(version: str) -> str:
    """Write a version so that 2.0 and v2.0.0 are the same."""
    found = parse_semver(version)
    return version if found is None else f"{found.core}{found.pre}"


def _edits(sight: _Sight, decided: frozenset[str]) -> tuple[tuple[str, Edit], ...]:
    """List what is to be done for each contract; of a change log that several keep, each sees what the other wrote."""
    found: list[tuple[str, Edit]] = []
    written: dict[str, Write] = {}
    for contract in sight.config.contracts:
        if contract.scheme.name == "semver-file" and "{name}" not in contract.name:
            for one in plan(_shelf(contract, sight, written, decided), sight.today):
                found.append((contract.name, one))
                if isinstance(one, Write):
                    before = written[one.path].keys if one.path in written else ()
                    written[one.path] = replace(one, keys=(*before, *one.keys))
    last = {one.path: index for index, (_, one) in enumerate(found) if isinstance(one, Write)}
    return tuple(
        (name, one if isinstance(one, Move) else written[one.path])
        for index, (name, one) in enumerate(found)
        if isinstance(one, Move) or last[one.path] == index
    )


def _shelf(contract: Contract, sight: _Sight, written: Mapping[str, Write], decided: frozenset[str]) -> Shelf:
    paths = sight.revision.paths()
    versions = [path for path, _ in history(contract, paths)][-MOST_VERSIONS:]
    documents = {path: one for path in versions if (one := _document(sight.revision, path)) is not None}
    return Shelf(
        contract,
        paths,
        _log(contract, sight.revision, paths, written),
        dict(_approved(contract, paths, documents, sight.approvals)),
        {
            path: max(days)
            for path, one in documents.items()
            if (days := [notice.removal for notice in notices(one) if notice.removal is not None])
        },
        dict(_live(contract, versions, sight.releases)),
        decided,
        tuple(_undone(contract, sight.releases)),
        sum(one.rollbacks for (name, _), one in sight.releases.items() if name == contract.name),
    )


def _live(
    contract: Contract, versions: Iterable[str], releases: Mapping[tuple[str, str], _Lived]
) -> Iterator[tuple[str, date | None]]:
    for path in versions:
        named = in_file_name(path)
        key = (contract.name, "" if named is None else _plain(str(named[1])))
        if key in releases:
            yield path, releases[key].live


def _undone(contract: Contract, releases: Mapping[tuple[str, str], _Lived]) -> Iterator[SemVer]:
    mine = (one for (name, _), one in releases.items() if name == contract.name and one.undone)
    yield from (version for one in mine if (version := parse_semver(one.name)) is not None)


def _log(
    contract: Contract, revision: HubRevision, paths: AbstractSet[str], written: Mapping[str, Write]
) -> str | None:
    path = contract.change_log
    if path is None or path not in paths:
        return None
    if path in written:
        return written[path].text
    try:
        return (revision.read(path) or b"").decode()
    except (FileTooLarge, UnicodeDecodeError):
        return None  # what cannot be read whole is not written anew


def _approved(
    contract: Contract,
    paths: AbstractSet[str],
    documents: Mapping[str, Document],
    approvals: Mapping[str, Approval],
) -> Iterator[tuple[str, Approval]]:
    """Find the approval of each version: of the change from the one before it, as the documents lie there now."""
    for path, before in history(contract, paths):
        if path in documents:
            base = None if before is None else documents.get(before)
            found = approvals.get(Change(contract, base, documents[path]).digest)
            if found is not None:
                yield path, found


def _document(revision: HubRevision, path: str) -> Document | None:
    try:
        return read(path, revision.read(path) or b"")
    except (DocumentError, FileTooLarge):
        return None


def _propose(  # noqa: PLR0913, PLR0917 what is proposed, where, and on what it stands
    steward: Steward, place: Place, repository: Repository, branch: str, tip: Tip, edits: tuple[tuple[str, Edit], ...]
) -> None:  # fmt: skip
    name = BRANCH + hashlib.sha256(repr(edits).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    bot = steward.app.login()
    open_ = [one for one in repository.open_pulls(branch) if one.author == bot and one.head_ref.startswith(BRANCH)]
    if open_ or repository.pulls_from(name):
        return
    keys = [key for _, one in edits for key in one.keys]
    fact = NewEvent(PROPOSED, f"{PROPOSED}:{name}", steward.clock(), {"branch": name, "keys": keys})
    _append(steward, place, (fact,))
    files = tuple(_files(edits, repository.blobs(tip.sha)))
    repository.make_branch(name, tip, files, tidying.title(edits))
    made = repository.propose(name, branch, tidying.title(edits), tidying.body(edits))
    log.info("pull request opened to tidy up", extra={"action": "tidied", "repository": repository.full_name,
                                                      "number": made.number})  # fmt: skip


def _files(edits: Iterable[tuple[str, Edit]], blobs: Mapping[str, str]) -> Iterator[FileEdit]:
    for _, one in edits:
        if isinstance(one, Move):
            yield FileEdit(one.new, blob=blobs[one.old])
            yield FileEdit(one.old)
        else:
            yield FileEdit(one.path, text=one.text)
