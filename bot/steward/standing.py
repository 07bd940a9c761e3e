"""Who somebody is to the contracts of a pull request: asked of GitHub when a command is carried out, by user id."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.registry import COMMANDS
from bot.commands.values import Person, Written
from bot.github.repository import Repository
from bot.steward.talk import Said
from rules.contract import Contract

_NEEDS_NONE = frozenset({"status", "help", "explain", "recheck", "withdraw"})
"""Commands for anybody, about nobody's contract: for them nothing is asked."""


def needed(commands: Iterable[Written]) -> bool:
    """Say whether any of these commands depends on who gives it."""
    return any(one.name in COMMANDS and one.name not in _NEEDS_NONE for one in commands)


def stranger(said: Said) -> Person:
    """Give a person of whom nothing was asked."""
    return Person(said.who, said.login, permission="none")


class Standings:
    """Asks GitHub who people are, each once for one examination of a pull request."""

    def __init__(self, repository: Repository, contracts: Iterable[Contract]) -> None:
        self._repository = repository
        self._teams = sorted({team for contract in contracts for team in contract.owners.teams})
        self._known: dict[int, Person] = {}

    def of(self, user_id: int, login: str) -> Person:
        """Give a person with the role in the repository and the teams that own a contract here; nobody's where gone.

        `login` is where GitHub had the id last; if somebody else has it now, the id's own login is looked up.
        """
        if user_id not in self._known:
            self._known[user_id] = self._asked(user_id, login)
        return self._known[user_id]

    def _asked(self, user_id: int, login: str) -> Person:
        found = self._repository.standing(login)
        if found is None or found.id != user_id:
            now = self._repository.login_of(user_id)
            found = self._repository.standing(now) if now else None
        if found is None or found.id != user_id:
            return Person(user_id, login, permission="none")
        told = {team: self._repository.in_team(team, found.login) for team in self._teams}
        teams, untold = (frozenset(team for team, is_ in told.items() if is_ is said) for said in (True, None))
        return Person(user_id, found.login, found.role, teams, untold)
