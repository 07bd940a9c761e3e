"""What the person who is signed in may see: asked of GitHub with their own token, remembered for a minute.

Nothing is shown on the word of anything older, and where GitHub does not answer nothing is shown at all. A token that
GitHub no longer accepts ends its session.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from bot.clock import Clock
from bot.github.errors import Denied, NotFound
from bot.github.visitors import Person, Role, Sight, SignIn, Visit
from bot.web.session import Sessions, Visitor

T = TypeVar("T")

REMEMBERED = timedelta(minutes=1)
MOST_REPOSITORIES = 2000
"""Twenty requests; whoever sees more finds the others through the links in their pull requests."""
_MOST_ANSWERS = 10_000


class SignedOut(Exception):  # noqa: N818 what is so: the session has ended
    """GitHub no longer accepts the person's token, and the session was ended with it."""


class Access:
    """Answers for visitors. Every method raises SignedOut, or GitHubError where GitHub does not answer."""

    def __init__(self, sign_in: SignIn, sessions: Sessions, operators: frozenset[str], clock: Clock) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._operators = operators
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()

    def role(self, visitor: Visitor, repository_id: int, full_name: str) -> Role:
        """Tell what somebody may do in a repository; NONE where they do not see it, or another has its name now."""

        def ask(visit: Visit) -> Sight | None:
            try:
                return visit.repository(full_name)
            except NotFound:
                return None

        sight = self._ask(visitor, ("repository", full_name.lower()), ask)
        return Role.NONE if sight is None or sight.id != repository_id else sight.role

    def sights(self, visitor: Visitor) -> Mapping[int, Sight]:
        """List the repositories that both somebody and the App see, by id; at most `MOST_REPOSITORIES`."""

        def ask(visit: Visit) -> Mapping[int, Sight]:
            return {one.id: one for one in islice(visit.repositories(), MOST_REPOSITORIES)}

        return self._ask(visitor, "repositories", ask)

    def is_operator(self, visitor: Visitor) -> bool:
        """Say whether the settings name somebody, by id or by the login of now, as an operator."""
        if not self._operators:
            return False
        person: Person = self._ask(visitor, "person", Visit.person)
        return is_named(person.id, person.login, self._operators)

    def _ask(self, visitor: Visitor, what: Hashable, ask: Callable[[Visit], T]) -> T:
        key, now = (visitor.key, what), self._clock()
        with self._lock:
            until, answer = self._known.get(key, (now, None))
        if until > now:
            known: T = answer
            return known
        try:
            found = ask(self._sign_in.visit(visitor.token))
        except Denied as denied:
            if denied.status != 401:
                raise
            self._sessions.end(visitor)
            raise SignedOut from denied
        with self._lock:
            self._known[key] = (now + REMEMBERED, found)
            self._known.move_to_end(key)
            if len(self._known) > _MOST_ANSWERS:
                self._known.popitem(last=False)
        return found


def is_named(user_id: int, login: str, names: frozenset[str]) -> bool:
    """Say whether names hold somebody's id or login. Digits are an id, since anybody may take them as a login."""
    return str(user_id) in names or (not login.isdecimal() and login.lower() in names)
