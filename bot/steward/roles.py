"""An approval counts while its giver has the role: who has lost one since is told apart, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.commands.authority import authority
from bot.steward.standing import Standings
from bot.store.values import NewEvent
from rules.review import Review
from rules.review_ledger import Given


def lost(reviews: Iterable[Review], people: Standings | None, now: datetime) -> Iterator[NewEvent]:
    """Yield the roles that givers of approvals have lost: named roles by the configuration, teams by GitHub.

    Without `people` GitHub is not asked.
    """
    for review in reviews:
        if review.ledger is not None:
            for given in review.ledger.approvals:
                yield from _of(given, review, people, now)


def _of(given: Given, review: Review, people: Standings | None, now: datetime) -> Iterator[NewEvent]:
    contract = review.assessment.change.contract
    listed = {role.name for role in contract.owners.roles for name in role.people if _same(name, given.login)}
    roles = given.roles - listed
    teams: frozenset[str] = frozenset()
    if people is not None and given.teams:
        held = authority(people.of(given.actor, given.login), contract, author=None)
        teams = given.teams - set(held.teams)
    if roles or teams:
        names = sorted(roles | teams)
        body = {
            "contract": contract.name, "digest": review.assessment.change.digest, "teams": sorted(teams),
            "roles": sorted(roles), "login": given.login,
        }  # fmt: skip
        source = f"lost:{contract.name}:{given.actor}:{given.at.isoformat()}:{','.join(names)}"
        yield NewEvent("review.role_lost", source, max(now, given.at), body, given.actor)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
