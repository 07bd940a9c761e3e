"""`concordat stats`: the figures of the reviews, from the App's database."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TextIO

from bot.clock import system_clock
from bot.dispatch.ways import facts_of
from bot.errors import UsageError
from bot.operate.jobs import opened
from bot.steward.shelf import SUMMARY
from bot.store.transaction import Transaction
from bot.store.values import Obligation
from notices import home
from notices.report import statistics as written
from rules.statistics import Promise, Request, requests

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_PREFIX = "review."
_GIVEN = ("review.requested", "review.breached")


def stats(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the figures of all reviews, or of those since a month."""
    since = arguments.since or ""
    if since and not _MONTH.fullmatch(since):
        raise UsageError(f"{since!r} is no month; write one as in 2026-11")
    with opened() as store, store.reading() as transaction:
        found = [one for one in asked_for(transaction, system_clock()) if one.month >= since]
    out.write(written.data(found) if arguments.format == "json" else written.people(found))
    return 0


def asked_for(transaction: Transaction, now: datetime) -> Sequence[Request]:
    """Give every review that was ever asked for, as its log and its promises tell by `now`."""
    facts = transaction.facts_of(_PREFIX)
    logs = {stream: tuple(group) for stream, group in groupby(facts, key=lambda one: one.stream)}
    promises = [_promise(one) for one in transaction.promises_of(_PREFIX) if one.kind in _GIVEN]
    return requests(logs, promises, _closed(transaction, list(logs)), now)


def _promise(one: Obligation) -> Promise:
    contract = facts_of(one.payload).get("contract", "")
    # What was taken back only after its moment had been owed by then.
    stood = one.state != "superseded" or (one.settled_at is not None and one.settled_at > one.due)
    return Promise(one.stream, one.kind, contract, one.recipient, one.due, stood)


def _closed(transaction: Transaction, streams: Sequence[str]) -> frozenset[str]:
    known = transaction.recall_all(SUMMARY, streams)
    return frozenset(stream for stream, text in known.items() if not home.read(text).open)
