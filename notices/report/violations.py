"""The figures of violations, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notices.escape import line
from rules.jsontext import dumps
from rules.violations import ALERT, RESPONSES, TARGET, Violation, open_ones


@dataclass(frozen=True, slots=True)
class Standing:
    """The violations of one contract: `failures` are documents by partner, `compliance` percent or `None`."""

    repository: int
    contract: str
    violations: tuple[Violation, ...]
    failures: Mapping[str, int]
    compliance: float | None


def people(found: Sequence[Standing]) -> str:
    """Write what is open, what to do about it, and the figures."""
    lines = [text for one in found for text in _lines(one)]
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


def data(found: Sequence[Standing]) -> str:
    """Write the same as JSON."""
    return dumps({"contracts": [_data(one) for one in found]}, indent=2) + "\n"


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
