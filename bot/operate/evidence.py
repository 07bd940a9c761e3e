"""`concordat releases evidence`: the proof of who was told of a release, from the App's database."""

from __future__ import annotations

import argparse
from typing import TextIO

from bot import evidence
from bot.errors import UsageError
from bot.operate.jobs import opened
from bot.store.transaction import Transaction
from rules.jsontext import dumps


def releases(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write every notice of a release with each attempt to deliver it, as CSV or JSON."""
    with opened() as store, store.reading() as transaction:
        found = evidence.rows(transaction, _stream(transaction, arguments.contract, arguments.version))
    if arguments.format == "json":
        out.write(dumps([dict(one) for one in found], indent=2) + "\n")
    else:
        out.write(evidence.written(found))
    return 0


def _stream(transaction: Transaction, contract: str, version: str) -> str:
    known = transaction.streams("release:")
    found = [one for one in known if one.split(":", 3)[2:] == [contract, version]]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} repositories have a {contract} {version}; take the evidence from its board")
    named = sorted({" ".join(one.split(":", 3)[2:]) for one in known})
    listed = f"; there are: {', '.join(named[:20])}" if named else "; none was announced"
    raise UsageError(f"there is no release of {contract} {version}{listed}")
