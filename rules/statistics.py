"""Figures of the reviews: how many were asked for, how they ended, how long it took, how often the time ran out.

A pure fold of the log and of what was promised. A request is one contract of one pull request, from MINOR up; it
belongs to the month (UTC) in which it was first ready for review and to each team that was asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rules.clock import utc
from rules.review_events import Fact
from rules.verdict import Verdict

Outcome = Literal["approved", "rejected", "pending", "closed"]

NOBODY = "–"
"""Stands for the team where none was asked."""

_ENDS: Mapping[str, Outcome] = {"review.approved_at_last": "approved", "review.rejected": "rejected"}
_HEADS = ("review.submitted", "review.pushed")


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised about a review: its kind, to whom ("team:acme/crm"), when it is due, whether it stood then."""

    stream: str
    kind: str
    contract: str
    recipient: str
    due: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One review that was asked for. `took` is the time to its approval, pauses included, `None` without one.

    `breaches` are the teams whose review time ran out, `closed` pull requests have an end without a word.
    """

    stream: str
    contract: str
    submitted: datetime
    outcome: Outcome
    took: timedelta | None = None
    teams: tuple[str, ...] = (NOBODY,)
    breaches: frozenset[str] = frozenset()

    @property
    def month(self) -> str:
        """The month of its beginning, as in 2026-11."""
        return f"{utc(self.submitted):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some requests; times are hours, `None` where nothing was approved."""

    requests: int
    approved: int
    rejected: int
    pending: int
    closed: int
    average_hours: float | None
    p90_hours: float | None
    breaches: int


def requests(
    logs: Mapping[str, Sequence[Fact]], promises: Iterable[Promise], closed: frozenset[str], now: datetime
) -> tuple[Request, ...]:
    """Fold the logs of pull requests, by their stream, into requests, oldest first.

    `closed` are the streams of pull requests that are no longer open. Facts after `now` are not looked at.
    """
    made: dict[str, list[Promise]] = {}
    for one in promises:
        made.setdefault(one.stream, []).append(one)
    found = (
        each for stream, log in logs.items() for each in _of_stream(stream, log, made.get(stream, ()), closed, now)
    )
    return tuple(sorted(found, key=lambda each: (each.submitted, each.stream, each.contract)))


def _of_stream(
    stream: str, log: Sequence[Fact], promises: Sequence[Promise], closed: frozenset[str], now: datetime
) -> Iterator[Request]:
    facts = sorted((one for one in log if one.source_time <= now), key=lambda one: (one.source_time, one.source_id))
    for contract in dict.fromkeys(str(one.body.get("contract")) for one in facts if one.kind == "review.submitted"):
        about = [one for one in facts if one.body.get("contract") == contract]
        if _counts(about):
            yield _request(stream, contract, about, [one for one in promises if one.contract == contract], closed, now)


def _counts(facts: Sequence[Fact]) -> bool:
    """Leave out what nobody has to answer; a review that no engine has judged yet is one."""
    grades = [Verdict.__members__.get(str(one.body.get("grade"))) for one in facts if one.kind == "review.judged"]
    return not grades or any(grade is None or grade >= Verdict.MINOR for grade in grades)


def _request(  # noqa: PLR0913, PLR0917 one request, from all that is known of it
    stream: str, contract: str, facts: Sequence[Fact], promises: Sequence[Promise], closed: frozenset[str],
    now: datetime,
) -> Request:  # fmt: skip
    submitted = next(one.source_time for one in facts if one.kind == "review.submitted")
    digest = _last_reviewed(facts, over=stream in closed)
    end = next((one for one in facts if one.kind in _ENDS and one.body.get("digest") == digest), None)
    outcome: Outcome = _ENDS[end.kind] if end is not None else "closed" if stream in closed else "pending"
    late = (one for one in promises if one.kind == "review.breached" and one.stands and one.due <= now)
    late = (one for one in late if not _answered(facts, one))
    return Request(
        stream,
        contract,
        submitted,
        outcome,
        end.source_time - submitted if end is not None and outcome == "approved" else None,
        tuple(sorted({_team(one) for one in promises})) or (NOBODY,),
        frozenset(map(_team, late)),
    )


def _last_reviewed(facts: Sequence[Fact], *, over: bool) -> object:
    """Give the digest of the last head; of what is closed, whose documents are gone, the last that was reviewed."""
    digests = [one.body.get("digest") for one in reversed(facts) if one.kind in _HEADS]
    return next((one for one in digests if one or not over), None)


def _answered(facts: Sequence[Fact], one: Promise) -> bool:
    """Say whether somebody of the team had approved by the moment of a breach."""
    given = (fact for fact in facts if fact.kind == "review.approved" and fact.source_time <= one.due)
    return any(_team(one) in (*fact.body.get("teams", ()), *fact.body.get("roles", ())) for fact in given)


def _team(one: Promise) -> str:
    return one.recipient.removeprefix("team:")


def figures(found: Iterable[Request], team: str | None = None) -> Figures:
    """Sum requests up; of one team, only its breaches count."""
    every = tuple(found)
    hours = sorted(one.took.total_seconds() / 3600 for one in every if one.took is not None)
    count = {outcome: sum(one.outcome == outcome for one in every) for outcome in ("approved", "rejected", "pending")}
    return Figures(
        len(every),
        count["approved"],
        count["rejected"],
        count["pending"],
        len(every) - sum(count.values()),
        round(sum(hours) / len(hours), 1) if hours else None,
        # The nearest rank: the time within which nine of ten were approved.
        round(hours[math.ceil(len(hours) * 9 / 10) - 1], 1) if hours else None,
        sum(len(one.breaches) if team is None else team in one.breaches for one in every),
    )


def by_team_and_month(found: Iterable[Request]) -> tuple[tuple[str, str, Figures], ...]:
    """Sum requests up for each month and team, in their order; a request counts for each team that was asked."""
    every = tuple(found)
    keys = sorted({(one.month, team) for one in every for team in one.teams})
    return tuple(
        (month, team, figures((one for one in every if one.month == month and team in one.teams), team))
        for month, team in keys
    )
