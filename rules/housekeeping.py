"""What is to be tidied up after a merge: proposals moved to their place, old versions archived, the record brought up.

Pure: what lies on the default branch and what the log says of approvals in, a list of edits of files out. Nothing to
do gives no edit, so that a second look after the merge of these edits finds everything in order. What people were
proposed before and decided about is not proposed again, whichever way they decided.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

from rules import record
from rules.change import archived, proposed_home
from rules.contract import Contract
from rules.globs import matches
from rules.notice import day_after
from rules.policy import notice_days
from rules.record import Entry
from rules.verdict import Verdict
from rules.versions import SemVer, declared_bump, in_file_name


@dataclass(frozen=True, slots=True)
class Approval:
    """What the log says of a version's approval: its class, who said yes (logins), in which pull request, on what day.

    `by` is empty where nobody objected in time, or, for a PATCH, where nobody had to say yes. A `critical` fix owes no
    days of notice.
    """

    grade: Verdict
    by: tuple[str, ...]
    pull: int
    on: date
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One file to be moved, and why."""

    old: str
    new: str
    why: str
    again: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """By what the edit is known again; after a rollback it is another one."""
        return (f"{self.old} > {self.new}{_after(self.again)}",)


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be written anew, and why; `keys` name each thing that it records, to be known again."""

    path: str
    text: str
    why: str
    keys: tuple[str, ...] = ()


Edit = Move | Write


@dataclass(frozen=True, slots=True)
class Shelf:
    """One contract as it lies on the default branch.

    `paths` are all paths of the branch, `log` the text of its change log; `approvals` are known by path of the
    version's document, and `removals`, the latest removal date that each document promises, likewise. `live` has the
    day (UTC) on which a version went live, by path, `None` while its release has not; of one without a
    release it says nothing. `decided` are the keys of edits that people were proposed and decided about.
    """

    contract: Contract
    paths: AbstractSet[str]
    log: str | None = None
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    removals: Mapping[str, date] = field(default_factory=dict)
    live: Mapping[str, date | None] = field(default_factory=dict)
    decided: AbstractSet[str] = frozenset()
    undone: tuple[SemVer, ...] = ()
    rollbacks: int = 0

    def live_from(self, path: str) -> date | None:
        """Give the first day on which an approved version is in force; `None` while nobody knows it.

        Where partners are owed notice and no release was announced, it is the first day that a release could have had.
        """
        approval = self.approvals.get(path)
        if path in self.live or approval is None:
            return self.live.get(path)
        owed = self.contract.partners and not approval.critical
        return day_after(approval.on, notice_days(approval.grade) if owed else 0)


def plan(shelf: Shelf, today: date) -> tuple[Edit, ...]:
    """List the edits that put a contract in order, as of a day (UTC): moves first, then the record of them."""
    wanted = tuple(
        replace(one, again=shelf.rollbacks)
        for one in (*_approved(shelf), *_superseded(shelf, today), *_returned(shelf, today))
    )
    moves = tuple(one for one in wanted if shelf.decided.isdisjoint(one.keys))
    path, gone = shelf.contract.change_log, {one.old: one.new for one in moves}
    left = frozenset(one.old for one in wanted if one not in moves)
    if path is None or shelf.log is None:
        return moves
    text, keys = shelf.log, list[str]()
    # Of what people left where it lies nothing is recorded: how it stands is what they say.
    for entry in (one for lying, one in _entries(shelf, gone, today) if lying not in left):
        after = record.brought_up(text, [entry])
        key = f"{_recorded(path, entry)}{_after(shelf.rollbacks)}"
        if after != text and key not in shelf.decided:
            text, keys = after, [*keys, key]
    why = "the version table and the change log say what was approved by whom, and what is current"
    return (*moves, Write(path, text, why, tuple(keys))) if keys else moves


def _after(rollbacks: int) -> str:
    return f", after rollback {rollbacks}" if rollbacks else ""


def _recorded(path: str, entry: Entry) -> str:
    return f"{path}: {entry.version} {entry.file} {entry.status} {entry.type} {entry.approved_by}"


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


def _returned(shelf: Shelf, today: date) -> Iterator[Move]:
    """Bring a version back from the archive that is in force again, because the one after it was rolled back."""
    standing = [one for one, path in _active(shelf) if one not in shelf.undone and path not in _waiting(shelf, today)]
    if not shelf.undone or standing or shelf.contract.scheme.name != "semver-file":
        return
    last = max(one.precedence for one in shelf.undone)
    put_away = [
        (found[1], path) for path in shelf.paths
        if archived(shelf.contract, path) and matches(shelf.contract, _home(path))
        and (found := in_file_name(path)) is not None and found[1].precedence < last
    ]  # fmt: skip
    if put_away:
        version, path = max(put_away, key=lambda one: one[0].precedence)
        undone = max(shelf.undone, key=lambda one: one.precedence)
        why = f"version {undone} was rolled back, and {version} is in force again"
        if _home(path) not in shelf.paths:
            yield Move(path, _home(path), why)


def _home(path: str) -> str:
    """Give the place from which a file came into the archive: the folder above."""
    folder, _, name = path.rpartition("/")
    return f"{folder.rpartition('/')[0]}/{name}".removeprefix("/")


def _waiting(shelf: Shelf, today: date) -> AbstractSet[str]:
    return {path for path in shelf.approvals if (day := shelf.live_from(path)) is None or day > today}


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
    approval, live = shelf.approvals.get(taken_by), shelf.live_from(taken_by)
    if approval is None or live is None:
        return None
    major = max(declared_bump(version, follower) or Verdict.NONE, approval.grade) is Verdict.MAJOR
    ends = day_after(live, shelf.contract.policy.grace_days) if major else live
    return max(ends, shelf.removals.get(path, ends))


def _entries(shelf: Shelf, moved: Mapping[str, str], today: date) -> Iterator[tuple[str, Entry]]:
    """Give by path what the record is to say of each version: where it lies, how it stands, who approved it.

    Of versions that nobody here approved only that a newer one has taken their place, where that one was approved.
    """
    if shelf.contract.scheme.name != "semver-file" or not (shelf.approvals or shelf.undone):
        return
    lying = {*shelf.approvals, *moved, *(path for _, path in _active(shelf))}
    versions = {path: found[1] for path in sorted(lying) if (found := in_file_name(path)) is not None}
    undone = {one.precedence for one in shelf.undone}
    waiting = {*_waiting(shelf, today), *(path for path, one in versions.items() if one.precedence in undone)}
    in_force = max((one.precedence for path, one in versions.items() if path not in waiting), default=None)
    for path, version in versions.items():
        older = in_force is not None and version.precedence < in_force
        again = bool(shelf.rollbacks) and version.precedence == in_force
        if path in shelf.approvals or older or again or version.precedence in undone:
            home = moved.get(path, path)
            status = _status(put_away=archived(shelf.contract, home), waits=path in waiting, older=older)
            status = _ROLLED_BACK if version.precedence in undone else status
            yield path, _entry(version, home, status, shelf.approvals.get(path))
    # What the revert took away has its row still.
    gone = undone - {one.precedence for one in versions.values()}
    for version in shelf.undone:
        if version.precedence in gone:
            yield "", Entry(str(version), "", _ROLLED_BACK)


_ROLLED_BACK = "Rolled back"


def _status(*, put_away: bool, waits: bool, older: bool) -> str:
    if put_away:
        return "Archived"
    if older:
        return "Superseded"
    return "Approved" if waits else "Active"


def _entry(version: SemVer, path: str, status: str, approval: Approval | None) -> Entry:
    file = path.rpartition("/")[2]
    if approval is None:
        return Entry(str(version), file, status)
    unasked = "nobody: no approval is needed" if approval.grade < Verdict.MINOR else "silence: nobody objected in time"
    by = ", ".join(approval.by) or unasked
    kind = approval.grade.name.capitalize()
    return Entry(str(version), file, status, kind, by, f"#{approval.pull}", str(approval.on))
