"""People with a browser, at a web room that they sign in to through the double's GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.clock import ShiftableClock
from bot.github import App
from bot.settings import Settings
from bot.steward.shelf import REPORT, RULES, SUMMARY
from bot.store import Store
from bot.web import create_app, report_url
from notices import home, pages, why
from tests.bot.web.making import NOW
from tests.fakes.github import GitHubDouble
from tests.notices.making import CONTEXT, admission_date, review
from tests.sqlite import migrated

BASE = "https://concordat.example.com"
OPERATOR = "olga"


@dataclass
class Room:
    """The web room, its store, its GitHub with the private repository octo/orders, and a clock that stands still."""

    app: Flask
    settings: Settings
    store: Store
    github: GitHubDouble
    clock: ShiftableClock

    def browser(self) -> Browser:
        """Open a fresh browser."""
        return Browser(self, self.app.test_client())

    def signed_in(self, login: str, role: str | None = None) -> Browser:
        """Let somebody sign in, with a role in the repository unless `None`."""
        if role is not None:
            self.github.oauth.grant(login, "octo/orders", role)
        browser = self.browser()
        assert browser.sign_in(login).status_code == 303
        return browser

    @property
    def key(self) -> str:
        """What the report is remembered under."""
        return f"pull:{self.github.repository('octo/orders').state.id}:7"

    @property
    def report(self) -> str:
        """The path of the report's link."""
        return report_url(self.settings, self.key).removeprefix(BASE)

    def later(self, **duration: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**duration))


@dataclass
class Browser:
    """A browser with its cookies; HTTPS, as the address says."""

    room: Room
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=BASE)

    def post(self, path: str, csrf: str | None = None) -> TestResponse:
        """Send a form."""
        return self.client.post(path, base_url=BASE, data={} if csrf is None else {"csrf": csrf})

    def set_out(self, path: str = "/", login: str = "ana") -> str:
        """Go to GitHub and agree there; the address that GitHub sends back to, still to be opened."""
        self.room.github.oauth.visitor = login
        there = self.get(path).headers["Location"]
        back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
        parts = urlsplit(back)
        assert f"{parts.scheme}://{parts.netloc}" == BASE
        return f"{parts.path}?{parts.query}"

    def sign_in(self, login: str = "ana", path: str = "/sign-in") -> TestResponse:
        """Sign in; the answer that GitHub's redirect led to."""
        return self.get(self.set_out(path, login))

    def csrf(self) -> str:
        """Read the token of the form on the home page."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/").text)
        assert found is not None
        return found[1]


@contextmanager
def room(folder: Path, *, enterprise: bool = False, **changes: object) -> Iterator[Room]:
    """Open the room, with one report kept."""
    clock = ShiftableClock(lambda: NOW)
    store = Store.open(migrated(folder / "web.db"), clock=clock)
    with GitHubDouble(clock=clock, enterprise=enterprise) as github:
        github.repository("octo/orders", private=True)
        github.oauth.callbacks = {f"{BASE}/sign-in/callback"}
        environment = {**github.environment(), **github.oauth.environment(), "BASE_URL": BASE, "OPERATORS": OPERATOR}
        settings = replace(Settings.from_environment(environment), **changes)  # type: ignore[arg-type] # fields of the settings
        app = App(settings.app_id, settings.private_key, settings.github_api_url, clock=clock)
        made = Room(create_app(settings, store, clock, github=app), settings, store, github, clock)
        keep_report(made)
        yield made
        app.close()
    store.close()


def keep_report(made: Room, *, at: timedelta = timedelta(), title: str = "Dates become times") -> None:
    """Keep what the steward keeps of an examined pull request."""
    context = replace(CONTEXT, repository="octo/orders", pull=7, report_url=BASE + made.report)
    reviews = [review(admission_date(), "blocked")]
    texts = {REPORT: pages.report(reviews, context), RULES: why.render(reviews, context)}
    texts[SUMMARY] = home.summary(reviews, context, title)
    with made.store.transaction() as transaction:
        for kind, text in texts.items():
            transaction.remember(kind, made.key, text, made.clock() + at)
