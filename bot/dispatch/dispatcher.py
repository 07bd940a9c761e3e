"""Keeps promises: calls what is due, hands a channel its client and any earlier receipt, records what came of it.

Each step is a transaction of its own, and none spans a network call:

    call     due promise → job                        (killed before it: the next tick calls it)
    begin    an attempt is written down, under lease  (killed after it: the next attempt is told, and asks the channel)
    deliver  the channel
    settle   outcome, evidence, and what follows      (killed before it: as above)

A channel that can be asked is asked; mail cannot, so a mail whose fate is unknown is not sent again, and the owners are
told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.dispatch import overtaken
from bot.dispatch.after import LATE, installation_of, tell_owners
from bot.dispatch.channels import About, Channels, Hand
from bot.dispatch.ways import BULK, SHOWN, URGENT, Way, facts_of, is_urgent, lane, read_by, ways
from bot.settings import Settings
from bot.store import Store
from bot.store.transaction import Transaction
from bot.store.values import Delivery, Lease, NewJob, Obligation, Outcome
from bot.worker import Retry
from notices import calendar, letter
from notices import slack as slack_words
from notices.channels import slack
from notices.channels.contract import (
    DoubtError,
    Message,
    NotDeliveredError,
    PermanentError,
    Receipt,
    TransientError,
    UnknownError,
)
from notices.notice import House, MissingFactError, Notice, entry_of, make

log = logging.getLogger(__name__)

NOTICE = "notice"
BATCH = 1000
_LEASE = timedelta(minutes=2)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_URGENT_WAIT = timedelta(minutes=2)
_AT_LEAST = timedelta(seconds=1)
_PACE = "slack.pace"

Heard = Callable[[Transaction, Obligation, int | None], None]
"""Is told, in the transaction that settles it, that an obligation was met or has failed; and its installation."""


@dataclass(frozen=True, slots=True)
class Task:
    """One obligation as it stands before an attempt: the channels that are left, and what was tried before."""

    obligation: Obligation
    left: tuple[Way, ...]
    tried: tuple[Delivery, ...]
    root: tuple[Obligation, str] | None
    installation: int | None

    @property
    def way(self) -> Way:
        """The channel whose turn it is."""
        return self.left[0]

    @property
    def unsettled(self) -> Delivery | None:
        """The attempt that began and whose end nobody knows."""
        return next((one for one in self.tried if one.state == "begun"), None)


class Dispatch:
    """Delivers what is owed, by the channels that the settings describe."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, channels: Channels, *,
        heard: Heard = lambda _transaction, _obligation, _installation: None,
    ) -> None:  # fmt: skip
        self._contacts = settings.contacts
        self._house = House(settings.github_web_url, settings.support_contacts)
        self._store = store
        self._clock = clock
        self._channels = channels
        self._heard = heard

    def tick(self) -> int:
        """Make the jobs of what is due; how many. It costs one look at an index where nothing is."""
        called, made = 0, BATCH
        while made == BATCH:
            now = self._clock()
            with self._store.reading() as transaction:
                if not transaction.is_due(now):
                    return called
            with self._store.transaction() as transaction:
                made = transaction.call_due(now, BATCH, self._job)
            called += made
        return called

    def _job(self, obligation: Obligation) -> NewJob:
        found = ways(obligation, self._contacts)
        urgent = is_urgent(obligation)
        return NewJob(
            NOTICE, {"obligation": obligation.obligation_id}, key=f"{NOTICE}:{obligation.obligation_id}",
            lane=lane(obligation, found[0] if found else None), pool=URGENT if urgent else BULK,
            priority=10 if urgent else 0,
        )  # fmt: skip

    def handle(self, lease: Lease, store: Store) -> None:
        """Do one `notice` job: the next attempt, if one is owed."""
        del store
        with self._store.reading() as transaction:
            task = self._task(transaction, int(lease.payload["obligation"]))
        if task is None or self._overtaken(task):
            return
        try:
            notice = self._notice(task)
        except (MissingFactError, ValueError) as error:
            self._settle(self._begun(lease, task, "none"), task, PermanentError(str(error)), last=True)
            raise
        self._attempt(lease, task, notice)

    def _task(self, transaction: Transaction, obligation_id: int) -> Task | None:
        obligation = transaction.obligation(obligation_id)
        if obligation is None or obligation.state not in {"owed", "sending"}:
            return None
        tried = transaction.deliveries(obligation_id)
        every = ways(obligation, self._contacts) or (Way("none", ()),)
        closed = sum(one.state == "refused" for one in tried)
        left = every[min(closed, len(every) - 1) :]
        first = transaction.first_message(obligation.stream, obligation.recipient, [left[0].channel])
        root = (first[0], first[1].receipt or "") if first else None
        return Task(obligation, left, tried, root, installation_of(transaction, obligation))

    def _overtaken(self, task: Task) -> bool:
        """Take back what nobody sent in time, and what came after it says better; or what is no longer so."""
        one, now = task.obligation, self._clock()
        if task.tried or not overtaken.may_be(one):
            return False

        def says_nothing_new(transaction: Transaction) -> bool:
            others = transaction.obligations(one.stream, recipient=one.recipient)
            return overtaken.says_nothing_new(one, others, now)

        with self._store.reading() as transaction:  # nearly always it is not: then nobody is kept from writing
            if not says_nothing_new(transaction):
                return False
        with self._store.transaction() as transaction:
            return says_nothing_new(transaction) and transaction.supersede(one.key, now)

    def _notice(self, task: Task) -> Notice:
        one = task.obligation
        late = one.due if self._clock() - one.due > LATE else None
        facts = read_by(task.way, facts_of(one.payload)) | {"obligation": str(one.obligation_id)}
        return make(one.kind, facts, self._house, due=late)

    def _attempt(self, lease: Lease, task: Task, notice: Notice) -> None:
        begun: Delivery | None = None
        try:
            if task.way.channel == "none":
                raise PermanentError("no contact is known")
            if task.way.channel == SHOWN:
                self._shown(lease, task)
                return
            if (twin := self._twin(task)) is not None:
                self._stands_there(lease, task, twin)
                return
            if task.way.channel == "email" and not notice.contractual:
                task = self._without_stopped(lease, task)
                if not task.way.address:
                    return
            self._pace(task)
            with self._channels.open(task.way.channel, task.way.address, task.obligation, _about(task)) as hand:
                begun = self._begun(lease, task, task.way.channel)
                if begun is None:
                    return
                message = self._message(task, notice, begun)
                receipt = hand.deliver(message, None if task.unsettled is None else (begun.receipt or ""))
                self._delivered(begun, task, receipt, hand, message)
        except NotDeliveredError as failure:
            self._failed(lease, begun, task, failure)

    def _shown(self, lease: Lease, task: Task) -> None:
        begun = self._begun(lease, task, SHOWN)
        if begun is not None:
            evidence = _what(task) | {"answer": "GitHub asked for the review, and the comment there says the rest"}
            self._record(begun, task, "delivered", evidence, None)

    def _twin(self, task: Task) -> Delivery | None:
        """Give the message that already tells the same in the same Slack channel: teams may share one."""
        one, way = task.obligation, task.way
        if way.channel != "slack" or not one.recipient.startswith(("team:", "user:")) or task.unsettled is not None:
            return None
        told, to = facts_of(one.payload), ", ".join(way.address)
        with self._store.reading() as transaction:
            others = [
                each for each in transaction.obligations(one.stream, one.kind)
                if each.key != one.key and facts_of(each.payload) == told
            ]  # fmt: skip
            sent = (attempt for each in others for attempt in transaction.deliveries(each.obligation_id))
            return next((each for each in sent if _arrived(each, to)), None)

    def _stands_there(self, lease: Lease, task: Task, twin: Delivery) -> None:
        begun = self._begun(lease, task, task.way.channel)
        if begun is not None:
            evidence = _what(task) | {"answer": "the same message to another team stands in this channel"}
            self._record(begun, task, "delivered", evidence, twin.receipt)

    def _without_stopped(self, lease: Lease, task: Task) -> Task:
        """Leave out who has stopped messages of the kind; where nobody is left it is owed no longer."""
        way, one = task.way, task.obligation
        with self._store.reading() as transaction:
            stopped = transaction.stopped(way.address, one.kind)
        left = replace(way, address=tuple(each for each in way.address if each not in stopped))
        begun = None if left.address else self._begun(lease, task, way.channel)
        if begun is not None:
            now, said = self._clock(), _what(task) | {"answer": "its readers have stopped messages of this kind"}
            with self._store.transaction() as transaction:
                if transaction.settle_delivery(begun.delivery_id, now, "refused", evidence=said):
                    transaction.supersede(one.key, now)
        return replace(task, left=(left, *task.left[1:]))

    def _pace(self, task: Task) -> None:
        """Wait until the Slack channel takes the next message, without holding anybody else up."""
        if task.way.channel != "slack":
            return
        now, key = self._clock(), task.way.address[0]
        with self._store.transaction() as transaction:
            free = transaction.recall(_PACE, key)
            if free is not None and now < datetime.fromisoformat(free) <= now + slack.PACE:
                raise Retry(datetime.fromisoformat(free) - now, f"the Slack channel {key} takes one message a second")
            transaction.remember(_PACE, key, (now + slack.PACE).isoformat(), now)

    def _begun(self, lease: Lease, task: Task, channel: str) -> Delivery | None:
        """Write an attempt down; `None` where the lease was lost or nothing is owed any more."""
        now = self._clock()
        with self._store.transaction() as transaction:
            if not transaction.renew(lease, now, _LEASE):
                return None
            return transaction.begin_delivery(task.obligation.obligation_id, channel, now)

    def _message(self, task: Task, notice: Notice, begun: Delivery) -> Message:
        one, root = task.obligation, task.root
        shows = None
        if root is not None and task.way.channel == "slack":
            shows = slack_words.restated(make(root[0].kind, facts_of(root[0].payload), self._house), notice)
        return Message(
            key=one.key, thread=one.stream, address=task.way.address,
            letter=letter.write(notice, stop=self._channels.sender.stops_at(one.obligation_id)),
            root=root[1] if root else "", contractual=notice.contractual, calendar=self._calendar(task),
            written_at=begun.began_at, began_at=begun.began_at, root_shows=shows,
        )  # fmt: skip

    def _calendar(self, task: Task) -> tuple[str, bytes] | None:
        one = task.obligation
        facts = facts_of(one.payload)
        does = entry_of(one.kind, facts).calendar
        if not does or task.way.channel != "email":
            return None
        entry = calendar.Entry(
            one.stream, one.recipient, facts, one.due, cancelled=does == "cancel", attendees=task.way.address
        )
        sender = self._channels.sender
        return calendar.invitation(entry, sender.address, sender.host)

    def _delivered(self, begun: Delivery, task: Task, receipt: Receipt, hand: Hand, message: Message) -> None:
        evidence = {**_what(task, message.letter.subject), **receipt.evidence}
        if not self._record(begun, task, "delivered", evidence, receipt.found_by) and hand.tidy is not None:
            # Another worker had settled it: this one was too late, and what it sent is one too many.
            removed = hand.tidy(message)
            log.warning("%d extra messages were taken back", removed, extra={"action": "tidied"})

    def _failed(self, lease: Lease, begun: Delivery | None, task: Task, failure: NotDeliveredError) -> None:
        """Try again later, on this channel or the next one, or give up and tell the owners."""
        now = self._clock()
        trying = now - _since(task, now)
        over = trying >= task.way.after
        if isinstance(failure, TransientError) and (failure.firm or not over):
            self._note(lease, begun, task, failure)
            raise Retry(max(failure.after or _wait(task, trying), _AT_LEAST), str(failure)) from failure
        begun = begun or self._begun(lease, task, task.way.channel)
        if begun is None:
            return
        in_doubt = isinstance(failure, DoubtError) or (task.unsettled is not None and over)
        last = isinstance(failure, UnknownError) or in_doubt or len(task.left) == 1
        self._settle(begun, task, UnknownError(str(failure)) if in_doubt else failure, last=last)
        if not last:
            raise Retry(_AT_LEAST, f"the next channel is tried: {failure}")

    def _note(self, lease: Lease, begun: Delivery | None, task: Task, failure: TransientError) -> None:
        """Keep an attempt that is known to have sent nothing; one in doubt stays open, and a limit is no attempt."""
        if isinstance(failure, DoubtError) or task.unsettled is not None or (failure.firm and begun is None):
            return
        begun = begun or self._begun(lease, task, task.way.channel)
        if begun is not None:
            self._record(begun, task, "transient", _what(task) | {"answer": str(failure)[:1000]}, None)

    def _settle(self, begun: Delivery | None, task: Task, failure: NotDeliveredError, *, last: bool) -> None:
        if begun is None:
            return
        unknown = isinstance(failure, UnknownError)
        outcome: Outcome = "unknown" if unknown else "permanent" if last else "refused"
        self._record(begun, task, outcome, _what(task) | {"answer": str(failure)[:1000]}, None)
        log.warning(
            "not delivered: %s", failure,
            extra={"action": f"notice.{outcome}", "obligation": task.obligation.obligation_id},
        )  # fmt: skip

    def _record(
        self, begun: Delivery, task: Task, outcome: Outcome, evidence: dict[str, str], receipt: str | None
    ) -> bool:
        """Keep how an attempt ended, and what follows from it, as one."""
        now = self._clock()
        with self._store.transaction() as transaction:
            kept = transaction.settle_delivery(begun.delivery_id, now, outcome, receipt=receipt, evidence=evidence)
            if kept and outcome == "delivered" and task.way.channel == "slack":
                self._buttons(transaction, task, receipt or "", now)
            if kept and outcome in {"permanent", "unknown"}:
                tell_owners(transaction, task.obligation, task.installation, outcome, evidence, now)
            # What is only shown changes nothing that was not known when it was promised.
            if kept and outcome not in {"transient", "refused"} and task.way.channel != SHOWN:
                self._heard(transaction, task.obligation, task.installation)
            return kept

    def _buttons(self, transaction: Transaction, task: Task, receipt: str, now: datetime) -> None:
        """Keep whether the message shows buttons; the root of its thread shows none from now on."""
        if task.root is not None:
            transaction.buttons_gone(task.root[0].key)
        facts = facts_of(task.obligation.payload)
        if facts.get("version_of_state") and any(
            not one.opens for one in entry_of(task.obligation.kind, facts).buttons
        ):
            transaction.buttons_shown(task.obligation.key, receipt, facts["version_of_state"], now)


def _wait(task: Task, trying: timedelta) -> timedelta:
    """Make the wait before the next attempt: longer the longer it has been tried."""
    longest = _URGENT_WAIT if is_urgent(task.obligation) else _LONGEST_WAIT
    return max(_FIRST_WAIT, min(trying, longest))


def _what(task: Task, subject: str = "") -> dict[str, str]:
    found = {"kind": task.obligation.kind, "to": ", ".join(task.way.address)}
    return found | ({"subject": subject} if subject else {})


def _arrived(attempt: Delivery, to: str) -> bool:
    return attempt.state == "delivered" and attempt.channel == "slack" and attempt.evidence.get("to") == to


def _since(task: Task, now: datetime) -> datetime:
    """Say since when the present channel is tried: since the one before was closed."""
    closed = [one.settled_at for one in task.tried if one.state == "refused" and one.settled_at is not None]
    start = max(closed, default=None)
    mine = [one.began_at for one in task.tried if start is None or one.began_at >= start]
    return min(mine, default=now)


def _about(task: Task) -> About:
    facts = facts_of(task.obligation.payload)
    number = next((facts[name] for name in ("issue", "pull") if facts.get(name, "").isdigit()), None)
    # Only people of the repository read its issues; a partner whom nobody can reach is not told by one.
    reads = task.obligation.recipient.startswith(("team:", "user:")) and task.obligation.stream.startswith("contracts:")
    field = (facts.get("contract", ""), facts["field"]) if reads and "field" in facts else None
    return About(task.installation, facts.get("repository", ""), None if number is None else int(number), field)
