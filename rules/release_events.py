"""The facts that a release is folded from: their kinds and the shape of their bodies.

Every body is version 1. A fact counts at its source time, then by its source id, whatever the order of arrival. A
partner's contact is no GitHub user: who spoke for a partner stands in `by`, and `party` is the partner's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from rules.review_events import Fact, instant

__all__ = ["KINDS", "TURNS", "Fact", "clock", "day", "instant", "names", "ordered", "text"]

KINDS: dict[str, str] = {
    "release.announced": "the release begins, or begins anew after a cancellation or a rollback: contract, version, "
    "kind, go_live (day), zone, at (time), digest, pull, phases (day and scope), removals, "
    "breaking (fingerprints), says (the changes in sentences), grace_days, place (of the repository), login",
    "release.moved": "another day: go_live, at, phases, reason, login; nobody's promise gets shorter by it",
    "release.postponed": "another, later day: go_live, reason, login",
    "release.digest_changed": "the schema changed after the announcement: digest, kind, restarts (whether notice "
    "starts anew), says (what changed since), whole (all changes), breaking",
    "release.issue": "the release's issue on GitHub: number",
    "release.merged": "the pull request was merged: pull",
    "release.noticed": "a notice provably reached a partner: party, notice (kind of obligation), key",
    "release.unnoticed": "a notice could not be delivered by any channel: party, notice, key, why",
    "release.checklist": "a partner says of an item that it is done, or is not: party, item, done, digest, by",
    "release.readiness": "a partner says that they are ready, or are not: party, ready, digest, by, text",
    "release.blocker": "a partner cannot go along: id, party, severity, text, digest, by",
    "release.blocker_filed": "a blocker has its issue on GitHub: id, issue",
    "release.blocker_closed": "a blocker is out of the way: id, login",
    "release.go": "go: digest, login, at_version (of the release when it was decided, as with every decision); "
    "it lapses when the day or the digest changes",
    "release.no_go": "no-go: reason, login",
    "release.live": "a phase went live: phase (from 0)",
    "release.cancelled": "the end before go-live: reason, login",
    "release.rolled_back": "the previous version is in force again: reason, login",
    "release.followed_up": "what follows a rollback: what (revert, root_cause), issue or pull (number)",
    "release.resolved": "what the rollback was about is resolved: login, reason",
    "release.verified": "somebody signs an item of the verification after go-live: side (a partner or owner), item, by",
    "release.failures": "production data broke the contract since the announcement: party, version, count",
    "release.feedback": "what a partner says of the release afterwards: party, text, by",
}
"""Each kind of fact, and what its body says."""

TURNS = frozenset(
    {
        "release.announced", "release.moved", "release.postponed", "release.digest_changed", "release.go",
        "release.no_go", "release.live", "release.cancelled", "release.rolled_back", "release.resolved",
    }
)  # fmt: skip
"""What changes where a release stands; a button drawn before one of these is refused after it."""


def ordered(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Give the facts of a release in the order in which they count, each source id once."""
    once = {one.source_id: one for one in facts if one.kind in KINDS}
    return tuple(sorted(once.values(), key=lambda one: (one.source_time, one.source_id)))


def text(fact: Fact, key: str) -> str:
    """Read a text of a body; empty where there is none."""
    value = fact.body.get(key)
    return value if isinstance(value, str) else ""


def names(fact: Fact, key: str) -> tuple[str, ...]:
    """Read a list of texts of a body."""
    value: Any = fact.body.get(key)
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def day(value: object) -> date | None:
    """Read a day; `None` where it is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def clock(value: object) -> time | None:
    """Read a time of day without a zone; `None` where it is none."""
    try:
        found = time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=None)
