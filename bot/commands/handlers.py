"""What each command does: arguments and scene in, facts and intents out. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.commands.authority import Authority, authority, may, who_may
from bot.commands.values import Arguments, Handler, Intent, NotYoursError, Outcome, Refused, Role, Scene, Seat, Written
from bot.store.values import NewEvent
from rules.contract import Contract
from rules.review import Approval, approvals
from rules.review_events import source_id
from rules.review_ledger import Ledger
from rules.verdict import Verdict


def approve(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Say yes for the contracts named, or for those that the giver owns."""
    asked = _asked(arguments["contracts"], scene, "owner")
    events: list[NewEvent] = []
    for seat, held in asked:
        _unbarred(seat, scene, held)
        events.append(_fact(scene, written, seat, "review.approved", grade=seat.grade, digest=seat.shown))
        events += [
            _fact(
                scene, written, seat, "review.conditioned", part=n, text=text, guards="merge", id=_id(scene, written, n)
            )
            for n, text in enumerate(arguments["conditions"], start=1)
        ]
    more = f" under {_count(len(arguments['conditions']), 'condition')}" if arguments["conditions"] else ""
    says = f"Approved {_listed(asked)}{more}."
    left = [seat for seat in scene.seats if seat not in [one for one, _ in asked]]
    if left and not arguments["contracts"]:
        says = f"{says} Not {_names(left)}, of which you are no owner."
    found = _of_what_was_shown(asked, says, tuple(events))
    return replace(found, aloud=len(scene.seats) > 1 and not arguments["contracts"])


def object_(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Say no; it blocks until it is withdrawn by its giver or waived by a maintainer."""
    asked = _asked((), scene, "owner")
    events = tuple(
        _fact(scene, written, seat, "review.objected", reason=arguments["reason"], id=_id(scene, written))
        for seat, _ in asked
    )
    says = f"Objected to {_listed(asked)}. It blocks until you `/withdraw` it or a maintainer waives it."
    return Outcome(True, says, events)


def withdraw(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Take one's own approvals and objections back."""
    del arguments
    mine = [seat for seat in scene.seats if _has_word(seat, scene.person.id)]
    if not mine:
        raise NotYoursError("You have neither approved nor objected here, so there is nothing to take back.")
    events = tuple(_fact(scene, written, seat, "review.withdrawn") for seat in mine)
    return Outcome(True, f"Took back what you said of {_names(mine)}.", events)


def reject(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """End the review of these documents."""
    asked = _asked((), scene, "maintainer")
    events = tuple(
        _fact(scene, written, _seen(seat), "review.rejected", reason=arguments["reason"], digest=seat.shown)
        for seat, _ in asked
    )
    says = f"Rejected {_listed(asked)} as it stands. Other documents start a new review."
    return _of_what_was_shown(asked, says, events)


def condition(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Ask for something first, or say that it is done or not asked for any more."""
    if arguments["action"] == "add":
        asked = _asked((), scene, "owner")
        until = arguments["until"]
        if until is not None and until <= scene.now:
            raise Refused("That date is past. Give one to come, or none.")
        body = {
            "text": arguments["text"], "guards": arguments["guards"], "assignee": arguments["assignee"],
            "until": until.isoformat() if until else None, "id": _id(scene, written),
        }  # fmt: skip
        events = tuple(_fact(scene, written, seat, "review.conditioned", **body) for seat, _ in asked)
        return Outcome(True, f"To be done before the {arguments['guards']}: noted for {_listed(asked)}.", events)
    return _settled(arguments, scene, written)


def _settled(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    places = _kept(scene)
    known = (one for _, ledger in places for one in ledger.conditions)
    found = next((one for one in known if one.number == arguments["number"]), None)
    if found is None:
        raise Refused(f"There is no condition {arguments['number']}. `/status` lists them with their numbers.")
    mine = [(one, ledger) for one, ledger in places if any(each.id == found.id for each in ledger.conditions)]
    helped = arguments["action"] == "done" and found.assignee.casefold() == scene.person.login.casefold()
    if not helped and not all(may(_held(one, ledger, scene), "owner") for one, ledger in mine):
        listed = ", ".join(f"`{one.name}`" for one, _ in mine)
        raise NotYoursError(f"Only who owns {listed} may say so, or for `done` whoever it is assigned to.")
    if found.state != "open":
        state = {"done": "done already", "dropped": "not asked for any more"}[found.state]
        return Outcome(True, f"Condition {found.number} is {state}.", aloud=not scene.seats)
    kind = "review.condition_done" if arguments["action"] == "done" else "review.condition_dropped"
    events = tuple(_fact_of(scene, written, *place, kind, id=found.id) for place in mine)
    said = "done" if arguments["action"] == "done" else "dropped"
    # The comment of a merged pull request is not brought up to date any more.
    return Outcome(True, f"Condition {found.number} is {said}.", events, aloud=not scene.seats)


def _kept(scene: Scene) -> tuple[tuple[Contract, Ledger], ...]:
    """Give each contract with what the log says of it: of those that are changed, or once merged, are migrated."""
    seated = ((seat.contract, seat.review.ledger) for seat in scene.seats)
    return scene.kept or tuple((contract, ledger) for contract, ledger in seated if ledger is not None)


def hold(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Stop the clock until a date, or for seven days."""
    asked = _asked((), scene, "owner")
    until = arguments["until"]
    if until is not None and until <= scene.now:
        raise Refused("That date is past. Give one to come, or none for seven days.")
    body = {"reason": arguments["reason"], "until": until.isoformat() if until else None}
    events = tuple(_fact(scene, written, seat, "review.held", **body) for seat, _ in asked)
    return Outcome(True, f"The clock of {_listed(asked)} stands still.", events)


def unhold(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Let the clock run again."""
    return _plain("review.unheld", "owner", "The clock runs again for {}.")(arguments, scene, written)


def meeting(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Plan the pre-review meeting, or confirm that it was held."""
    asked = _asked((), scene, "maintainer")
    when = arguments["date"] or scene.at
    if arguments["held"] and when > scene.now:
        raise Refused("A meeting to come cannot have been held yet. Confirm it afterwards.")
    kind = "review.meeting_held" if arguments["held"] else "review.meeting_planned"
    body = {"date": when.isoformat(), "link": arguments["link"]}
    events = tuple(_fact(scene, written, seat, kind, **body) for seat, _ in asked)
    said = "was held" if arguments["held"] else "is planned; confirm it afterwards with `/meeting held`"
    return Outcome(True, f"The pre-review meeting on {_listed(asked)} {said}.", events)


def waive(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Let a to-do or the objections be, with a reason on record."""
    rule = arguments["rule"]
    asked = [
        (seat, held) for seat, held in _asked((), scene, "maintainer") if _stale(seat) or rule in _open_rules(seat)
    ]
    if not asked:
        known = sorted({one for seat in scene.seats for one in _open_rules(seat)})
        listed = ", ".join(f"`{one}`" for one in known) or "nothing"
        raise Refused(f"Nothing of that name holds the change up. What does: {listed}.")
    events = tuple(
        _fact(scene, written, _seen(seat), "review.waived", rule=rule, reason=arguments["reason"], digest=seat.shown)
        for seat, _ in asked
    )
    return _of_what_was_shown(asked, f"Waived `{rule}` for {_listed(asked)}.", events)


def override(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Put a maintainer's verdict in the place of the engine's, for these documents."""
    asked = _asked((), scene, "maintainer")
    events = tuple(
        _fact(
            scene, written, _seen(seat), "review.overridden", verdict=arguments["verdict"],
            instead_of=seat.grade, reason=arguments["reason"], digest=seat.shown,
        )
        for seat, _ in asked
    )  # fmt: skip
    says = f"{_listed(asked)} counts as {arguments['verdict']} by your word."
    more = [seat for seat, _ in asked if (seat.review.assessment.versions.bump or Verdict.NONE) > _verdict(arguments)]
    if more:
        says = f"{says} {_names(more)} is reviewed as its version declares all the same, which is a greater step."
    return replace(_of_what_was_shown(asked, says, events), aloud=bool(more))


def _verdict(arguments: Arguments) -> Verdict:
    return Verdict[str(arguments["verdict"])]


def emergency(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Declare a critical fix: a release owner approves it, within the hour."""
    run = _plain(
        "review.emergency", "release owner", "{} is a critical fix: a release owner approves it, within 1 hour."
    )
    return run({"incident": arguments["link"]}, scene, written)


def intent(kind: str) -> Handler:
    """Make the handler of a command that asks the steward for something and decides nothing about a review.

    Where an owner's answer is overdue it is one all the same: they are there, and need no mail.
    """

    def handle(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
        asks = Intent(kind, {key: str(value) for key, value in arguments.items()})
        return Outcome(True, "", spoke(scene, written), (asks,))

    return handle


def spoke(scene: Scene, written: Written) -> tuple[NewEvent, ...]:
    """Note, where an owner's answer is overdue, that the owner spoke: they are there."""
    return tuple(
        _fact(scene, written, seat, "review.spoke", command=written.name)
        for seat in scene.seats if seat.review.overdue and may(held_in(seat, scene), "owner")
    )  # fmt: skip


def _plain(kind: str, role: Role, says: str) -> Handler:
    def handle(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
        asked = _asked((), scene, role)
        events = tuple(_fact(scene, written, seat, kind, **arguments) for seat, _ in asked)
        return Outcome(True, says.format(_listed(asked)), events)

    return handle


def _asked(named: tuple[str, ...], scene: Scene, role: Role) -> list[tuple[Seat, Authority]]:
    """Give the seats that a command is about, all of which its giver may decide on; `Refused` otherwise."""
    known = {seat.contract.name: seat for seat in scene.seats}
    unknown = [name for name in named if name not in known]
    if unknown:
        listed = ", ".join(f"`{one}`" for one in known) or "none"
        raise Refused(f"This pull request changes no contract of that name. It changes: {listed}.")
    chosen = [known[name] for name in dict.fromkeys(named)] or list(scene.seats)
    held = [(seat, held_in(seat, scene)) for seat in chosen]
    allowed = [(seat, own) for seat, own in held if may(own, role)]
    if not allowed or (named and len(allowed) < len(held)):
        raise NotYoursError(
            f"This needs the role of {role} of {_names(chosen) or 'a contract'}, which you do not have"
            f"{who_may(role, [seat.contract for seat in chosen])}."
        )
    return allowed


def _unbarred(seat: Seat, scene: Scene, held: Authority) -> None:
    """Refuse a yes that would not count, and say why."""
    ledger = seat.review.ledger
    if scene.author is None or scene.person.id == scene.author:
        raise NotYoursError("Nobody approves their own change; somebody else of the owners has to.")
    if scene.person.id in _pushers(seat, scene):
        raise NotYoursError("You pushed to this change, so somebody else of the owners has to approve it.")
    if ledger is not None and any(one.actor == scene.person.id for one in ledger.blocking):
        raise NotYoursError("Your objection still stands. Take it back with `/withdraw` first.")
    if not any(_meets(one, scene.person.login, held) for one in _needs(seat)):
        raise NotYoursError(
            f"Nobody waits for your approval of `{seat.contract.name}`. `/status` says whose is awaited."
        )
    _seen(seat)


def _pushers(seat: Seat, scene: Scene) -> set[int | None]:
    """Give who had pushed what was shown, or had pushed last, when the word was given: whenever it is carried out."""
    log = () if seat.review.ledger is None else seat.review.ledger.log
    pushed = [one for one in log if one.kind == "review.pushed"]
    # Who wrote a head may have been asked long after it was pushed.
    since = {one.body.get("head"): one.source_time for one in reversed(pushed)}
    there = [one for one in pushed if since[one.body.get("head")] <= scene.at]
    last = max((since[one.body.get("head")] for one in there), default=None)
    shown = _digest(seat) if seat.shown is None else seat.shown
    return {one.actor_id for one in there if since[one.body.get("head")] == last or one.body.get("digest") == shown}


def _needs(seat: Seat) -> tuple[Approval, ...]:
    """Give the approvals that the documents need which were shown."""
    ledger, contract = seat.review.ledger, seat.contract
    if not _stale(seat) or ledger is None:
        return seat.review.needs
    if any(one.kind == "review.emergency" and one.body.get("digest") == seat.shown for one in ledger.log):
        return (Approval("role", "release owner", contract.release_owners),)
    return approvals(contract.owners, contract.maintainers, Verdict[seat.grade])


def _meets(needed: Approval, login: str, held: Authority) -> bool:
    if needed.kind == "team":
        return needed.name in held.teams
    if needed.kind == "role":
        return needed.name in held.named or (needed.name == "release owner" and "release owner" in held.roles)
    return needed.name.casefold() == login.casefold()


def _seen(seat: Seat) -> Seat:
    if seat.shown is None:
        raise Refused(
            f"Concordat's comment had not shown the documents of `{seat.contract.name}` yet. "
            "Read the comment as it is now, and give the command again."
        )
    return seat


def _stale(seat: Seat) -> bool:
    """Say whether other documents were shown than those of now."""
    return seat.shown not in (None, _digest(seat))


def _of_what_was_shown(asked: Iterable[tuple[Seat, Authority]], says: str, events: tuple[NewEvent, ...]) -> Outcome:
    """Say what was done; a word about documents that are gone is kept for them, and does nothing for those of now.

    What comes of a command therefore depends on what its giver saw, and never on when it is carried out.
    """
    stale = [seat for seat, _ in asked if _stale(seat)]
    if not stale:
        return Outcome(True, says, events)
    return Outcome(
        False,
        f"The documents of {_names(stale)} changed after what Concordat's comment showed. Your word is kept for those "
        "that it showed. Read the comment as it is now, and give the command again.",
        events,
    )


def _open_rules(seat: Seat) -> set[str]:
    objected = {"objection"} if seat.review.ledger is not None and seat.review.ledger.blocking else set()
    return {one.code for one in seat.review.missing if one.blocking} | objected


def _has_word(seat: Seat, who: int) -> bool:
    ledger = seat.review.ledger
    return ledger is not None and who in {
        *(one.actor for one in ledger.approvals),
        *(one.actor for one in ledger.blocking),
    }


def held_in(seat: Seat, scene: Scene) -> Authority:
    """Give what somebody is to a contract now: a release owner may do what an owner may once it is a critical fix."""
    return _held(seat.contract, seat.review.ledger, scene)


def _held(contract: Contract, ledger: Ledger | None, scene: Scene) -> Authority:
    found = authority(scene.person, contract, author=scene.author)
    critical = ledger is not None and ledger.emergency is not None
    return replace(found, roles=found.roles | {"owner"}) if critical and "release owner" in found.roles else found


def _authority(held: Authority) -> dict[str, Any]:
    return {
        "teams": list(held.teams), "roles": list(held.named), "maintainer": "maintainer" in held.roles,
        "release_owner": "release owner" in held.roles,
    }  # fmt: skip


def _fact(scene: Scene, written: Written, seat: Seat, kind: str, *, part: int = 0, **body: Any) -> NewEvent:
    more = {"digest": _digest(seat)} | body
    return _fact_of(scene, written, seat.contract, seat.review.ledger, kind, part=part, **more)


def _fact_of(  # noqa: PLR0913 what a fact is made of
    scene: Scene, written: Written, contract: Contract, ledger: Ledger | None, kind: str, *, part: int = 0, **body: Any
) -> NewEvent:
    said = {"contract": contract.name, "digest": "" if ledger is None else ledger.digest, "login": scene.person.login}
    name = source_id(scene.source, scene.number, written.index, contract.name)
    return NewEvent(
        kind=kind,
        source_id=f"{name}:{part}" if part else name,
        source_time=scene.at,
        body=said | _authority(_held(contract, ledger, scene)) | body,
        actor_id=scene.person.id,
    )


def _digest(seat: Seat) -> str:
    return seat.review.assessment.change.digest


def _id(scene: Scene, written: Written, part: int = 0) -> str:
    return f"{scene.source}-{scene.number}-{written.index}-{part}"


def _listed(asked: Iterable[tuple[Seat, Authority]]) -> str:
    return _names(seat for seat, _ in asked)


def _names(seats: Iterable[Seat]) -> str:
    return ", ".join(f"`{seat.contract.name}`" for seat in seats)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
