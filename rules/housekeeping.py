"""What is to be tidied up after a merge: proposals moved to their place, old versions archived, the record brought up.

Pure: what lies on the default branch and what the log says of approvals in, a list of edits of files out. Nothing to
do gives no edit, so that a second look after the merge of these edits finds everything in order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from rules import record
from rules.change import archived, proposed_home
from rules.contract import Contract
from rules.globs import matches
from rules.notice import day_after
from rules.record import Entry
from rules.verdict import Verdict
from rules.versions import SemVer, declared_bump, in_file_name


@dataclass(frozen=True, slots=True)
class Approval:
    """What the log says of a version's approval: its class, who said yes (logins), in which pull request, on what day.

    `by` is empty where nobody objected in time.
    """

    grade: Verdict
    by: tuple[str, ...]
    pull: int
    on: date


@dataclass(frozen=True, slots=True)
class Move:
    """One file to be moved, and why."""

    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be written anew, and why."""

    path: str
    text: str
    why: str


Edit = Move | Write


@dataclass(frozen=True, slots=True)
class Shelf:
    """One contract as it lies on the default branch.

    `paths` are all paths of the branch, `log` the text of its change log; `approvals` are known by path of the
    version's document, and `removals`, the latest removal date that each document promises, likewise.
    """

    contract: Contract
    paths: AbstractSet[str]
    log: str | None = None
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    removals: Mapping[str, date] = field(default_factory=dict)


def plan(shelf: Shelf, today: date) -> tuple[Edit, ...]:
    """List the edits that put a contract in order, as of a day (UTC): moves first, then the record of them."""
    moves = (*_approved(shelf), *_superseded(shelf, today))
    gone = {one.old: one.new for one in moves}
    if shelf.contract.change_log is None or shelf.log is None:
        return moves
    text = record.brought_up(shelf.log, _entries(shelf, gone))
    if text == shelf.log:
        return moves
    why = "the version table and the change log say what was approved by whom, and what is current"
    return (*moves, Write(shelf.contract.change_log, text, why))


def _approved(shelf: Shelf) -> Iterator[Move]:
    """Move what was approved out of the proposals; what lies there and was not approved is still being talked over."""
    for path in sorted(shelf.approvals):
        home = proposed_home(shelf.contract, path)
        if home is not None and home not in shelf.paths:
            yield Move(path, home, f"it was approved in #{shelf.approvals[path].pull}")


def _superseded(shelf: Shelf, today: date) -> Iterator[Move]:
    """Archive each version that a higher one has taken the place of, once nobody is promised its support any more."""
    found = sorted(_active(shelf), key=lambda one: one[0].precedence)
    for (version, path), (follower, taken_by) in itertools.pairwise(found):
        until = _supported_until(shelf, version, path, follower, taken_by)
        if until is not None and until <= today:
            folder, _, name = path.rpartition("/")
            target = f"{folder}/{shelf.contract.archive[0]}/{name}".removeprefix("/")
            if target not in shelf.paths:
                yield Move(path, target, f"version {follower} has taken its place, and its support ended on {until}")


def _active(shelf: Shelf) -> Iterator[tuple[SemVer, str]]:
    if shelf.contract.scheme.name == "semver-file":
        for path in shelf.paths:
            named = in_file_name(path) if matches(shelf.contract, path) else None
            if named is not None and not archived(shelf.contract, path):
                yield named[1], path


def _supported_until(shelf: Shelf, version: SemVer, path: str, follower: SemVer, taken_by: str) -> date | None:
    """Say until when an older version is supported; `None` where nobody knows since when it is older.

    After a MAJOR step both are supported for the grace period, and in any case until every removal date has come.
    """
    approval = shelf.approvals.get(taken_by)
    if approval is None:
        return None
    major = max(declared_bump(version, follower) or Verdict.NONE, approval.grade) is Verdict.MAJOR
    ends = day_after(approval.on, shelf.contract.policy.grace_days) if major else approval.on
    return max(ends, shelf.removals.get(path, ends))


def _entries(shelf: Shelf, moved: Mapping[str, str]) -> Iterator[Entry]:
    """Give what the record is to say of each version: where it lies, how it stands, who approved it.

    Of versions that nobody here approved only that a newer one has taken their place, where that one was approved.
    """
    if shelf.contract.scheme.name != "semver-file" or not shelf.approvals:
        return
    lying = {*shelf.approvals, *moved, *(path for _, path in _active(shelf))}
    versions = {path: found[1] for path in sorted(lying) if (found := in_file_name(path)) is not None}
    newest = max(versions.values(), key=lambda one: one.precedence)
    for path, version in versions.items():
        home = moved.get(path, path)
        if path in shelf.approvals or version.precedence < newest.precedence:
            put_away = archived(shelf.contract, home)
            older = "Archived" if put_away else "Superseded"
            status = "Active" if version.precedence == newest.precedence and not put_away else older
            yield _entry(version, home, status, shelf.approvals.get(path))


def _entry(version: SemVer, path: str, status: str, approval: Approval | None) -> Entry:
    file = path.rpartition("/")[2]
    if approval is None:
        return Entry(str(version), file, status)
    by = ", ".join(approval.by) or "silence: nobody objected in time"
    kind = approval.grade.name.capitalize()
    return Entry(str(version), file, status, kind, by, f"#{approval.pull}", str(approval.on))
