"""An installation for which GitHub is slow, or that has run into a limit, delays no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.serve import Server
from bot.settings import Settings
from bot.store import Store
from bot.store.values import NewJob
from tests.bot.steward.room import MINOR
from tests.bot.store.moments import at
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull, Repository
from tests.patience import until

MANY = 20


def asks(store: Store, installation: int, count: int = 1) -> None:
    with store.transaction() as transaction:
        for _ in range(count):
            transaction.enqueue(NewJob("pull", {}, pool="pull", installation=installation))


def test_a_reserved_worker_takes_only_what_nobody_works_for(store: Store) -> None:
    asks(store, 1, 3)
    with store.transaction() as transaction:
        assert transaction.claim(at(0), lease=timedelta(minutes=1), pools=["pull"], idle_only=True)
        assert not transaction.claim(at(1), lease=timedelta(minutes=1), pools=["pull"], idle_only=True)
    asks(store, 2)
    with store.transaction() as transaction:
        assert transaction.claim(at(2), lease=timedelta(minutes=1), idle_only=True)
        assert not transaction.claim(at(3), lease=timedelta(minutes=1), idle_only=True)
        assert transaction.claim(at(3), lease=timedelta(minutes=1))
        assert transaction.claim(at(120), lease=timedelta(minutes=1), idle_only=True), "an ended lease is no work"


def made(github: GitHubDouble, name: str) -> Repository:
    repository = github.repository(name)
    repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
    return repository


def opened(repository: Repository, count: int) -> list[Pull]:
    for number in range(count):
        repository.branch(f"t{number}")
        repository.commit(f"t{number}", MINOR, message=f"{repository.full_name} {number}")
    return [repository.open_pull(f"t{number}", head=f"t{number}") for number in range(count)]


@pytest.mark.slow
def test_a_slow_installation_with_much_to_do_does_not_hold_another_up(database_url: str) -> None:
    with GitHubDouble() as github:
        slow, quick = made(github, "slow/orders"), made(github, "quick/orders")
        settings = Settings.from_environment(
            {**github.environment(), "DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": "0"}
        )
        with Server(settings) as server:
            github.webhook_url = f"{server.url}/webhook"
            fault = github.fail(how="timeout", path="/repos/slow/", times=None, seconds=30)
            opened(slow, MANY)
            until(lambda: fault.hits >= 4)
            (pull,) = opened(quick, 1)
            until(lambda: pull.app_comments and pull.checks)
            with server.store.reading() as transaction:
                waiting = [
                    one
                    for one in transaction.jobs("open")
                    if one.kind == "pull" and one.payload["repository"] == "slow/orders"
                ]
            assert len(waiting) == MANY, "it is told while the slow one still waits for everything"
            github.heal()
