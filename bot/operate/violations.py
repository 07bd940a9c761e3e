"""`concordat violations`: production data that breaks its contract, from the App's database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TextIO

from bot.operate.jobs import opened
from bot.steward.violations.values import REFUSED, VIOLATIONS
from bot.store.transaction import Transaction
from notices.report import violations as written
from notices.report.violations import Refused, Standing
from rules.violations import compliance, failures, fold, refusals


def violations(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print every open violation, and the figures of each contract; exit code 0 whatever they say."""
    with opened() as store, store.reading() as transaction:
        found, refused = tuple(_standings(transaction)), tuple(_refused(transaction))
    out.write(written.data(found, refused) if arguments.format == "json" else written.people(found, refused))
    return 0


def _standings(transaction: Transaction) -> Iterator[Standing]:
    for stream in transaction.streams(f"{VIOLATIONS}:"):
        _, repository, contract = stream.split(":", 2)
        facts = transaction.events(stream)
        yield Standing(int(repository), contract, fold(facts), failures(facts), compliance(facts))


def _refused(transaction: Transaction) -> Iterator[Refused]:
    for stream in transaction.streams(f"{REFUSED}:"):
        found = refusals(transaction.events(stream))
        yield Refused(int(stream.split(":")[1]), found.issue, (*found.untold, *found.told))
