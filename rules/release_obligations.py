"""What a release owes whom, and when: notices to partners by its milestones and turns, word to its owners.

Pure, and one partner after the other, so that ten thousand of them take no more memory than a hundred. A key names
what is owed, with the day that it speaks of: another day is another notice. What is owed no longer is not listed; the
steward takes it back and records that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.obligations import ESCALATION, Fallback, Owed
from rules.partners import Party
from rules.release import NOTICE, Milestone
from rules.release_plan import OWNER, UNDECIDED, Schedule, both_until, decide_by, recommend, unreached
from rules.release_state import Release, Turn

STATUS_EVERY = timedelta(hours=4)
"""After a rollback every partner hears so often how things stand, until it is resolved."""
VERIFY_AFTER, FEEDBACK_AFTER = timedelta(days=1), timedelta(days=7)
ROOT_CAUSE_WITHIN = timedelta(days=2)
"""By then the owners have written down why it was rolled back; they are reminded when that time is over."""


@dataclass(frozen=True, slots=True)
class Step:
    """One notice of the plan: so many days before go-live, to everybody or to those who are not ready."""

    days: int
    kind: str
    unready_only: bool = False


STEPS: Mapping[str, tuple[Step, ...]] = {
    "major": (
        Step(45, "release.consultation"), Step(30, "release.testing"), Step(15, "release.testing_ends", True),
        Step(14, "release.confirm"), Step(10, "release.confirm_reminder", True),
        Step(7, "release.confirm_closes", True),
    ),
    "minor": (Step(14, "release.reminder"), Step(7, "release.reminder")),
    "patch": (),
    "critical": (),
}  # fmt: skip
"""The notices between announcement and go-live, by the kind of release."""

TURN_NOTICES: Mapping[str, str] = {
    "release.announced": "release.announced", "release.moved": "release.moved",
    "release.postponed": "release.postponed", "release.digest_changed": "release.changed",
    "release.no_go": "release.no_go", "release.live": "release.live", "release.cancelled": "release.cancelled",
    "release.rolled_back": "release.rolled_back", "release.resolved": "release.resolved",
}  # fmt: skip
"""What partners are told when the release turns; of a go they hear by going live."""

_CHANGES = frozenset({"release.moved", "release.postponed", "release.changed", "release.no_go"})
_ENDS = frozenset({"cancelled", "rolled back"})

KINDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *TURN_NOTICES.values(), "release.announced_anew",
            *(step.kind for steps in STEPS.values() for step in steps),
            "release.status", "release.verify", "release.feedback",
            "release.decide", "release.undecided", "release.unreached", "release.blocked", "release.held",
            "release.went_live", "release.unsigned", "release.follow_up", "release.unexplained", "release.unpacked",
        )
    )
)  # fmt: skip
"""Every kind of notice about a release: those to partners, then those to its owners."""


def to_party(stream: str, release: Release, found: Schedule, party: Party, now: datetime) -> Iterator[Owed]:
    """List what is owed to one partner; nothing where they cannot be reached, which the owners are told."""
    if not party.profile.reachable:
        return
    yield from _of_turns(stream, release, found, party, now)
    yield from _of_milestones(stream, release, found, party, now)
    yield from _afterwards(stream, release, found, party, now)


def _of_turns(stream: str, release: Release, found: Schedule, party: Party, now: datetime) -> Iterator[Owed]:
    mine = [one for one in release.turns if one.kind in TURN_NOTICES and one.at >= release.announced]
    announcing = [one for one in mine if _announces(one, release)]
    changes = [one for one in mine if TURN_NOTICES[one.kind] in _CHANGES and one.at > announcing[-1].at]
    ends = [one for one in mine if one.kind != "release.announced" and TURN_NOTICES[one.kind] not in _CHANGES]
    # Of several changes that somebody has not heard of, the last one says all; an end makes the others idle talk.
    told = ends if release.state in _ENDS else [*announcing[-1:], *changes[-1:], *ends]
    for turn in told:
        kind = TURN_NOTICES[turn.kind]
        if turn.kind == "release.digest_changed" and turn in announcing:
            kind = "release.announced_anew"
        facts = {"reason": turn.reason, "says": "\n".join(turn.says), "before": _iso(turn.before)}
        yield _owed(stream, release, found, party, kind, turn.source_id, turn.at, now, facts)


def _announces(turn: Turn, release: Release) -> bool:
    return turn.kind == "release.announced" or turn.at == release.noticed_from


def _of_milestones(stream: str, release: Release, found: Schedule, party: Party, now: datetime) -> Iterator[Owed]:
    if release.state not in ("announced", "go", "no-go"):
        return
    ready = release.answer(party.name).ready is True
    steps = [one for one in STEPS[release.terms.kind] if not (one.unready_only and ready)]
    due = [(step, _moment(release, found, party, step)) for step in steps]
    late = [step for step, at in due if at <= now]
    for step, at in due:
        # Of several that are late only the last is sent: what the others ask for is in it.
        if at > release.noticed_from and step not in late[:-1]:
            milestone = Milestone(step.days, release.terms.notice_days, step.kind, at)
            mark = f"{found.day}/T-{step.days}"
            yield _owed(stream, release, found, party, step.kind, mark, at, now, {"milestone": milestone.name})


def _moment(release: Release, found: Schedule, party: Party, step: Step) -> datetime:
    at = release.terms.instant(found.day - timedelta(days=step.days))
    quiet = party.profile.quiet
    earlier = quiet.before(at, party.profile.zone) if quiet else at
    return earlier if earlier > release.noticed_from else at


def _afterwards(stream: str, release: Release, found: Schedule, party: Party, now: datetime) -> Iterator[Owed]:
    if release.state == "rolled back" and release.ended and not release.resolved:
        count = max(1, int((now - release.ended.at) / STATUS_EVERY))
        for number in (count, count + 1):
            at = release.ended.at + number * STATUS_EVERY
            facts = {"reason": release.ended.reason}
            yield _owed(stream, release, found, party, "release.status", str(number), at, now, facts)
    if release.state == "live" and 0 in release.lived:
        live = release.lived[0]
        if not any(side == party.name for side, _ in release.verified):
            yield _owed(stream, release, found, party, "release.verify", "", live + VERIFY_AFTER, now, {})
        yield _owed(stream, release, found, party, "release.feedback", "", live + FEEDBACK_AFTER, now, {})


def to_owners(  # noqa: PLR0913, PLR0917 the release, what follows from it, and who is told
    stream: str, release: Release, found: Schedule, parties: Sequence[Party], owners: Sequence[str], now: datetime
) -> Iterator[Owed]:
    """List what is owed to the release owners, by login."""
    advice = recommend(release, parties)
    said = {"recommendation": advice.word, "reasons": "\n".join((*advice.reasons, *advice.remarks))}
    for kind, mark, due, channel, facts in _for_owners(release, found, parties, now):
        for login in owners:
            yield Owed(
                _key(kind, stream, release, mark, f"user:{login}"), kind, f"user:{login}", channel, due, now > due,
                {**_facts(release, found), **said, **facts},
            )  # fmt: skip


def unpacked(  # noqa: PLR0913, PLR0917 the release, what failed since when, and who is told
    stream: str, release: Release, found: Schedule, owners: Sequence[str], failure: tuple[str, str, datetime],
    now: datetime,
) -> Iterator[Owed]:  # fmt: skip
    """List what is owed to the release owners about a package that could not be made: from what, why, since when."""
    key, why, since = failure
    for login in owners:
        about = _key("release.unpacked", stream, release, key, f"user:{login}")
        facts = {**_facts(release, found), "why": why}
        yield Owed(about, "release.unpacked", f"user:{login}", "slack", since, now > since, facts)


_Word = tuple[str, str, datetime, str, Mapping[str, str]]


def _for_owners(release: Release, found: Schedule, parties: Sequence[Party], now: datetime) -> Iterator[_Word]:
    for party in parties:
        why = unreached(release, party)
        if why and release.state not in _ENDS:
            yield "release.unreached", party.name, release.noticed_from, "slack", {"party": party.title, "why": why}
    titles = {party.name: party.title for party in parties} if release.blocking else {}
    for one in release.blocking:
        facts = {"party": titles.get(one.party, one.party), "severity": one.severity, "text": one.text}
        yield "release.blocked", one.id, one.at, "slack", {**facts, "blocker": str(one.issue or "")}
    if release.state in ("announced", "no-go") and release.needs_go:
        by = max(decide_by(release, found), _changed_at(release))
        # Of other documents it is decided anew.
        changes = sum(turn.kind == "release.digest_changed" for turn in release.turns)
        about = f"{found.day}/{changes}" if changes else str(found.day)
        yield "release.decide", about, by, "slack", {"by": by.isoformat()}
        yield "release.undecided", about, by + UNDECIDED, "email", {"by": by.isoformat()}
    if release.state in ("announced", "no-go") and found.go_live <= now and not release.cleared:
        why = f"pull request #{release.pull} is not merged" if release.state == "announced" else "nobody said go"
        if release.needs_go:
            why = "nobody said go" if release.state == "announced" else "the decision was no-go"
        yield "release.held", str(found.day), found.go_live, "slack", {"why": why}
    if release.state == "live" and 0 in release.lived:
        live = release.lived[0]
        yield "release.went_live", "", live, "slack", {}
        if not any(side == OWNER for side, _ in release.verified):
            yield "release.unsigned", "", live + VERIFY_AFTER, "slack", {}
    if release.state == "rolled back" and release.ended and not release.resolved:
        by = release.ended.at + ROOT_CAUSE_WITHIN
        follow_ups = {name: str(release.follow_ups.get(name) or "") for name in ("revert", "root_cause")}
        facts = {"by": by.isoformat(), "reason": release.ended.reason, **follow_ups}
        yield "release.follow_up", str(release.version), release.ended.at, "slack", facts
        yield "release.unexplained", str(release.version), by, "email", facts


def _changed_at(release: Release) -> datetime:
    """Say when the documents changed last that are to be decided on."""
    changed = (turn.at for turn in release.turns if turn.kind == "release.digest_changed")
    return max(changed, default=release.announced)


def _owed(  # noqa: PLR0913, PLR0917 what makes an obligation
    stream: str, release: Release, found: Schedule, party: Party, kind: str, mark: str, due: datetime, now: datetime,
    more: Mapping[str, str],
) -> Owed:  # fmt: skip
    profile = party.profile
    ways = [(one, profile.contacts.on(one)) for one in profile.channels]
    ways += [(one, profile.backup.on(one)) for one in profile.backup.channels]
    # Email last, where there is any: it is what is left when nobody answers elsewhere.
    rest = [Fallback(channel, address, ESCALATION) for channel, address in ways[1:]]
    facts = {
        **_facts(release, found), "party": party.title, "name": party.name, "access": party.access,
        "zone": profile.zone, "language": profile.language, "fields": "\n".join(party.fields),
        "criticality": profile.criticality, **more,
    }  # fmt: skip
    key = _key(kind, stream, release, mark, f"partner:{party.name}")
    late = now > due + ESCALATION
    return Owed(key, kind, f"partner:{party.name}", ways[0][0], due, late, facts, ways[0][1], tuple(rest))


def _key(kind: str, stream: str, release: Release, mark: str, recipient: str) -> str:
    return "/".join((kind, stream, f"{release.round}.{release.epoch}", mark, recipient))


def _facts(release: Release, found: Schedule) -> dict[str, str]:
    return {
        "contract": release.contract, "version": release.name, "class": NOTICE[release.terms.kind].title,
        "go_live": found.go_live.isoformat(), "release_zone": release.terms.zone, "state": release.state,
        "decide_by": decide_by(release, found).isoformat(), "notice": str(release.terms.notice_days),
        "both_until": "" if (end := both_until(release, found.phases)) is None else end.isoformat(),
        "issue": str(release.issue or ""), "pull": str(release.pull or ""), "epoch": str(release.epoch),
        "phases": "\n".join(f"{one.day} {one.scope}".strip() for one in found.phases),
    }  # fmt: skip


def _iso(value: object) -> str:
    return "" if value is None else str(value)
