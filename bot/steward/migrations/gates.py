"""What has to be so before a run starts, and before it cuts over; each in a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.github.repository import Repository
from bot.steward.house import Steward
from bot.steward.migrations.values import MigrationTarget, stream_of
from bot.steward.releases.known import releases
from bot.store.transaction import Transaction
from bot.store.values import NewEvent
from notices.words import zone
from rules.clock import show
from rules.contract import Contract
from rules.documents import DocumentError, parse
from rules.migration_spec import Spec
from rules.migration_state import ACTIVE, Migration, fold
from rules.migration_window import on_call
from rules.review_ledger import fold as fold_review

SILENT = timedelta(minutes=5)
WATCH = timedelta(minutes=30)
"""How long a migration is watched after its cutover."""
_SILENT = "silent"
STALLED_SESSIONS = 8
TOLERANCE = 0.01
"""Tables live: so small a share may have come or gone since the approval without a fresh analysis."""
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands against a start, when to look again, and who is on call."""

    why: tuple[str, ...] = ()
    again: datetime | None = None
    person: str = ""


def start(  # noqa: PLR0913, PLR0917 what a start depends on
    steward: Steward, repository: Repository, target: MigrationTarget, found: Migration, spec: Spec, rows: int
) -> Stands:
    """Say what stands against starting a run now; `/migrate start` overrides window, rotation and row count."""
    now = steward.clock()
    why = list(_conditions(steward, target, found, now))
    if found.started_by:
        return Stands(tuple(why), now + _SOON if why else None, found.started_by)
    if rows and found.rows is not None and abs(rows - found.rows) > TOLERANCE * found.rows and not found.counted_anew:
        why.append(
            f"Record count changed since approval: {found.rows:,} then, {rows:,} now. Re-run the impact analysis with "
            "`/migrate test`, go on anyway with `/migrate start`, or end it with `/migrate abort`."
        )
    opens = max(now, found.not_before or now)
    opens = spec.window.opening(opens) if spec.window else opens
    if opens > now:
        why.append(f"Its time is {show(opens, _zone(spec))}.")
    person = _on_call(repository, spec, max(now, opens))
    if not person:
        why.append(
            f"Nobody is on call by {spec.on_call} at that time. Mend the rotation, or start it with `/migrate start`, "
            "which makes you the person on call."
        )
    return Stands(tuple(why), opens if opens > now else now + _SOON if why else None, person)


def _zone(spec: Spec) -> tzinfo:
    return zone(spec.window.zone if spec.window else "UTC")


def _on_call(repository: Repository, spec: Spec, at: datetime) -> str:
    data = repository.file(spec.on_call, "HEAD")
    if data is None:
        return ""
    try:
        return on_call(parse(spec.on_call, data).value, at) or ""
    except DocumentError:
        return ""


def _conditions(steward: Steward, target: MigrationTarget, found: Migration, now: datetime) -> Iterator[str]:
    """List the conditions of the approval that guard the migration and are not done."""
    with steward.store.reading() as transaction:
        facts = transaction.events(f"pull:{target.repository_id}:{found.pull}")
    ledger = fold_review(facts, found.contract, "", now=now)
    for one in ledger.conditions:
        if one.state == "open" and one.guards == "migration":
            who = f", by {one.assignee}" if one.assignee else ""
            done = f"`/condition done {one.number}`"
            yield f"Condition {one.number} of the approval is not done{who}: {one.text} ({done})."


def cutover(
    steward: Steward, target: MigrationTarget, contract: Contract | None, found: Migration | None, spec: Spec
) -> tuple[str, ...]:
    """Say what a cutover waits for: the release's go and day where partners are owed notice, and what it needs."""
    why = []
    if contract is None:
        why.append(f"{spec.contract} cannot be found in contracts.yml, so nobody knows whom a cutover concerns.")
    elif contract.partners and not _live(steward, target, found):
        why.append(
            "Partners are owed notice: it cuts over when the release is live (`/release`, `/go`, and its day has come)."
        )
    why += [
        f"It needs {name}, which is not that far." for name in spec.needs if not _ready(steward, target, found, name)
    ]
    return tuple(why)


def _live(steward: Steward, target: MigrationTarget, found: Migration | None) -> bool:
    with steward.store.reading() as transaction:
        known = releases(transaction, target.repository_id, steward.clock(), target.contract)
        return any(found is not None and one.pull == found.pull and one.state == "live" for _, one in known)


def _ready(steward: Steward, target: MigrationTarget, mine: Migration | None, name: str) -> bool:
    """Say whether what is needed is done; one that needs this one too has to be as far as this one."""
    contract, _, version = name.partition("@")
    with steward.store.reading() as transaction:
        facts = transaction.events(stream_of(target.repository_id, contract, version))
    other = fold(facts)
    if other is None:
        return False
    if other.state in ("cut-over", "done", "skipped"):
        return True
    planned = next((one for one in reversed(facts) if one.kind == "migration.planned"), None)
    mutual = planned is not None and f"{target.contract}@{target.version}" in planned.body.get("needs", ())
    return mutual and other.state == "running" and other.step == "cutover" and mine is not None


def watch_silence(
    transaction: Transaction, target: MigrationTarget, found: Migration, kept: str | None, now: datetime
) -> None:
    """Report that nothing was heard for five minutes of what should be at work, once each time."""
    doing = _expected(found, now)
    if not doing:
        return
    heard = [turn.at.timestamp() for turn in found.turns if not turn.kind.startswith(_SILENT)]
    last = max([float(json.loads(kept).get("at", 0)) if kept else 0.0, *heard])
    if now.timestamp() - last < SILENT.total_seconds():
        return
    minutes = int((now.timestamp() - last) // 60)
    says = f"No progress for {minutes} minutes; {doing}. See whether a worker is there (`concordat doctor`)"
    body = {"what": f"{_SILENT}-{int(last)}", "says": says}
    transaction.append(target.stream, [NewEvent("migration.alerted", f"alerted:silent:{int(last)}", now, body)])


def _expected(found: Migration, now: datetime) -> str:
    """Say what should be at work now; "" where nothing should."""
    if found.state == "running" and not found.waits:
        return f"its last word was at {found.step or 'the start'}"
    if found.state in ACTIVE and found.asks:
        return f"{found.asks[0].what} was asked for and is not done"
    facts = found.facts or {}
    began = None if facts.get("elsewhere") else facts.get("cut_over")
    watched = isinstance(began, int | float) and now.timestamp() - began < WATCH.total_seconds()
    return "nobody watches it after its cutover" if found.state == "cut-over" and watched else ""


def owners(contract: Contract) -> tuple[str, ...]:
    """Name who is told of a migration: the owning teams, else the owning people, else the maintainers."""
    teams = tuple(f"team:{name}" for name in contract.owners.teams)
    users = tuple(f"user:{name}" for name in contract.owners.users or contract.maintainers)
    return teams or users
