"""What Concordat says of one change: the comparison, the versions, what must still be done.

`assess` is the one pure function behind the command line, the App and the simulation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial

from rules import manifest
from rules.bumps import versions_of
from rules.bundle import bundled
from rules.change import MAX_OLDER, Change
from rules.compare import compare
from rules.compare.values import ComparePolicy, Comparison, Finding, Older
from rules.contract import Contract
from rules.documents import Document, Problem
from rules.formats import FORMATS
from rules.formats.remarks import remarks
from rules.jsontext import JsonValue, digest
from rules.notice import MENTION, Notice, Notices
from rules.problems import problem
from rules.quoting import code
from rules.verdict import Verdict
from rules.versions import Versions, allowed, read

__all__ = ["Assessment", "Versions", "assess", "unavailable"]


_NO_NOTICES = Notices()


@dataclass(frozen=True, slots=True)
class Assessment:
    """One change, judged. `comparison` is `None` where a document could not be used; `problems` then says why.

    `grade` is the review's class: the higher of the declared bump and the verdict. `base_notices` and `head_notices`
    are the deprecation notices of both documents.
    """

    change: Change
    comparison: Comparison | None
    versions: Versions = field(default_factory=Versions)
    problems: tuple[Problem, ...] = ()
    base_notices: tuple[Notice, ...] = ()
    head_notices: tuple[Notice, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, or `None` where there is none because a document could not be used."""
        return self.comparison.verdict if self.comparison else None

    @property
    def grade(self) -> Verdict:
        """The class that the review has; an unusable document counts as MAJOR, since nothing is proven of it."""
        if self.comparison is None:
            return Verdict.MAJOR
        return max(self.comparison.verdict, self.versions.bump or Verdict.NONE)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """The problems that hold the change up."""
        return tuple(problem for problem in self.problems if problem.blocking)

    @property
    def failed(self) -> bool:
        """Say whether there is no verdict for want of time, memory or luck of ours, whatever the documents hold."""
        return any(one.code == "verdict_unavailable" for one in self.problems)


def unavailable(change: Change, why: str) -> Assessment:
    """Give the assessment of a change that could not be judged; nothing is proven of it."""
    trouble = Problem(
        code="verdict_unavailable",
        sentence=f"There is no verdict on {code(change.contract.name)}: {why}.",
        fix="Nothing is proven, so the change counts as MAJOR. Make the schema smaller or simpler, or tell the "
        "operator of Concordat, who finds the details in the log.",
        path=change.path,
    )
    return Assessment(change=change, comparison=None, problems=(*change.problems, trouble))


def assess(change: Change, *, budget: int = 100_000) -> Assessment:
    """Judge one change: compare its documents, then check versions, manifest, data files and change log.

    `budget` counts the engine's steps for each relation. Problems of the base document are advice, since the author
    cannot mend the base; a head that cannot be used holds the change up.
    """
    problems = [*_read_problems(change), *_format(change.contract)]
    base, base_problems = _schema(change.contract, change.base)
    head, head_problems = _schema(change.contract, change.head)
    problems += head_problems
    problems += [replace(one, blocking=False) for one in base_problems]
    if change.contract.format == "json-schema":
        base, head = bundled(base, change.base_beside), bundled(head, change.head_beside)
    comparison = None if problems else _compare(change, base, head, budget)
    verdict = comparison.verdict if comparison else None
    versions, version_problems = versions_of(change, verdict)
    problems += version_problems
    problems += manifest.check(change)
    if change.contract.data and not head_problems:
        problems += _data(change)
    assessment = Assessment(change, comparison, versions)
    problems += _change_log(change, assessment)
    problems += _owners(change.contract, assessment)
    problems += _older_cut(change)
    if comparison is not None and change.head is not None and change.contract.format == "json-schema":
        problems += remarks(change.base, change.head)
    deprecated = _deprecated(change) if comparison is not None else _NO_NOTICES
    problems += deprecated.problems
    return replace(assessment, problems=tuple(problems), base_notices=deprecated.base, head_notices=deprecated.head)


def _deprecated(change: Change) -> Notices:
    # Most documents deprecate nothing, and need nothing of this loaded.
    if not any(one is not None and MENTION in one.text.lower() for one in (change.base, change.head)):
        return _NO_NOTICES
    from rules import deprecation  # noqa: PLC0415

    return deprecation.examine(change)


def _data(change: Change) -> tuple[Problem, ...]:
    # Loading a validator takes longer than the rest of a check, and few contracts have data files.
    from rules import validate  # noqa: PLC0415

    return validate.check(change)


def _read_problems(change: Change) -> tuple[Problem, ...]:
    """Give the problems met on reading; where the head could be read, they are the base's and hold nothing up."""
    if change.head is None:
        return change.problems
    return tuple(replace(one, blocking=False) for one in change.problems)


def _format(contract: Contract) -> tuple[Problem, ...]:
    if contract.format in FORMATS:
        return ()
    sentence = f'{code(contract.name)} has the format "{contract.format}", which is not known.'
    formats = ", ".join(FORMATS)
    return (problem("format_unknown", sentence, path=contract.source, line=contract.line, formats=formats),)


def _schema(contract: Contract, document: Document | None) -> tuple[JsonValue, tuple[Problem, ...]]:
    known = FORMATS.get(contract.format)
    if document is None or known is None:
        return None, ()
    readable = known(document)
    return readable.schema, readable.problems


def _compare(change: Change, base: JsonValue, head: JsonValue, budget: int) -> Comparison | None:
    if change.head is None:
        return None if change.base is None else _removed(change.base, change.stays)
    if change.base is None:
        return Comparison(Verdict.NONE)
    contract = change.contract
    current = read(contract.scheme, change.base)
    policy = ComparePolicy(
        reads=contract.read_by_partners,
        strict_readers=contract.policy.strict_readers,
        current=None if current is None else str(current),
        overrides=contract.policy.overrides,
        budget=budget,
    )
    return compare(base, head, policy=policy, older=_older(change))


def _older(change: Change) -> tuple[Older, ...]:
    """Give the older versions that can be read as schemas; one that cannot protects nobody."""
    found = ((one.name, *_schema(change.contract, one.document)) for one in change.older[-MAX_OLDER:])
    return tuple(Older(name, schema) for name, schema, problems in found if not problems)


def _older_cut(change: Change) -> tuple[Problem, ...]:
    if len(change.older) <= MAX_OLDER:
        return ()
    sentence = f"{change.contract.name} is compared with its {MAX_OLDER} newest live versions; there are older ones."
    return (problem("older_cut", sentence, path=change.path),)


def _removed(base: Document, stays: str | None) -> Comparison:
    """Compare with nothing: a contract, or a version, that ends breaks everybody who depends on it."""
    kind, sentence = "CONTRACT_REMOVED", f"The contract is removed: {code(base.path)} is gone, and no version is left."
    if stays is not None:
        kind = "VERSION_REMOVED"
        sentence = f"A version is removed: {code(base.path)} is gone; {code(stays)} stays as it is."
    finding = Finding(
        kind=kind,
        severity=Verdict.MAJOR,
        sentence=sentence,
        fingerprint=digest(kind, base.path)[:16],
        old_pointer="",
        breaks=("stored data", "writers", "readers"),
    )
    return Comparison(Verdict.MAJOR, findings=(finding,))


def _change_log(change: Change, assessment: Assessment) -> tuple[Problem, ...]:
    """Ask for the row in the change log: the file changed, and it names the new version where there is one."""
    log, version = change.contract.change_log, _due(change.contract, assessment)
    if log is None or not assessment.verdict:
        return ()
    ask = partial(problem, "change_log_missing", path=log, version=version or "this change", change_log=log)
    if log not in change.changed or log not in change.files:
        return (ask(f"{code(log)} says nothing of this change."),)
    if version is not None and not _names(change.files[log], version):
        return (ask(f"{code(log)} does not name {version}."),)
    return ()


def _due(contract: Contract, assessment: Assessment) -> str | None:
    """Give the version that the change will go out as: the declared one, or what it has to become."""
    verdict, versions = assessment.verdict, assessment.versions
    if verdict is not None and verdict > allowed(contract.scheme.name, versions.bump):
        return versions.recommended
    return versions.new


def _names(text: str, version: str) -> bool:
    """Say whether a text names a version as such: 1.1 is not named by 1.1.2, nor by 11.1."""
    return re.search(rf"(?<![0-9.\w])v?{re.escape(version.removeprefix('v'))}(?![\w-]|\.[0-9])", text) is not None


def _owners(contract: Contract, assessment: Assessment) -> tuple[Problem, ...]:
    """Remark that nobody owns a contract that changes; two files compared at a desk stand in no configuration."""
    owners = contract.owners
    owned = owners.teams or owners.users or owners.roles
    if owned or contract.line is None or assessment.grade is Verdict.NONE:
        return ()
    sentence = f"{code(contract.name)} names no owner, so nobody is told of its changes or asked about them."
    return (problem("owners_missing", sentence, path=contract.source, line=contract.line, source=contract.source),)
