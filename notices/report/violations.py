"""The figures of violations, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notices.escape import line
from rules.clock import show
from rules.jsontext import dumps
from rules.violations import ALERT, RESPONSES, TARGET, Refusal, Violation, open_ones


@dataclass(frozen=True, slots=True)
class Standing:
    """The violations of one contract: `failures` are documents by partner, `compliance` percent or `None`."""

    repository: int
    contract: str
    violations: tuple[Violation, ...]
    failures: Mapping[str, int]
    compliance: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The reports of one repository's monitoring that were not taken in, the latest reason first; `issue` says so."""

    repository: int
    issue: int
    reasons: tuple[Refusal, ...]


def people(found: Sequence[Standing], refused: Sequence[Refused] = ()) -> str:
    """Write what is open, what to do about it, the figures, and which reports were not taken in."""
    lines = [*(text for one in found for text in _lines(one)), *(text for one in refused for text in _not_taken(one))]
    return "\n".join(lines) + "\n" if lines else "No violation was ever reported.\n"


def _lines(standing: Standing) -> Iterator[str]:
    left = list(open_ones(standing.violations))
    yield f"{standing.contract}: {len(left)} open"
    for one in left:
        whose = f" ({one.report.party})" if one.report.party else ""
        issue = f", issue #{one.issue}" if one.issue else ""
        since = f"{one.count:,} since {one.first:%Y-%m-%d %H:%M} UTC{issue}"
        yield "  " + line(f"{one.severity}{whose}: {one.kind.title}, {since}", 300)
        yield f"    To do: {RESPONSES[one.severity].does}"
    for party, count in standing.failures.items():
        yield "  " + line(f"Schema validation failures of {party or 'nobody named'}: {count:,}", 300)
    if standing.compliance is not None:
        alert = f" - below {ALERT:g} %: speak about it" if standing.compliance < ALERT else ""
        yield f"  Contract compliance: {standing.compliance:.2f} % (target {TARGET:g} %){alert}"


def _not_taken(refused: Refused) -> Iterator[str]:
    where = f"; issue #{refused.issue} says what to mend" if refused.issue else ""
    yield f"Reports of repository {refused.repository} that could not be taken in{where}:"
    for one in refused.reasons:
        whose = f", by {one.login}" if one.login else ""
        yield "  " + line(f"{one.count:,}, last {show(one.last)}{whose}: {one.reason}", 300)


def data(found: Sequence[Standing], refused: Sequence[Refused] = ()) -> str:
    """Write the same as JSON."""
    made = {"contracts": [_data(one) for one in found], "refused_reports": [_refused(one) for one in refused]}
    return dumps(made, indent=2) + "\n"


def _refused(refused: Refused) -> dict[str, Any]:
    return {
        "repository_id": refused.repository, "issue": refused.issue,
        "reasons": [
            {"reason": one.reason, "login": one.login, "count": one.count, "last": one.last.isoformat()}
            for one in refused.reasons
        ],
    }  # fmt: skip


def _data(standing: Standing) -> dict[str, Any]:
    return {
        "repository_id": standing.repository, "contract": standing.contract,
        "schema_validation_failures": dict(standing.failures), "compliance_percent": standing.compliance,
        "violations": [
            {
                "id": one.id, "type": one.report.type, "class": one.kind.family, "severity": one.severity,
                "partner": one.report.party, "schemaVersion": one.report.version, "fields": list(one.report.fields),
                "count": one.count, "first": one.first.isoformat(), "last": one.last.isoformat(), "issue": one.issue,
                "resolved": one.resolved.isoformat() if one.resolved else None,
            }
            for one in standing.violations
        ],
    }  # fmt: skip
