"""Keeps the older of two versions that are both read: it may not be taken away before a newer one's grace is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.steward.migrations.use import takes_away
from bot.steward.releases.known import releases
from bot.store import Store
from rules.assessment import Assessment
from rules.change import Change
from rules.clock import utc
from rules.dual_read import read_until
from rules.problems import problem
from rules.release_state import Release
from rules.versions import SemVer, read


def guarded(
    store: Store, repository_id: int, assessments: Iterable[Assessment], now: datetime
) -> tuple[Assessment, ...]:
    """Add to each change that takes away a version that is still read that it may not yet; free where none does."""
    return tuple(
        _guarded(store, repository_id, one, now) if takes_away(one.change) else one for one in assessments
    )  # fmt: skip


def _guarded(store: Store, repository_id: int, one: Assessment, now: datetime) -> Assessment:
    version = _version(one.change)
    found = None if version is None else read_until(_releases(store, repository_id, one.change, now), version)
    if found is None or found[0].date() <= utc(now).date():
        return one
    end, release = found
    sentence = (
        f"{version} is read until {release.grace_days} days after the go-live of {release.name}, which "
        f"{'was' if release.lived else 'is planned for'} {'on ' if release.lived else ''}{_day(release)}."
    )
    told = problem("version_still_read", sentence, path=one.change.old_path or "", until=f"{end:%Y-%m-%d}")
    return replace(one, problems=(*one.problems, told))


def _version(change: Change) -> SemVer | None:
    found = None if change.base is None else read(change.contract.scheme, change.base)
    return found if isinstance(found, SemVer) else None


def _releases(store: Store, repository_id: int, change: Change, now: datetime) -> list[Release]:
    with store.reading() as transaction:
        return [one for _, one in releases(transaction, repository_id, now, change.contract.name)]


def _day(release: Release) -> str:
    return max(one.day for one in release.phases).isoformat()
