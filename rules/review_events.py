"""The facts that a review is folded from: their kinds, the shape of their bodies, and the order in which they count.

Every body is version 1, names its `contract` ("*" for every contract of the pull request) and, where the fact belongs
to one text, the `digest` that its giver was shown. The actor is a GitHub user id. A fact counts at its source time,
then by its source id, whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

ALL = "*"

KINDS: dict[str, str] = {
    "review.submitted": "ready for review for the first time: digest, head",
    "review.pushed": "these documents are the head from now on: digest, head; the actor pushed them",
    "review.judged": "an engine gave its verdict: digest, engine, grade (name)",
    "review.drafted": "the pull request became a draft",
    "review.readied": "the pull request is ready for review again",
    "review.approved": "a yes: digest, login, grade as shown; authority: teams, roles, maintainer, release_owner",
    "review.objected": "a no that blocks: digest, login, reason, id",
    "review.withdrawn": "the actor takes approvals and objections back",
    "review.rejected": "the end of this digest's review: digest, login, reason",
    "review.conditioned": "something to be done first: id, text, guards (merge or migration), login, assignee, until",
    "review.condition_done": "a condition is met: id, login",
    "review.condition_dropped": "a condition is not asked for any more: id, login",
    "review.held": "the clock stands still: login, role, reason, until (instant or nothing, then seven days)",
    "review.unheld": "every hold ends: login",
    "review.meeting_planned": "the pre-review meeting has a date: date, link, login",
    "review.meeting_held": "the meeting took place: date, login",
    "review.waived": "a rule or objections are waived: digest, rule (a problem's code, or `objection`), reason, login",
    "review.overridden": "a maintainer's verdict: digest, verdict (name), instead_of (name), reason, login",
    "review.emergency": "a critical fix: digest, incident, login",
    "review.spoke": "an owner gave a command that decides nothing (/status, /explain …): command, login; teams, roles",
    "review.dismissed": "a GitHub review was dismissed; kept for the record, no objection falls by it",
    "review.noticed": "a notice provably reached its audience: digest, audience (kind:name)",
    "review.unnoticed": "a notice could not be delivered: digest, audience",
    "review.role_lost": "the actor has lost: teams, roles (names), or everything where neither is given",
    "review.approved_at_last": "the review was approved: digest, by (people or silence)",
}
"""Each kind of fact, and what its body says beside contract."""


class Fact(Protocol):
    """What the fold reads of an event of the log; the store's events are such."""

    @property
    def kind(self) -> str:
        """One of `KINDS`; others are passed over."""
        ...

    @property
    def source_id(self) -> str:
        """Unique in its stream."""
        ...

    @property
    def source_time(self) -> datetime:
        """When it happened, aware."""
        ...

    @property
    def body(self) -> Mapping[str, Any]:
        """The facts themselves."""
        ...

    @property
    def actor_id(self) -> int | None:
        """The GitHub user id of who did it."""
        ...


def ordered(facts: Iterable[Fact], contract: str) -> tuple[Fact, ...]:
    """Give the facts about a contract in the order in which they count, each source id once."""
    mine = (one for one in facts if one.kind in KINDS and one.body.get("contract") in (contract, ALL))
    once = {one.source_id: one for one in mine}
    return tuple(sorted(once.values(), key=lambda one: (one.source_time, one.source_id)))


def source_id(source: str, number: int, index: int, contract: str) -> str:
    """Make the id of what one command of a comment or review says of a contract, sorting as numbers do."""
    return f"{source}:{number:020d}:{index:03d}:{contract}"


def instant(text: object) -> datetime | None:
    """Read an ISO instant of a body; `None` where it is none or has no zone."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC)
