"""Merge groups: always concluded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.bot.steward.room import MAJOR, MINOR, Room, room
from tests.bot.steward.test_events import group
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.state import CheckRun

PATCH: Mapping[str, str] = {"schemas/order.json": schema("1.0.1", id={"type": "string", "title": "Number"})}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("groups")) as made:
        yield made


def check_of(on: Room, head: str) -> CheckRun:
    (check,) = on.repository.checks(head)
    return check


@pytest.mark.parametrize(
    ("files", "conclusion"),
    [({"README.md": "hello\n"}, "success"), (PATCH, "success"), (MINOR, "action_required"), (MAJOR, "failure")],
)
def test_a_group_is_judged_against_its_base(shared: Room, files: Mapping[str, str], conclusion: str) -> None:
    head = group(shared, files)
    shared.hear()
    assert check_of(shared, head).conclusion == conclusion


def test_a_group_that_stands_on_another_is_judged_by_what_it_adds(shared: Room) -> None:
    first = group(shared, MAJOR, number=2)
    name = f"gh-readonly-queue/main/pr-3-{first}"
    shared.repository.branch(name, first)
    head = shared.repository.commit(name, {"README.md": "second\n"})
    refs = {"base_ref": "refs/heads/main", "base_sha": first, "head_ref": f"refs/heads/{name}", "head_sha": head}
    with shared.repository.site.world.lock:
        site = shared.repository.site
        payload = {"action": "checks_requested", "merge_group": refs}
        site.emit("merge_group", payload, site.world.account("ana"), repository=shared.repository.state, sketch=True)
    shared.hear()
    assert check_of(shared, head).conclusion == "success"


def test_the_configuration_is_that_of_the_branch_and_not_of_the_group(shared: Room) -> None:
    head = group(shared, {**MAJOR, ".github/contracts.yml": CONFIG.replace("enforce\n", "observe\n")})
    shared.hear()
    assert check_of(shared, head).conclusion == "failure"


def test_a_second_delivery_writes_no_second_check(shared: Room) -> None:
    head = group(shared, PATCH)
    shared.hear()
    shared.receive("merge_group", shared.github.deliveries[-3].payload)
    shared.hear()
    assert check_of(shared, head).conclusion == "success"


def test_a_group_is_concluded_where_nothing_is_configured(tmp_path: Path) -> None:
    with room(tmp_path, config=None) as on:
        head = group(on, MAJOR)
        on.hear()
        assert check_of(on, head).conclusion == "success"


def test_a_group_is_concluded_where_the_configuration_cannot_be_used(tmp_path: Path) -> None:
    with room(tmp_path, config=CONFIG.replace("files:", "filez:")) as on:
        head = group(on, PATCH)
        on.hear()
        assert check_of(on, head).conclusion == "failure"


@pytest.mark.parametrize(("said", "concluded"), [("failure", "failure"), ("neutral", "neutral")])
def test_a_group_is_concluded_after_failures_of_ours(tmp_path: Path, said: str, concluded: str) -> None:
    with room(tmp_path, config=CONFIG.replace("policy: {", f"policy: {{on-error: {said}, ")) as on:
        on.github.fail(how="500", method="GET", path="/compare/", times=None)
        head = group(on, PATCH)
        on.hear()
        for _ in range(3):
            on.clock.advance(timedelta(hours=1))
            on.work()
        assert check_of(on, head).conclusion == concluded
        assert "merge group failed" in str(check_of(on, head).output["summary"])
        on.github.heal()
        on.clock.advance(timedelta(hours=2))
        on.work()
        assert on.repository.checks(head)[-1].conclusion == "success"


def test_a_group_that_is_gone_is_given_up_in_silence(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        head = group(on, PATCH)
        on.github.fail(how="404", method="GET", path="/compare/", times=None)
        on.github.fail(how="422", method="GET", path="/check-runs$", times=None)
        on.hear()
        for _ in range(3):
            on.clock.advance(timedelta(hours=1))
            on.work()
        on.github.heal()
        assert on.waiting == ()
        assert on.dead == ()
        assert on.repository.checks(head) == ()
