"""One assessed change as people look at it: the same view for the comment, the check, the page and the terminal.

A view decides what is said and in which order; each template only lays it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from notices import words
from notices.links import Links, Place
from notices.to_do import ToDo, to_do
from notices.values import Context
from rules import pointer
from rules.assessment import Assessment
from rules.compare.findings_words import told
from rules.compare.kinds import KINDS
from rules.compare.values import Finding, Override, Reason, Relation, Witness
from rules.documents import Document, line_of
from rules.jsontext import JsonValue, canonical, dumps
from rules.quoting import code
from rules.review import Review
from rules.verdict import Verdict

MAX_SIDE, MAX_SIDE_LINES = 4000, 60
"""Characters and lines of one side of a finding that a page shows."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with its kind's title and its places; at the head, what is gone is placed at what held it.

    `harm` says in a sentence whom it breaks.
    """

    finding: Finding
    title: str
    place: Place | None
    base_place: Place | None
    head_line: int | None = None
    base_line: int | None = None
    harm: str = ""

    @property
    def where(self) -> str:
        """The place in the documents described, in words."""
        return self.finding.instance or "the whole document"

    @property
    def shown_at(self) -> Place | None:
        """The place to look at: where it stands now, or where it stood."""
        return (self.finding.new_pointer is None and self.base_place) or self.place

    @property
    def old_text(self) -> str | None:
        """What stood at the place in the old schema, as JSON of a few lines; `None` where nothing did."""
        return None if self.finding.old_pointer is None else _few_lines(self.finding.old)

    @property
    def new_text(self) -> str | None:
        """What stands at the place in the new schema, likewise."""
        return None if self.finding.new_pointer is None else _few_lines(self.finding.new)


@dataclass(frozen=True, slots=True)
class WitnessView:
    """A document that shows something: what it shows, the part that fails, and what of it is printed.

    `text` is JSON: the whole document, or the part at `part` where the whole is too long, or `None` where even that is.
    `holds` is the JSON text of the part at `pointer`, `None` where what fails is that it is missing; `mark` is the word
    for it.
    """

    shows: str
    mark: str
    pointer: str
    holds: str | None
    text: str | None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class RelationView:
    """A relation as question and answer, with the reason where it stayed undecided."""

    name: str
    question: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Everything that a notice says of one change, most important first."""

    name: str
    path: str
    grade: str
    because: str
    reviewed_as: str
    next: str
    to_do: tuple[ToDo, ...]
    findings: tuple[FindingView, ...]
    witnesses: tuple[WitnessView, ...]
    relations: tuple[RelationView, ...]
    overrides: tuple[Override, ...]
    assessment: Assessment
    review: Review | None = None

    @property
    def digest(self) -> str:
        """The identity of the change."""
        return self.assessment.change.digest

    @property
    def headline(self) -> str:
        """The change in a few words: verdict and contract."""
        if self.assessment.verdict is None:
            return f"no verdict on {code(self.name)}"
        grade = "no" if self.assessment.verdict is Verdict.NONE else self.grade
        return f"{grade} change of {code(self.name)}"

    @property
    def versions_matter(self) -> bool:
        """Say whether the versions tell anything: they moved, or had to."""
        versions = self.assessment.versions
        return versions.old != versions.new or versions.required not in (None, versions.old)


def _few_lines(value: JsonValue) -> str:
    text = dumps(value, indent=2)
    lines = text[:MAX_SIDE].split("\n")[:MAX_SIDE_LINES]
    shown = "\n".join(lines)
    return shown if len(shown) == len(text) else f"{shown}\n…"


def of_review(review: Review, context: Context | None) -> ChangeView:
    """Look at a change under review."""
    return _view(review.assessment, words.next_step(review), Links(context), review)


def of_assessment(assessment: Assessment, *, allow_major: bool = False) -> ChangeView:
    """Look at a change at a desk, where nobody reviews; `allow_major` says that MAJOR is accepted there."""
    return _view(assessment, words.at_a_desk(assessment, allow_major=allow_major), Links(None), None)


def _view(assessment: Assessment, next_step: str, links: Links, review: Review | None) -> ChangeView:
    comparison = assessment.comparison
    findings = () if comparison is None else comparison.findings
    relations = () if comparison is None else comparison.relations
    return ChangeView(
        name=assessment.change.contract.name,
        path=assessment.change.path,
        grade=words.grade(assessment),
        because=words.because(assessment),
        reviewed_as=words.reviewed_as(assessment),
        next=next_step,
        to_do=to_do(assessment.problems if review is None else words.to_dos(review), links, assessment),
        findings=tuple(_finding(one, assessment, links) for one in by_severity(findings)),
        witnesses=tuple(_witnesses(by_severity(findings), relations)),
        relations=tuple(_relations(relations)),
        overrides=() if comparison is None else comparison.lowered,
        assessment=assessment,
        review=review,
    )


def most_severe_first(reviews: Sequence[Review]) -> list[Review]:
    """Order reviews by grade, then by what holds them up, then by name."""
    return sorted(
        reviews, key=lambda one: (-one.grade, not one.assessment.blocking, one.assessment.change.contract.name)
    )


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Order findings by severity; those of one severity stay as they were."""
    return sorted(findings, key=lambda one: -one.severity)


def kind_title(kind: str) -> str:
    """Name the kind of finding in a few words."""
    return KINDS[kind].title if kind in KINDS else kind.replace("_", " ").capitalize()


def _finding(finding: Finding, assessment: Assessment, links: Links) -> FindingView:
    change = assessment.change
    # What is gone is shown, at the head, by what held it.
    near = _line(change.head, finding.old_pointer if finding.new_pointer is None else finding.new_pointer)
    base = _line(change.base, finding.old_pointer)
    return FindingView(
        finding,
        kind_title(finding.kind),
        links.place(change.head.path, near) if change.head else None,
        links.place(change.base.path, base, base=True) if change.base and base is not None else None,
        _line(change.head, finding.new_pointer),
        base,
        words.harm(finding, assessment.comparison.lowered if assessment.comparison else ()),
    )


def _line(document: Document | None, place: str | None) -> int | None:
    return None if document is None or place is None else line_of(document, place)


def _witnesses(findings: Sequence[Finding], relations: Sequence[Relation]) -> Iterator[WitnessView]:
    """Give each document once: those of findings first, then those of relations that no finding shows."""
    names = {canonical(one.witness.document): one.name for one in reversed(relations) if one.witness}
    shown = [(_direction(one, names), one.witness) for one in findings if one.witness]
    covered = {name for name, _ in shown}
    shown += [
        (one.name, one.witness)
        for one in relations
        if one.witness and one.name in words.SHOWN_BY and one.name not in covered
    ]
    distinct: dict[str, tuple[str, Witness]] = {}
    for name, witness in shown:
        distinct.setdefault(canonical(witness.document), (name, witness))
    return (excerpt(name, witness) for name, witness in distinct.values())


def _direction(finding: Finding, names: dict[str, str]) -> str:
    """Tell which relation a finding's witness speaks about."""
    if finding.kind == words.OLDER:
        return "older_readers" if "readers" in finding.breaks else "older"
    known = names.get(canonical(finding.witness.document)) if finding.witness else None
    if known in words.SHOWN_BY:
        return str(known)
    if finding.kind in words.GONE:
        return "retained"  # so it is even where the new version refuses the field as well
    return "backward" if {"writers", "stored data"} & set(finding.breaks) else "forward"


def excerpt(relation: str, witness: Witness, limit: int = 3000) -> WitnessView:
    """Print a witness of a relation within `limit` characters: the whole, else the failing part, else nothing of it."""
    view = WitnessView(words.SHOWN_BY[relation], words.MARKED_AS[relation], witness.pointer, None, None)
    whole = dumps(witness.document, indent=2)
    if len(whole) <= limit:
        view = replace(view, text=whole)
    try:
        failing: JsonValue = pointer.get(witness.document, witness.pointer)
    except (KeyError, ValueError):
        return view
    part = dumps(failing, indent=2)
    if view.text is None and len(part) <= limit:
        view = replace(view, text=part, part=witness.pointer)
    return replace(view, holds=dumps(failing))


def _relations(relations: Sequence[Relation]) -> Iterator[RelationView]:
    """Give the relations as questions; those as written only where their answer is another one."""
    answers = {one.name: one.status for one in relations}
    for one in relations:
        plain = one.name.removeprefix("strict_")
        if one.name in words.QUESTIONS and (plain == one.name or answers.get(plain) != one.status):
            yield RelationView(one.name, words.QUESTIONS[one.name], words.ANSWERS[one.status], reason(one.reason))


def reason(why: Reason | None) -> str:
    """Say why something stayed undecided; empty where it did not."""
    if why is None:
        return ""
    if known := told(why):
        return known
    place = f" at {code(why.pointer)}" if why.pointer else ""
    detail = f": {why.detail}" if why.detail else ""
    return f"{code(why.keyword)}{place}{detail}" if why.keyword else f"{why.detail}{place}"


def count_words(views: Sequence[ChangeView]) -> str:
    """Count changes by verdict: `1 MAJOR, 2 MINOR`."""
    names = [verdict.name for verdict in sorted(Verdict, reverse=True)]
    counts = {name: sum(view.grade == name for view in views) for name in ("No verdict", *names)}
    return ", ".join(f"{count} {'without a verdict' if name == 'No verdict' else name}"
                     for name, count in counts.items() if count)  # fmt: skip
