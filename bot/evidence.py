"""What proves who was told of a release: every notice that was owed, each attempt, and the other side's answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.store.transaction import Transaction
from bot.store.values import Delivery, Obligation

COLUMNS = (
    "notice", "recipient", "due", "state", "attempt", "channel", "to", "began", "ended", "outcome", "answer", "message",
    "key",
)  # fmt: skip
Row = Mapping[str, str]


def rows(transaction: Transaction, stream: str) -> tuple[Row, ...]:
    """Give a row for each attempt, and one for each notice without any, in the order of their moments (UTC)."""
    return tuple(_row(owed, sent) for owed, sent in transaction.evidence(stream))


def _row(owed: Obligation, sent: Delivery | None) -> Row:
    found = {
        "notice": owed.kind, "recipient": owed.recipient, "due": _moment(owed.due), "state": owed.state, "key": owed.key
    }  # fmt: skip
    if sent is not None:
        proof = sent.evidence
        found |= {
            "attempt": str(sent.attempt), "channel": sent.channel, "to": str(proof.get("to", "")),
            "began": _moment(sent.began_at), "ended": _moment(sent.settled_at), "outcome": sent.state,
            "answer": str(proof.get("answer", "")), "message": sent.receipt or "",
        }  # fmt: skip
    return {name: found.get(name, "") for name in COLUMNS}


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def written(found: Sequence[Row]) -> str:
    """Write rows as CSV (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerows(_lines(found))
    return out.getvalue()


def _lines(found: Sequence[Row]) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for row in found:
        # A table program takes what begins like this for a formula.
        yield [f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell for cell in row.values()]
