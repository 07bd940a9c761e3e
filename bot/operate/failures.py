"""What /metrics says of production data that breaks its contract, as the database knows it.

Prometheus asks every few seconds; what was counted of a contract is counted anew only where its log has grown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.steward.violations.values import REFUSED, VIOLATIONS
from bot.store.transaction import Transaction
from rules import violations
from rules.violations import Tally, tally

MOST_SERIES = 1_000
"""So many series are shown; what is more counts as partner "other" of contract "other"."""
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Figures:
    """The documents that broke a contract, by its name, partner and version, and how many reports were not taken in."""

    failures: tuple[tuple[Tally, int], ...] = ()
    refused: int = 0


@dataclass(slots=True)
class Count:
    """The counts of one process; a stream's are kept with its length."""

    _known: dict[str, tuple[int, Counter[Tally], int]] = field(default_factory=dict)

    def read(self, transaction: Transaction) -> Figures:
        """Count what the database has now."""
        lengths = {**transaction.lengths(f"{VIOLATIONS}:"), **transaction.lengths(f"{REFUSED}:")}
        self._known = {name: self._of(transaction, name, length) for name, length in lengths.items()}
        found: Counter[Tally] = Counter()
        for _, counted, _ in self._known.values():
            found.update(counted)
        return Figures(tuple(_bounded(found)), sum(refused for *_, refused in self._known.values()))

    def _of(self, transaction: Transaction, name: str, length: int) -> tuple[int, Counter[Tally], int]:
        known = self._known.get(name)
        if known is not None and known[0] == length:
            return known
        facts = transaction.events(name)
        return length, tally(facts), sum(one.kind == violations.REFUSED for one in facts)


def _bounded(found: Counter[Tally]) -> Iterator[tuple[Tally, int]]:
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    yield from ordered[:MOST_SERIES]
    if rest := ordered[MOST_SERIES:]:
        yield (OTHER, OTHER, OTHER), sum(count for _, count in rest)
