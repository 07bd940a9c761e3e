"""Violations: production data that breaks a contract, as monitoring reports it, and what each class of them asks for.

Source: governance protocol, violation protocol (three types with their severity and response); architecture template
(`schema_validation_failures` by partner, missing fields and schemaVersion). A pure fold: the same facts give the same
in whatever order they arrived.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from rules.clock import utc
from rules.review_events import Fact

Severity = Literal["critical", "high", "medium"]

REPORTED, FILED, ANSWERED, RESOLVED = (
    "violation.reported", "violation.filed", "violation.answered", "violation.resolved",
)  # fmt: skip
REFUSED, REFUSALS_TOLD = "violation.refused", "violation.refusals_told"
KINDS: Mapping[str, str] = {
    REPORTED: "monitoring found it: contract, type, party, version, fields, count, checked, text, login",
    FILED: "it has its issue on GitHub: id, issue",
    ANSWERED: "somebody answered in its issue: id, login",
    RESOLVED: "its issue was closed: id",
    REFUSED: "a report could not be taken in: reason, login",
    REFUSALS_TOLD: "an issue tells of the reports refused since a moment: issue, since, until",
}
"""Each kind of fact, and what its body says."""

TARGET, ALERT = 100.0, 98.0
"""Percent of production data that is to keep to its contract, and below which it is spoken about."""
LONGEST, MOST_FIELDS, MOST = 200, 50, 10**9
"""Characters of a name, fields of one report, and documents that one report may count."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a severity asks for: within which time (`None`: at the next sync), and what is to be done."""

    within: timedelta | None
    does: str


RESPONSES: dict[Severity, Response] = {
    "critical": Response(
        timedelta(), "Roll back to the previous version of the contract now, with `/rollback REASON` on the release."
    ),
    "high": Response(timedelta(hours=24), "Remedy it within 24 hours: mend the data, or the writer that sends it."),
    "medium": Response(None, "Watch it, and mend it in the next sprint; it stands on the agenda of the weekly sync."),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of violation: what happened, in words, and its class and severity."""

    title: str
    family: str
    severity: Severity


TYPES: dict[str, Kind] = {
    "field_unknown": Kind("a field that the contract does not know", "schema mismatch", "critical"),
    "type_mismatch": Kind("a value of another type than the contract's", "schema mismatch", "critical"),
    "required_missing": Kind("a required field is missing", "schema mismatch", "critical"),
    "out_of_range": Kind("a value outside of its range", "data quality", "high"),
    "invalid_format": Kind("a value in another format", "data quality", "high"),
    "null_value": Kind("null in a required field", "data quality", "high"),
    "sync_slow": Kind("the sync takes longer than agreed", "performance", "medium"),
    "load_slow": Kind("a page takes longer than 3 seconds to load", "performance", "medium"),
    "rate_limited": Kind("a rate limit is hit", "performance", "medium"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report: `count` documents that break the contract, of `checked` (0: not told), of one partner and version."""

    contract: str
    type: str
    party: str = ""
    version: str = ""
    fields: tuple[str, ...] = ()
    count: int = 1
    checked: int = 0
    text: str = ""

    @property
    def key(self) -> str:
        """What it is about: further reports of the same are the same violation while that is open."""
        about = "\n".join((self.type, self.party, self.version, *self.fields))
        return hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation as it stands: how many documents, since when, its issue (0: none yet), whether it is answered."""

    id: str
    report: Report
    first: datetime
    last: datetime
    count: int
    issue: int = 0
    answered: datetime | None = None
    resolved: datetime | None = None

    @property
    def kind(self) -> Kind:
        """Its type."""
        return TYPES[self.report.type]

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return self.kind.severity

    @property
    def due(self) -> datetime | None:
        """By when it is to be remedied."""
        within = RESPONSES[self.severity].within
        return None if within is None else self.first + within


def read(payload: Mapping[str, Any]) -> Report:
    """Read what monitoring sends; `ValueError` says what is wrong.

    A log line of a validation (`missing`: the missing fields, `schemaVersion`) is a `required_missing`.
    """
    missing = payload.get("missing")
    fields = _names(payload.get("fields") if missing is None else missing)
    kind = payload.get("type", "required_missing" if missing is not None else None)
    if not isinstance(kind, str) or kind not in TYPES:
        raise ValueError(f"`type` is one of {', '.join(TYPES)}, not {str(kind)[:50]!r}")
    count, checked = _count(payload, "count", 1), _count(payload, "checked", 0)
    if count < 1 or (checked and checked < count):
        raise ValueError("`count` is at least 1, and no more than what was `checked`")
    version = payload.get("schemaVersion", payload.get("version", ""))
    return Report(
        _text(payload, "contract", payload.get("contract")) or _missing("contract"), str(kind),
        _text(payload, "partner", payload.get("partner", "")), _text(payload, "schemaVersion", version), fields, count,
        checked, _text(payload, "text", payload.get("text", "")),
    )  # fmt: skip


def _missing(name: str) -> str:
    raise ValueError(f"`{name}` is missing")


def _text(_: Mapping[str, Any], name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(f"`{name}` is a text of at most {LONGEST} characters")
    return " ".join(value.split())


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_FIELDS:
        raise ValueError(f"`fields` and `missing` are lists of at most {MOST_FIELDS} names")
    return tuple(sorted({_text({}, "fields", one) for one in value}))


def _count(payload: Mapping[str, Any], name: str, instead: int) -> int:
    value = payload.get(name, instead)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ValueError(f"`{name}` is a whole number")
    return value


def body(report: Report) -> dict[str, Any]:
    """Write the body of the fact."""
    return {
        "contract": report.contract, "type": report.type, "party": report.party, "version": report.version,
        "fields": list(report.fields), "count": report.count, "checked": report.checked, "text": report.text,
    }  # fmt: skip


def reported(fact: Fact) -> Report | None:
    """Read a report back; `None` for another fact, and for a type that this release does not know."""
    told = fact.body
    if fact.kind != REPORTED or told.get("type") not in TYPES:
        return None
    return Report(
        str(told["contract"]), str(told["type"]), str(told["party"]), str(told["version"]), tuple(told["fields"]),
        int(told["count"]), int(told["checked"]), str(told["text"]),
    )  # fmt: skip


def fold(facts: Iterable[Fact]) -> tuple[Violation, ...]:
    """Give the violations of one contract, oldest first; one that comes back after it was resolved is another."""
    found: dict[str, Violation] = {}
    current: dict[str, str] = {}
    for fact in sorted(facts, key=lambda one: (one.source_time, one.source_id)):
        report = reported(fact)
        if report is not None:
            known = found.get(current.get(report.key, ""))
            if known is None or known.resolved is not None:
                number = sum(one.report.key == report.key for one in found.values())
                made = Violation(
                    f"{report.key}-{number}", report, utc(fact.source_time), utc(fact.source_time), report.count
                )
                current[report.key], found[made.id] = made.id, made
            else:
                found[known.id] = replace(known, last=utc(fact.source_time), count=known.count + report.count)
        elif (name := str(fact.body.get("id", ""))) in found:
            found[name] = _turned(found[name], fact)
    return tuple(found.values())


def _turned(one: Violation, fact: Fact) -> Violation:
    at = utc(fact.source_time)
    if fact.kind == FILED:
        return replace(one, issue=int(fact.body.get("issue", 0)))
    if fact.kind == ANSWERED:
        return replace(one, answered=one.answered or at)
    if fact.kind == RESOLVED:
        return replace(one, answered=one.answered or at, resolved=one.resolved or at)
    return one


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why reports were not taken in, who sent the last of them, how often, and when first and last."""

    reason: str
    login: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Refusals:
    """The refused reports of a repository: those that its last issue (0: none yet) tells of, and those since then."""

    issue: int = 0
    told: tuple[Refusal, ...] = ()
    untold: tuple[Refusal, ...] = ()


def refusals(facts: Iterable[Fact]) -> Refusals:
    """Sort out which refused reports people were told of; the latest reason first."""
    ordered = sorted(facts, key=lambda one: (one.source_time, one.source_id))
    known = [one.body for one in ordered if one.kind == REFUSALS_TOLD]
    refused = [one for one in ordered if one.kind == REFUSED]
    if not known:
        return Refusals(untold=_reasons(refused))
    last = known[-1]
    since, until = (datetime.fromisoformat(str(last[name])) for name in ("since", "until"))
    told = [one for one in refused if since <= one.source_time <= until]
    return Refusals(int(last["issue"]), _reasons(told), _reasons(one for one in refused if one.source_time > until))


def _reasons(facts: Iterable[Fact]) -> tuple[Refusal, ...]:
    found: dict[str, Refusal] = {}
    for one in facts:
        reason, login, at = str(one.body["reason"]), str(one.body.get("login", "")), utc(one.source_time)
        known = found.pop(reason, Refusal(reason, login, 0, at, at))
        found[reason] = replace(known, login=login, count=known.count + 1, last=at)
    return tuple(reversed(found.values()))


def failures(facts: Iterable[Fact], since: datetime | None = None) -> dict[str, int]:
    """Count the documents that broke a contract, by partner ("" where none was told): `schema_validation_failures`."""
    counted: Counter[str] = Counter()
    for one in facts:
        report = reported(one)
        if report is not None and (since is None or one.source_time >= since) and _is_of_schema(report):
            counted[report.party] += report.count
    return dict(sorted(counted.items()))


Tally = tuple[str, str, str]
"""Contract, partner and version ("" where none was told)."""


def tally(facts: Iterable[Fact]) -> Counter[Tally]:
    """Count the same by contract, partner and version."""
    counted: Counter[Tally] = Counter()
    for report in map(reported, facts):
        if report is not None and _is_of_schema(report):
            counted[report.contract, report.party, report.version] += report.count
    return counted


def compliance(facts: Iterable[Fact]) -> float | None:
    """Give the share of checked documents that keep to the contract, in percent; `None` where nobody told it."""
    told = [one for one in map(reported, facts) if one is not None and one.checked and _is_of_schema(one)]
    checked = sum(one.checked for one in told)
    return 100 * (checked - sum(one.count for one in told)) / checked if checked else None


def _is_of_schema(report: Report) -> bool:
    return TYPES[report.type].family != "performance"


def open_ones(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Give those that are not resolved, the gravest first, then the oldest."""
    grave = list(RESPONSES)
    left = (one for one in violations if one.resolved is None)
    return iter(sorted(left, key=lambda one: (grave.index(one.severity), one.first, one.id)))
