"""`/migrate`: what is asked of a migration, as facts of its log; the run's own worker carries it out."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.authority import authority, may
from bot.commands.parser import words
from bot.commands.values import Arguments, Dock, Outcome, Refused, Scene, Written
from bot.store.values import NewEvent
from rules.clock import show
from rules.migration_state import ANY, ASKS, Migration
from rules.review_events import source_id

FURTHEST = timedelta(days=366)
STATES: dict[str, tuple[str, ...]] = {
    "test": ("planned", "waiting", "paused", "rolled-back", "aborted"),
    "start": ("planned", "waiting", "paused"),
    "pause": ("running",),
    "resume": ("paused",),
    "abort": ("waiting", "running", "paused"),
    "reschedule": ("planned", "waiting"),
    "rollback": ("waiting", "running", "paused", "cut-over"),
}
"""What can be asked in which state."""
_SAYS = {
    "test": "The data is counted anew, and 1,000 random rows are taken through the migration; nothing is written.",
    "start": "It starts now, and you are the person on call for it.",
    "pause": "It pauses at the next batch.",
    "resume": "It goes on from its checkpoint.",
    "abort": "It ends; nothing of the table was changed.",
    "rollback": "It is taken back; what was written since cutover is kept.",
}
_SAYS_ELSEWHERE = {
    "pause": "Nothing further is begun; what is under way goes on.",
    "resume": "It goes on; what failed is begun anew.",
    "abort": "What is under way is stopped, and what it made is removed.",
    "rollback": "What is under way is stopped; then who carries it out takes it back.",
}
"""Where another engine moves the rows."""


def read(rest: str, zone: str) -> Arguments:
    """Read TASK [DATE] [CONTRACT] [exclude|accept]."""
    from bot.commands.arguments import moment  # noqa: PLC0415 beside the others, which do not need this one

    found = list(words(rest))
    task = found.pop(0).casefold() if found else ""
    if task not in ASKS:
        raise Refused(f"Say what is to be done first: {', '.join(ASKS)}.")
    at = None
    if task == "reschedule":
        if not found:
            raise Refused("Say the day, and the time where it matters: `/migrate reschedule 2026-12-01T02:00`.")
        at = moment(found.pop(0), zone)
    flags = [one for one in found if one.casefold() in ("exclude", "accept")]
    named = [one.strip("`") for one in found if one not in flags]
    return {"task": task, "at": at, "accept": bool(flags), "contract": named[0] if named else ""}


def migrate(arguments: Arguments, scene: Scene, written: Written) -> Outcome:
    """Ask something of the migration of the pull request."""
    dock = _dock(arguments["contract"], scene)
    found, task = dock.migration, str(arguments["task"])
    if found.state not in STATES[task]:
        raise Refused(_cannot(task, found))
    if task == "rollback" and found.state == "cut-over" and dock.irreversible:
        raise Refused(f"This migration has no way back after cutover: {dock.irreversible[0]}")
    at = arguments["at"]
    if at is not None and not scene.now < at < scene.now + FURTHEST:
        raise Refused("That moment is past, or more than a year away.")
    told = {**_SAYS, **_SAYS_ELSEWHERE} if (found.facts or {}).get("elsewhere") else _SAYS
    says = told.get(task) or f"It starts in the first window from {show(at)} on."
    body = {
        "what": task,
        "login": scene.person.login,
        "accept": arguments["accept"],
        "at": at.isoformat() if at else "",
    }
    name = source_id(scene.source, scene.number, written.index, dock.contract.name)
    # By when it is heard: GitHub tells moments in whole seconds, and a run's own facts of that second came before it.
    fact = NewEvent("migration.asked", name, scene.now, body, scene.person.id)
    return Outcome(True, f"{found.title}: {says}", releases=((dock.stream, fact),))


def _cannot(task: str, found: Migration) -> str:
    if task == "rollback" and found.state == "done":
        return f"{found.title} is done: its 24 hours are over, and the old table is gone."
    if task == "abort" and found.state == "cut-over":
        return f"{found.title} has cut over; `/migrate rollback` takes it back and keeps what was written since."
    return f"{found.title} is {found.state}; `{task}` is for one that is {' or '.join(STATES[task])}."


def _dock(contract: str, scene: Scene) -> Dock:
    if not scene.docks:
        raise Refused(
            "No migration belongs to this pull request: it brings no migration file that could be planned, or this "
            "server names no data set for it."
        )
    mine = [one for one in scene.docks if may(authority(scene.person, one.contract, author=scene.author), "maintainer")]
    if not mine:
        raise Refused("This is for a maintainer of the contract.")
    named = [one for one in mine if not contract or one.contract.name == contract]
    if not named:
        raise Refused(f"No migration of {contract[:80]} belongs to this pull request.")
    if len(named) > 1:
        listed = ", ".join(f"`{one.contract.name}`" for one in named)
        raise Refused(f"The pull request migrates {listed}; name one of them.")
    (dock,) = named
    if dock.drawn not in {None, ANY, dock.migration.drawn}:
        raise Refused(f"{dock.migration.title} is {dock.migration.state} by now. Look at it, and say it again.")
    return dock
