"""What the comparison of two schemas answers: decisions, relations, findings.

All values are frozen and hold plain JSON; see `rules.compare` for the functions that make them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rules.jsontext import JsonValue
from rules.verdict import Verdict

DecisionStatus = Literal["included", "not_included", "undecided"]
RelationStatus = Literal["proven", "refuted", "undecided"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question stayed undecided: the keyword, where it stands, and what about it."""

    keyword: str
    pointer: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "is every document of left accepted by right?".

    `witness` is a JSON value (`None` is JSON null) and means something only with "not_included": a validator
    independent of the engine has confirmed that left accepts it and right rejects it. `reason` is set only with
    "undecided".
    """

    status: DecisionStatus
    witness: JsonValue = None
    reason: Reason | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Witness:
    """A document that shows a relation refuted, and the JSON Pointer of the part of it that fails."""

    document: JsonValue
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """One statement about two versions: proven, refuted with a witness, or undecided with a reason.

    `name` is one of backward, forward, retained, extended, strict_backward, strict_forward.
    """

    name: str
    status: RelationStatus
    witness: Witness | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One atomic difference, with one sentence for people and a fingerprint that survives unrelated edits.

    `kind` is a key of `rules.compare.kinds.KINDS`. `old_pointer` and `new_pointer` are JSON Pointers into the two
    schema documents, `None` where the thing does not exist on that side. `instance` is the place in the documents
    described, as people write it (`items[].price`; "" is the whole document). `breaks` names who is affected: any of
    "stored data", "writers", "readers". `readers` is the place for callers to attach who reads the field.
    """

    kind: str
    severity: Verdict
    sentence: str
    fingerprint: str
    instance: str = ""
    old_pointer: str | None = None
    new_pointer: str | None = None
    old: JsonValue = None
    new: JsonValue = None
    breaks: tuple[str, ...] = ()
    witness: Witness | None = None
    reason: Reason | None = None
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A policy's decision to raise or lower a finding, with the reason that stays on record.

    `match` is a finding's kind or fingerprint.
    """

    match: str
    severity: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Older:
    """An earlier version that is still live: its name for people ("1.0", a tag, a path) and its schema document."""

    name: str
    schema: JsonValue


@dataclass(frozen=True, slots=True)
class ComparePolicy:
    """What a comparison needs to know beside the two documents.

    `reads` says whether any partner reads the contract (forward then matters), `strict_readers` that readers refuse
    fields they do not know. `current` is the old document's declared version, used for the recommended one. `budget`
    counts engine steps for each relation, of small documents half as many.
    """

    reads: bool = True
    strict_readers: bool = False
    current: str | None = None
    overrides: tuple[Override, ...] = ()
    budget: int = 100_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a contract compared: the verdict, its findings in a stable order, and each relation.

    `row` names the row of the verdict table that gave the verdict, before any override; empty where none was asked.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    relations: tuple[Relation, ...] = ()
    recommended: str | None = None
    lowered: tuple[Override, ...] = field(default=())
    row: str = field(default="", compare=False)
