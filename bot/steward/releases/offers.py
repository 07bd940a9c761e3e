"""What a change offers to be released: documents, class, the sentences about it, the removals that bound its day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.assessment import Assessment
from rules.compare.values import Finding
from rules.deprecation import notices
from rules.release import ReleaseKind, Removal
from rules.verdict import Verdict

MOST_SAID = 50
"""So many changes are told one by one; the package has all of them."""

KINDS: dict[Verdict, ReleaseKind] = {Verdict.MAJOR: "major", Verdict.MINOR: "minor"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One change as it could be released; `breaking` are the fingerprints of what breaks somebody."""

    digest: str
    kind: ReleaseKind
    breaking: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    removals: tuple[Removal, ...] = ()


def offer(assessment: Assessment, grade: Verdict | None = None) -> Offer:
    """Give what a judged change offers; `grade` is the class of its review where that is another."""
    findings = () if assessment.comparison is None else assessment.comparison.findings
    return Offer(
        assessment.change.digest,
        KINDS.get(assessment.grade if grade is None else grade, "patch"),
        tuple(sorted({one.fingerprint for one in findings if one.severity is Verdict.MAJOR})),
        _said(findings),
        tuple(_removals(assessment)),
    )


def _said(findings: Iterable[Finding]) -> tuple[str, ...]:
    said = [one.sentence for one in sorted(findings, key=lambda one: -one.severity)]
    more = (f"and {len(said) - MOST_SAID} more",) if len(said) > MOST_SAID else ()
    return (*said[:MOST_SAID], *more)


def _removals(assessment: Assessment) -> Iterable[Removal]:
    """List what was deprecated on the base branch and is gone at the head, with its grace period."""
    change = assessment.change
    if change.base is None or change.head is None:
        return
    kept = {one.key for one in notices(change.head)}
    for one in notices(change.base):
        if one.key not in kept and one.deprecated_on is not None:
            days = change.contract.policy.grace_days
            first = one.earliest(days)
            grace = days if first is None else (first - one.deprecated_on).days
            yield Removal(one.field, one.deprecated_on, grace)
