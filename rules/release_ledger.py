"""What the log says of one release: a pure fold, the same whatever the order of arrival.

announced ──go──▸ go ──live──▸ live ──rolled_back──▸ rolled back
  │  ▲ ▲            │            no way back but a new announcement
  │  │ └─ moved, postponed, another digest ─┘
  │  └── no-go, until it is decided again
  └──cancelled──▸ cancelled
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.release import GO_LIVE, ReleaseKind, Removal, Terms
from rules.release_events import KINDS, Fact, clock, day, names, ordered, text
from rules.release_state import WEIGHT, Answer, Blocker, Decision, Phase, Release, Severity, State, Turn


def fold(facts: Iterable[Fact], *, now: datetime) -> Release | None:
    """Read the log of a release as it stands at `now`; `None` where nothing was announced by then."""
    return fold_ordered(ordered(facts), now=now)


def fold_ordered(facts: Iterable[Fact], *, now: datetime) -> Release | None:
    """Do the same with facts that come in the order in which they count, each once; none is held on to."""
    release: Release | None = None
    for fact in facts:
        if fact.source_time > now:
            break
        if fact.kind not in KINDS:
            continue
        if fact.kind == "release.announced":
            release = _announced(release, fact)
        elif release is not None:
            release = _FOLDS[fact.kind](release, fact)
    return release


def _announced(before: Release | None, fact: Fact) -> Release | None:
    phases, kind = _phases(fact), _kind(fact)
    if not phases or kind is None or (before is not None and before.state not in ("cancelled", "rolled back")):
        return before  # a body that cannot be read announces nothing; a release that runs is moved, not announced again
    terms = Terms(kind, _zone(text(fact, "zone")), clock(fact.body.get("at")) or GO_LIVE)
    made = Release(
        contract=text(fact, "contract"), name=text(fact, "version"), terms=terms, phases=phases,
        # Whoever announces a critical fix is a release owner, and that is its go.
        state="go" if kind == "critical" else "announced",
        digest=text(fact, "digest"), announced=fact.source_time, noticed_from=fact.source_time,
        pull=_number(fact, "pull"), merged=fact.body.get("merged") is True, owner=text(fact, "login"),
        removals=_removals(fact), breaking=frozenset(names(fact, "breaking")), says=names(fact, "says"),
        grace_days=_number(fact, "grace_days") if "grace_days" in fact.body else 30,
    )  # fmt: skip
    made = _turned(made, fact, None)
    if before is None:
        return made
    return replace(
        made, round=before.round + 1, version=before.version + 1, epoch=before.epoch + 1, issue=before.issue,
        turns=(*before.turns, *made.turns),
    )  # fmt: skip


def _turned(release: Release, fact: Fact, before: date | None) -> Release:
    turn = Turn(
        fact.kind, fact.source_time, fact.source_id, text(fact, "reason"), names(fact, "says"), before, release.day
    )
    return replace(release, turns=(*release.turns, turn))


def _moved(release: Release, fact: Fact) -> Release:
    phases = _phases(fact)
    if not phases or not release.open:
        return release
    if len(phases) == 1 and len(release.phases) > 1:
        shift = phases[0].day - release.day
        phases = tuple(Phase(one.day + shift, one.scope) for one in release.phases)
    terms = replace(release.terms, at=clock(fact.body.get("at")) or release.terms.at)
    moved = replace(release, phases=phases, terms=terms, state=_undecided(release), decided=None)
    return _turned(replace(moved, version=release.version + 1), fact, release.day)


def _undecided(release: Release) -> State:
    """Give the state of a release whose decision has lapsed, because what was decided on is another now."""
    if release.state == "live":
        return "live"
    return "go" if release.terms.kind == "critical" else "announced"


def _digest_changed(release: Release, fact: Fact) -> Release:
    digest, kind = text(fact, "digest"), _kind(fact) or release.terms.kind
    if not digest or digest == release.digest or not release.open:
        return release
    terms = replace(release.terms, kind=max(release.terms.kind, kind, key=WEIGHT.__getitem__))
    changed = replace(
        release, digest=digest, terms=terms, answers={}, state=_undecided(replace(release, terms=terms)), decided=None,
        version=release.version + 1, breaking=release.breaking | set(names(fact, "breaking")),
        says=names(fact, "whole") or release.says,
    )  # fmt: skip
    if fact.body.get("restarts") is True:
        changed = replace(changed, noticed_from=fact.source_time, reached={}, unreached={}, epoch=release.epoch + 1)
    return _turned(changed, fact, release.day)


def _noticed(release: Release, fact: Fact) -> Release:
    party = text(fact, "party")
    if text(fact, "notice") not in ANNOUNCING or party in release.reached or not _of_epoch(release, fact):
        return release
    # In place: nobody has seen this state of the fold yet, and of ten thousand partners each would copy all others.
    cast("dict[str, datetime]", release.reached)[party] = fact.source_time
    cast("dict[str, str]", release.unreached).pop(party, None)
    return release


def _unnoticed(release: Release, fact: Fact) -> Release:
    party = text(fact, "party")
    if text(fact, "notice") not in ANNOUNCING or party in release.reached or not _of_epoch(release, fact):
        return release
    cast("dict[str, str]", release.unreached)[party] = text(fact, "why")
    return release


def _of_epoch(release: Release, fact: Fact) -> bool:
    epoch = fact.body.get("epoch")
    return epoch is None or epoch == release.epoch


ANNOUNCING = frozenset({"release.announced", "release.announced_anew"})
"""The notices from which a partner's notice period counts."""


def _checklist(release: Release, fact: Fact) -> Release:
    if text(fact, "digest") != release.digest:
        return release
    before = release.answer(text(fact, "party"))
    item, done = {text(fact, "item")}, fact.body.get("done") is True
    items = before.items | item if done else before.items - item
    return _answered(release, fact, replace(before, items=items))


def _readiness(release: Release, fact: Fact) -> Release:
    if text(fact, "digest") != release.digest:
        return release
    before = release.answer(text(fact, "party"))
    said = replace(
        before, ready=fact.body.get("ready") is True, at=fact.source_time, by=text(fact, "by"), text=text(fact, "text")
    )
    return _answered(release, fact, said)


def _answered(release: Release, fact: Fact, said: Answer) -> Release:
    return replace(release, answers={**release.answers, text(fact, "party"): said})


def _blocker(release: Release, fact: Fact) -> Release:
    name = text(fact, "id") or fact.source_id
    if any(one.id == name for one in release.blockers):
        return release
    found = text(fact, "severity")
    # A severity that cannot be read is the one that asks most: a blocker of a newer release must not be passed over.
    severity: Severity = found if found in get_args(Severity) else "critical"  # type: ignore[assignment] # checked here
    made = Blocker(name, text(fact, "party"), severity, text(fact, "text"), fact.source_time, text(fact, "by"))
    return replace(release, blockers=(*release.blockers, made))


def _blocker_filed(release: Release, fact: Fact) -> Release:
    return _on_blocker(release, fact, issue=_number(fact, "issue"))


def _blocker_closed(release: Release, fact: Fact) -> Release:
    return _on_blocker(release, fact, closed=fact.source_time)


def _on_blocker(release: Release, fact: Fact, **changes: Any) -> Release:
    name = text(fact, "id")
    return replace(
        release, blockers=tuple(replace(one, **changes) if one.id == name else one for one in release.blockers)
    )


def _go(release: Release, fact: Fact) -> Release:
    if release.state not in ("announced", "no-go") or text(fact, "digest") not in ("", release.digest):
        return release
    decided = Decision(text(fact, "login"), fact.source_time)
    return _turned(replace(release, state="go", decided=decided, version=release.version + 1), fact, release.day)


def _no_go(release: Release, fact: Fact) -> Release:
    if release.state not in ("announced", "go"):
        return release
    decided = Decision(text(fact, "login"), fact.source_time, text(fact, "reason"))
    return _turned(replace(release, state="no-go", decided=decided, version=release.version + 1), fact, release.day)


def _live(release: Release, fact: Fact) -> Release:
    phase = _number(fact, "phase")
    if not release.cleared or phase in release.lived or phase >= len(release.phases):
        return release
    lived = {**release.lived, phase: fact.source_time}
    return _turned(replace(release, state="live", lived=lived, version=release.version + 1), fact, release.day)


def _cancelled(release: Release, fact: Fact) -> Release:
    return _ended(release, fact, "cancelled") if release.open and not release.lived else release


def _rolled_back(release: Release, fact: Fact) -> Release:
    return _ended(release, fact, "rolled back") if release.state == "live" else release


def _ended(release: Release, fact: Fact, state: State) -> Release:
    ended = Decision(text(fact, "login"), fact.source_time, text(fact, "reason"))
    return _turned(replace(release, state=state, ended=ended, version=release.version + 1), fact, release.day)


def _followed_up(release: Release, fact: Fact) -> Release:
    number = _number(fact, "issue") or _number(fact, "pull")
    return replace(release, follow_ups={**release.follow_ups, text(fact, "what"): number})


def _resolved(release: Release, fact: Fact) -> Release:
    if release.state != "rolled back" or release.resolved is not None:
        return release
    return _turned(replace(release, resolved=fact.source_time, version=release.version + 1), fact, release.day)


def _verified(release: Release, fact: Fact) -> Release:
    place = (text(fact, "side"), text(fact, "item"))
    return replace(release, verified={place: fact.source_time, **release.verified})


def _issue(release: Release, fact: Fact) -> Release:
    return replace(release, issue=release.issue or _number(fact, "number"))


def _merged(release: Release, _: Fact) -> Release:
    return replace(release, merged=True)


def _failures(release: Release, fact: Fact) -> Release:
    party = text(fact, "party")
    count = release.failures.get(party, 0) + _number(fact, "count")
    return replace(release, failures={**release.failures, party: count})


def _same(release: Release, _: Fact) -> Release:
    return release


_FOLDS = {
    "release.moved": _moved, "release.postponed": _moved, "release.digest_changed": _digest_changed,
    "release.issue": _issue, "release.merged": _merged, "release.noticed": _noticed, "release.unnoticed": _unnoticed,
    "release.checklist": _checklist, "release.readiness": _readiness, "release.blocker": _blocker,
    "release.blocker_filed": _blocker_filed, "release.blocker_closed": _blocker_closed, "release.go": _go,
    "release.no_go": _no_go, "release.live": _live, "release.cancelled": _cancelled,
    "release.rolled_back": _rolled_back, "release.followed_up": _followed_up, "release.resolved": _resolved,
    "release.verified": _verified, "release.feedback": _same, "release.failures": _failures,
}  # fmt: skip


def _phases(fact: Fact) -> tuple[Phase, ...]:
    """Read the go-live day and the phases after it, in the order of their days."""
    first = day(fact.body.get("go_live"))
    if first is None:
        return ()
    listed: Any = fact.body.get("phases") or ()
    pairs = [(day(one.get("day")), str(one.get("scope", ""))) for one in listed if isinstance(one, Mapping)]
    found = [Phase(when, scope) for when, scope in pairs if when is not None]
    return tuple(sorted(found, key=lambda one: one.day)) or (Phase(first),)


def _kind(fact: Fact) -> ReleaseKind | None:
    found = text(fact, "kind")
    return found if found in WEIGHT else None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name or "UTC"


def _number(fact: Fact, key: str) -> int:
    value = fact.body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _removals(fact: Fact) -> tuple[Removal, ...]:
    listed: Any = fact.body.get("removals") or ()
    found = [one for one in listed if isinstance(one, Mapping)]
    return tuple(
        Removal(str(one.get("field", "")), since, int(one.get("grace_days", 30)))
        for one in found
        if (since := day(one.get("deprecated"))) is not None
    )
