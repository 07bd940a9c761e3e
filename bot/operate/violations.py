"""`concordat violations`: production data that breaks its contract, from the App's database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TextIO

from bot.operate.jobs import opened
from bot.steward.violations.values import VIOLATIONS
from bot.store.transaction import Transaction
from notices.report import violations as written
from notices.report.violations import Standing
from rules.violations import compliance, failures, fold


def violations(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print every open violation, and the figures of each contract; exit code 0 whatever they say."""
    with opened() as store, store.reading() as transaction:
        found = tuple(_standings(transaction))
    out.write(written.data(found) if arguments.format == "json" else written.people(found))
    return 0


def _standings(transaction: Transaction) -> Iterator[Standing]:
    for stream in transaction.streams(f"{VIOLATIONS}:"):
        _, repository, contract = stream.split(":", 2)
        facts = transaction.events(stream)
        yield Standing(int(repository), contract, fold(facts), failures(facts), compliance(facts))
