"""The berths of a pull request: for each contract that it changes, the release that runs or could be announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from bot.commands.values import Berth, Refused, Written
from bot.github.repository import Repository
from bot.github.values import PullRequest
from bot.sources import hub
from bot.steward.migrations.back import data_of
from bot.steward.reading import book_at
from bot.steward.releases.known import releases
from bot.steward.releases.offers import offer
from bot.steward.releases.values import stream_of
from bot.store import Store
from rules.config import ConfigError
from rules.contract import Contract
from rules.partners import Book, parties
from rules.release_state import Release
from rules.review import Review

COMMANDS = frozenset({"release", "go", "no-go", "postpone", "cancel", "rollback"})
"""The commands that are about a release; for the others nothing is looked up."""


@dataclass(frozen=True, slots=True)
class Harbour:
    """Where the releases of one pull request are looked up."""

    store: Store
    repository: Repository
    repository_id: int
    pull: PullRequest
    now: datetime

    def berths(self, written: Written, reviews: Sequence[Review]) -> tuple[Berth, ...]:
        """Make the berths that a command is given at; `Refused` where nobody can be told, because of partners.yml."""
        if written.name not in COMMANDS:
            return ()
        book = self._book()
        return tuple(self._berth(review, book) for review in reviews)

    def _book(self) -> Book:
        try:
            return book_at(hub.HubRevision(self.repository, self.pull.base_ref), None)
        except ConfigError as error:
            first = error.problems[0]
            raise Refused(f"The partners file cannot be used ({first.where()}): {first.sentence} {first.fix}") from None

    def _berth(self, review: Review, book: Book) -> Berth:
        contract = review.assessment.change.contract
        offered = offer(review.assessment, review.grade)
        known = list(self._known(contract))
        return Berth(
            contract,
            partial(stream_of, self.repository_id, contract.name),
            parties(contract, book),
            _running(known, self.pull.number),
            "critical" if review.ledger is not None and review.ledger.emergency is not None else offered.kind,
            offered.digest,
            self.pull.number,
            self.pull.merged,
            offered.removals,
            tuple(_majors(known, self.pull.number)),
            offered.breaking,
            offered.says,
            data=data_of(self.store, self.repository_id, contract.name, self.pull.number),
        )

    def _known(self, contract: Contract) -> Iterator[Release]:
        with self.store.reading() as transaction:
            yield from (one for _, one in releases(transaction, self.repository_id, self.now, contract.name))


def _running(known: Sequence[Release], pull: int) -> Release | None:
    """Give the release of this pull request: the one that is open, else the one that was announced last."""
    mine = [one for one in known if one.pull == pull]
    return max(mine, key=lambda one: (one.open, one.announced), default=None)


def _majors(known: Sequence[Release], pull: int) -> Iterator[date]:
    for one in known:
        if one.pull != pull and one.terms.kind == "major" and one.state != "cancelled":
            yield one.day
