"""What a release that is rolled back leaves to do for its data: two decisions, by two people."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store import Store
from notices.words import zone
from rules.clock import show
from rules.migration_state import Migration, fold


def data_of(store: Store, repository_id: int, contract: str, pull: int) -> str:
    """Say what becomes of the data of a release's pull request when the release is rolled back; "" where it has none.

    The data is not taken back with it: that is for maintainers, and rows may block it that somebody has to look at.
    """
    with store.reading() as transaction:
        streams = transaction.streams(f"migration:{repository_id}:{contract}:")
        known = [fold(transaction.events(stream)) for stream in streams]
    found = next((one for one in known if one is not None and one.pull == pull), None)
    return "" if found is None else _says(found)


def _says(found: Migration) -> str:
    where = f"on pull request #{found.pull}"
    if found.state == "cut-over":
        until = (found.facts or {}).get("keep_until")
        by = f" until {show(datetime.fromtimestamp(until, UTC), zone(found.zone))}" if isinstance(until, float) else ""
        return (
            f"The data still is as {found.goal} has it: a maintainer takes it back with `/migrate rollback "
            f"{found.contract}` {where}{by}; what was written since is kept. After that the old table is gone."
        )
    if found.state in ("waiting", "running", "paused"):
        return (
            f"The migration of its data is {found.state} and goes on by itself: a maintainer ends it with `/migrate "
            f"abort {found.contract}` {where}; nothing of the table was changed."
        )
    if found.state == "done":
        return f"Its data stays as {found.goal} has it: the day on which the migration could be taken back is over."
    return ""
