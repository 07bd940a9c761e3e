"""Admit: what was observed of a release becomes facts of its log, once each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.steward.releases.values import Sight
from bot.store.values import NewEvent, Obligation
from rules.partners import Party
from rules.release_plan import due_phases, schedule
from rules.release_state import WEIGHT, Release

MET = {"met": "release.noticed", "failed": "release.unnoticed"}


def observed(release: Release, sight: Sight, now: datetime) -> Iterator[NewEvent]:
    """List what has happened outside: merged, another digest, issues closed."""
    if sight.pull.merged and not release.merged:
        yield NewEvent("release.merged", f"merged:{release.round}:{release.pull}", now, {"pull": release.pull})
    if sight.issue is not None and not release.issue:
        yield NewEvent("release.issue", f"issue:{sight.issue.number}", now, {"number": sight.issue.number})
    yield from (filed(about, number, now) for about, number in sight.filed.items())
    yield from _digest(release, sight, now)
    for one in release.blocking:
        if one.issue in sight.closed:
            yield NewEvent("release.blocker_closed", f"closed:{one.id}", now, {"id": one.id})
    if release.follow_ups.get("root_cause", 0) in sight.closed and release.resolved is None:
        yield NewEvent("release.resolved", f"resolved:{release.round}", now, {"reason": "the root cause is mended"})


def filed(about: str, number: int, now: datetime) -> NewEvent:
    """Say that a blocker, or with "" the root cause of a rollback, has its issue."""
    if about:
        return NewEvent("release.blocker_filed", f"filed:{about}", now, {"id": about, "issue": number})
    return NewEvent("release.followed_up", f"followed:{number}", now, {"what": "root_cause", "issue": number})


def reverted(number: int, now: datetime) -> NewEvent:
    """Say that the pull request that reverts a rollback's change is open; 0 where people have to make it."""
    return NewEvent(
        "release.followed_up", f"reverted:{number or now.isoformat()}", now, {"what": "revert", "pull": number}
    )


def told_as(key: str, state: str) -> str:
    """Name the fact that an announcement arrived ("met"), or did not."""
    return f"{state}:{key}"


def told(one: Obligation) -> NewEvent:
    """Say that an announcement arrived, or did not."""
    facts = one.payload.get("facts", {})
    epoch = str(facts.get("epoch", ""))
    body = {
        "party": one.recipient.partition(":")[2], "notice": one.kind, "key": one.key,
    } | ({"epoch": int(epoch)} if epoch.isdigit() else {})  # fmt: skip
    if one.state != "met":
        body["why"] = str(one.payload.get("why") or "no channel delivered it")
    assert one.settled_at is not None, "it is settled"
    return NewEvent(MET[one.state], told_as(one.key, one.state), one.settled_at, body)


def _digest(release: Release, sight: Sight, now: datetime) -> Iterator[NewEvent]:
    """Tell that the schema changed: a higher class, or another break than was announced, starts the notice anew."""
    found = sight.offer
    if found is None or found.digest == release.digest or not release.open:
        return
    rises = WEIGHT[found.kind] > WEIGHT[release.terms.kind]
    breaks = bool(set(found.breaking) - release.breaking)
    new = [one for one in found.says if one not in release.says]
    gone = [f"No longer so: {one}" for one in release.says if one not in found.says]
    body = {
        "digest": found.digest, "kind": found.kind, "restarts": rises or breaks, "breaking": list(found.breaking),
        "says": [*new, *gone], "whole": list(found.says),
    }  # fmt: skip
    # The same documents may come back; each time is a turn of its own.
    yield NewEvent("release.digest_changed", f"digest:{release.version}:{found.digest}", now, body)


def due(release: Release, parties: Sequence[Party], now: datetime) -> Iterator[NewEvent]:
    """List what time itself brings: a day that late notices have moved, phases whose moment has come."""
    found = schedule(release, parties, now)
    if release.open and not release.lived and found.settled and found.day > release.day:
        why = found.first.bounds[0].sentence if found.first else ""
        body = {"go_live": found.day.isoformat(), "reason": f"A notice went out late. {why}"}
        yield NewEvent("release.moved", f"late:{release.version}:{found.day}", now, body)
        return
    if release.cleared:
        for phase in due_phases(release, found, now):
            yield NewEvent("release.live", f"live:{release.round}:{phase}", now, {"phase": phase})
