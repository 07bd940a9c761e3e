"""What the log says of one migration, from its plan to its end: a pure fold, the same whatever the order of arrival.

planned ──created──▸ waiting ──begun──▸ running ⇄ paused ──▸ cut-over ──▸ done
   │                   │                  └──▸ aborted         └──▸ rolled-back
   └─withdrawn         └─skipped (there was nothing to move)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from rules.release_events import Fact, text

State = Literal[
    "planned", "withdrawn", "waiting", "skipped", "running", "paused", "cut-over", "rolled-back", "aborted", "done"
]
OVER: frozenset[State] = frozenset({"withdrawn", "skipped", "rolled-back", "aborted", "done"})
"""States that nothing follows by itself."""
ACTIVE: frozenset[State] = frozenset({"running", "paused", "cut-over"})
"""States in which the target holds tables of the run."""
ANY = "any"
"""What a button was drawn from that is good in every state."""
ASKS = ("test", "start", "pause", "resume", "abort", "reschedule", "rollback")
"""What can be asked of a migration."""

VersionState = Literal["draft", "current", "deprecated", "retired", "failed"]

KINDS: Mapping[str, str] = {
    "migration.planned": "a plan was measured: place, contract, from, to, pull, path, target, key, rows, zone",
    "migration.withdrawn": "its pull request was closed unmerged, or holds no migration file any more",
    "migration.created": "its pull request was merged",
    "migration.asked": "somebody asked for something: what, login, reason, at",
    "migration.served": "what was asked is done, or cannot be: ask (source id), says",
    "migration.waits": "why it does not start, or does not cut over: why (lines)",
    "migration.told": "the person on call was told: login",
    "migration.begun": "a run began: run (its id in the target), rows, login (who is on call)",
    "migration.skipped": "there was nothing to move",
    "migration.stood": "what the run came to: run, state, step, why, rows, copied, seconds, swap_ms, keep_until",
    "migration.alerted": "something is wrong with it: what, says",
    "migration.filed": "the issue of its incident report: issue",
}
"""Each kind of fact, and what its body says."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of its story."""

    at: datetime
    kind: str
    who: str
    says: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that was asked for and is not done yet."""

    id: str
    what: str
    login: str
    at: datetime
    until: str = ""
    accept: bool = False


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration; `rows` are those of its plan, `run` the id of its run in the target, `version` counts facts."""

    contract: str
    source: str
    goal: str
    pull: int
    path: str
    target: str
    state: State = "planned"
    key: str = ""
    rows: int | None = None
    zone: str = "UTC"
    created: datetime | None = None
    not_before: datetime | None = None
    started_by: str = ""
    counted_anew: bool = False
    on_call: str = ""
    told: frozenset[str] = frozenset()
    run: str = ""
    step: str = ""
    why: str = ""
    waits: tuple[str, ...] = ()
    facts: Mapping[str, object] | None = None
    asks: tuple[Ask, ...] = ()
    alerts: frozenset[str] = frozenset()
    issue: int = 0
    version: int = 0
    turns: tuple[Turn, ...] = ()

    @property
    def title(self) -> str:
        """Name it as people do."""
        return f"{self.contract} {self.source} → {self.goal}"

    @property
    def drawn(self) -> str:
        """Name what a button was drawn from: it stays good while the migration stands so."""
        return f"{self.state}-{self.run or 'none'}"

    @property
    def over(self) -> bool:
        """Say whether nothing follows by itself."""
        return self.state in OVER

    @property
    def versions(self) -> tuple[VersionState, VersionState]:
        """Give the states of the version that it leaves and of the one that it leads to."""
        return _VERSIONS[self.state]


_VERSIONS: Mapping[State, tuple[VersionState, VersionState]] = {
    "planned": ("current", "draft"), "withdrawn": ("current", "draft"), "waiting": ("current", "draft"),
    "running": ("current", "draft"), "paused": ("current", "draft"), "cut-over": ("deprecated", "current"),
    "skipped": ("deprecated", "current"), "done": ("retired", "current"), "rolled-back": ("current", "failed"),
    "aborted": ("current", "failed"),
}  # fmt: skip


def fold(facts: Iterable[Fact]) -> Migration | None:
    """Read the log of a migration; `None` where nothing was planned."""
    once = {one.source_id: one for one in facts if one.kind in KINDS}
    found: Migration | None = None
    for fact in sorted(once.values(), key=lambda one: (one.source_time, one.source_id)):
        if fact.kind == "migration.planned":
            found = _planned(found, fact)
        elif found is not None:
            found = _FOLDS[fact.kind](found, fact)
            found = replace(found, version=found.version + 1, turns=(*found.turns, _turn(fact)))
    return found


def _turn(fact: Fact) -> Turn:
    says = text(fact, "says") or text(fact, "why") or text(fact, "reason")
    what = text(fact, "what") or text(fact, "state") or fact.kind.partition(".")[2]
    return Turn(fact.source_time, what, text(fact, "login"), says)


def _number(fact: Fact, name: str) -> int | None:
    value = fact.body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _planned(before: Migration | None, fact: Fact) -> Migration:
    plan = Migration(
        contract=text(fact, "contract"), source=text(fact, "from"), goal=text(fact, "to"),
        pull=_number(fact, "pull") or 0, path=text(fact, "path"), target=text(fact, "target"), key=text(fact, "key"),
        rows=_number(fact, "rows"), zone=text(fact, "zone") or "UTC",
    )  # fmt: skip
    if before is None or before.state in ("withdrawn", "rolled-back", "aborted"):
        turns = before.turns if before else ()
        return replace(plan, version=(before.version if before else 0) + 1, turns=(*turns, _turn(fact)))
    counted = replace(before, rows=plan.rows, counted_anew=False, version=before.version + 1)
    return counted if before.state != "planned" else replace(plan, version=before.version + 1, turns=before.turns)


def _withdrawn(one: Migration, fact: Fact) -> Migration:
    del fact
    return replace(one, state="withdrawn") if one.state == "planned" else one


def _created(one: Migration, fact: Fact) -> Migration:
    return replace(one, state="waiting", created=fact.source_time) if one.state == "planned" else one


def _asked(one: Migration, fact: Fact) -> Migration:
    until = text(fact, "at")
    ask = Ask(
        fact.source_id, text(fact, "what"), text(fact, "login"), fact.source_time, until, bool(fact.body.get("accept"))
    )
    moment = datetime.fromisoformat(until) if until else None
    if ask.what == "reschedule" and one.state in ("planned", "waiting"):
        return replace(one, not_before=moment, started_by="")
    if ask.what == "start" and one.state in ("planned", "waiting"):
        return replace(one, started_by=ask.login, not_before=None, counted_anew=True)
    return replace(one, asks=(*one.asks, ask))


def _served(one: Migration, fact: Fact) -> Migration:
    return replace(one, asks=tuple(ask for ask in one.asks if ask.id != text(fact, "ask")))


def _waits(one: Migration, fact: Fact) -> Migration:
    lines = fact.body.get("lines")
    return replace(one, waits=tuple(map(str, lines)) if isinstance(lines, list) else ())


def _told(one: Migration, fact: Fact) -> Migration:
    return replace(one, told=one.told | {text(fact, "login")}, on_call=text(fact, "login"))


def _begun(one: Migration, fact: Fact) -> Migration:
    return replace(one, state="running", run=text(fact, "run"), on_call=text(fact, "login") or one.on_call, waits=())


def _skipped(one: Migration, fact: Fact) -> Migration:
    del fact
    return replace(one, state="skipped", waits=())


def _stood(one: Migration, fact: Fact) -> Migration:
    named = text(fact, "state")
    if named not in get_args(State) or (one.over and one.state != "skipped"):
        return one
    state: State = named  # type: ignore[assignment] # looked up above
    waits = one.waits if state == "running" else ()
    return replace(one, state=state, step=text(fact, "step"), why=text(fact, "why"), waits=waits, facts=fact.body)


def _alerted(one: Migration, fact: Fact) -> Migration:
    return replace(one, alerts=one.alerts | {text(fact, "what")})


def _filed(one: Migration, fact: Fact) -> Migration:
    return replace(one, issue=_number(fact, "issue") or 0)


_FOLDS: Mapping[str, Callable[[Migration, Fact], Migration]] = {
    "migration.withdrawn": _withdrawn, "migration.created": _created, "migration.asked": _asked,
    "migration.served": _served, "migration.waits": _waits, "migration.told": _told, "migration.begun": _begun,
    "migration.skipped": _skipped, "migration.stood": _stood, "migration.alerted": _alerted, "migration.filed": _filed,
}  # fmt: skip
assert {*_FOLDS, "migration.planned"} == set(KINDS)  # the two tables name the same kinds
