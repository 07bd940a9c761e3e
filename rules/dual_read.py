"""The time in which two versions are read, and what is retired once it is over.

While a major version is announced, and for the grace period after it went live, partners read the version before. After
it new data of that version is refused; what is stored stays readable.

Source: governance protocol (dual-version support), architecture template (dual read during the migration window).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.clock import utc
from rules.release_plan import both_until
from rules.release_state import Release
from rules.versions import SemVer, parse_semver


@dataclass(frozen=True, slots=True)
class Retired:
    """A version for which new data is refused: since when (UTC), and the live version that takes its place."""

    version: str
    since: datetime
    by: str


def read_until(releases: Iterable[Release], version: SemVer) -> tuple[datetime, Release] | None:
    """Say until when a version is read for the sake of a major release above it, and of which; `None` without one."""
    found = [(end, one) for one in _above(releases, version) if (end := both_until(one, one.phases)) is not None]
    return max(found, key=lambda each: each[0], default=None)


def retired(releases: Iterable[Release], version: str, at: datetime) -> Retired | None:
    """Say whether a version was retired at a moment: a major release above it has been live for its grace period."""
    named = parse_semver(version)
    if named is None:
        return None
    live = [one for one in _above(releases, named) if one.state == "live" and not one.open]
    ends = [end for one in live if (end := both_until(one, one.phases)) is not None and end <= utc(at)]
    if not ends:
        return None
    return Retired(version, min(ends), max(live, key=lambda one: _precedence(one.name)).name)


def _above(releases: Iterable[Release], version: SemVer) -> list[Release]:
    """Give the releases above a version that were not taken back."""
    standing = (one for one in releases if one.state not in {"cancelled", "rolled back"})
    return [one for one in standing if _precedence(one.name) > version.precedence]


def _precedence(name: str) -> tuple[object, ...]:
    named = parse_semver(name)
    return () if named is None else named.precedence
