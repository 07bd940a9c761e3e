"""Where a pull request stands: its log brought up to date, its changes judged, and what was said to it carried out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.commands.values import Berth, Written
from bot.github.errors import Denied, NotFound, Rejected
from bot.github.repository import Repository
from bot.steward import dues, ended, heads, roles, standing
from bot.steward.carried import carried
from bot.steward.decide import judge_all, stand
from bot.steward.hearing import Ended, Hearing
from bot.steward.house import Steward
from bot.steward.migrations import use as migration_use
from bot.steward.observe import conversation, merged_changes
from bot.steward.releases import handler as releases
from bot.steward.releases import window as release_window
from bot.steward.releases.berths import COMMANDS as RELEASING
from bot.steward.releases.berths import Harbour
from bot.steward.releases.docks import Docks
from bot.steward.talk import Log, Said, unanswered
from bot.steward.values import Observation, Target
from bot.store.values import NewEvent
from bot.worker import Retry
from notices.ended import Ending, says
from rules.assessment import Assessment
from rules.review import Review

APPROVED = "review.approved_at_last"
_EARLIER = timedelta(hours=1)
"""So much older than what was heard may be what is still under way; the sweep finds what is older yet."""


_SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Bearing:
    """The reviews of a pull request by its log, and the moment at which they stand so; `ending` once it is closed."""

    reviews: tuple[Review, ...]
    log: Log
    now: datetime
    ending: Ending | None = None


@dataclass
class _Desk:
    """One examination: the log as it grows. Where nothing is to be recorded, it grows in memory only."""

    steward: Steward
    repository: Repository
    target: Target
    observation: Observation
    now: datetime
    record: bool
    log: Log
    assessments: tuple[Assessment, ...] = ()
    merged: tuple[Assessment, ...] = ()
    """What a merged pull request has changed, judged where somebody speaks of its release."""

    @property
    def docks(self) -> Docks:
        """Where the migrations of the pull request are looked up."""
        return Docks(
            self.steward.store, self.repository, self.target, self.observation.pull,
            lambda: self.steward.defaults.of(self.target).config,
        )  # fmt: skip

    def keep(self, events: Iterable[NewEvent], released: Iterable[tuple[str, NewEvent]] = ()) -> None:
        """Add facts to the log, once each, and those of releases to theirs."""
        events, released = tuple(events), tuple(released)
        if not events and not released:
            return
        if self.record:
            self._record(events, released)
            return
        seen = {event.source_id for event in self.log}
        fresh = (event for event in events if event.source_id not in seen)
        self.log = tuple(sorted((*self.log, *fresh), key=lambda one: (one.source_time, one.source_id)))

    def _record(self, events: Sequence[NewEvent], released: Sequence[tuple[str, NewEvent]]) -> None:
        try:
            with self.steward.store.transaction() as transaction:
                transaction.append(self.target.stream, events)
                releases.admit(transaction, self.target.place, released)
                self.log = transaction.events(self.target.stream)
        except releases.StaleError as error:
            # Nothing of it is kept: the next try carries the command out as things are then.
            raise Retry(_SOON, f"{error} was decided on at the same moment") from error

    def stand(self, log: Log) -> tuple[Review, ...]:
        """Say where the reviews stand by a log."""
        return self._by(log, self.assessments)

    def stood(self, log: Log) -> tuple[Review, ...]:
        """Say the same of the reviews of what is merged, for the release that may follow."""
        return self._by(log, self.merged)

    def _by(self, log: Log, judged: tuple[Assessment, ...]) -> tuple[Review, ...]:
        pull = self.observation.pull
        log = (*log, *carried(self.steward, self.target, pull, judged))
        return stand(judged, log, self.now, author=pull.author_id, draft=pull.draft)


def heard(
    steward: Steward, repository: Repository, target: Target, observation: Observation, *, record: bool
) -> Bearing:
    """Bring the log up to date and say where the reviews stand; a simulation carries nothing out."""
    # As early as it can be: by then the conversation was read, and a verdict may take its time.
    now = steward.clock()
    judged = judge_all(observation.changes, steward.bench.sitting())
    with steward.store.reading() as transaction:
        log = transaction.events(target.stream)
    desk = _Desk(steward, repository, target, observation, now, record, log)
    unused = migration_use.guarded(steward.store, target.repository_id, judged)
    desk.assessments = release_window.guarded(steward.store, target.repository_id, unused, desk.now)
    # What was merged stays what it was; of what is closed the time stands still until it is reopened.
    admitted = () if observation.pull.merged else heads.admit(observation, desk.log, desk.now)
    desk.keep((*admitted, *heads.judged(desk.assessments, desk.now)))
    if record:
        with steward.store.reading() as transaction:
            told = dues.told(transaction, target.stream, desk.log)
        desk.keep(told)
        _listen(desk)
        _look_after_roles(desk)
    reviews = desk.stand(desk.log)
    if record:
        _keep_approvals(desk, reviews)
    return Bearing(reviews, desk.log, desk.now, _ending(desk))


def _look_after_roles(desk: _Desk) -> None:
    """Find who has lost the role in which they approved; GitHub is asked where everything is read again."""
    contracts = (change.contract for change in desk.observation.changes)
    people = standing.Standings(desk.repository, contracts) if desk.observation.remembered is None else None
    desk.keep(tuple(roles.lost(desk.stand(desk.log), people, desk.now)))


def _keep_approvals(desk: _Desk, reviews: Iterable[Review]) -> None:
    """Keep when a review was first approved; by silence only once the whole conversation was read."""
    read = desk.observation.remembered is None
    found = (one for one in reviews if one.state == "approved" and (read or one.approved_by == "people"))
    desk.keep(tuple(approval(one, desk.now) for one in found))


def approval(review: Review, now: datetime) -> NewEvent:
    """Make the fact that a review was approved at last."""
    change = review.assessment.change
    body = {"contract": change.contract.name, "digest": change.digest, "by": review.approved_by}
    return NewEvent(APPROVED, f"approved:{change.contract.name}:{change.digest}", now, body)


def _listen(desk: _Desk) -> None:
    """Carry out what was said and is not answered yet, in the order in which it was said."""
    observation = desk.observation
    waiting = unanswered(desk.log, observation.heard)
    if not waiting:
        return
    over = _ended(desk)
    if not observation.changes and (over is not None or desk.docks.known()):
        # Merged: what is left to be asked is of its migration, and whatever else is answered.
        _receive(desk.repository, waiting)
    if observation.changes:
        waiting = _in_order(desk, waiting)
        _receive(desk.repository, waiting)
    # GitHub's clock may be ahead of ours; what was said there has been said.
    desk.now = max(desk.now, *(one.at for one in waiting))
    if observation.pull.merged and any(one.name in RELEASING for said in waiting for one in said.commands):
        default = desk.steward.defaults.of(desk.target)
        made = merged_changes(desk.repository, observation.pull, default)
        desk.merged = judge_all(made, desk.steward.bench.sitting())
    contracts = [change.contract for change in observation.changes] or [one.change.contract for one in desk.merged]
    contracts = contracts or [one.contract for one in desk.docks.of(())]
    people = standing.Standings(desk.repository, contracts)
    if observation.changes and heads.nameless(observation, desk.log):
        desk.keep(heads.written_by(observation, desk.repository.wrote(observation.pull.head_sha), desk.now))
    for said in waiting:
        hearing = replace(_hearing(desk, people, said), ended=over)
        desk.keep(hearing.held(desk.log), hearing.released)


def _ending(desk: _Desk) -> Ending | None:
    """Give what came of a review that is over; `None` while the pull request is open, or never had one."""
    pull = desk.observation.pull
    if pull.state == "open" or not ended.reviewed(desk.log):
        return None
    migrations = [one for _, one in desk.docks.known()]
    return ended.ending(desk.steward.store, desk.target, desk.log, migrations, desk.now, merged=pull.merged)


def _ended(desk: _Desk) -> Ended | None:
    """Give what answers for a review that is over."""
    found = _ending(desk)
    return None if found is None else lambda command: says(command, found)


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
    contracts = [one.contract for one in desk.observation.changes]
    asks = (contracts or desk.merged or desk.docks.known()) and (
        standing.needed(said.commands) or any(one.overdue for one in desk.stand(desk.log))
    )
    person = people.of(said.who, said.login) if asks else standing.stranger(said)
    observation, target = desk.observation, desk.target
    harbour = Harbour(desk.steward.store, desk.repository, target.repository_id, observation.pull, desk.now)
    docks = partial(desk.docks.of, contracts)

    def berths(written: Written, reviews: Sequence[Review]) -> tuple[Berth, ...]:
        return harbour.berths(written, reviews or desk.stood(desk.log))

    return Hearing(said, person, author, desk.now, partial(_Desk.stand, desk), berths, docks)
