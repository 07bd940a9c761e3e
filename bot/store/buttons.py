"""Which messages on Slack show buttons, and from which state these were drawn: those that a decision takes away.

Kept among what can be made again: a message of which nothing is known any more keeps buttons that are refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.store import texts
from bot.store.columns import Words
from bot.store.tables import obligation, remembered

KIND = "slack.buttons"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message with buttons: the promise that it keeps, where it stands, and the state that it was drawn from."""

    obligation_id: int
    key: str
    channel: str
    ts: str
    state: str


def show(connection: Connection, key: str, receipt: str, state: str, now: datetime) -> None:
    """Keep that the message of a promise shows buttons; `receipt` is Slack's."""
    place = json.loads(receipt)
    body = json.dumps({"channel": place["channel"], "ts": place["ts"], "state": state})
    texts.keep(connection, KIND, key, body, now)


def shown(connection: Connection, stream: str) -> tuple[Shown, ...]:
    """List the messages of a stream that show buttons."""
    found = connection.execute(_SHOWN, {"of_stream": stream})
    return tuple(Shown(row.id, row.key, **json.loads(row.body)) for row in found)


def gone(connection: Connection, key: str) -> None:
    """Keep that a message shows no buttons any more."""
    texts.drop(connection, KIND, key)


_SHOWN = (
    select(obligation.c.id, obligation.c.key, remembered.c.body)
    .join(remembered, (remembered.c.key == obligation.c.key) & (remembered.c.kind == KIND))
    .where(obligation.c.stream == bindparam("of_stream", type_=Words))
    .order_by(obligation.c.id)
)
