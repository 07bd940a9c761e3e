"""What reviews owe people, kept as promises; when a review is to be looked at again without anybody's doing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta

from bot.steward import buttons
from bot.steward.memory import ask_thorough
from bot.steward.migrations.values import PLANNED
from bot.steward.promises import close, obligation
from bot.steward.talk import Log
from bot.steward.values import Target
from bot.store.transaction import Transaction
from bot.store.values import NewEvent, NewJob, NewObligation, Obligation, Settled
from notices.migration_values import read
from rules.obligations import Owed, obligations
from rules.review import Review

CLOCK = "clock"
REMINDS = ("review.reminder", "review.breached")
"""What reminds somebody of the same thing, each more urgent than the one before."""
_AFTER = timedelta(seconds=1)
_KIND = "review."


def keep(transaction: Transaction, target: Target, reviews: Sequence[Review], now: datetime) -> None:
    """Bring the promises about a pull request up to date: what is owed anew, at another moment, or not any more.

    Who was away when a reminder was due gets the most urgent one only.
    """
    wanted = {one.key: one for one in _urgent(obligations(((target.stream, one) for one in reviews), now), now)}
    known = {one.key: one for one in transaction.obligations(target.stream) if one.kind.startswith(_KIND)}
    drawn = buttons.version(reviews)
    for key, one in wanted.items():
        promised = _promise(one, target, drawn, _records(transaction, target, one))
        if key not in known or _differs(known[key], promised):
            transaction.promise(promised)
    for key, old in known.items():
        if old.state == "owed" and key not in wanted:
            transaction.supersede(key, now)
    close(transaction, target.stream, lambda key, state: key in wanted and state == drawn)


def _urgent(owed: Iterable[Owed], now: datetime) -> Iterator[Owed]:
    """Leave out the reminders that a more urgent one, which is due as well, has overtaken."""
    found = tuple(owed)
    due = [one for one in found if one.kind in REMINDS and one.due <= now]
    last = {(one.recipient, one.facts["contract"]): one.key for one in due}
    return (one for one in found if one not in due or last[one.recipient, one.facts["contract"]] == one.key)


def _promise(one: Owed, target: Target, drawn: str, records: str) -> NewObligation:
    about = {"installation": str(target.installation), "repository": target.repository, "number": str(target.number)}
    about |= {"version_of_state": drawn} | ({"records_url": records} if records else {})
    return obligation(one, target.stream, about)


def _records(transaction: Transaction, target: Target, one: Owed) -> str:
    """Give the page, behind sign-in, with the records that a task before a migration is about; empty where none is."""
    if one.facts.get("guards") != "migration":
        return ""
    plan = read(transaction.recall(PLANNED, f"{target.stream}:{one.facts['contract']}"))
    return plan.url if plan is not None and plan.failing else ""


def _differs(old: Obligation, new: NewObligation) -> bool:
    moved = abs(old.due - new.due) > timedelta(milliseconds=1) or dict(old.payload) != dict(new.payload)
    return old.state == "superseded" or (old.state == "owed" and moved)


def told(transaction: Transaction, stream: str, log: Log) -> list[NewEvent]:
    """List the facts that a request reached its audience, or could not, which are not in the log yet."""
    known = {event.source_id for event in log}
    facts = (_told(one) for one in transaction.settled(stream, ("review.requested",)))
    return [fact for fact in facts if fact.source_id not in known]


def _told(one: Settled) -> NewEvent:
    facts = one.payload["facts"]
    kind = "review.noticed" if one.state == "met" else "review.unnoticed"
    body = {"contract": facts["contract"], "digest": facts["digest"], "audience": one.recipient}
    return NewEvent(kind, f"told:{one.key}", one.at, body)


def look_again(transaction: Transaction, target: Target, reviews: Iterable[Review], now: datetime) -> None:
    """Have the pull request looked at when the next of its moments comes, whether anything happens or not."""
    moment = min((one + _AFTER for review in reviews for one in moments(review) if one + _AFTER > now), default=None)
    if moment is not None:
        lane = f"{CLOCK}:{target.stream}"
        job = NewJob(CLOCK, asdict(target), lane=lane, pool="pull", installation=target.installation, due=moment)
        transaction.enqueue(job)


def moments(review: Review) -> Iterator[datetime]:
    """Yield the moments at which something about a review changes by itself."""
    if review.state in ("pending", "blocked"):
        yield from (one for one in (review.deadline, review.silent_at) if one is not None)
        if review.ledger is not None:
            yield from (one.until for one in review.ledger.holds)
            yield from (one.until for one in review.ledger.conditions if one.until is not None and one.state == "open")
    rule = review.assessment.change.contract.enforcement
    if rule.next_from is not None:
        yield datetime.combine(rule.next_from, time(), UTC)


def fall_due(transaction: Transaction, target: Target, why: str, now: datetime) -> None:
    """Read the whole conversation again: silence counts only for what is known of at that moment."""
    ask_thorough(transaction, target, f"{CLOCK}:{why}", now)
