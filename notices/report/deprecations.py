"""The register of deprecations, for people at a terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

from notices.escape import line
from rules.jsontext import JsonValue, dumps
from rules.register import STATES, Entry

FORMAT_VERSION = 1
"""Raised when a program that reads the register could break."""


def people(entries: Sequence[Entry], today: date, *, width: int = 80) -> str:
    """Write each deprecation with its days, what to do, and why; plain sentences that need no colour."""
    if not entries:
        return "No field is deprecated.\n"
    blocks = ["\n".join(_entry(one, max(width, 40))) for one in entries]
    count = "1 field is" if len(entries) == 1 else f"{len(entries)} fields are"
    return "\n\n".join([*blocks, f"{count} deprecated, as of {today} (UTC)."]) + "\n"


def _entry(one: Entry, width: int) -> Iterator[str]:
    place = one.path if one.line is None else f"{one.path}:{one.line}"
    yield from _text(f"{one.contract.name}: {one.notice.field}  ({place})", 0, width)
    yield from _text(when(one), 2, width)
    yield from _text(f"To do: {to_do(one)}", 2, width)
    if one.notice.reason:
        yield from _text(f"Why: {one.notice.reason}", 2, width)


def _text(text: str, indent: int, width: int) -> list[str]:
    return [" " * indent + part for part in wrap(line(text), width - indent, break_on_hyphens=False)]


def when(one: Entry) -> str:
    """Say where a deprecation stands, in a sentence."""
    if one.days_left is None:
        return f"No dates: {STATES[one.state]}."
    since = f"deprecated since {one.notice.deprecated_on}"
    if one.days_left > 0:
        return f"{_days(one.days_left)} left: {since}, may be removed from {one.earliest}; {STATES[one.state]}."
    late = "is today" if one.days_left == 0 else f"was {_days(-one.days_left)} ago"
    return f"Overdue: {since}, the removal date {one.earliest} {late}, and the field is still there."


def to_do(one: Entry) -> str:
    """Say what to do about a deprecation, and by when."""
    notice = one.notice
    if one.days_left is None:
        return "give it a deprecation date and a removal date, or take the mark away."
    by = f"by {one.earliest}" if one.days_left > 0 else "now"
    use = f"move from {notice.field} to {notice.replacement} {by}" if notice.replacement else f"stop using it {by}"
    guide = f"; {notice.guide.rstrip('.')}" if notice.guide else ""
    end = "" if one.days_left > 0 else "; then remove the field, or set a later removal date"
    return f"{use}{guide}{end}."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def data(entries: Sequence[Entry], today: date) -> str:
    """Write the register as JSON text."""
    report: JsonValue = {
        "format": "concordat-deprecations",
        "format_version": FORMAT_VERSION,
        "as_of": today.isoformat(),
        "deprecations": [_members(one) for one in entries],
    }
    return dumps(report, indent=2) + "\n"


def _members(one: Entry) -> JsonValue:
    notice = one.notice
    return {
        "contract": one.contract.name,
        "path": one.path,
        "line": one.line,
        "field": notice.field,
        "pointer": notice.pointer,
        "form": notice.form,
        "state": one.state,
        "deprecated_on": _iso(notice.deprecated_on),
        "removal_date": _iso(notice.removal),
        "earliest_removal": _iso(one.earliest),
        "days_left": one.days_left,
        "replacement": notice.replacement or None,
        "migration_guide": notice.guide or None,
        "reason": notice.reason or None,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
