"""The App's own issues, before the double."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.github import App
from bot.github.errors import NotFound
from bot.github.repository import Repository
from tests.fakes.github import GitHubDouble


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    with GitHubDouble() as double:
        found = double.repository("octo/orders")
        found.commit("main", {"a.json": "{}"})
        found.branch("more")
        found.commit("more", {"a.json": "[]"})
        found.open_pull("More", head="more")
        yield double


def repository(github: GitHubDouble) -> tuple[App, Repository]:
    app = App(github.app_id, github.private_key, github.api_url)
    return app, app.repository(github.repositories[0].installation_id, "octo/orders")


def test_an_issue_is_opened_found_again_and_kept_up_to_date(github: GitHubDouble) -> None:
    app, one = repository(github)
    made = one.create_issue("Release of orders", "The plan")
    assert (made.number, made.state, made.app_id, made.author) == (2, "open", github.app_id, app.login())
    assert one.update_issue(made.number, "Release of orders 2", "Another plan").title == "Release of orders 2"
    assert [(found.number, found.body) for found in one.issues_by(app.login())] == [(2, "Another plan")]
    github.repositories[0].close_issue(2)
    assert one.issue(2).state == "closed"
    assert [found.state for found in one.issues_by(app.login())] == ["closed"]


def test_an_issue_that_is_not_there_is_told(github: GitHubDouble) -> None:
    _, one = repository(github)
    with pytest.raises(NotFound):
        one.issue(99)
    with pytest.raises(NotFound):
        one.update_issue(99, "a", "b")
