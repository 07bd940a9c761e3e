"""Apply a policy's overrides: raise or lower findings, with the reason on record.

A lowered finding lowers the verdict only when every finding of the verdict's severity is lowered.
"""

from __future__ import annotations

from dataclasses import replace

from rules.compare.findings import ordered
from rules.compare.values import ComparePolicy, Comparison, Finding, Override
from rules.verdict import Verdict


def overridden(comparison: Comparison, policy: ComparePolicy) -> Comparison:
    """Return the comparison under the policy's overrides; those that changed something are in `lowered`."""
    applied: list[Override] = []
    found = tuple(_applied(finding, policy.overrides, applied) for finding in comparison.findings)
    if not applied:
        return comparison
    verdict = max((finding.severity for finding in found), default=Verdict.NONE)
    used = tuple(override for override in policy.overrides if override in applied)
    return replace(comparison, verdict=max(verdict, Verdict.PATCH), findings=ordered(found), lowered=used)


def _applied(finding: Finding, overrides: tuple[Override, ...], applied: list[Override]) -> Finding:
    """Apply the first override that names the finding; its fingerprint goes before its kind."""
    for key in (finding.fingerprint, finding.kind):
        for override in overrides:
            if override.match == key and override.severity != finding.severity:
                applied.append(override)
                return replace(finding, severity=override.severity)
    return finding
