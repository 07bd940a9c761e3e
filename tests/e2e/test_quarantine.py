"""A database restored from a backup sends nothing until the truth was read and an operator let it go on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.clock import ShiftableClock
from bot.serve import Server
from bot.settings import Settings
from bot.steward import quarantine
from bot.store import Store
from tests.bot.steward.room import MAJOR, MINOR
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github import GitHubDouble
from tests.fakes.github.people import Pull, Repository
from tests.patience import PATIENCE

Captured = pytest.CaptureFixture[str]


@dataclass
class House:
    """GitHub, a repository, and a database that is saved and restored; `run` is one life of the server."""

    github: GitHubDouble
    repository: Repository
    clock: ShiftableClock
    file: Path
    environment: Mapping[str, str]

    @contextmanager
    def run(self) -> Iterator[Server]:
        with Server(Settings.from_environment(self.environment), clock=self.clock) as server:
            self.github.webhook_url = f"{server.url}/webhook"
            assert server.wait_idle(PATIENCE)
            yield server
            assert server.wait_idle(PATIENCE)

    def opened(self, server: Server, name: str) -> Pull:
        self.repository.branch(name)
        self.repository.commit(name, {**MINOR, "name.txt": name}, message=name)
        pull = self.repository.open_pull(name, head=name)
        assert server.wait_idle(PATIENCE)
        return pull

    def save(self) -> Path:
        saved = self.file.with_suffix(".saved")
        with closing(sqlite3.connect(self.file)) as here, closing(sqlite3.connect(saved)) as there:
            here.backup(there)
        return saved

    def restore(self, saved: Path) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(saved, self.file)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    clock = ShiftableClock()
    with GitHubDouble(clock=clock) as github:
        repository = github.repository("octo/orders")
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": schema()})
        file = tmp_path / "concordat.db"
        environment = {**github.environment(), "DATABASE_URL": f"sqlite:///{file}", "HOST": "127.0.0.1", "PORT": "0"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield House(github, repository, clock, file, environment)


def checks(pull: Pull) -> int:
    return len(pull.checks)


def restored(house: House) -> Pull:
    """Let a pull request be told its verdict, then lose the database and go on with a backup from before."""
    with house.run() as server:
        house.opened(server, "before")
        saved = house.save()
        pull = house.opened(server, "after")
    assert len(pull.app_comments) == 1
    house.restore(saved)
    return pull


def test_a_restored_database_sends_nothing_until_it_was_reconciled_and_released(house: House, capsys: Captured) -> None:
    pull = restored(house)
    with house.run() as server:
        pull.push(MAJOR)
        assert server.wait_idle(PATIENCE)
        assert quarantine.state(server.store).held
        assert "MAJOR" not in pull.app_comments[0].body
        assert checks(pull) == 0
        assert main(["reconcile", "--release", "Ana"]) == 1
        assert main(["reconcile"]) == 0
        said = capsys.readouterr().out
        assert "In quarantine since" in said
        assert f"octo/orders#{pull.number}: " in said
        assert main(["reconcile", "--release", "Ana"]) == 0
        house.clock.advance(timedelta(minutes=2))
        server.wake()
        assert server.wait_idle(PATIENCE)
        (comment,) = pull.app_comments
        assert "MAJOR" in comment.body
        assert checks(pull) == 1
    with house.run() as server:
        assert not quarantine.state(server.store).held, "it does not begin again for what was known"


def test_what_was_acknowledged_and_lost_is_sent_again_by_reconciling(house: House, capsys: Captured) -> None:
    restored(house)
    with house.run():
        assert main(["reconcile", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    lost = {one.guid for one in house.github.deliveries if len(one.attempts) > 1}
    assert lost
    assert set(told["asked"]) == lost
    assert told["looked_at"] == 2


def test_a_restart_is_no_restore(house: House) -> None:
    with house.run() as server:
        house.opened(server, "one")
    with house.run() as server:
        pull = house.opened(server, "two")
        assert not quarantine.state(server.store).held
        assert len(pull.app_comments) == 1


def test_an_empty_database_is_not_held(house: House) -> None:
    with house.run() as server:
        house.opened(server, "one")
    house.file.unlink()
    for suffix in ("-wal", "-shm"):
        Path(f"{house.file}{suffix}").unlink(missing_ok=True)
    with house.run() as server:
        assert not quarantine.state(server.store).held


def test_an_operator_can_hold_everything_by_hand(house: House, capsys: Captured) -> None:
    with house.run() as server:
        assert main(["reconcile", "--hold", "restored by hand"]) == 0
        pull = house.opened(server, "held")
        assert pull.app_comments == ()
        assert "restored by hand" in quarantine.state(server.store).why
    assert main(["reconcile", "--hold", " "]) == 2
    assert "say who, or why" in capsys.readouterr().err


def test_without_an_answer_of_github_nothing_is_sent_and_no_attempt_is_counted(house: House) -> None:
    with house.run() as server:
        house.opened(server, "before")  # a database that has kept no delivery yet has nothing to be asked about
    house.github.fail(how="500", path="/app/hook/deliveries", times=None)
    with Server(Settings.from_environment(house.environment), clock=house.clock) as server:
        house.github.webhook_url = f"{server.url}/webhook"
        pull = house.opened(server, "waits")
        assert pull.app_comments == ()
        with server.store.reading() as transaction:
            assert {one.attempt for one in transaction.jobs("open") if one.kind == "pull"} == {0}
        house.github.heal()
        house.clock.advance(timedelta(minutes=2))
        server.wake()
        assert server.wait_idle(PATIENCE)
        assert len(pull.app_comments) == 1


def test_the_state_is_read_from_the_log_on_both_databases(store: Store) -> None:
    start = ShiftableClock()()
    quarantine.begin(store, "why", start)
    quarantine.begin(store, "again", start + timedelta(seconds=1))
    held = quarantine.state(store)
    assert (held.held, held.why, held.since, held.reconciled) == (True, "why", held.since, False)
    quarantine.reconciled(store, start + timedelta(seconds=2))
    assert quarantine.state(store).reconciled
    quarantine.release(store, "Ana", start + timedelta(seconds=3))
    assert not quarantine.state(store).held
