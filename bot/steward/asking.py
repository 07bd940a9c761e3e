"""Whose review is asked for on GitHub: the owners whose answer is awaited, once for each text.

That GitHub took the request is the proof that it told them; whom it cannot ask is told by another channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.github.errors import Denied, Rejected
from bot.github.repository import Repository
from bot.github.values import PullRequest
from bot.steward.talk import Log
from bot.steward.values import AskReviews, Observation, Wanted
from bot.store.values import NewEvent
from rules.review import Approval, Review
from rules.review_time import audience

ASKED = "steward.asked"
MOST = 15
"""As many as GitHub takes for one pull request."""


def ask(observation: Observation, reviews: Sequence[Review], log: Log, repository: str) -> Iterator[AskReviews]:
    """List the request that is to be made, if one is.

    Somebody who is asked already is asked again where their silence would count: GitHub tells nobody of a push.
    """
    if observation.pull.draft or observation.pull.state != "open":
        return
    told = [(one.body["name"], one.body["digest"], one.body["ok"]) for one in log if one.kind == ASKED]
    failed = {name for name, _, ok in told if not ok}
    done = {(name, digest) for name, digest, _ in told}
    found = [
        one for one in _wanted(observation.pull, reviews, repository.partition("/")[0])
        if one.name not in failed and (one.name, one.digest) not in done and (one.anew or not one.asked)
    ]  # fmt: skip
    if found:
        yield AskReviews(tuple(found[:MOST]))


def _wanted(pull: PullRequest, reviews: Iterable[Review], owner: str) -> Iterator[Wanted]:
    for review in reviews:
        if review.state not in ("pending", "blocked") or review.paused:
            continue
        contract, digest = review.assessment.change.contract.name, review.assessment.change.digest
        for needed in review.awaited:
            for name in _names(needed, owner):
                if name.lower() != pull.author.lower():
                    team = needed.kind == "team"
                    asked = name.lower() in (pull.asked_teams if team else pull.asked_users)
                    yield Wanted(name, team, contract, digest, audience(needed), review.silence_approves, asked)


def _names(needed: Approval, owner: str) -> Iterable[str]:
    """Give those of an audience whom this repository can ask: teams of its own organisation, and people."""
    if needed.kind == "team":
        org, _, slug = needed.name.partition("/")
        return (slug,) if org.casefold() == owner.casefold() else ()
    return needed.people


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a request reached, and whom GitHub does not let be asked."""

    wanted: tuple[Wanted, ...]
    refused: tuple[Wanted, ...] = ()


def carry_out(action: AskReviews, repository: Repository, pull: PullRequest) -> Reached:
    """Ask; where GitHub refuses one of several it refuses all, and then each is asked alone."""
    again = [one for one in action.wanted if one.asked]
    if again:
        repository.take_back_reviews(pull.number, *_split(again))
    try:
        now = repository.ask_reviews(pull.number, *_split(action.wanted))
    except (Rejected, Denied):
        if len({one.name for one in action.wanted}) == 1:
            return Reached((), action.wanted)
        parts = [carry_out(AskReviews((one,)), repository, pull) for one in _once(action.wanted)]
        names = {one.name for part in parts for one in part.refused}
        return _sorted(action.wanted, lambda one: one.name not in names)
    return _sorted(action.wanted, lambda one: one.name.lower() in (now.teams if one.team else now.users))


def _once(wanted: Iterable[Wanted]) -> Iterator[Wanted]:
    seen: set[tuple[str, bool]] = set()
    for one in wanted:
        if (one.name, one.team) not in seen:
            seen.add((one.name, one.team))
            yield Wanted(one.name, one.team, one.contract, one.digest, one.audience, one.anew, asked=False)


def _sorted(wanted: Sequence[Wanted], reached: Callable[[Wanted], bool]) -> Reached:
    return Reached(tuple(one for one in wanted if reached(one)), tuple(one for one in wanted if not reached(one)))


def _split(wanted: Iterable[Wanted]) -> tuple[list[str], list[str]]:
    found = tuple(wanted)
    users, teams = ({one.name for one in found if one.team is team} for team in (False, True))
    return sorted(users), sorted(teams)


def facts(reached: Iterable[Reached], now: datetime) -> list[NewEvent]:
    """List what the log keeps of it: who was asked for which text, and whom that provably told."""
    return [
        fact for one in reached for ok, wanted in ((True, one.wanted), (False, one.refused)) for each in wanted
        for fact in _facts(each, now, ok=ok)
    ]  # fmt: skip


def _facts(one: Wanted, now: datetime, *, ok: bool) -> Iterator[NewEvent]:
    body = {"contract": one.contract, "digest": one.digest, "audience": one.audience}
    key = f"{one.contract}:{one.digest}:{one.audience}"
    yield NewEvent(ASKED, f"asked:{key}:{one.name}", now, body | {"name": one.name, "ok": ok})
    kind = "review.noticed" if ok else "review.unnoticed"
    yield NewEvent(kind, f"{kind.partition('.')[2]}:github:{key}:{one.name}", now, body)
