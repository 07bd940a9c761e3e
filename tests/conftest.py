"""Fixtures for every room: the store on both databases, a browser."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bot.store import Store
from tests import browser, postgres
from tests.fakes.github import GitHubDouble
from tests.fakes.inspector import Inspector
from tests.fakes.openapi import NoDescription
from tests.sqlite import migrated
from tests.wanted import absent, folded

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# No test measures time: an example may take long on a machine that does other things. `make slow` draws many more.
settings.register_profile("concordat", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile("concordat")


LONG = ("tests/e2e/", "tests/bot/steward/", "tests/bot/")
"""Where the files are that take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take long come first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: next((at for at, place in enumerate(LONG) if item.nodeid.startswith(place)), len(LONG)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say once, not for every test, what is missing on this machine."""
    return folded((yield))


@pytest.fixture(scope="session", autouse=True)
def watched_double() -> None:
    """Hold every double of GitHub to GitHub's own description, where that is here (tests/fakes/npm)."""
    with suppress(NoDescription):
        GitHubDouble.watcher = Inspector()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """Give a PostgreSQL server, or skip."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.server())
        except postgres.NoPostgres as reason:
            absent("postgres", f"{postgres.ADVICE}; here, {str(reason).splitlines()[0]}")
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated and empty database, first on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        yield migrated(tmp_path / "concordat.db")
        return
    with request.getfixturevalue("postgres_server").database() as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give an open store, on each database."""
    opened = Store.open(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a browser, or skip; one for each module, since Playwright holds this thread's event loop."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browser.chromium())
        except browser.NoBrowser:
            absent("browser", browser.ADVICE)
        yield found
