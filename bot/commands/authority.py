"""Who may do what: the roles of a person towards a contract, at the moment when a command is executed.

By GitHub user id for the author and by what the API says of permission and teams; a login of the configuration is
compared with the login that the API gave for the id. `author_association` is never asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.commands.values import Person, Role
from rules.contract import Contract

MOST_NAMED = 10
MAINTAINING = frozenset({"maintain", "admin"})


@dataclass(frozen=True, slots=True)
class Authority:
    """What a person is to a contract: the roles of docs/commands.md, and which teams and named roles give "owner"."""

    roles: frozenset[Role]
    teams: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def authority(person: Person, contract: Contract, *, author: int | None) -> Authority:
    """Say what a person is to a contract; a maintainer may do what an owner may, but has no team's yes to give."""
    teams = tuple(name for name in contract.owners.teams if name.casefold() in {one.casefold() for one in person.teams})
    named = tuple(role.name for role in contract.owners.roles if _listed(person, role.people))
    roles: set[Role] = {"anyone"}
    if author is not None and person.id == author:
        roles.add("author")
    if teams or named or _listed(person, contract.owners.users):
        roles.add("owner")
    if person.permission in MAINTAINING or _listed(person, contract.maintainers):
        roles |= {"owner", "maintainer"}
    if _listed(person, contract.release_owners):
        roles.add("release owner")
    return Authority(frozenset(roles), teams, named)


def may(held: Authority, role: Role) -> bool:
    """Say whether a person may use a command of a role."""
    return role in held.roles


def who_may(role: Role, contracts: Iterable[Contract]) -> str:
    """Say in a clause who has a role, so that whoever has not knows whom to ask; nothing where there is no contract."""
    contracts = tuple(contracts)
    found = [name for one in contracts for name in _NAMED.get(role, _owners)(one)]
    shown = ", ".join(f"`{name}`" for name in list(dict.fromkeys(found))[:MOST_NAMED])
    if shown or not contracts:
        return f": {shown}" if shown else ""
    return ": whoever may maintain the repository" if role == "maintainer" else "; the configuration names nobody yet"


def _owners(contract: Contract) -> tuple[str, ...]:
    people = (name for role in contract.owners.roles for name in role.people)
    return (*contract.owners.teams, *contract.owners.users, *people)


_NAMED: dict[Role, Callable[[Contract], tuple[str, ...]]] = {
    "maintainer": lambda contract: contract.maintainers, "release owner": lambda contract: contract.release_owners,
}  # fmt: skip


def _listed(person: Person, logins: Iterable[str]) -> bool:
    return person.login.casefold() in {login.casefold() for login in logins}
