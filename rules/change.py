"""A change: what one pull request, or one pair of revisions, does to one contract.

`pair` finds which documents to compare; nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property

from rules.contract import Config, Contract
from rules.documents import Document, Problem
from rules.globs import expand, glob, matches
from rules.jsontext import JsonValue, digest
from rules.versions import SemVer, in_file_name

MAX_OLDER = 20
"""So many older versions are compared with, the newest of them; `rules.assessment` says so when there are more."""
MAX_DATA = 200
"""So many data files of one contract are read; `rules.validate` says so when there are more."""
MAX_PAPERS = 10
"""So many papers beside a change are read."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which paths make up one change of one contract; `None` on a side where the contract does not exist.

    `archived` says that the document only moved to an archive folder, which is no change of the contract. `data` are
    the data files at head that the contract's patterns find, changed ones first; `papers` the texts beside it that the
    change brings or edits. `older` are the base's files of versions before the base document, the oldest first, where
    the contract's policy asks for them. `stays` is the newest version file that is left where this one goes.
    """

    contract: Contract
    base_path: str | None
    head_path: str | None
    archived: bool = False
    data: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    stays: str | None = None


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """A version before the base that is still live: its name for people, and its document."""

    name: str
    document: Document


@dataclass(frozen=True)
class Change:
    """One contract's base document and head document, with the side files that the assessment needs.

    `base` or `head` is `None` where the contract begins or ends. `files` holds the text at head of every other file
    that was asked for (manifest, data files, change log, papers) by path; a missing file is absent from it, and
    `base_files` likewise at the base. `changed` are all paths that differ between the two revisions. `problems` say
    why a document that exists is `None` all the same; the base's hold nothing up. `older` are the live versions
    before the base, the oldest first. `stays` is the path of the version that is left where only another one ends.
    `base_beside` and `head_beside` are the documents that either refers to, by their addresses.
    """

    contract: Contract
    base: Document | None
    head: Document | None
    files: dict[str, str] = field(default_factory=dict)
    base_files: dict[str, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    older: tuple[OlderVersion, ...] = ()
    stays: str | None = None
    base_beside: Mapping[str, JsonValue] = field(default_factory=dict)
    head_beside: Mapping[str, JsonValue] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The identity of the change: the hash of both canonical documents, whatever commit they stand in.

        What they refer to in other documents is part of it.
        """
        sides = ((self.base, self.old_path), (self.head, self.new_path))
        beside = [dict(one) for one in (self.base_beside, self.head_beside)]
        documents = [one.value if one else _unread(path, self.problems) for one, path in sides]
        return digest(*documents, *(beside if any(beside) else ()))

    @property
    def old_path(self) -> str | None:
        """The base document's path, also where it could not be read; `None` where the contract begins."""
        return self.base.path if self.base else next((one.path for one in self.problems if not one.blocking), None)

    @property
    def new_path(self) -> str | None:
        """The head document's path, also where it could not be read; `None` where the contract ends."""
        return self.head.path if self.head else next((one.path for one in self.problems if one.blocking), None)

    @property
    def path(self) -> str:
        """The path that people look at: the head document's, or the base's where the contract ends."""
        return self.new_path or self.old_path or ""


def _unread(path: str | None, problems: Sequence[Problem]) -> JsonValue:
    """Stand for a document that is not there, or that could not be read: the two are different changes."""
    said = sorted(one.sentence for one in problems if path is not None and one.path == path)
    return {"unread": said} if said else None


@dataclass(frozen=True)
class _Span:
    """The paths on both sides of a change, and those that differ."""

    changed: frozenset[str]
    base: AbstractSet[str]
    head: AbstractSet[str]


def pair(
    config: Config, *, changed: frozenset[str], base_paths: AbstractSet[str], head_paths: AbstractSet[str]
) -> tuple[Pairing, ...]:
    """Find which contracts a change touches, and for each the documents to compare.

    In the order of the configuration, then of the paths; a contract that nothing touches does not appear. A changed
    manifest or data file touches its contract too: its schema is then paired with itself. A path is the head of at
    most one pairing of a contract, and a path that was deleted is not reported again where a new version follows it.
    """
    span = _Span(changed, base_paths, head_paths)
    found: list[Pairing] = []
    for declared in config.contracts:
        for contract in _touched(declared, span):
            by = _by_version if contract.scheme.name == "semver-file" else _by_path
            pairings = by(contract, span)
            if not pairings and _side_changed(contract, span):
                pairings = _sides(contract, span)
            found += [_with_older(_with_papers(_with_data(pairing, span), span), span) for pairing in pairings]
    return tuple(found)


def side_files(pairing: Pairing) -> tuple[str, ...]:
    """List the other files that an assessment reads, at head and at base: manifest, change log, data files, papers."""
    contract = pairing.contract
    named = [path for path in (contract.manifest, contract.change_log) if path is not None]
    return tuple(dict.fromkeys((*named, *pairing.data, *pairing.papers)))


def is_paper(contract: Contract, path: str) -> bool:
    """Say whether a path is that of a text for people in one of the contract's folders of proposals."""
    return path.lower().endswith(".md") and not set(contract.proposals).isdisjoint(path.split("/")[:-1])


def archived(contract: Contract, path: str) -> bool:
    """Say whether a path lies in one of the contract's archive folders, where documents are history."""
    return not set(contract.archive).isdisjoint(path.split("/")[:-1])


def proposed_home(contract: Contract, path: str) -> str | None:
    """Give the place where a document among the proposals belongs once it is approved; `None` where it is not there."""
    parts = path.split("/")
    if set(contract.proposals).isdisjoint(parts[:-1]) or archived(contract, path):
        return None
    return "/".join([part for part in parts[:-1] if part not in contract.proposals] + parts[-1:])


def _is_proposal(contract: Contract, path: str) -> bool:
    """Say whether a path is that of a version of the contract among its proposals."""
    home = proposed_home(contract, path)
    return home is not None and contract.scheme.name == "semver-file" and matches(contract, home)


def _touched(declared: Contract, span: _Span) -> list[Contract]:
    """Give the contracts behind one entry of the configuration that the change touches; several with `{name}`."""
    found: dict[tuple[str, ...], Contract] = {}
    for path in sorted(span.changed):
        home = proposed_home(declared, path)
        homes = (path, *_homes(declared, path), *([] if home is None else [home]))
        own = [expand(declared, home) for home in homes]
        found.update({contract.files: contract for contract in own[::-1] if contract is not None})
    if _side_changed(declared, span):
        for path in sorted(span.head):
            contract = expand(declared, path)
            if contract is not None and contract.files not in found and _side_changed(contract, span):
                found[contract.files] = contract
    return [found[files] for files in sorted(found)]


def _side_changed(contract: Contract, span: _Span) -> bool:
    """Say whether a manifest or data file changed; of a contract with `{name}`, that of any name."""
    patterns = contract.data if contract.manifest is None else (contract.manifest, *contract.data)
    return contract.manifest in span.changed or any(
        glob(pattern, path) for pattern in patterns for path in span.changed
    )


def _split_archive(contract: Contract, path: str) -> tuple[str, str] | None:
    """Split a path at its first archive folder: what is above it, and what is below; `None` without one."""
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if part in contract.archive:
            return "".join(f"{one}/" for one in parts[:index]), "/".join(parts[index + 1 :])
    return None


def _homes(contract: Contract, path: str) -> tuple[str, ...]:
    """Give the places from which a document may have come to the archive folder that it lies in."""
    split = _split_archive(contract, path)
    return () if split is None else (split[0] + split[1], split[0] + split[1].rpartition("/")[2])


def _is_of(contract: Contract, path: str) -> bool:
    """Say whether a path is one of the contract's documents, current or archived."""
    return matches(contract, path) or any(matches(contract, home) for home in _homes(contract, path))


def _by_path(contract: Contract, span: _Span) -> list[Pairing]:
    """Pair each changed document with the one at the same path; one that left and one that came are a move."""
    paths = sorted(path for path in span.changed if matches(contract, path))
    left = [path for path in paths if path in span.base and path not in span.head]
    came = [path for path in paths if path in span.head and path not in span.base]
    if len(left) == len(came) == 1:
        paths.remove(left[0])
        origin = {came[0]: left[0]}
    else:
        origin = {}
    return [
        Pairing(contract, origin.get(path, path) if origin.get(path, path) in span.base else None, _in(path, span.head))
        for path in paths
    ]


def _in(path: str, side: AbstractSet[str]) -> str | None:
    return path if path in side else None


def _by_version(contract: Contract, span: _Span) -> list[Pairing]:
    """Pair documents where each version is a file of its own."""
    mine = sorted(path for path in span.changed if _is_of(contract, path))
    current = [path for path in mine if not archived(contract, path)]
    pairings = [Pairing(contract, path, path) for path in mine if path in span.base and path in span.head]
    before = _versions(contract, span.base)
    came = [path for path in current if path not in span.base and path in span.head]
    # A proposal is judged as what it is to become, so that what is approved is what is moved to its place later.
    came += [path for path in sorted(span.changed) if _is_proposal(contract, path) and path in span.head]
    pairings += [Pairing(contract, _predecessor(contract, path, before), path) for path in came]
    followed = {pairing.base_path for pairing in pairings}
    left = [path for path in current if path in span.base and path not in span.head]
    archive = [path for path in sorted(span.head) if archived(contract, path)] if left else []
    for path in left:
        rests = _resting_place(contract, path, archive)
        if rests is not None:
            pairings.append(Pairing(contract, path, rests, archived=True))
        elif path not in followed:
            pairings.append(Pairing(contract, path, None, stays=_newest(contract, span.head)))
    return sorted(pairings, key=lambda pairing: pairing.head_path or pairing.base_path or "")


def _resting_place(contract: Contract, path: str, archive: Sequence[str]) -> str | None:
    """Find where a document that left its place lies: same file name, in an archive folder at or above its folder."""
    folder, _, name = path.rpartition("/")
    for there in archive:
        split = _split_archive(contract, there)
        if split is not None and split[1].rpartition("/")[2] == name and f"{folder}/".startswith(split[0]):
            return there
    return None


def history(contract: Contract, paths: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """List the version files of a contract, each with the one that it follows: lowest first, then the proposals.

    Archived ones are among them; a proposal follows those that stand, never another proposal.
    """
    every = sorted(paths)
    found = sorted(_versions(contract, every), key=lambda one: (one[1].precedence, one[2]))
    lying = [path for path in every if _is_proposal(contract, path)]
    return tuple((path, _predecessor(contract, path, found)) for path in (*(one[2] for one in found), *lying))


def _versions(contract: Contract, side: Iterable[str]) -> list[tuple[str, SemVer, str]]:
    """List the version files of a contract on one side, its archive included: family, version, path."""
    named = ((in_file_name(path), path) for path in sorted(side) if _is_of(contract, path))
    return [(*found, path) for found, path in named if found is not None]


def _predecessor(contract: Contract, path: str, before: Sequence[tuple[str, SemVer, str]]) -> str | None:
    """Find the document that a new file follows: the highest lower version, of its own name before any other.

    Active documents come before archived ones. A file whose name holds no version follows the highest there is, so
    that dropping the version from the name does not make a document look new.
    """
    named = in_file_name(path)
    lower = [one for one in before if named is None or one[1].precedence < named[1].precedence]
    current = [one for one in lower if not archived(contract, one[2])]
    for among in (current, lower):
        kin = [one for one in among if named is not None and one[0] == named[0]]
        if among:
            return max(kin or among, key=lambda one: (one[1].precedence, one[2]))[2]
    return None


def _sides(contract: Contract, span: _Span) -> list[Pairing]:
    """Pair the current documents with themselves, because only a file beside them changed."""
    paths = [path for path in sorted(span.head) if path in span.base and matches(contract, path)]
    if contract.scheme.name == "semver-file":
        newest = _newest(contract, paths)
        paths = [] if newest is None else [newest]
    return [Pairing(contract, path, path) for path in paths]


def _newest(contract: Contract, side: Iterable[str]) -> str | None:
    """Find the newest version file on one side that is not archived."""
    active = [one for one in _versions(contract, side) if not archived(contract, one[2])]
    return max(active, key=lambda one: (one[1].precedence, one[2]))[2] if active else None


def _with_older(pairing: Pairing, span: _Span) -> Pairing:
    """Add the paths of older versions: other version files, and archived documents that once stood where this does."""
    contract, base, head = pairing.contract, pairing.base_path, pairing.head_path
    if contract.policy.compare != "all" or base is None or head is None or pairing.archived:
        return pairing
    if contract.scheme.name == "semver-file":
        paths = _before(contract, head, span)
    else:
        paths = [path for path in sorted(span.base) if archived(contract, path) and base in _homes(contract, path)]
    return replace(pairing, older=tuple(path for path in paths if path not in {base, head}))


def _before(contract: Contract, path: str, span: _Span) -> list[str]:
    """List the files of versions before a file's, the oldest first."""
    named = in_file_name(path)
    lower = [one for one in _versions(contract, span.base) if named and one[1].precedence < named[1].precedence]
    kin = [one for one in lower if named and one[0] == named[0]]
    return [path for _, _, path in sorted(kin or lower, key=lambda one: (one[1].precedence, one[2]))]


def _with_data(pairing: Pairing, span: _Span) -> Pairing:
    if not pairing.contract.data or pairing.head_path is None or pairing.archived:
        return pairing
    found = [path for path in span.head if any(glob(pattern, path) for pattern in pairing.contract.data)]
    found.sort(key=lambda path: (path not in span.changed, path))
    return replace(pairing, data=tuple(found[: MAX_DATA + 1]))


def _with_papers(pairing: Pairing, span: _Span) -> Pairing:
    if pairing.archived:
        return pairing
    # Whether a path is there at head is seen when it is read, which saves a list of all of them.
    found = [path for path in sorted(span.changed) if is_paper(pairing.contract, path)]
    return replace(pairing, papers=tuple(found[:MAX_PAPERS]))
