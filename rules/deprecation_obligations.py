"""What a deprecation owes whom, and when: a warning 30, 14, 7 and 1 days before the removal date, each once.

Pure. A key names field, date, days and recipient, so that nothing is owed twice and a later removal date is another
promise. What comes after the removal date is an issue, not a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from rules.clock import utc
from rules.contract import Contract
from rules.obligations import Owed
from rules.register import WARNINGS, Entry

KIND = "deprecation.warning"


def warnings(stream: str, entries: Iterable[Entry], now: datetime) -> tuple[Owed, ...]:
    """List the warnings that are owed, in the order of their moments; `stream` is where they are kept.

    A warning is due when its day begins (UTC). Of those whose day has come only the last is owed: who was away for a
    week is told once how many days are left.
    """
    found = [one for entry in entries for one in _of(stream, entry, utc(now))]
    return tuple(sorted(found, key=lambda one: (one.due, one.key)))


def _of(stream: str, entry: Entry, now: datetime) -> Iterator[Owed]:
    if entry.earliest is None or entry.days_left is None or entry.days_left <= 0:
        return
    come = [days for days in WARNINGS if entry.days_left <= days]
    for days in (*come[-1:], *(days for days in WARNINGS if days < entry.days_left)):
        due = _begins(entry.earliest, days)
        for who in recipients(entry.contract):
            key = "/".join((KIND, stream, entry.key, str(days), who))
            yield Owed(key, KIND, who, "slack", due, now > due + timedelta(days=1), _facts(entry, days))


def _begins(day: date, days: int) -> datetime:
    return datetime.combine(day - timedelta(days=days), time(), UTC)


def recipients(contract: Contract) -> tuple[str, ...]:
    """List who is warned: the owning teams, without one the owning people, and every partner."""
    owners = contract.owners
    own = [f"team:{name}" for name in owners.teams] or [f"user:{name}" for name in owners.users]
    return (*own, *(f"partner:{one.name}" for one in contract.partners))


def _facts(entry: Entry, days: int) -> dict[str, str]:
    notice = entry.notice
    return {
        "contract": entry.contract.name, "field": notice.field, "removal_date": str(entry.earliest),
        "days": str(days), "replacement": notice.replacement, "guide": notice.guide, "reason": notice.reason,
        "grace": str(entry.contract.policy.grace_days),
    }  # fmt: skip
