"""Admit what GitHub could not tell again of the head: which documents it was when, who pushed them, and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.steward.talk import PUSHED, Log
from bot.steward.values import Observation
from bot.store.values import Event, NewEvent
from notices.words import engine
from rules.assessment import Assessment
from rules.change import Change
from rules.contract import Contract
from rules.jsontext import digest
from rules.review_events import ALL

_JUST = timedelta(milliseconds=1)


def admit(observation: Observation, log: Log, now: datetime) -> tuple[NewEvent, ...]:
    """List what is new about the head since the log was written.

    The moment at which a change was first ready for review belongs to its digest: a push that leaves the documents
    alone starts nothing anew, and a digest that comes back finds its clock as it was. A draft is not ready.
    """
    drafts = tuple(_draft(observation, log, now))
    heads = tuple(event for change in observation.changes for event in _of(change, observation, log, now))
    return (*drafts, *heads, *_gone(observation, log, now))


def _draft(observation: Observation, log: Log, now: datetime) -> Iterator[NewEvent]:
    turns = [event for event in log if event.kind in ("review.drafted", "review.readied")]
    was = bool(turns) and turns[-1].kind == "review.drafted"
    if observation.pull.draft is not was:
        kind = "review.readied" if was else "review.drafted"
        at = max(now, turns[-1].source_time + _JUST) if turns else now
        yield NewEvent(kind, f"draft:{len(turns)}", at, {"contract": ALL}, observation.pull.author_id)


def _of(change: Change, observation: Observation, log: Log, now: datetime) -> Iterator[NewEvent]:
    name, head = change.contract.name, observation.pull.head_sha
    facts = _heads(log, name)
    pushes = tuple(_pushed(change, log, facts))
    yield from pushes
    # Ours comes last: what the log says was pushed last has to be what is the head now, whoever's clock is ahead.
    known = sorted((*facts, *pushes), key=lambda one: (one.source_time, one.source_id))
    last = known[-1] if known else None
    seen = any(one.kind == "review.pushed" and one.body["head"] == head for one in known)
    if last is None or last.body["digest"] != change.digest or not seen:
        at = now if last is None else max(now, last.source_time + _JUST)
        yield _fact("review.pushed", f"head:{name}:{head}:{len(facts)}", at, change, head)
    if not observation.pull.draft:
        author = observation.pull.author_id
        yield _fact("review.submitted", f"submitted:{name}:{change.digest}", now, change, head, actor=author)


def _heads(log: Log, name: str) -> list[Event | NewEvent]:
    kinds = ("review.pushed", "review.submitted")
    return [one for one in log if one.kind in kinds and one.body.get("contract") == name]


def _pushed(change: Change, log: Log, facts: Iterable[Event | NewEvent]) -> Iterator[NewEvent]:
    """Tell whose pushes led to which documents; of a head that was never looked at, to those of now."""
    name = change.contract.name
    facts = tuple(facts)
    digests = {one.body["head"]: one.body["digest"] for one in facts}
    done = {one.source_id for one in facts}
    for push in (one for one in log if one.kind == PUSHED):
        source_id = f"pushed:{name}:{push.source_id}"
        if source_id not in done:
            head = str(push.body["head"])
            body = {"contract": name, "digest": digests.get(head, change.digest), "head": head}
            yield NewEvent("review.pushed", source_id, push.source_time, body, push.actor_id)


def _gone(observation: Observation, log: Log, now: datetime) -> Iterator[NewEvent]:
    """Tell that a contract is as its base has it again: the time of what was reviewed stands still."""
    here = {change.contract.name for change in observation.changes}
    known = {str(one.body["contract"]) for one in log if one.kind == "review.pushed"}
    for name in sorted(known - here):
        facts = _heads(log, name)
        if facts[-1].body["digest"]:
            body = {"contract": name, "digest": "", "head": observation.pull.head_sha}
            at = max(now, facts[-1].source_time + _JUST)
            yield NewEvent("review.pushed", f"head:{name}:{observation.pull.head_sha}:{len(facts)}", at, body)


def nameless(observation: Observation, log: Log) -> bool:
    """Say whether nobody knows who pushed the head."""
    head = observation.pull.head_sha
    mine = [one for one in log if one.kind == "review.pushed" and one.body["head"] == head]
    return not any(one.actor_id is not None or one.source_id.startswith("wrote:") for one in mine)


def written_by(observation: Observation, who: Iterable[int], now: datetime) -> tuple[NewEvent, ...]:
    """Hold those who wrote the head's last commit for those who pushed it, where no delivery told."""
    head = observation.pull.head_sha
    return tuple(
        _fact("review.pushed", f"wrote:{change.contract.name}:{head}:{one}", now, change, head, actor=one or None)
        for change in observation.changes
        for one in (sorted(who) or [0])
    )


def judged(assessments: Iterable[Assessment], now: datetime) -> tuple[NewEvent, ...]:
    """Keep each verdict once for each engine and policy, so that a newer engine's is told from an older one's."""
    return tuple(
        _fact(
            "review.judged", f"judged:{one.change.contract.name}:{one.change.digest}:{_engine(one)}", now, one.change,
            engine=engine(), grade=one.grade.name, policy=policy_key(one.change.contract),
        )
        for one in assessments
        if not one.failed
    )  # fmt: skip


def _engine(one: Assessment) -> str:
    return f"{engine()}:{policy_key(one.change.contract)}:{one.grade.name}"


def policy_key(contract: Contract) -> str:
    """Make a key of what a contract's own rules add to a verdict: under another policy it is another verdict."""
    policy = contract.policy
    added = () if policy.compare == "previous" else (policy.compare,)
    return digest(repr(policy.overrides), policy.strict_readers, contract.read_by_partners, *added)[:12]


def _fact(  # noqa: PLR0913, PLR0917 the parts of a fact
    kind: str, source_id: str, at: datetime, change: Change, head: str = "", actor: int | None = None, **body: Any
) -> NewEvent:
    said = {"contract": change.contract.name, "digest": change.digest} | ({"head": head} if head else {})
    return NewEvent(kind, source_id, at, said | body, actor)
