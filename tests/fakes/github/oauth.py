"""People who sign in to the App: who they are, what each may do in which repository, their codes and their tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.fakes.github.site import Site
from tests.fakes.github.state import Account, Repository

CODE_LIFE, TOKEN_LIFE = timedelta(minutes=10), timedelta(hours=8)
ROLES = ("read", "triage", "write", "maintain", "admin")
CLIENT_SECRET = "c1ien7" * 6 + "0000"
SECRET_KEY = "a key that seals sessions in tests, long enough"


@dataclass(frozen=True)
class Code:
    """What a browser carries back to the App: good once, for ten minutes, for this address and this verifier."""

    person: Account
    redirect: str
    challenge: str | None
    ends: datetime


@dataclass(frozen=True)
class UserToken:
    """A token in a person's name."""

    person: Account
    ends: datetime


class OAuth:
    """The App as an OAuth client. `visitor` is the login of whoever sits at the browser; `None` lets them choose.

    `callbacks` are the addresses that the App's settings page names. Public repositories are read by anyone; private
    ones by those who were granted a role, and by the owner.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client_id = f"Iv23li{site.app.id:014d}"
        self.client_secret = CLIENT_SECRET
        self.callbacks: set[str] = set()
        self.visitor: str | None = None
        self.declines = False
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, UserToken] = {}
        self.roles: dict[tuple[int, int], str] = {}

    def environment(self) -> dict[str, str]:
        """The settings that turn sign-in on."""
        return {
            "GITHUB_CLIENT_ID": self.client_id,
            "GITHUB_CLIENT_SECRET": self.client_secret,
            "SECRET_KEY": SECRET_KEY,
        }

    def grant(self, login: str, full_name: str, role: str = "read") -> None:
        """Give somebody a role in a repository."""
        assert role in ROLES
        with self.site.world.lock:
            self.roles[self.site.world.account(login).id, self._repository(full_name).id] = role

    def withdraw(self, login: str, full_name: str) -> None:
        """Take a role away again."""
        with self.site.world.lock:
            del self.roles[self.site.world.account(login).id, self._repository(full_name).id]

    def revoke(self, login: str) -> None:
        """Let somebody withdraw the App's authorization: every token of theirs is refused from now on."""
        with self.site.world.lock:
            person = self.site.world.account(login)
            self.tokens = {value: one for value, one in self.tokens.items() if one.person is not person}

    def _repository(self, full_name: str) -> Repository:
        found = self.site.world.find(*full_name.split("/"))
        assert found is not None, full_name
        return found

    def role(self, person: Account, repository: Repository) -> str | None:
        """What somebody may do in a repository; none where they do not even see it."""
        if repository.owner is person:
            return "admin"
        return self.roles.get((person.id, repository.id)) or (None if repository.private else "read")

    def code(self, person: Account, redirect: str, challenge: str | None) -> str:
        """Make a code."""
        value = secrets.token_hex(10)
        self.codes[value] = Code(person, redirect, challenge, self.site.world.now() + CODE_LIFE)
        return value

    def token(self, person: Account) -> str:
        """Make a token, also for a test that speaks HTTP itself."""
        value = f"ghu_{secrets.token_hex(18)}"
        self.tokens[value] = UserToken(person, self.site.world.now() + TOKEN_LIFE)
        return value

    def person(self, token: str) -> Account | None:
        """Tell whose token this is, while it lasts."""
        found = self.tokens.get(token)
        return found.person if found and found.ends > self.site.world.now() else None
