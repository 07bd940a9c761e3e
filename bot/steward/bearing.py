"""Where a pull request stands: its log brought up to date, its changes judged, and what was said to it carried out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.github.errors import Denied, NotFound, Rejected
from bot.github.repository import Repository
from bot.steward import heads, releases, standing
from bot.steward.berths import Harbour
from bot.steward.carried import carried
from bot.steward.decide import judge_all, stand
from bot.steward.hearing import Hearing
from bot.steward.house import Steward
from bot.steward.observe import conversation
from bot.steward.talk import Log, Said, unanswered
from bot.steward.values import Observation, Target
from bot.store.values import NewEvent
from rules.assessment import Assessment
from rules.review import Review

_EARLIER = timedelta(hours=1)
"""So much older than what was heard may be what is still under way; the sweep finds what is older yet."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """The reviews of a pull request by its log, and the moment at which they stand so."""

    reviews: tuple[Review, ...]
    log: Log
    now: datetime


@dataclass
class _Desk:
    """One examination: the log as it grows. Where nothing is to be recorded, it grows in memory only."""

    steward: Steward
    repository: Repository
    target: Target
    observation: Observation
    now: datetime
    record: bool
    log: Log = ()
    assessments: tuple[Assessment, ...] = ()

    def keep(self, events: Iterable[NewEvent], released: Iterable[tuple[str, NewEvent]] = ()) -> None:
        """Add facts to the log, once each, and those of releases to theirs."""
        with self.steward.store.transaction() as transaction:
            if self.record:
                transaction.append(self.target.stream, tuple(events))
                releases.admit(transaction, self.target.place, released)
                self.log = transaction.events(self.target.stream)
                return
            known = self.log or transaction.events(self.target.stream)
        seen = {event.source_id for event in known}
        fresh = (event for event in events if event.source_id not in seen)
        self.log = tuple(sorted((*known, *fresh), key=lambda one: (one.source_time, one.source_id)))

    def stand(self, log: Log) -> tuple[Review, ...]:
        """Say where the reviews stand by a log."""
        pull = self.observation.pull
        log = (*log, *carried(self.steward, self.target, pull, self.assessments))
        return stand(self.assessments, log, self.now, author=pull.author_id, draft=pull.draft)


def heard(
    steward: Steward, repository: Repository, target: Target, observation: Observation, *, record: bool
) -> Bearing:
    """Bring the log up to date and say where the reviews stand; a simulation carries nothing out."""
    desk = _Desk(steward, repository, target, observation, steward.clock(), record)
    desk.keep(())
    desk.keep(heads.admit(observation, desk.log, desk.now))
    desk.assessments = judge_all(observation.changes, steward.bench.sitting())
    desk.keep(heads.judged(desk.assessments, desk.now))
    if record:
        _listen(desk)
    reviews = desk.stand(desk.log)
    return Bearing(reviews, desk.log, desk.now)


def _listen(desk: _Desk) -> None:
    """Carry out what was said and is not answered yet, in the order in which it was said."""
    observation = desk.observation
    waiting = unanswered(desk.log, observation.heard)
    if not waiting:
        return
    if observation.changes:
        waiting = _in_order(desk, waiting)
        _receive(desk.repository, waiting)
    # GitHub's clock may be ahead of ours; what was said there has been said.
    desk.now = max(desk.now, *(one.at for one in waiting))
    people = standing.Standings(desk.repository, (change.contract for change in observation.changes))
    if observation.changes and heads.nameless(observation, desk.log):
        desk.keep(heads.written_by(observation, desk.repository.wrote(observation.pull.head_sha), desk.now))
    for said in waiting:
        hearing = _hearing(desk, people, said)
        desk.keep(hearing.held(desk.log), hearing.released)


def _in_order(desk: _Desk, waiting: tuple[Said, ...]) -> tuple[Said, ...]:
    """Read what else was said meanwhile: deliveries come in any order, and each command counts when it was given."""
    if desk.observation.remembered is None:
        return waiting
    listed = conversation(desk.repository, desk.observation.pull, waiting[0].at - _EARLIER)
    return unanswered(desk.log, listed)


def _receive(repository: Repository, waiting: Iterable[Said]) -> None:
    """Show people that they were heard, before anything takes its time."""
    for said in waiting:
        if said.source == "comment":
            with suppress(NotFound, Denied, Rejected):  # deleted, or the conversation is locked
                repository.react(said.number, "eyes")


def _hearing(desk: _Desk, people: standing.Standings, said: Said) -> Hearing:
    author = desk.observation.pull.author_id
    changes = desk.observation.changes
    person = people.of(said.who, said.login) if changes and standing.needed(said.commands) else standing.stranger(said)
    observation, target = desk.observation, desk.target
    harbour = Harbour(desk.steward.store, desk.repository, target.repository_id, observation.pull, desk.now)
    return Hearing(said, person, author, desk.now, partial(_Desk.stand, desk), harbour.berths)
