"""Promises in the store: what is owed as rows, what is owed no longer taken back and recorded as such.

What is owed comes one after the other and is kept in batches, so that ten thousand partners take no more memory than
a hundred.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from bot.store import Store
from bot.store.transaction import Transaction
from bot.store.values import Body, NewJob, NewObligation, Obligation
from rules.obligations import Owed

BATCH = 250
REPORTED = "delivery."
"""What kinds begin with that the dispatcher promises, of messages that did not arrive: nobody else takes them back."""
CLOSE = "slack.close"
"""The job that takes the buttons of one message away."""


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
    """Promise what is owed, bring up to date what has not arrived, and take back what is owed no longer; how many.

    What was tried and not delivered yet says at the next attempt what is true then. What the dispatcher has promised
    in the same stream stays as it is. Messages whose buttons ask for what is asked no longer, or were drawn from
    another state, lose them.
    """
    wanted, states = _Names(), set[str]()
    rest: Iterator[NewObligation] = iter(owed)
    while batch := list(islice(rest, BATCH)):
        wanted.add(one.key for one in batch)
        states.update(state_of(one) for one in batch)
        _promise(store, batch)
    with store.transaction() as transaction:
        close(transaction, stream, lambda key, state: key in wanted and state in states)
    return _take_back(store, stream, wanted, now)


def _promise(store: Store, batch: Sequence[NewObligation]) -> None:
    with store.reading() as transaction:
        known = transaction.promised([one.key for one in batch])
    changed = [one for one in batch if _differs(one, known.get(one.key))]
    if changed:
        with store.transaction() as transaction:
            transaction.owe_all([one for one in changed if one.key not in known])
            for one in changed:
                if (old := known.get(one.key)) is None:
                    continue
                if old.state == "sending":
                    transaction.restate(one.key, _said_anew(one, old))
                else:
                    transaction.promise(one)


def _differs(new: NewObligation, old: Obligation | None) -> bool:
    if old is None or old.state == "superseded":
        return True
    if old.state == "sending":
        return _said_anew(new, old) != old.payload
    return old.state == "owed" and (old.payload, old.due) != (new.payload, new.due)


def _said_anew(new: NewObligation, old: Obligation) -> Body:
    """Give what is being sent its new facts; the ways stay, since the attempts so far are counted along them."""
    return {**old.payload, "facts": new.payload.get("facts", {})}


class _Names:
    """Names of which only the hashes are held: a hundred thousand names would take more memory than all the rest."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._batches: list[array[int]] = []

    def add(self, names: Iterable[str]) -> None:
        self._batches.append(array("q", sorted(map(hash, names))))

    def __contains__(self, name: str) -> bool:
        if self._batches:
            # Batch by batch: sorted as one list they would take several times their own memory.
            self._hashes, self._batches = array("q", merge(self._hashes, *self._batches)), []
        place = bisect_left(self._hashes, hash(name))
        return place < len(self._hashes) and self._hashes[place] == hash(name)


def _take_back(store: Store, stream: str, wanted: _Names, now: datetime) -> int:
    last, taken_back, page = 0, 0, BATCH
    while page == BATCH:
        with store.reading() as transaction:
            waiting = transaction.not_begun(stream, last, BATCH)
        page, last = len(waiting), max(waiting, default=last)
        ours = [key for kind, key in waiting.values() if not kind.startswith(REPORTED)]
        if idle := [key for key in ours if key not in wanted]:
            taken_back += len(idle)
            with store.transaction() as transaction:
                for key in idle:
                    transaction.supersede(key, now)
    return taken_back


def state_of(one: NewObligation | Obligation) -> str:
    """Give the state that the buttons of a message are drawn from."""
    return str(one.payload.get("facts", {}).get("version_of_state", ""))


def close(transaction: Transaction, stream: str, stands: Callable[[str, str], bool]) -> None:
    """Have every message of a stream lose its buttons of which `stands` (key, state) says that they stand no longer."""
    shown = [(one, stands(one.key, one.state)) for one in transaction.shown_buttons(stream)]
    kept = {(one.channel, one.ts) for one, standing in shown if standing}  # one message may keep several promises
    for one, standing in shown:
        if standing:
            continue
        transaction.buttons_gone(one.key)
        if (one.channel, one.ts) not in kept:
            about = {"obligation": one.obligation_id, "channel": one.channel, "ts": one.ts}
            # In the lane of the channel's messages: nothing is written there at the same time.
            lane, key = f"slack:{one.channel}", f"{CLOSE}:{one.obligation_id}:{one.ts}"
            transaction.enqueue(NewJob(CLOSE, about, key=key, lane=lane, pool="notice"))
