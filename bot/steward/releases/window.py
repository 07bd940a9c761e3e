"""The time in which two versions are read: the older one may not be taken away before a newer one's grace is over.

While a major version is announced, and for the grace period after it went live, partners read the version before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.steward.migrations.use import takes_away
from bot.store import Store
from rules.assessment import Assessment
from rules.change import Change
from rules.clock import utc
from rules.problems import problem
from rules.release_ledger import fold
from rules.release_plan import both_until
from rules.release_state import Release
from rules.versions import SemVer, parse_semver, read


def guarded(
    store: Store, repository_id: int, assessments: Iterable[Assessment], now: datetime
) -> tuple[Assessment, ...]:
    """Add to each change that takes away a version that is still read that it may not yet; free where none does."""
    return tuple(
        _guarded(store, repository_id, one, now) if takes_away(one.change) else one for one in assessments
    )  # fmt: skip


def _guarded(store: Store, repository_id: int, one: Assessment, now: datetime) -> Assessment:
    version = _version(one.change)
    if version is None:
        return one
    releases = [each for each in _releases(store, repository_id, one.change, now) if _is_above(each, version)]
    read_until = [(end, each) for each in releases if (end := both_until(each, each.phases)) is not None]
    ends = [(end, each) for end, each in read_until if end.date() > utc(now).date()]
    if not ends:
        return one
    end, release = max(ends, key=lambda each: each[0])
    sentence = (
        f"{version} is read until {release.grace_days} days after the go-live of {release.name}, which "
        f"{'was' if release.lived else 'is planned for'} {'on ' if release.lived else ''}{_day(release)}."
    )
    found = problem("version_still_read", sentence, path=one.change.old_path or "", until=f"{end:%Y-%m-%d}")
    return replace(one, problems=(*one.problems, found))


def _version(change: Change) -> SemVer | None:
    found = None if change.base is None else read(change.contract.scheme, change.base)
    return found if isinstance(found, SemVer) else None


def _releases(store: Store, repository_id: int, change: Change, now: datetime) -> Iterator[Release]:
    with store.reading() as transaction:
        for stream in transaction.streams(f"release:{repository_id}:{change.contract.name}:"):
            found = fold(transaction.events(stream), now=now)
            if found is not None and found.state not in {"cancelled", "rolled back"}:
                yield found


def _is_above(release: Release, version: SemVer) -> bool:
    named = parse_semver(release.name)
    return named is not None and named.precedence > version.precedence


def _day(release: Release) -> str:
    return max(one.day for one in release.phases).isoformat()
