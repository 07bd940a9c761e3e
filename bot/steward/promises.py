"""Promises in the store: what is owed as rows, what is owed no longer taken back and recorded as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from bot.store import Store
from bot.store.values import NewObligation, Obligation
from rules.obligations import Owed

BATCH = 500
REPORTED = "delivery."
"""What kinds begin with that the dispatcher promises, of messages that did not arrive: nobody else takes them back."""


def obligation(owed: Owed, stream: str, facts: Mapping[str, str], **more: object) -> NewObligation:
    """Make the row of something owed; `facts` are those that only the server knows (addresses of pages).

    `more` is what the dispatcher goes by: the installation, and the owners who are told where nothing arrives.
    """
    payload: dict[str, Any] = {
        "channel": owed.channel, "address": list(owed.address),
        "fallback": [
            {"channel": one.channel, "address": list(one.address), "after_seconds": int(one.after.total_seconds())}
            for one in owed.fallback
        ],
        "facts": {**owed.facts, **facts}, **more,
    }  # fmt: skip
    return NewObligation(owed.key, owed.kind, stream, owed.recipient, owed.due, payload)


def keep(store: Store, stream: str, owed: Iterable[NewObligation], now: datetime) -> int:
    """Promise what is owed, bring up to date what is not begun, and take back what is owed no longer; how many.

    What the dispatcher has promised in the same stream stays as it is.
    """
    with store.reading() as transaction:
        known = {one.key: one for one in transaction.obligations(stream)}
    wanted: set[str] = set()
    rest: Iterator[NewObligation] = iter(owed)
    while batch := list(islice(rest, BATCH)):
        wanted.update(one.key for one in batch)
        changed = [one for one in batch if _differs(one, known.get(one.key))]
        if changed:
            with store.transaction() as transaction:
                transaction.owe_all([one for one in changed if one.key not in known])
                for one in changed:
                    if one.key in known:
                        transaction.promise(one)
    ours = {key: one for key, one in known.items() if not one.kind.startswith(REPORTED)}
    idle = [key for key, one in ours.items() if one.state == "owed" and key not in wanted]
    for start in range(0, len(idle), BATCH):
        with store.transaction() as transaction:
            for key in idle[start : start + BATCH]:
                transaction.supersede(key, now)
    return len(idle)


def _differs(new: NewObligation, old: Obligation | None) -> bool:
    if old is None or old.state == "superseded":
        return True
    return old.state == "owed" and (old.payload, old.due) != (new.payload, new.due)
