"""The App before a GitHub that says no more than it must: every answer and every payload as small as it can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.serve import Server
from bot.settings import Settings
from tests.e2e.stage import CONFIG, schema
from tests.fakes.plain import INSTALLATION, NAME, REPOSITORY, SECRET, Plain, plain
from tests.patience import PATIENCE

NOTE = {"type": "string"}


@dataclass(frozen=True)
class World:
    """A small GitHub and the App before it."""

    github: Plain
    server: Server

    def hears(self, event: str, payload: dict[str, Any], *, installed: bool = True) -> None:
        """Send a payload about the repository, and wait until the App has done what is due."""
        about = {"repository": {"id": REPOSITORY, "full_name": NAME}} if installed else {}
        more = {"installation": {"id": INSTALLATION}} if installed else {"repository": {"full_name": NAME}}
        assert self.github.send(str(self.server.url), event, {**about, **more, **payload}) == 202
        assert self.server.wait_idle(PATIENCE)

    def opened(self, **files: str) -> None:
        """Open pull request 1."""
        self.github.commit("topic", {"schemas/order.json": schema("1.1.0", note=NOTE), **files})
        self.github.pull(1, "topic")
        self.hears("pull_request", {"action": "opened", "number": 1, "pull_request": {"number": 1}})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with plain() as github:
        github.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        environment = {
            "GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": pem, "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": github.url, "DATABASE_URL": f"sqlite:///{tmp_path / 'plain.db'}",
            "HOST": "127.0.0.1", "PORT": "0", "BASE_URL": "http://concordat.example.org",
        }  # fmt: skip
        with Server(Settings.from_environment(environment)) as server:
            yield World(github, server)


def test_a_pull_request_gets_its_comment_and_its_check(world: World) -> None:
    world.opened()
    (comment,) = world.github.comments.values()
    (check,) = world.github.checks
    assert "MINOR" in comment["body"]
    assert check["status"] == "completed"


def test_a_push_updates_the_same_comment(world: World) -> None:
    world.opened()
    world.github.commit("topic", {"schemas/order.json": schema("1.1.0", placed=None)})
    world.hears("pull_request", {"action": "synchronize", "number": 1, "pull_request": {}})
    (comment,) = world.github.comments.values()
    assert "MAJOR" in comment["body"]
    assert [check["status"] for check in world.github.checks] == ["completed", "completed"]


def test_a_delivery_that_does_not_name_its_installation_is_looked_up(world: World) -> None:
    world.github.commit("topic", {"schemas/order.json": schema("1.1.0", note=NOTE)})
    world.github.pull(1, "topic")
    world.hears("pull_request", {"action": "opened", "pull_request": {"number": 1}}, installed=False)
    assert len(world.github.comments) == 1


def test_a_command_without_its_time_counts_when_it_came(world: World) -> None:
    world.opened()
    said = {"id": 900, "body": "/approve", "user": {"login": "ben", "id": 12}}
    world.hears("issue_comment", {"action": "created", "issue": {"number": 1, "pull_request": {}}, "comment": said})
    (comment,) = world.github.comments.values()
    assert "ben" in comment["body"]
    assert world.github.checks[-1]["conclusion"] == "success"


def test_a_closed_pull_request_leads_to_no_failure(world: World) -> None:
    world.opened()
    world.github.pulls[1]["state"] = "closed"
    world.hears("pull_request", {"action": "closed", "pull_request": {"number": 1}})
    with world.server.store.reading() as transaction:
        about = [job.kind for job in transaction.jobs("dead") + transaction.jobs("open")]
    assert not {"delivery", "pull", "head", "migration.merged"} & set(about)


def test_a_server_without_links_gives_its_lists_by_number(world: World) -> None:
    world.opened()
    (ours,) = world.github.comments.values()
    # Ours is the last of a long conversation, and only the second page shows it.
    world.github.comments.clear()
    for number in range(1, 131):
        world.github.comments[number] = {"id": number, "pull": 1, "body": "Hm.", "user": {"login": "ana", "id": 11}}
    world.github.comments[131] = {**ours, "id": 131}
    world.server.sweep()
    assert world.server.wait_idle(PATIENCE)
    mine = [one for one in world.github.comments.values() if one["user"]["login"] == "concordat[bot]"]
    assert [one["id"] for one in mine] == [131]
