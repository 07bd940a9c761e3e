"""From differences to findings: graded, never above what the relations say, with sentence, witness and fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules import pointer
from rules.compare.findings_grade import EVERYONE, Grade, Grader, concrete
from rules.compare.findings_probes import graded
from rules.compare.findings_walk import Difference, people, walk
from rules.compare.findings_words import relation_sentence, sentence, summary
from rules.compare.kinds import KINDS
from rules.compare.moves import with_moves
from rules.compare.places import Source, Unchanged
from rules.compare.relations import NAMES, Facts
from rules.compare.values import Finding, Relation, Witness
from rules.jsontext import JsonValue, canonical, digest
from rules.verdict import Verdict

WHOLE_VALUES = frozenset({"FIELD_ADDED", "FIELD_REMOVED", "BRANCH_ADDED", "BRANCH_REMOVED"})
"""Kinds whose values are schemas; their fingerprint takes what the schema means, not its documentation."""
MAX_WEIGHED = 200
"""Differences that are graded one by one; more than that nobody reads, and a page shows no more."""
_MILD = {
    "FIELD_ADDED": Verdict.MINOR,
    "OPEN_CONTENT_OPENED": Verdict.MINOR,
    "DEFAULT_CHANGED": Verdict.MINOR,
    "DEPRECATION_CHANGED": Verdict.MINOR,
    "DOCUMENTATION_CHANGED": Verdict.PATCH,
}
"""Kinds that break nobody as a rule, with what they come to."""
CAUSES = {
    Verdict.MAJOR: ("backward", "retained", "forward", "strict_backward", "extended"),
    Verdict.MINOR: ("forward", "extended", "strict_backward", "strict_forward", "backward", "retained"),
}
"""Which relations can be behind a verdict, the most telling first."""


def differences(unchanged: Unchanged) -> list[Difference]:
    """Walk both documents and recognise moves."""
    return with_moves(list(walk(unchanged)), unchanged)


def findings(found: Iterable[Difference], grader: Grader, facts: Facts, verdict: Verdict) -> tuple[Finding, ...]:
    """Grade every difference and explain the verdict: its highest severity is the verdict's.

    Where no difference accounts for the verdict, one finding says so with the relation's own witness or reason.
    """
    weighed, rest = _weighed(list(found))
    grades = []
    for difference in weighed:
        if difference.probe != "fixed" and difference.kind in _MILD and grader.ask.spent:
            rest.append(difference)  # undecided counts as not proven, and would drown what is
        else:
            grades.append(_capped(graded(grader, difference), facts, verdict))
    grades = [grade for grade in grades if grade.severity > Verdict.NONE]
    order = sorted(range(len(grades)), key=lambda i: (-grades[i].severity, people(grades[i].difference.place), i))
    alone = {way: sum(bool(grade.breaks) and grade.backward is way for grade in grades) == 1 for way in (True, False)}
    lifted = [grader.lifted(grades[i], _base(grades[i], facts), alone=alone[grades[i].backward]) for i in order]
    made = [_finding(_shown(grade, facts, alone=alone[grade.backward] and not rest)) for grade in lifted]
    made += _summaries(rest, verdict)
    if not any(finding.severity == verdict for finding in made):
        made.append(unexplained(facts, verdict))
    return ordered(_once(made))


def _weighed(found: list[Difference]) -> tuple[list[Difference], list[Difference]]:
    """Choose the differences that are graded one by one, those that usually break somebody first; then the others."""
    if len(found) <= MAX_WEIGHED:
        return found, []
    ranked = sorted(range(len(found)), key=lambda i: (found[i].kind in _MILD, i))
    chosen = set(ranked[:MAX_WEIGHED])
    return [found[i] for i in sorted(chosen)], [found[i] for i in ranked[MAX_WEIGHED:]]


def _summaries(rest: list[Difference], verdict: Verdict) -> Iterator[Finding]:
    """Stand for the differences that are not graded, by one finding for each kind, as severe as the kind usually is."""
    by_kind: dict[str, list[Difference]] = {}
    for difference in rest:
        by_kind.setdefault(difference.kind, []).append(difference)
    for kind, several in by_kind.items():
        first = several[0]
        yield Finding(
            kind, min(_MILD.get(kind, Verdict.MAJOR), verdict),
            summary(KINDS[kind].title, len(several), people(first.place)),
            fingerprint("more", kind, sorted(f"{people(d.place)} {d.name}" for d in several)),
            people(first.place), first.old_pointer, first.new_pointer,
            breaks=() if kind in _MILD else tuple(who for who in EVERYONE if who in KINDS[kind].breaks) or EVERYONE,
        )  # fmt: skip


def ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings: most severe first, then by place and kind; the same input gives the same order."""
    return tuple(sorted(found, key=lambda f: (-f.severity, f.instance, f.kind, f.fingerprint)))


_BY_DIRECTION = {True: ("backward", "retained"), False: ("forward", "extended")}


def _base(grade: Grade, facts: Facts) -> JsonValue:
    """Return a document that the accepting side is known to accept, with whatever it requires."""
    witnesses = [facts.relations[name].witness for name in _BY_DIRECTION[grade.backward]]
    return next((witness.document for witness in witnesses if witness is not None), None)


def _shown(grade: Grade, facts: Facts, *, alone: bool) -> Grade:
    """Give a finding without a witness of its own the relation's, where that fails at its place, or claim less.

    A finding about whole documents that is `alone` in its direction accounts for whatever fails there.
    """
    if grade.witness is not None or grade.reason is not None:
        return grade
    names: tuple[str, ...] = _BY_DIRECTION[grade.backward]
    if grade.difference.probe == "open" and grade.backward:
        names += ("strict_backward",)  # what nothing names is in no closed set
    related = [facts.relations[name] for name in names]
    place = concrete(grade.difference.place)
    for relation in related if grade.breaks and place is not None else ():
        if relation.witness is not None and _fails_at(relation.witness, place or "", grade):
            return replace(grade, witness=replace(relation.witness, pointer=place or ""))
        if relation.witness is not None and alone and grade.shown and not grade.difference.place:
            return replace(grade, witness=relation.witness, value=relation.witness.document)
    if grade.shown and not any(relation.status == "refuted" for relation in related):
        # The part alone breaks; that a whole document does is not shown.
        return replace(grade, shown=False, reason=next((r.reason for r in related if r.reason is not None), None))
    return grade


def _fails_at(witness: Witness, place: str, grade: Grade) -> bool:
    if grade.difference.probe in ("removed", "moved"):
        return _has(witness.document, place)
    return bool(place) and (witness.pointer == place or witness.pointer.startswith(f"{place}/"))


def _has(document: JsonValue, place: str) -> bool:
    try:
        pointer.get(document, place)
    except KeyError:
        return False
    return True


def _capped(grade: Grade, facts: Facts, verdict: Verdict) -> Grade:
    """Hold a part to the severity of the whole: what it refuses may never reach it."""
    if grade.severity > Verdict.MINOR and grade.reason is None and _harmless(grade, facts):
        grade = replace(grade, severity=Verdict.MINOR, shown=False)
    if grade.severity <= verdict:
        return grade
    if verdict == Verdict.PATCH:
        return replace(grade.named("REFACTORED"), severity=verdict, breaks=(), shown=False, reason=None)
    return replace(grade, severity=verdict)


def _harmless(grade: Grade, facts: Facts) -> bool:
    """Say whether everything is proven in the direction in which the part alone breaks something."""
    if facts.policy.strict_readers or facts.open_content_restricted or grade.difference.probe == "fixed":
        return False
    return not facts.unproven(*_BY_DIRECTION[grade.backward])


def _once(found: list[Finding]) -> Iterator[Finding]:
    """Keep one finding of each fingerprint, the most severe, which comes first."""
    seen: set[str] = set()
    for finding in found:
        if finding.fingerprint not in seen:
            seen.add(finding.fingerprint)
            yield finding


def _finding(grade: Grade) -> Finding:
    difference = grade.difference
    return Finding(
        kind=difference.kind,
        severity=grade.severity,
        sentence=sentence(grade),
        fingerprint=_fingerprint(difference),
        instance=people(difference.place),
        old_pointer=difference.old_pointer if difference.old.node else None,
        new_pointer=difference.new_pointer if difference.new.node else None,
        old=difference.before,
        new=difference.after,
        breaks=grade.breaks,
        witness=grade.witness,
        reason=grade.reason,
    )


def _fingerprint(difference: Difference) -> str:
    values = [difference.before, difference.after]
    if difference.kind in WHOLE_VALUES or (difference.probe == "required" and difference.before is None):
        values = [_meaning(value) for value in values]
    return fingerprint(difference.kind, people(difference.place), difference.name, *values)


def _meaning(value: JsonValue) -> str | None:
    if value is None:
        return None
    source = Source(value)
    return source.meaning(source.root).hex()


def fingerprint(*parts: JsonValue) -> str:
    """Hash what makes a finding itself: kind, place and values, nothing of the text around it; 16 characters."""
    return hashlib.sha256(canonical(list(parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def unexplained(facts: Facts, verdict: Verdict, names: tuple[str, ...] = ()) -> Finding:
    """Make the finding that stands for a verdict which no difference accounts for; `names` are relations to blame."""
    if verdict == Verdict.PATCH:
        return Finding(
            "REFACTORED", verdict, "The schema is written differently and accepts the same as before.",
            fingerprint("REFACTORED"), old_pointer="", new_pointer="",
        )  # fmt: skip
    relation = _cause(facts, names or CAUSES.get(verdict, ()))
    backward = relation.name in ("backward", "retained", "strict_backward")
    return Finding(
        "SCHEMA_CHANGED", verdict, relation_sentence(relation),
        fingerprint("SCHEMA_CHANGED", relation.name, digest(*facts.documents) if facts.documents else ""),
        old_pointer="", new_pointer="", breaks=("stored data", "writers") if backward else ("readers",),
        witness=relation.witness, reason=relation.reason,
    )  # fmt: skip


def _cause(facts: Facts, preferred: tuple[str, ...]) -> Relation:
    names = (*preferred, *NAMES)
    unproven = [facts.relations[name] for name in names if facts.relations[name].status != "proven"]
    return next((r for r in unproven if r.status == "refuted"), unproven[0])


def marked(relations: Iterable[Relation], found: tuple[Finding, ...], grader: Grader) -> tuple[Relation, ...]:
    """Give relations the readable witness of a finding that refutes them, with its failing part.

    Such a witness is confirmed for the whole documents, so it refutes what the engine alone left undecided, too.
    """
    return tuple(_marked(relation, found, grader) for relation in relations)


def _marked(relation: Relation, found: tuple[Finding, ...], grader: Grader) -> Relation:
    for finding in found if relation.status != "proven" else ():
        witness = finding.witness
        if witness is not None and relation.name in grader.refutes.get(canonical(witness.document), ()):
            return replace(relation, status="refuted", witness=witness, reason=None)
    return relation
