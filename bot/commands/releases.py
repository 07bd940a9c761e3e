"""What the commands of a release do: arguments and scene in, facts for the release's own log out.

A date that is too early is refused with the reason and the first that is not. What is decided here is decided on what
stands in the log; the steward writes, tells and goes live.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from bot.commands.authority import authority, may
from bot.commands.values import Arguments, Berth, Outcome, Refused, Scene, Written
from bot.store.values import NewEvent
from rules.clock import show
from rules.release import GO_LIVE, Terms, majors_beside, plan, refused
from rules.release_plan import first_day, recommend, schedule
from rules.release_state import Phase, Release
from rules.review_events import source_id

FURTHEST = timedelta(days=3 * 365)
"""A go-live further away than this is taken for a slip of the pen."""


def release(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Announce a release, or move the one that runs."""
    berth = _berth(scene)
    if berth.release is not None and berth.release.open:
        if arguments["version"] != berth.release.name:
            raise Refused(f"{_name(berth)} runs already; `/cancel` it before another version is announced.")
        return _moved("release.moved", arguments, scene, written, berth)
    return _announced(arguments, scene, written, berth)


def _announced(arguments: Arguments, scene: Scene, written: Written, berth: Berth) -> Outcome:
    if not berth.digest:
        raise Refused("Say it on the pull request that makes the change; there is nothing to announce here.")
    terms = _terms(arguments, scene, berth)
    first = first_day(terms, berth.parties, berth.removals, scene.now)
    if first is None:
        raise Refused(
            f"No partner depends on `{berth.contract.name}` by contracts.yml, so there is nobody to tell: it goes live "
            "when the pull request is merged."
        )
    day = _legal(arguments["day"], terms, refused(arguments["day"], first), scene)
    phases = _phases(day, arguments["phases"])
    body = {
        "contract": berth.contract.name, "version": arguments["version"], "kind": terms.kind,
        "go_live": day.isoformat(), "zone": terms.zone, "at": f"{terms.at:%H:%M}", "digest": berth.digest,
        "pull": berth.pull, "merged": berth.merged,
        "phases": [{"day": one.day.isoformat(), "scope": one.scope} for one in phases],
        "removals": [
            {"field": one.field, "deprecated": one.deprecated.isoformat(), "grace_days": one.grace_days}
            for one in berth.removals
        ],
        "breaking": list(berth.breaking), "says": list(berth.says),
        "grace_days": berth.contract.policy.grace_days,
    }  # fmt: skip
    says = f"Announced: {_plan_words(terms, day, len(berth.parties))}{_lost(berth)}{_third(terms, day, berth)}"
    return _outcome(scene, written, berth, "release.announced", says, **body)


def _terms(arguments: Arguments, scene: Scene, berth: Berth) -> Terms:
    zone = berth.contract.policy.zone
    if berth.kind != "critical" or arguments["at"] is not None:
        return Terms(berth.kind, zone, arguments["at"] or GO_LIVE)
    # A critical fix that names no hour goes live as soon as it may: an hour from now, rounded up to five minutes.
    soon = scene.now + timedelta(minutes=65)
    local = soon.astimezone(Terms(berth.kind, zone).place)
    return Terms(berth.kind, zone, time(local.hour, local.minute - local.minute % 5))


def _legal(day: date, terms: Terms, objection: str | None, scene: Scene) -> date:
    if objection is not None:
        raise Refused(objection)
    if terms.instant(day) > scene.now + FURTHEST:
        raise Refused(f"{day} is more than three years away. Check the year.")
    return day


def _phases(day: date, later: tuple[tuple[date, str], ...]) -> tuple[Phase, ...]:
    days = [one for one, _ in later]
    if sorted({day, *days}) != [day, *days]:
        raise Refused("The phases have to follow the go-live, each on a later day than the one before.")
    first = Phase(day, "the first step" if later else "")
    return (first, *(Phase(one, scope) for one, scope in later))


def _plan_words(terms: Terms, day: date, partners: int) -> str:
    told = f"{partners} partner{' is' if partners == 1 else 's are'} told now"
    when = show(terms.instant(day), terms.place)
    named = "; ".join(f"{one.name} {one.what}, {one.at.astimezone(terms.place):%Y-%m-%d}" for one in plan(terms, day))
    return f"{told}, go-live {when}. The plan: {named}."


def _lost(berth: Berth) -> str:
    lost = [one.title for one in berth.parties if not one.profile.reachable]
    return f" No contact is known of {', '.join(lost)}: add one to partners.yml." if lost else ""


def _third(terms: Terms, day: date, berth: Berth) -> str:
    near = majors_beside(day, berth.majors) if terms.kind == "major" else ()
    if not near:
        return ""
    listed = " and ".join(one.isoformat() for one in near)
    return f" This is the third major release of `{berth.contract.name}` in 365 days, after those of {listed}."


def go(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Decide that the release goes live on its day; what speaks against it is said once more."""
    del arguments
    berth, found = _running(scene)
    if found.state == "go":
        raise Refused("It is decided already; `/no-go REASON` takes it back.")
    if found.lived:
        raise Refused(f"{_name(berth)} is live.")
    day = schedule(found, berth.parties, scene.now).day
    advice = recommend(found, berth.parties)
    against = f" Concordat's recommendation was to postpone: {' '.join(advice.reasons)}" if advice.reasons else ""
    says = f"Go: {_name(berth)} goes live on {day}, once its pull request is merged.{against}"
    return _outcome(scene, written, berth, "release.go", says, digest=found.digest)


def no_go(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Decide that the release does not go live for now."""
    berth, found = _running(scene)
    if found.lived:
        raise Refused(f"{_name(berth)} is live; `/rollback REASON` returns to the version before.")
    says = f"No-go: {_name(berth)} does not go live until `/go`, or on another day by `/postpone DATE REASON`."
    return _outcome(scene, written, berth, "release.no_go", says, reason=arguments["reason"])


def postpone(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Move the release to a later day."""
    berth, found = _running(scene)
    if arguments["day"] <= found.day:
        raise Refused(f"{_name(berth)} is planned for {found.day}; a postponement is to a later day.")
    return _moved("release.postponed", arguments, scene, written, berth)


def _moved(kind: str, arguments: Arguments, scene: Scene, written: Written, berth: Berth) -> Outcome:
    found = _release(berth)
    if found.lived:
        raise Refused(f"{_name(berth)} is live already.")
    dates = schedule(found, berth.parties, scene.now)
    why = refused(arguments["day"], dates.first) if dates.first else None
    day = _legal(arguments["day"], found.terms, why, scene)
    if found.terms.instant(day) <= scene.now:
        raise Refused(f"{day} is past.")
    at = arguments["at"] or found.terms.at
    body: dict[str, Any] = {"go_live": day.isoformat(), "at": f"{at:%H:%M}", "reason": arguments.get("reason", "")}
    if arguments.get("phases"):
        phases = _phases(day, arguments["phases"])
        body["phases"] = [{"day": one.day.isoformat(), "scope": one.scope} for one in phases]
    terms = Terms(found.terms.kind, found.terms.zone, at)
    says = f"Moved from {found.day} to {day}: {_plan_words(terms, day, len(berth.parties))}"
    return _outcome(scene, written, berth, kind, says, **body)


def cancel(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """End the release before it goes live."""
    berth, found = _running(scene)
    if found.lived:
        raise Refused(f"{_name(berth)} is live; `/rollback REASON` returns to the version before.")
    says = f"Cancelled: {_name(berth)} does not go live, and its partners are told."
    return _outcome(scene, written, berth, "release.cancelled", says, reason=arguments["reason"])


def rollback(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Return to the version before the release."""
    berth = _berth(scene)
    if _release(berth).state != "live":
        raise Refused(f"{_name(berth)} is not live, so there is nothing to return from; `/cancel REASON` ends it.")
    by = show(scene.at + timedelta(hours=1), Terms("critical", berth.contract.policy.zone).place)
    says = (
        f"Rolled back: {_name(berth)} is withdrawn, and every partner is told by {by}. To do now: merge the revert, "
        "find the root cause, announce the revised timeline with `/release`."
    )
    says = f"{says} {berth.data}" if berth.data else says
    return _outcome(scene, written, berth, "release.rolled_back", says, reason=arguments["reason"])


def _berth(scene: Scene) -> Berth:
    """Give the one release that a command is about; its giver has to be its release owner."""
    if not scene.berths:
        raise Refused(
            "No release belongs to this place. `/release` is given on the pull request that changes the contract, the "
            "other commands there or on the release's issue."
        )
    mine = [
        one for one in scene.berths
        if may(authority(scene.person, one.contract, author=scene.author), "release owner")
    ]  # fmt: skip
    if not mine:
        raise Refused("This is for the release owner of a contract that the pull request changes.")
    if len(mine) > 1:
        names = ", ".join(f"`{one.contract.name}`" for one in mine)
        raise Refused(f"The pull request changes {names}; each is released from a pull request of its own.")
    (berth,) = mine
    if berth.release is not None and berth.drawn is not None and berth.drawn != berth.release.version:
        raise Refused(f"{_name(berth)} has changed since that button was drawn. Look at it as it is now.")
    _in_time(scene, berth)
    return berth


def _in_time(scene: Scene, berth: Berth) -> None:
    """Refuse what was overtaken: a turn that counts after it is known already, and would make it idle."""
    mine = scene.at, source_id(scene.source, scene.number, 0, berth.contract.name)
    later = [one for one in (berth.release.turns if berth.release else ()) if (one.at, one.source_id) > mine]
    later = [one for one in later if not one.source_id.startswith(f"{scene.source}:{scene.number}:")]
    if berth.release is not None and later:
        last = later[-1]
        what = _TURNED.get(last.kind, "it has changed")
        raise Refused(
            f"{_name(berth)}: {what} at {show(last.at, berth.release.terms.place)}, which was not known when this was "
            f"given, so this counts for nothing. The release is {berth.release.state}, planned for "
            f"{berth.release.day}. Give it again if it still holds."
        )


_TURNED = {
    "release.go": "somebody said go", "release.no_go": "somebody said no-go", "release.cancelled": "it was cancelled",
    "release.postponed": "it was postponed", "release.moved": "its day was moved", "release.live": "it went live",
    "release.digest_changed": "its documents changed", "release.rolled_back": "it was rolled back",
    "release.announced": "it was announced anew",
}  # fmt: skip


def _running(scene: Scene) -> tuple[Berth, Release]:
    berth = _berth(scene)
    found = _release(berth)
    if not found.open:
        raise Refused(f"{_name(berth)} is {found.state}.")
    return berth, found


def _release(berth: Berth) -> Release:
    if berth.release is None:
        raise Refused("Nothing is announced here yet: `/release VERSION DATE`.")
    return berth.release


def _seen(berth: Berth, kind: str) -> dict[str, int]:
    """Say at which version a decision was made: where it has moved on before that is kept, it was about another."""
    return {"at_version": berth.release.version} if berth.release and kind != "release.announced" else {}


def _name(berth: Berth) -> str:
    return f"`{berth.contract.name}`" + (f" {berth.release.name}" if berth.release else "")


def _outcome(scene: Scene, written: Written, berth: Berth, kind_: str, says: str, /, **body: Any) -> Outcome:
    name = str(body.get("version") or (berth.release.name if berth.release else ""))
    fact = NewEvent(
        kind=kind_,
        source_id=source_id(scene.source, scene.number, written.index, berth.contract.name),
        source_time=scene.at,
        body={"login": scene.person.login, **_seen(berth, kind_), **body},
        actor_id=scene.person.id,
    )
    return Outcome(True, says, releases=((berth.stream(name), fact),))
