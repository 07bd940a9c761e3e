"""What a migration owes to whom: whoever is on call before it starts, the owners when it fails, stalls or ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from bot.steward import promises
from bot.steward.house import Steward
from bot.steward.migrations import live as migration_live
from bot.steward.migrations.progress import PROGRESS, read
from bot.steward.migrations.values import MigrationTarget
from bot.store.values import NewObligation
from rules.migration_state import ANY, Migration
from rules.obligations import Owed


def promise(steward: Steward, target: MigrationTarget, found: Migration, owners: tuple[str, ...]) -> None:
    """Promise what is owed now, once each, and take back what is owed no longer."""
    now = steward.clock()
    facts = _facts(steward, target, found)
    with steward.store.reading() as transaction:
        live = migration_live.facts(found, read(transaction.recall(PROGRESS, target.stream)))
    owed = [
        _obligation(target, kind, who, mark, now, {**facts, **more})
        for kind, who, mark, more in _owed(found, owners, live)
    ]
    promises.keep(steward.store, target.stream, owed, now)


def _owed(
    found: Migration, owners: tuple[str, ...], live: dict[str, str]
) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    on_call = (f"user:{found.on_call}",) if found.on_call else ()
    everybody = tuple(dict.fromkeys((*on_call, *owners)))
    for login in sorted(found.told):
        # Told before it begins: its buttons hold for whatever state it is in when they are pressed.
        yield "migration.on_call", f"user:{login}", login, {"version_of_state": ANY}
    if found.created is not None:
        yield from ((migration_live.LIVE, who, migration_live.mark(found), live) for who in owners or on_call)
    if found.state == "paused" and found.facts and found.facts.get("failed"):
        mark = _mark(found.run, found.step, found.why)
        yield from (("migration.failed", who, mark, {"why": found.why}) for who in everybody)
    if found.state == "waiting" and any("on call" in one for one in found.waits):
        why = " ".join(found.waits)
        yield from (("migration.nobody", who, _mark(why), {"why": why}) for who in owners)
    alerts = [turn for turn in found.turns if turn.kind in found.alerts]
    yield from (("migration.alert", who, turn.kind, {"why": turn.says}) for turn in alerts for who in everybody)
    if found.state in ("cut-over", "rolled-back", "aborted"):
        said = {"cut-over": "completed", "rolled-back": "was rolled back", "aborted": "was aborted"}[found.state]
        more = {"outcome": said, "why": found.why or "–"}
        yield from (("migration.ended", who, f"{found.run}:{found.state}", more) for who in everybody)


def _mark(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _facts(steward: Steward, target: MigrationTarget, found: Migration) -> dict[str, str]:
    return {
        "repository": target.repository, "contract": found.contract, "version": f"{found.source} → {found.goal}",
        "pull": str(found.pull), "zone": found.zone, "run_url": steward.migration_url(target.stream),
        "version_of_state": found.drawn,
    }  # fmt: skip


def _obligation(  # noqa: PLR0913, PLR0917 what makes an obligation
    target: MigrationTarget, kind: str, who: str, mark: str, now: datetime, facts: dict[str, str]
) -> NewObligation:
    key = f"{kind}:{target.stream}:{who}:{mark}"
    owed = Owed(key, kind, who, "slack", now, facts={})
    return promises.obligation(owed, target.stream, facts, installation=target.installation)
