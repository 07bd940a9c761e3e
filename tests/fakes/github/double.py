"""The double itself: what a test or the demo starts, fills, watches and disturbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Self

import jwt

from tests.fakes.github.access import issue_token, key_pair
from tests.fakes.github.exchange import Watcher
from tests.fakes.github.faults import Fault, How
from tests.fakes.github.git import Objects
from tests.fakes.github.limits import RateLimits
from tests.fakes.github.pages import page
from tests.fakes.github.people import Repository
from tests.fakes.github.server import ENTERPRISE_PREFIX, Application, Listener, Seen
from tests.fakes.github.shapes import brief_repository
from tests.fakes.github.site import Site
from tests.fakes.github.state import (
    DEFAULT_EVENTS,
    DEFAULT_PERMISSIONS,
    Account,
    AccountType,
    AppState,
    Installation,
    World,
    utc_now,
)
from tests.fakes.github.state import Repository as RepositoryState
from tests.fakes.github.webhooks import Astray, Delivery, Order, Webhooks

APP_ID = 424242
SECRET = "a webhook secret for tests"


class DeviationError(AssertionError):
    """The double, or who spoke with it, did not do as GitHub describes; a line for each deviation."""


class GitHubDouble:
    """A GitHub with one App, served over HTTP on loopback; a context manager.

    `clock` gives aware UTC times and governs tokens, limits and every timestamp. `webhook_url` is where deliveries
    go; without it they wait for `deliver()`. `enterprise` makes `api_url` and the webhooks those of GitHub
    Enterprise Server; both APIs are served in any case. At its end it raises DeviationError for what was not as
    GitHub describes it, where there is a `watcher` to tell.
    """

    watcher: ClassVar[Watcher | None] = None

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        webhook_url: str | None = None,
        webhook_secret: str = SECRET,
        slug: str = "concordat",
        permissions: dict[str, str] | None = None,
        events: Iterable[str] = DEFAULT_EVENTS,
        enterprise: bool = False,
        port: int = 0,
    ) -> None:
        world = World(clock)
        app = AppState(
            id=APP_ID,
            slug=slug,
            name=slug.replace("-", " ").title(),
            owner=world.account("concordat-makers", "Organization"),
            bot=world.account(f"{slug}[bot]", "Bot"),
            public_key=key_pair()[1],
            created_at=world.now(),
            permissions=dict(permissions or DEFAULT_PERMISSIONS),
            events=tuple(events),
        )
        self.site = Site(world, app, Webhooks(webhook_url, webhook_secret, APP_ID, world.now), enterprise=enterprise)
        self.limits = RateLimits(world.now)
        self._application = Application(self.site, self.limits, self._page, self.watcher)
        self.oauth = self._application.oauth
        self._listener = Listener(self._application, port)
        self.site.root = f"http://127.0.0.1:{self._listener.port}"

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.stop()
        if kind is None and self.deviations:
            raise DeviationError("\n".join(self.deviations))

    @property
    def deviations(self) -> tuple[str, ...]:
        """What was not as GitHub describes it so far, each once."""
        if self.watcher is None:
            return ()
        told = [sentence for one in self.deliveries if not one.sketch for sentence in self.watcher.delivery(one)]
        return tuple(dict.fromkeys(self._application.deviations + told))

    def pardon(self) -> None:
        """Forget the deviations of requests, for a test that makes them on purpose."""
        self._application.deviations.clear()

    def _page(self, path: str) -> str | None:
        return page(self.site, path)

    # where it is and how to reach it

    @property
    def url(self) -> str:
        """The root, where the pages are."""
        return self.site.root

    @property
    def api_url(self) -> str:
        """What a client is configured with."""
        return self.site.urls.api

    @property
    def enterprise_url(self) -> str:
        """The API's address in GitHub Enterprise Server's way, whatever `enterprise` says."""
        return self.site.root + ENTERPRISE_PREFIX

    @property
    def webhook_url(self) -> str | None:
        """Where deliveries go; set it once the App listens."""
        return self.site.webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.site.webhooks.url = url

    @property
    def app_id(self) -> int:
        """The App's id."""
        return self.site.app.id

    @property
    def private_key(self) -> str:
        """The App's private key, PEM."""
        return key_pair()[0]

    @property
    def bot(self) -> str:
        """The login under which the App writes."""
        return self.site.app.bot.login

    def environment(self) -> dict[str, str]:
        """The settings with which the App finds this GitHub."""
        return {
            "GITHUB_APP_ID": str(self.app_id),
            "GITHUB_PRIVATE_KEY": self.private_key,
            "GITHUB_WEBHOOK_SECRET": self.site.webhooks.secret,
            "GITHUB_API_URL": self.api_url,
        }

    def app_token(self) -> str:
        """Make a JSON web token of the App, for a test that speaks HTTP itself."""
        now = int(self.site.world.now().timestamp())
        claims = {"iat": now - 10, "exp": now + 540, "iss": str(self.app_id)}
        return jwt.encode(claims, self.private_key, algorithm="RS256")

    def installation_token(self, installation: int, permissions: dict[str, str] | None = None) -> str:
        """Issue an installation's access token, for a test that speaks HTTP itself."""
        with self.site.world.lock:
            return issue_token(self.site.world, self.site.world.installations[installation], permissions).value

    # what is there

    def account(self, login: str, kind: AccountType = "User") -> Account:
        """Find or make a user or an organisation."""
        with self.site.world.lock:
            return self.site.world.account(login, kind)

    def team(self, name: str, *members: str) -> None:
        """Make the team org/slug, or set who is in it; every repository of the organisation lets it in."""
        world = self.site.world
        with world.lock:
            found = world.team(name)
            found.members = {world.account(login).id for login in members}
            for one in world.repositories.values():
                if one.owner is found.organisation:
                    one.teams.add(found.id)

    def leave_team(self, name: str, login: str, *, by: str = "admin") -> None:
        """Take somebody out of a team."""
        world = self.site.world
        with world.lock:
            found, member = world.team(name), world.account(login)
            found.members.discard(member.id)
            self.site.tell_membership("removed", found, member, world.account(by))
        self.site.webhooks.flush()

    def allow(self, full_name: str, login: str, role: str) -> None:
        """Give somebody a role in a repository: admin, maintain, write, triage or read."""
        owner, _, name = full_name.partition("/")
        with self.site.world.lock:
            found = self.site.world.find(owner, name)
            if found is None:
                raise LookupError(full_name)
            found.roles[self.site.world.account(login).id] = role

    def repository(self, full_name: str, *, private: bool = False, installed: bool = True) -> Repository:
        """Find or make a repository; a new one belongs to an organisation and is in its installation at once."""
        owner, _, name = full_name.partition("/")
        world = self.site.world
        with world.lock:
            found = world.find(owner, name)
            if found is None:
                now = world.now()
                account = world.account(owner, "Organization")
                found = RepositoryState(next(world.ids), account, name, private, "main", now, now, Objects())
                world.repositories[full_name.lower()] = found
                if installed:
                    self._installation(account).repositories.add(found.id)
        return Repository(self.site, found)

    def _installation(self, account: Account) -> Installation:
        world, app = self.site.world, self.site.app
        found = next((one for one in world.installations.values() if one.account is account), None)
        if found is None:
            now = world.now()
            found = Installation(next(world.ids), account, dict(app.permissions), app.events, now, now)
            world.installations[found.id] = found
        return found

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """Every repository, oldest first."""
        return tuple(Repository(self.site, one) for one in self.site.world.repositories.values())

    # the App's installations

    def install(self, account: str, repositories: Iterable[str] | None = None, *, by: str = "admin") -> int:
        """Install the App on an account's repositories (all of them unless named); return the installation's id."""
        world = self.site.world
        with world.lock:
            owner = world.account(account, "Organization")
            names = {name.lower() for name in repositories} if repositories is not None else None
            mine = [one for one in world.repositories.values() if one.owner is owner]
            chosen = [one for one in mine if names is None or one.full_name.lower() in names]
            made = self._installation(owner)
            made.repositories |= {one.id for one in chosen}
            self._tell("created", made, by, chosen)
        self.site.webhooks.flush()
        return made.id

    def uninstall(self, installation: int, *, by: str = "admin") -> None:
        """Remove an installation, with its tokens."""
        world = self.site.world
        with world.lock:
            gone = world.installations.pop(installation)
            self._tell("deleted", gone, by, [one for one in world.repositories.values() if one.id in gone.repositories])
        self.site.webhooks.flush()

    def suspend(self, installation: int, *, by: str = "admin") -> None:
        """Suspend an installation: its tokens are refused."""
        self._suspended(installation, self.site.world.now(), "suspend", by)

    def unsuspend(self, installation: int, *, by: str = "admin") -> None:
        """Let a suspended installation work again."""
        self._suspended(installation, None, "unsuspend", by)

    def _suspended(self, installation: int, at: datetime | None, action: str, by: str) -> None:
        with self.site.world.lock:
            one = self.site.world.installations[installation]
            one.suspended_at = at
            self._tell(action, one, by, None)
        self.site.webhooks.flush()

    def _tell(self, action: str, one: Installation, by: str, repositories: list[RepositoryState] | None) -> None:
        payload: dict[str, object] = {"action": action}
        if repositories is not None:
            payload["repositories"] = [brief_repository(repository) for repository in repositories]
        self.site.emit_installation("installation", one, payload, self.site.world.account(by))

    # deliveries

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every delivery made, oldest first."""
        return tuple(self.site.webhooks.log)

    def deliver(self, order: Order | None = None) -> list[Delivery]:
        """Send what waits; `order` may rearrange the list (`lambda waiting: waiting[::-1]`)."""
        return self.site.webhooks.deliver(order)

    def redeliver(self, guid: str) -> int:
        """Send a delivery once more under its GUID; return the status of the App's answer."""
        return self.site.webhooks.redeliver(guid)

    def astray(self, how: Astray, *, event: str | None = None, times: int | None = 1) -> None:
        """Lose, double or delay the next deliveries."""
        self.site.webhooks.astray(how, event=event, times=times)

    # requests

    def fail(
        self,
        *,
        how: How,
        method: str | None = None,
        path: str = "",
        times: int | None = 1,
        skip: int = 0,
        seconds: float = 0.2,
    ) -> Fault:
        """Spoil the next requests whose path matches; see `faults.How`. The rule's `hits` tell how often it struck."""
        return self._application.faults.add(Fault(how, method, path, times, skip, seconds))

    def heal(self) -> None:
        """Take back every fault, of requests and of deliveries."""
        self._application.faults.clear()
        self.site.webhooks.restore()

    @property
    def requests(self) -> tuple[Seen, ...]:
        """Every request that came in, in order."""
        return tuple(self._application.log)

    @property
    def reads(self) -> int:
        """How many requests asked for something."""
        return sum(one.reads for one in self.requests)

    @property
    def writes(self) -> int:
        """How many requests changed something that people see."""
        return sum(one.writes for one in self.requests)

    def forget_requests(self) -> None:
        """Begin the log, and with it the counters, anew."""
        self._application.log.clear()
