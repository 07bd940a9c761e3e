"""What the log says of one contract's review: a pure fold, the same whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rules.clock import Pause, utc
from rules.review_events import Fact, instant, ordered
from rules.verdict import Verdict

HOLD = timedelta(days=7)
"""How long a hold lasts that does not say."""


@dataclass(frozen=True, slots=True)
class Given:
    """One yes, with the authority its giver had; `grade` is the class that the giver was shown."""

    actor: int
    login: str
    at: datetime
    grade: Verdict
    teams: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    maintainer: bool = False
    release_owner: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """One no, with its reason; `ended` is when it fell, `None` while it blocks."""

    id: str
    actor: int
    login: str
    reason: str
    at: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that has to be done before the merge or the migration. `state`: "open", "done" or "dropped".

    `number` is what `/condition done` calls it: conditions are counted through the pull request, whatever contracts
    they are about.
    """

    id: str
    text: str
    guards: str
    by: str
    at: datetime
    assignee: str = ""
    until: datetime | None = None
    state: str = "open"
    number: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch in which somebody keeps the clock from running."""

    by: str
    reason: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """The log of one contract, read for one digest; `log` are its facts in order.

    Objections, conditions and holds outlive a push; what is said of one text does not.
    """

    digest: str
    log: tuple[Fact, ...]
    approvals: tuple[Given, ...] = ()
    objections: tuple[Objection, ...] = ()
    conditions: tuple[Condition, ...] = ()
    holds: tuple[Hold, ...] = ()
    pauses: tuple[Pause, ...] = ()
    started: datetime | None = None
    graded: tuple[tuple[datetime, Verdict], ...] = ()
    override: tuple[Verdict, Verdict] | None = None
    waived: frozenset[str] = frozenset()
    rejected: str | None = None
    emergency: tuple[datetime, str] | None = None
    meeting: str | None = None
    meeting_held: bool = False
    pushers: frozenset[int] = frozenset()
    reached: tuple[tuple[str, datetime], ...] = ()

    @property
    def blocking(self) -> tuple[Objection, ...]:
        """The objections that have not fallen."""
        return tuple(one for one in self.objections if one.ended is None)

    def pending(self, guards: str) -> tuple[Condition, ...]:
        """Give the conditions that are still to be met before "merge" or "migration"."""
        return tuple(one for one in self.conditions if one.state == "open" and one.guards == guards)


def fold(facts: Iterable[Fact], contract: str, digest: str, *, now: datetime) -> Ledger:
    """Read the log of a contract as it stands at `now`; what happens later is not looked at."""
    facts = tuple(facts)
    log = tuple(one for one in ordered(facts, contract) if one.source_time <= now)
    mine = tuple(one for one in log if one.body.get("digest") == digest)
    objections, holds = _objections(log), _holds(log)
    return Ledger(
        digest=digest,
        log=log,
        approvals=_approvals(log, digest),
        objections=objections,
        conditions=_conditions(log, _numbers(facts, now)),
        holds=holds,
        pauses=(*_drafts(log), *_away(log, digest), *_standing(objections, holds)),
        started=next((one.source_time for one in mine if one.kind == "review.submitted"), None),
        graded=tuple((one.source_time, _grade(one, "grade")) for one in mine if one.kind == "review.judged"),
        override=next(
            ((_grade(x, "verdict"), _grade(x, "instead_of")) for x in _last(mine, "review.overridden")), None
        ),
        waived=frozenset(_text(one, "rule") for one in mine if one.kind == "review.waived"),
        rejected=next((_text(one, "reason") for one in mine if one.kind == "review.rejected"), None),
        emergency=next(
            ((one.source_time, _text(one, "incident")) for one in mine if one.kind == "review.emergency"), None
        ),
        meeting=next((_text(one, "date") for one in _last(log, "review.meeting_planned", "review.meeting_held")), None),
        meeting_held=any(one.kind == "review.meeting_held" for one in log),
        pushers=frozenset(one.actor_id for one in _pushes(log, mine) if one.actor_id is not None),
        reached=_reached(mine),
    )


def _last(log: tuple[Fact, ...], *kinds: str) -> tuple[Fact, ...]:
    return tuple(one for one in log if one.kind in kinds)[-1:]


def _pushes(log: tuple[Fact, ...], mine: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Give who may not approve for having written it: whoever pushed these documents, and whoever pushed last."""
    return (*_last(log, "review.pushed"), *(one for one in mine if one.kind == "review.pushed"))


def _text(fact: Fact, key: str) -> str:
    return str(fact.body.get(key) or "")


def _names(fact: Fact, key: str) -> frozenset[str]:
    value: Any = fact.body.get(key)
    return frozenset(str(one) for one in value) if isinstance(value, list | tuple) else frozenset()


def _grade(fact: Fact, key: str) -> Verdict:
    # A grade that cannot be read is the one that asks most: an event of a newer release must not open a gate.
    return Verdict.__members__.get(_text(fact, key), Verdict.MAJOR)


def _approvals(log: tuple[Fact, ...], digest: str) -> tuple[Given, ...]:
    """Give the approvals of a digest that still count: not taken back, not followed by a no, their role not lost."""
    given: dict[int, Given] = {}
    for fact in log:
        who = fact.actor_id
        if who is None:
            continue
        if fact.kind == "review.approved" and fact.body.get("digest") == digest:
            given[who] = _given(who, fact)
        elif fact.kind in ("review.withdrawn", "review.objected"):
            given.pop(who, None)
        elif fact.kind == "review.role_lost" and who in given:
            given[who] = _less(given[who], fact)
    return tuple(given.values())


def _given(who: int, fact: Fact) -> Given:
    # Nothing shown counts as the lowest grade, so that a yes without one never covers more than it saw.
    shown = Verdict.__members__.get(_text(fact, "grade"), Verdict.NONE)
    maintainer, release_owner = (fact.body.get(key) is True for key in ("maintainer", "release_owner"))
    return Given(
        who, _text(fact, "login"), fact.source_time, shown, _names(fact, "teams"), _names(fact, "roles"), maintainer,
        release_owner,
    )  # fmt: skip


def _less(given: Given, lost: Fact) -> Given:
    teams, roles = _names(lost, "teams"), _names(lost, "roles")
    if not teams and not roles:
        return Given(given.actor, "", given.at, Verdict.NONE)
    return Given(
        given.actor, given.login, given.at, given.grade, given.teams - teams, given.roles - roles, given.maintainer,
        given.release_owner,
    )  # fmt: skip


def _objections(log: tuple[Fact, ...]) -> tuple[Objection, ...]:
    found: list[Objection] = []
    for fact in log:
        if fact.kind == "review.objected" and fact.actor_id is not None:
            name = _text(fact, "id") or fact.source_id
            found.append(Objection(name, fact.actor_id, _text(fact, "login"), _text(fact, "reason"), fact.source_time))
        elif fact.kind == "review.withdrawn":
            found = [_fallen(one, fact) if one.actor == fact.actor_id else one for one in found]
        elif fact.kind == "review.waived" and fact.body.get("rule") == "objection":
            found = [_fallen(one, fact) for one in found]
    return tuple(found)


def _fallen(one: Objection, fact: Fact) -> Objection:
    ended = one.ended or fact.source_time
    return Objection(one.id, one.actor, one.login, one.reason, one.at, ended)


_ENDS = {"review.condition_done": "done", "review.condition_dropped": "dropped"}


def _numbers(facts: Iterable[Fact], now: datetime) -> dict[str, int]:
    found = {
        (one.source_time, _text(one, "id"))
        for one in facts if one.kind == "review.conditioned" and one.source_time <= now
    }  # fmt: skip
    return {name: number for number, (_, name) in reversed(list(enumerate(sorted(found), start=1)))}


def _conditions(log: tuple[Fact, ...], numbers: dict[str, int]) -> tuple[Condition, ...]:
    found: dict[str, Condition] = {}
    for fact in log:
        name = _text(fact, "id")
        if fact.kind == "review.conditioned":
            found.setdefault(name, _condition(name, fact, numbers[name]))
        elif fact.kind in _ENDS and name in found:
            found[name] = replace(found[name], state=_ENDS[fact.kind])
    return tuple(found.values())


def _condition(name: str, fact: Fact, number: int) -> Condition:
    guards = "migration" if fact.body.get("guards") == "migration" else "merge"
    return Condition(
        name, _text(fact, "text"), guards, _text(fact, "login"), fact.source_time, _text(fact, "assignee"),
        instant(fact.body.get("until")), number=number,
    )  # fmt: skip


def _holds(log: tuple[Fact, ...]) -> tuple[Hold, ...]:
    found: list[Hold] = []
    for fact in log:
        at = fact.source_time
        if fact.kind == "review.held":
            until = instant(fact.body.get("until")) or utc(at) + HOLD
            found.append(Hold(_text(fact, "login"), _text(fact, "reason"), at, max(until, utc(at))))
        elif fact.kind == "review.unheld":
            found = [Hold(one.by, one.reason, one.at, min(one.until, utc(at))) for one in found]
    return tuple(found)


def _standing(objections: tuple[Objection, ...], holds: tuple[Hold, ...]) -> tuple[Pause, ...]:
    return (*(Pause(one.at, one.ended) for one in objections), *(Pause(one.at, one.until) for one in holds))


def _drafts(log: tuple[Fact, ...]) -> tuple[Pause, ...]:
    return _stretches([(one.source_time, one.kind == "review.drafted") for one in log if one.kind in _DRAFT])


_DRAFT = ("review.drafted", "review.readied")


def _away(log: tuple[Fact, ...], digest: str) -> tuple[Pause, ...]:
    """Give the stretches in which other documents were the head: their time is not this digest's."""
    heads = [one for one in log if one.kind in ("review.pushed", "review.submitted")]
    return _stretches([(one.source_time, one.body.get("digest") != digest) for one in heads])


def _stretches(turns: list[tuple[datetime, bool]]) -> tuple[Pause, ...]:
    """Make pauses of moments at which something begins (true) or ends (false)."""
    found: list[Pause] = []
    since: datetime | None = None
    for at, begins in turns:
        if begins:
            since = since or at
        elif since is not None:
            found.append(Pause(since, at))
            since = None
    return tuple(found) if since is None else (*found, Pause(since))


def _reached(mine: tuple[Fact, ...]) -> tuple[tuple[str, datetime], ...]:
    """Give when each audience was first reached; what could not be delivered leaves nothing here."""
    found: dict[str, datetime] = {}
    for fact in mine:
        if fact.kind == "review.noticed":
            found.setdefault(_text(fact, "audience"), fact.source_time)
    return tuple(found.items())
