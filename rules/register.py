"""The register of deprecations: every field on its way out, how many days are left, and what is owed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rules.change import archived
from rules.contract import Config, Contract
from rules.deprecation import notices
from rules.documents import Document, line_of
from rules.fields import Fields
from rules.globs import expand
from rules.notice import Notice
from rules.versions import in_file_name

State = Literal["undated", "grace", "due"]

WARNINGS = (30, 14, 7, 1)
"""So many days before a field's removal date its contract's owners are warned."""

STATES: dict[State, str] = {
    "grace": "both the field and what replaces it are supported",
    "due": "the removal date has come, and the field is still there",
    "undated": "the mark has no dates that can be used; the field may not be removed",
}
"""Each state of a deprecation, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One deprecated field of a contract as it stands, with its place; `days_left` is below 0 once it is overdue.

    `earliest` is the first day on which the field may go: its removal date, never less than the grace period.
    """

    contract: Contract
    path: str
    line: int | None
    notice: Notice
    state: State
    earliest: date | None = None
    days_left: int | None = None

    @property
    def key(self) -> str:
        """The name of what is owed about it: another field or another removal date is another."""
        return f"{self.contract.name}/{self.notice.key}/{self.earliest}"


def register(contract: Contract, document: Document, today: date) -> tuple[Entry, ...]:
    """List the deprecations of one document as of a day (UTC), the most urgent first; those without dates last."""
    found = (_entry(contract, document, notice, today) for notice in notices(document))
    return ordered(found)


def whole(contract: Contract, newest: Document, older: Iterable[Document], today: date) -> tuple[Entry, ...]:
    """List the deprecations of a contract whose versions are files of their own, the newest and those before it.

    Of an older version, which people go on using until it is archived, those still in their grace period count whose
    field the newest has not any more; a notice that the newest took back, or tells itself, is the newest's matter.
    """
    found = list(register(contract, newest, today))
    known, fields = {one.notice.key for one in found}, Fields.of(newest.value)
    for document in older:
        for entry in register(contract, document, today):
            gone = not fields.named(entry.notice.pointer or entry.notice.field)
            if entry.state == "grace" and gone and entry.notice.key not in known:
                known.add(entry.notice.key)
                found.append(entry)
    return ordered(found)


def ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries into the order of their days; those without dates come last."""
    return tuple(
        sorted(entries, key=lambda one: (one.earliest or date.max, one.contract.name, one.path, one.notice.field))
    )


def _entry(contract: Contract, document: Document, notice: Notice, today: date) -> Entry:
    line = line_of(document, notice.at)
    earliest = notice.earliest(contract.policy.grace_days)
    if earliest is None:
        return Entry(contract, document.path, line, notice, "undated")
    left = (earliest - today).days
    return Entry(contract, document.path, line, notice, "grace" if left > 0 else "due", earliest, left)


def current(config: Config, paths: AbstractSet[str]) -> tuple[tuple[Contract, str], ...]:
    """List the contracts of a configuration with their current documents, by path.

    Where each version is a file of its own, the highest one of each name is current. A path is one contract's once.
    """
    return tuple((contract, found[0]) for contract, found in lines(config, paths))


def lines(config: Config, paths: AbstractSet[str]) -> tuple[tuple[Contract, tuple[str, ...]], ...]:
    """List the contracts with all their documents outside the archive, the current one first, then the next lower."""
    found: dict[tuple[tuple[str, ...], str], list[tuple[Contract, str]]] = {}
    for declared in config.contracts:
        for path in sorted(paths):
            contract = expand(declared, path)
            if contract is not None and not archived(contract, path):
                found.setdefault((contract.files, _family(contract, path)), []).append((contract, path))
    return tuple(_line(held) for held in found.values())


def _line(held: list[tuple[Contract, str]]) -> tuple[Contract, tuple[str, ...]]:
    last_first = held[::-1]  # of equals the one declared last counts
    down = sorted(last_first, key=lambda one: _rank(one[1]), reverse=True)
    return down[0][0], tuple(dict.fromkeys(path for _, path in down))


def _family(contract: Contract, path: str) -> str:
    named = in_file_name(path) if contract.scheme.name == "semver-file" else None
    return path if named is None else f"{path.rpartition('/')[0]}/{named[0]}"


def _rank(path: str) -> tuple[object, ...]:
    named = in_file_name(path)
    return () if named is None else (named[1].precedence,)
