"""app.yml is a manifest that GitHub takes, asks for what is needed and no more, and says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app_manifest import asked_for
from bot.github import App
from bot.github.branches import FileEdit
from bot.github.errors import Denied
from bot.github.repository import Repository
from tests.fakes.github import GitHubDouble
from tests.fakes.github.state import DEFAULT_PERMISSIONS
from tests.fakes.openapi import ADVICE, Description, NoDescription
from tests.wanted import absent

TEXT = (Path(__file__).parents[2] / "app.yml").read_text()
ASKED = asked_for()
PERMISSIONS: dict[str, str] = ASKED["default_permissions"]
LEVELS = {"read": 1, "write": 2}
NEEDED = re.compile(r'at least (read|write)-level access for the "([^"]+)" (?:repository|organization) permission')


@pytest.fixture(scope="module")
def described() -> Description:
    """Give GitHub's description, or skip."""
    try:
        return Description.named()
    except NoDescription:
        absent("npm", ADVICE)


def test_every_permission_is_one_that_github_gives_at_that_level(described: Description) -> None:
    known = described.resolved({"$ref": "#/components/schemas/app-permissions"})["properties"]
    assert not [name for name, level in PERMISSIONS.items() if level not in known.get(name, {"enum": ()})["enum"]]


@pytest.mark.parametrize("event", ASKED["default_events"])
def test_every_event_exists_and_its_permission_is_asked_for(described: Description, event: str) -> None:
    told = described.events(event)
    assert told
    for level, name in {found for summary in told for found in NEEDED.findall(summary)}:
        granted = PERMISSIONS.get(name.lower().replace(" ", "_"), "")
        assert LEVELS.get(granted, 0) >= LEVELS[level], f"{event} needs {name}: {level}"


@pytest.mark.parametrize(
    "line", [line for line in TEXT.splitlines() if re.match(r"  (- \w+|\w+: (read|write))$", line)]
)
def test_each_has_its_reason_above_it(line: str) -> None:
    assert TEXT.split(f"\n{line}\n")[0].splitlines()[-1].startswith("  # ")


def test_the_double_grants_no_more_than_the_manifest_asks_for() -> None:
    assert DEFAULT_PERMISSIONS == PERMISSIONS


USES: dict[str, Callable[[Repository, str], object]] = {
    "contents": lambda one, _: one.make_branch("concordat/a", one.tip("main"), [FileEdit("b.json", "{}")], "Add b"),
    "pull_requests": lambda one, _: one.pull(1),
    "checks": lambda one, head: one.checks(head, "contracts"),
    "issues": lambda one, _: one.create_issue("Release of orders 2.0.0", "The plan"),
}


@pytest.mark.parametrize("name", USES)
def test_each_permission_is_needed(name: str) -> None:
    less = {other: level for other, level in PERMISSIONS.items() if other != name}
    with pytest.raises(Denied, match="Resource not accessible by integration"):
        _use(less, name)


@pytest.mark.parametrize("name", USES)
def test_each_use_is_granted(name: str) -> None:
    _use(PERMISSIONS, name)


def test_a_comment_needs_no_more_than_it_gets() -> None:
    with pytest.raises(Denied):
        _write(PERMISSIONS | {"pull_requests": "read", "issues": "read"})
    _write(PERMISSIONS)


def _write(permissions: dict[str, str]) -> None:
    with GitHubDouble(permissions=permissions) as github:
        _opened(github).create_comment(1, "Hello")


def _use(permissions: dict[str, str], name: str) -> None:
    with GitHubDouble(permissions=permissions) as github:
        one = _opened(github)
        USES[name](one, github.repositories[0].head())


def _opened(github: GitHubDouble) -> Repository:
    contracts = github.repository("octo/orders")
    contracts.commit("main", {"a.json": "{}"})
    contracts.branch("more")
    contracts.commit("more", {"a.json": '{"type": "object"}'})
    contracts.open_pull("More", head="more")
    app = App(github.app_id, github.private_key, github.api_url)
    return app.repository(contracts.installation_id, "octo/orders")
