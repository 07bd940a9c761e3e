"""Apply a policy's overrides: raise or lower findings, with the reason on record.

A lowered finding lowers the verdict only when every cause of the verdict is lowered: each relation behind it must be
explained by a finding that was lowered, and a relation that none explains gets a finding of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rules.compare.findings import ordered, unexplained
from rules.compare.relations import Facts
from rules.compare.values import Comparison, Finding, Override
from rules.verdict import Verdict

_GONE = frozenset({"FIELD_REMOVED", "FIELD_RENAMED", "FIELD_MOVED"})


def _by_writers(finding: Finding) -> bool:
    return "writers" in finding.breaks or finding.reason is not None


def _by_readers(finding: Finding) -> bool:
    return "readers" in finding.breaks or finding.reason is not None


_EXPLAINS: dict[str, Callable[[Finding], bool]] = {
    "backward": _by_writers,
    "retained": lambda finding: finding.kind in _GONE or _by_writers(finding),
    "forward": _by_readers,
    "strict_backward": _by_writers,
}
"""Which findings account for a relation that is not proven."""


def overridden(comparison: Comparison, facts: Facts) -> Comparison:
    """Return the comparison under the policy's overrides; those that changed something are in `lowered`."""
    overrides = facts.policy.overrides
    applied: list[Override] = []
    before = comparison.findings
    found = [_applied(finding, overrides, applied) for finding in before]
    if not applied:
        return comparison
    if comparison.verdict is Verdict.MAJOR:
        changed = [old for old, new in zip(before, found, strict=True) if old.severity is Verdict.MAJOR]
        found += _remaining(changed, facts)
    verdict = max((finding.severity for finding in found), default=Verdict.PATCH)
    used = tuple(override for override in overrides if override in applied)
    return replace(comparison, verdict=max(verdict, Verdict.PATCH), findings=ordered(found), lowered=used)


def _remaining(major: list[Finding], facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each relation behind a MAJOR verdict that none of its findings explains."""
    for name in _behind(facts):
        if not any(_EXPLAINS[name](finding) or finding.kind == "SCHEMA_CHANGED" for finding in major):
            yield unexplained(facts, Verdict.MAJOR, (name,))


def _behind(facts: Facts) -> Iterator[str]:
    yield from (name for name in ("backward", "retained") if facts.unproven(name))
    if facts.readers_break and facts.unproven("forward"):
        yield "forward"
    if facts.open_content_restricted:
        yield "strict_backward"


def _applied(finding: Finding, overrides: tuple[Override, ...], applied: list[Override]) -> Finding:
    """Apply the first override that names the finding; its fingerprint goes before its kind."""
    for key in (finding.fingerprint, finding.kind):
        for override in overrides:
            if override.match == key and override.severity != finding.severity:
                applied.append(override)
                return replace(finding, severity=override.severity)
    return finding
