"""After a merge: one pull request that archives old versions and brings the record of versions up to date.

What is to be done follows from what lies on the default branch and from the log: a version is approved where the log
holds an approval of exactly these documents, whatever pull request they came with. The branch is named after its edits,
so that they are proposed once; while such a pull request is open, no other is opened.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from datetime import date

from bot.github.branches import FileEdit, Tip
from bot.github.repository import Repository
from bot.sources import load_config
from bot.sources.hub import HubRevision
from bot.sources.revision import FileTooLarge
from bot.steward.hints import LOW, SWEEP
from bot.steward.house import Steward
from bot.steward.reading import read
from bot.steward.values import Place, Target
from bot.store.values import Event, Lease, NewJob
from notices import tidying
from rules.change import Change, history
from rules.clock import utc
from rules.config import ConfigError
from rules.contract import Config, Contract
from rules.deprecation import notices
from rules.documents import Document, DocumentError
from rules.housekeeping import Approval, Edit, Move, Shelf, Write, plan
from rules.verdict import Verdict

log = logging.getLogger(__name__)

TIDY = "tidy"
BRANCH = "concordat/tidy-"
"""What the names of our branches begin with; a key of the edits follows."""
MOST_VERSIONS = 50
"""So many versions of a contract are read, the highest; each takes a request when it is first seen."""


def job(place: Place, branch: str) -> NewJob:
    """Make the job that tidies up a repository's default branch; several coalesce in its lane."""
    return NewJob(
        kind=TIDY, payload={**asdict(place), "branch": branch}, lane=f"{TIDY}:{place.repository_id}", pool=SWEEP,
        priority=LOW, installation=place.installation,
    )  # fmt: skip


def handle(steward: Steward, lease: Lease) -> None:
    """Do one `tidy` job. A pull request whose answer was lost is found again by its branch when the job is retried."""
    body = dict(lease.payload)
    branch = body.pop("branch")
    place = Place(**body)
    with steward.store.reading() as transaction:
        approvals = _approvals(transaction.facts_of("review.", stream=f"pull:{place.repository_id}:"))
    if not approvals:
        return
    repository = steward.app.repository(place.installation, place.repository)
    tip = repository.tip(branch)
    revision = HubRevision(repository, tip.sha)
    try:
        config = load_config(revision, steward.defaults.of(Target(**asdict(place), number=0)).config)
    except ConfigError:
        return  # every pull request says so
    edits = _edits(config or Config(), revision, approvals, utc(steward.clock()).date())
    if edits:
        _propose(repository, branch, tip, edits, bot=steward.app.login())


def _approvals(facts: Iterable[Event]) -> Mapping[str, Approval]:
    """Give the approvals of the log by the digest that was approved."""
    by_digest: dict[str, list[Event]] = {}
    for fact in facts:
        by_digest.setdefault(str(fact.body.get("digest")), []).append(fact)
    return {
        digest: _approval(one, about)
        for digest, about in by_digest.items()
        for one in about
        if one.kind == "review.approved_at_last"
    }


def _approval(approved: Event, about: Sequence[Event]) -> Approval:
    mine = [one for one in about if one.stream == approved.stream and one.source_time <= approved.source_time]
    people = [str(one.body.get("login")) for one in mine if one.kind == "review.approved"]
    grades = [Verdict.__members__.get(str(one.body.get("grade"))) for one in mine if one.kind == "review.judged"]
    return Approval(
        max((one for one in grades if one is not None), default=Verdict.MAJOR),
        () if approved.body.get("by") == "silence" else tuple(dict.fromkeys(people)),
        int(approved.stream.rpartition(":")[2]),
        utc(approved.source_time).date(),
    )


def _edits(
    config: Config, revision: HubRevision, approvals: Mapping[str, Approval], today: date
) -> tuple[tuple[str, Edit], ...]:
    """List what is to be done for each contract; of a change log that several keep, each sees what the other wrote."""
    found: list[tuple[str, Edit]] = []
    written: dict[str, str] = {}
    for contract in config.contracts:
        if contract.scheme.name == "semver-file" and "{name}" not in contract.name:
            edits = plan(_shelf(contract, revision, approvals, written), today)
            written |= {one.path: one.text for one in edits if isinstance(one, Write)}
            found += [(contract.name, one) for one in edits]
    last = {one.path: one for _, one in found if isinstance(one, Write)}
    return tuple((name, one) for name, one in found if isinstance(one, Move) or last[one.path] is one)


def _shelf(
    contract: Contract, revision: HubRevision, approvals: Mapping[str, Approval], written: Mapping[str, str]
) -> Shelf:
    paths = revision.paths()
    versions = [path for path, _ in history(contract, paths)][-MOST_VERSIONS:]
    documents = {path: one for path in versions if (one := _document(revision, path)) is not None}
    return Shelf(
        contract,
        paths,
        _log(contract, revision, paths, written),
        dict(_approved(contract, paths, documents, approvals)),
        {
            path: max(days)
            for path, one in documents.items()
            if (days := [notice.removal for notice in notices(one) if notice.removal is not None])
        },
    )


def _log(contract: Contract, revision: HubRevision, paths: AbstractSet[str], written: Mapping[str, str]) -> str | None:
    path = contract.change_log
    if path is None or path not in paths:
        return None
    if path in written:
        return written[path]
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


def _propose(repository: Repository, branch: str, tip: Tip, edits: tuple[tuple[str, Edit], ...], *, bot: str) -> None:
    name = BRANCH + hashlib.sha256(repr(edits).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    open_ = [one for one in repository.open_pulls(branch) if one.author == bot and one.head_ref.startswith(BRANCH)]
    if open_ or repository.pulls_from(name):
        return
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
