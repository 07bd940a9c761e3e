"""A version that a migration uses may not be taken away: its schema deleted, or moved to the archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.store import Store
from rules.assessment import Assessment
from rules.change import Change, archived
from rules.migration_state import ACTIVE, Migration, fold
from rules.problems import problem
from rules.versions import read


def guarded(store: Store, repository_id: int, assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """Add to each change that takes away a version in use that it may not yet; costs nothing where none does."""
    return tuple(_guarded(store, repository_id, one) if takes_away(one.change) else one for one in assessments)


def takes_away(change: Change) -> bool:
    """Say whether the version before is no longer there afterwards, or lies in the archive."""
    if change.base is None:
        return False
    return change.head is None or (
        archived(change.contract, change.head.path) and not archived(change.contract, change.base.path)
    )


def _guarded(store: Store, repository_id: int, one: Assessment) -> Assessment:
    name = one.change.contract.name
    with store.reading() as transaction:
        streams = transaction.streams(f"migration:{repository_id}:{name}:")
        known = [fold(transaction.events(stream)) for stream in streams]
    using = next((each for each in known if each is not None and _uses(each, one.change)), None)
    if using is None:
        return one
    sentence = f"Cannot delete schema during active migration: {using.title} (#{using.pull}) is {using.state}."
    where = one.change.old_path or ""
    return replace(one, problems=(*one.problems, problem("version_in_use", sentence, path=where, pull=str(using.pull))))


def _uses(migration: Migration, change: Change) -> bool:
    if migration.state not in ACTIVE and migration.state != "waiting":
        return False
    version = None if change.base is None else read(change.contract.scheme, change.base)
    return version is None or str(version).removeprefix("v") in (migration.source, migration.goal)
