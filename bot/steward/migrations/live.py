"""The message on Slack that follows a migration: one for each recipient, brought up to date where it stands.

Its buttons are those commands that can be given now; who may is looked up when one is pressed, as for any command.
"""

from __future__ import annotations

from bot.commands.migrations import STATES
from bot.dispatch.ways import facts_of
from bot.steward.house import Steward
from bot.steward.migrations.values import MigrationTarget
from notices import migration_report
from notices.migration import Progress
from rules.migration_state import Migration

LIVE = "migration.progress"


def facts(found: Migration, progress: Progress) -> dict[str, str]:
    """Give what the message says now, and what can be asked."""
    can = " ".join(f"migrate.{what}" for what, states in STATES.items() if found.state in states)
    return {**migration_report.live(found, progress), "can": can, "version_of_state": found.drawn}


def restate(steward: Steward, target: MigrationTarget, found: Migration, progress: Progress) -> None:
    """Bring the messages that were delivered up to date; nothing where there is no Slack."""
    if steward.restate is None or found.created is None:
        return
    with steward.store.reading() as transaction:
        mine = [
            one for one in transaction.obligations(target.stream)
            if one.kind == LIVE and one.key.endswith(mark(found))
        ]  # fmt: skip
        sent = [(one, each) for one in mine for each in transaction.deliveries(one.obligation_id)]
    for one, delivery in sent:
        if delivery.channel == "slack" and delivery.state == "delivered" and delivery.receipt:
            told = {**facts_of(one.payload), **facts(found, progress), "obligation": str(one.obligation_id)}
            steward.restate(delivery.receipt, LIVE, told)


def mark(found: Migration) -> str:
    """Name the message of this migration among those of earlier attempts: by the moment at which it was created."""
    return "" if found.created is None else found.created.isoformat()
