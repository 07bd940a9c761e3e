"""Which messages are overtaken when nobody sent them in time: the steward looks again only after they would go out.

Reminders of one thing are a series. Of several that have fallen due while nothing was sent only the last goes out, and
none once the day has come that they speak of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.dispatch.ways import facts_of
from bot.steward import dues
from bot.store.values import Obligation
from rules.clock import utc
from rules.deprecation_obligations import TO_OWNERS, TO_PARTNERS
from rules.release_obligations import STEPS


@dataclass(frozen=True, slots=True)
class Series:
    """Kinds that remind one person of one thing, told by these facts; `day` is the fact that says until when."""

    kinds: frozenset[str]
    about: tuple[str, ...]
    day: str = ""


SERIES = (
    Series(frozenset(dues.REMINDS), ("contract",)),
    Series(frozenset(step.kind for steps in STEPS.values() for step in steps), ("contract", "version"), "go_live"),
    Series(frozenset({TO_PARTNERS}), ("contract", "field"), "removal_date"),
    Series(frozenset({TO_OWNERS}), ("contract", "field"), "removal_date"),
)


def may_be(one: Obligation) -> bool:
    """Say whether a message is one of a series."""
    return _series(one) is not None


def says_nothing_new(one: Obligation, others: Iterable[Obligation], now: datetime) -> bool:
    """Say whether a message is overtaken at a moment by one of `others`, all to the same person, or by its day."""
    series = _series(one)
    if series is None:
        return False
    day = facts_of(one.payload).get(series.day, "")
    if day and _begins(day) <= utc(now):
        return True
    later = (
        other for other in others
        if other.kind in series.kinds and one.due < other.due <= now and other.state in {"owed", "sending", "met"}
    )  # fmt: skip
    return any(_about(other, series) == _about(one, series) for other in later)


def _begins(day: str) -> datetime:
    """Read an instant, or a day, which begins at midnight (UTC) as the days of deprecations do."""
    found = datetime.fromisoformat(day)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else utc(found)


def _series(one: Obligation) -> Series | None:
    return next((each for each in SERIES if one.kind in each.kinds), None)


def _about(one: Obligation, series: Series) -> tuple[str, ...]:
    facts = facts_of(one.payload)
    return tuple(facts.get(name, "") for name in series.about)
