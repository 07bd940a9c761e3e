"""A migration as the App does it: planned on the pull request, created at merge, run, cut over, taken back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from bot.migrations.postgres import Postgres
from bot.migrations.sqlite import Sqlite
from bot.steward.handlers import handlers
from bot.steward.migrations import handler as migrations
from bot.steward.migrations import progress as migration_progress
from bot.steward.migrations.back import data_of
from bot.steward.migrations.progress import PROGRESS, read
from bot.steward.migrations.values import stream_of
from bot.store import Store
from bot.store.values import NewJob
from bot.worker import Worker
from notices.migration import health
from rules.migration_state import Migration, fold
from tests.bot.steward.room import Room, room, tell
from tests.e2e.stage import schema
from tests.fakes.github.people import Pull

CONFIG = """\
version: 1
contracts:
  order:
    files: schemas/order.json
    version: semver-field
    owners: {users: [dana]}
    policy: {accompany: []}
    maintainers: [rosa]
    release-owners: [rosa]
"""
ROTATION = {"rotation": ["rosa"], "handover": "mon 09:00"}
FILE = "migrations/order/1.0.0-2.0.0.yml"


def spec(**more: Any) -> str:
    steps = [{"cast": {"at": "/total", "from": "string", "to": "number"}}]
    whole = {"version": 1, "contract": "order", "from": "1.0.0", "to": "2.0.0", "steps": steps, **more}
    return yaml.safe_dump(whole)


def orders(version: str = "1.0.0", **total: Any) -> str:
    return schema(version, total=total or {"type": "string"})


NEW = orders("2.0.0", type="number", minimum=0)


@dataclass
class Stage:
    """The room, a table of orders on either database, and the pull request that changes them."""

    room: Room
    folder: Path
    url: str

    @property
    def heavy(self) -> bool:
        return self.url.startswith("postgresql")

    def execute(self, statement: str, *values: object) -> list[Any]:
        if self.heavy:
            with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as heavy:
                cursor = heavy.execute(statement.replace("?", "%s"), values or None)
                return cursor.fetchall() if cursor.description else []
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def documents(self) -> dict[int, Any]:
        return {key: json.loads(text) for key, text in self.execute("SELECT id, doc FROM orders ORDER BY id")}

    def fill(self, *totals: object) -> None:
        for number, total in enumerate(totals, 1):
            self.execute("INSERT INTO orders VALUES (?, ?)", number, json.dumps({"id": str(number), "total": total}))

    def propose(self, **more: Any) -> Pull:
        pull = self.room.pull({"schemas/order.json": NEW, FILE: spec(**more)})
        self.room.hear()
        return pull

    def merge(self, pull: Pull) -> None:
        pull.merge()
        self.room.hear()

    def say(self, pull: Pull, text: str, who: str = "rosa") -> None:
        pull.comment_as(who, text)
        self.room.hear()

    def tick(self, **later: float) -> None:
        self.room.clock.advance(timedelta(**(later or {"minutes": 1})))
        with self.room.store.transaction() as transaction:
            transaction.enqueue(NewJob(migrations.SWEEP, {}))
        self.room.work()

    @property
    def found(self) -> Migration:
        with self.room.store.reading() as transaction:
            found = fold(transaction.events(stream_of(self.room.repository.state.id, "order", "2.0.0")))
        assert found is not None
        return found

    def state(self) -> str:
        return self.found.state

    def owed(self) -> list[tuple[str, str]]:
        with self.room.store.reading() as transaction:
            owed = transaction.obligations(stream_of(self.room.repository.state.id, "order", "2.0.0"))
        return [(one.kind, one.recipient) for one in owed if one.state != "superseded"]


@pytest.fixture
def on(tmp_path: Path, database_url: str) -> Iterator[Stage]:
    with room(tmp_path, config=CONFIG, database=database_url) as found:
        url = database_url if database_url.startswith("postgresql") else f"sqlite:///{tmp_path / 'shop.db'}"
        if url.startswith("sqlite"):
            sqlite3.connect(tmp_path / "shop.db").close()
        entry = {"url": url, "table": "orders", "column": "doc", "repositories": ["octo/orders"]}
        (tmp_path / "targets.yml").write_text(yaml.safe_dump({"targets": {"order": entry}}), encoding="utf-8")
        found.repository.commit(
            "main", {"schemas/order.json": orders(), ".github/oncall_rotation.json": json.dumps(ROTATION)}
        )
        made = Stage(with_targets(found, tmp_path / "targets.yml"), tmp_path, url)
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, doc TEXT)")
        yield made


def with_targets(found: Room, path: Path) -> Room:
    steward = replace(found.steward, targets=path, migration_url=lambda stream: f"https://c.example/{stream}")
    return replace(found, worker=Worker(found.store, handlers(steward), found.clock))


def text(pull: Pull, marker: str) -> str:
    (body,) = [one.body for one in pull.comments if marker in one.body]
    return body


def test_a_pull_request_shows_the_plan_before_anybody_approves_it(on: Stage) -> None:
    on.fill("1.5", "2", "12")
    body = text(on.propose(), "concordat:review")
    risk = "MODERATE" if on.heavy else "LOW"  # a PostgreSQL server does not tell its free disk
    assert f"3 of 3 rows fail `2.0.0` as they are. Risk: {risk}" in body
    assert "3 of 3 random rows fit afterwards" in body
    assert "rollback point" in body
    assert "- 3 at `/total`: `type`" in body
    assert on.found.rows == 3


def test_a_merge_runs_the_migration_and_cuts_over_where_nobody_is_owed_notice(on: Stage) -> None:
    on.fill("1.5", "2")
    pull = on.propose()
    on.merge(pull)
    assert on.documents() == {1: {"id": "1", "total": 1.5}, 2: {"id": "2", "total": 2}}
    assert on.state() == "cut-over"
    assert on.found.versions == ("deprecated", "current")
    assert "completed, way back open" in text(pull, "concordat:migration:run")
    report = text(pull, "concordat:migration:report")
    for says in ("Rows migrated | 2", "Rows left behind | 0", "2 rows, restored to a scratch table with equal count",
                 "2 rows read back and valid", "downtime 0 s", "Alerts | none", "Way back | until"):  # fmt: skip
        assert says in report
    assert ("migration.on_call", "user:rosa") in on.owed()
    assert ("migration.ended", "user:dana") in on.owed()
    (check,) = [one for one in pull.checks if one.name.startswith("Concordat migration")]
    assert check.conclusion == "success"


def test_a_rollback_by_command_keeps_what_was_written_since(on: Stage) -> None:
    on.fill("1.5", "2")
    pull = on.propose()
    on.merge(pull)
    on.execute("INSERT INTO orders VALUES (9, ?)", json.dumps({"id": "9", "total": 7}))
    on.say(pull, "/migrate rollback")
    assert on.state() == "rolled-back"
    assert on.documents()[9] == {"id": "9", "total": "7"}
    assert on.documents()[1]["total"] == "1.5"
    assert on.found.versions == ("current", "failed")
    (issue,) = [one for one in on.room.repository.state.issues.values() if one.title.startswith("Incident")]
    assert "asked" in issue.body
    assert on.found.issue == issue.number


def test_a_command_after_the_merge_finds_the_contract_that_only_the_organisation_configures(on: Stage) -> None:
    on.room.github.repository("octo/.github").commit("main", {".github/contracts.yml": CONFIG})
    on.room.repository.commit("main", {".github/contracts.yml": None})
    on.fill("1.5", "2")
    pull = on.propose()
    on.merge(pull)
    assert on.state() == "cut-over"
    on.say(pull, "/migrate rollback")
    assert on.state() == "rolled-back"


def test_a_day_after_the_cutover_the_old_table_is_dropped(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    on.tick(minutes=40)
    assert on.state() == "cut-over"
    on.tick(hours=24)
    assert on.state() == "done"
    lite, heavy = "SELECT name FROM sqlite_master WHERE type = 'table'", "SELECT tablename FROM pg_tables"
    tables = {name for (name,) in on.execute(heavy if on.heavy else lite)}
    assert not any(name.startswith("concordat_") and name.endswith("_old") for name in tables)
    assert on.found.versions == ("retired", "current")
    report = text(pull, "concordat:migration:report")
    assert "Way back | over: the old table and the backup were dropped" in report
    assert "`1.0.0` is retired, `2.0.0` is current" in report


def test_what_breaks_the_new_version_after_the_cutover_alerts_and_proposes_the_rollback(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    on.execute("INSERT INTO orders VALUES (7, ?)", json.dumps({"id": "7", "total": "old"}))
    on.tick(minutes=2)
    assert ("migration.alert", "user:rosa") in on.owed()
    assert "Proposed: `/migrate rollback`" in text(pull, "concordat:migration:run")


def test_what_monitoring_reports_after_the_cutover_alerts_and_proposes_the_rollback(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    told = {"contract": "order", "missing": ["total"], "schemaVersion": "2.0.0", "count": 12}
    tell(on.room, "repository_dispatch", "schema-violation", branch="main", client_payload=told)
    on.room.hear()
    on.tick(minutes=2)
    assert ("migration.alert", "user:rosa") in on.owed()
    says = next(turn.says for turn in on.found.turns if turn.kind == "breach")
    assert says.startswith("monitoring reports 12 documents since the cutover: a required field is missing")
    assert says.endswith("Proposed: `/migrate rollback`")


def test_an_empty_table_needs_no_migration(on: Stage) -> None:
    pull = on.propose()
    assert "0 records affected, no migration required" in text(pull, "concordat:review")
    on.merge(pull)
    assert on.state() == "skipped"
    assert "No migration needed (table empty)" in text(pull, "concordat:migration:run")


def test_rows_that_fail_pause_the_run_alert_and_become_an_incident(on: Stage) -> None:
    on.fill("1", "-5")
    pull = on.propose()
    assert "MODERATE" in text(pull, "concordat:review")
    on.merge(pull)
    assert on.state() == "paused"
    assert ("migration.failed", "user:rosa") in on.owed()
    assert "PAUSED" in text(pull, "concordat:migration:run")
    assert "-5" not in "".join(one.body for one in pull.comments)
    assert any("is paused by a failure" in one.title for one in on.room.repository.state.issues.values())
    on.execute("UPDATE orders SET doc = ? WHERE id = 2", json.dumps({"id": "2", "total": "5"}))
    on.say(pull, "/migrate resume")
    assert on.state() == "cut-over"


def test_rows_that_fail_may_stay_behind(on: Stage) -> None:
    on.fill("1", "-5")
    pull = on.propose()
    on.merge(pull)
    on.say(pull, "/migrate resume exclude")
    assert on.state() == "cut-over"
    assert set(on.documents()) == {1}
    assert f"1; kept in the table `concordat_{on.found.run}_failing`" in text(pull, "concordat:migration:report")


def test_a_failure_rolls_back_by_itself_where_the_file_says_so(on: Stage) -> None:
    on.fill("1", "-5")
    on.merge(on.propose(**{"on-failure": "roll-back"}))
    assert on.state() == "rolled-back"
    assert on.documents()[2] == {"id": "2", "total": "-5"}


def test_the_start_waits_for_its_window(on: Stage) -> None:
    on.fill("1")
    hour = on.room.now.hour
    opens, closes = f"{(hour + 2) % 24:02}:00", f"{(hour + 4) % 24:02}:00"
    pull = on.propose(window={"from": opens, "to": closes})
    on.merge(pull)
    assert on.state() == "waiting"
    assert "Its time is" in text(pull, "concordat:migration:run")
    on.tick(hours=2)
    assert on.state() == "cut-over"


def test_the_start_waits_where_nobody_is_on_call_and_a_maintainer_may_take_it(on: Stage) -> None:
    on.fill("1")
    on.room.repository.commit("main", {".github/oncall_rotation.json": json.dumps({"rotation": []})})
    pull = on.propose()
    on.merge(pull)
    assert on.state() == "waiting"
    assert ("migration.nobody", "user:dana") in on.owed()
    on.say(pull, "/migrate start", who="mallory")
    assert on.state() == "waiting"
    on.say(pull, "/migrate start")
    assert on.state() == "cut-over"
    assert on.found.on_call == "rosa"


def test_a_row_count_that_changed_since_the_approval_asks_for_a_fresh_analysis(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.execute("INSERT INTO orders VALUES (7, ?)", json.dumps({"id": "7", "total": "1"}))
    on.merge(pull)
    assert on.state() == "waiting"
    assert "Record count changed since approval: 1 then, 2 now" in text(pull, "concordat:migration:run")
    on.say(pull, "/migrate test")
    assert on.state() == "cut-over"


def test_conditions_of_the_approval_are_met_first(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.say(pull, '/condition add "staging test" before migration')
    on.merge(pull)
    assert on.state() == "waiting"
    assert "staging test" in text(pull, "concordat:migration:run")
    on.say(pull, "/condition done 1", who="mallory")
    assert "Only who owns" in pull.app_comments[-1].body
    on.say(pull, "/condition done 7")
    assert "There is no condition 7" in pull.app_comments[-1].body
    on.say(pull, "/condition done 1")
    assert "Condition 1 is done." in pull.app_comments[-1].body
    on.tick(minutes=11)
    assert on.state() == "cut-over"


def test_a_pull_request_that_is_closed_unmerged_migrates_nothing(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    pull.close()
    on.room.hear()
    assert on.state() == "withdrawn"
    assert on.documents() == {1: {"id": "1", "total": "1"}}


def test_where_partners_are_owed_notice_the_cutover_waits_for_the_release(on: Stage) -> None:
    on.room.repository.commit("main", {".github/contracts.yml": CONFIG + "    partners: {crm: both}\n"})
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    assert (on.state(), on.found.step) == ("running", "cutover")
    assert on.documents() == {1: {"id": "1", "total": "1"}}
    assert "Partners are owed notice" in text(pull, "concordat:migration:run")
    on.execute("INSERT INTO orders VALUES (7, ?)", json.dumps({"id": "7", "total": "3"}))
    on.say(pull, "/migrate abort")
    assert on.state() == "aborted"
    assert on.documents()[7] == {"id": "7", "total": "3"}


def test_a_data_set_that_the_server_does_not_name_for_the_repository_is_not_touched(on: Stage) -> None:
    on.fill("1")
    body = text(on.propose(target="payroll"), "concordat:review")
    assert "this server knows no data set" in body
    with on.room.store.reading() as transaction:
        assert transaction.streams("migration:") == ()


def test_a_version_in_use_may_not_be_deleted(on: Stage) -> None:
    on.fill("1")
    on.merge(on.propose())
    assert on.state() == "cut-over"
    gone = on.room.pull({"schemas/order.json": None}, name="gone")
    on.room.hear()
    assert "Cannot delete schema during active migration" in text(gone, "concordat:review")
    on.tick(hours=25)
    on.room.look(gone)
    assert "Cannot delete schema" not in text(gone, "concordat:review")


def test_a_version_is_published_once_by_one_pull_request(on: Stage) -> None:
    on.fill("1")
    second = on.room.pull({"schemas/order.json": orders("2.0.0", type="integer"), FILE: spec()}, name="second")
    on.merge(on.propose())
    on.room.look(second)
    body = text(second, "concordat:review")
    assert "version 2.0.0 of order is already published by pull request" in body.replace("`", "")


TWO = (
    CONFIG
    + """\
  item:
    files: schemas/item.json
    version: semver-field
    owners: {users: [dana]}
    policy: {accompany: []}
    maintainers: [rosa]
"""
)


def test_migrations_that_need_each_other_are_one_plan_and_cut_over_together(on: Stage) -> None:
    on.fill("1")
    on.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, doc TEXT)")
    on.execute("INSERT INTO items VALUES (1, ?)", json.dumps({"id": "1", "total": "4"}))
    path = on.folder / "targets.yml"
    targets = yaml.safe_load(path.read_text(encoding="utf-8"))
    targets["targets"]["item"] = {**targets["targets"]["order"], "table": "items"}
    path.write_text(yaml.safe_dump(targets), encoding="utf-8")
    on.room.repository.commit("main", {".github/contracts.yml": TWO, "schemas/item.json": orders()})
    other = spec(needs=["order@2.0.0"]).replace("contract: order", "contract: item")
    files = {
        "schemas/order.json": NEW, FILE: spec(needs=["item@2.0.0"]),
        "schemas/item.json": NEW, FILE.replace("order", "item"): other,
    }  # fmt: skip
    pull = on.room.pull(files)
    on.room.hear()
    assert "circular dependency: `item` and `order`" in text(pull, "concordat:review")
    on.merge(pull)
    on.tick()
    on.tick()
    assert on.state() == "cut-over"
    assert [json.loads(doc) for (doc,) in on.execute("SELECT doc FROM items")] == [{"id": "1", "total": 4}]


def test_a_worker_that_died_is_followed_by_another(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    on.fill("1", "2")
    pull = on.propose()

    def die(*_: object, **__: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as broken:
        engine = "postgres.Postgres" if on.heavy else "sqlite.Sqlite"
        broken.setattr(f"bot.migrations.{engine}.make_shadow", die)
        on.merge(pull)
    assert on.state() == "running"
    on.tick(minutes=2)
    assert on.state() == "cut-over"
    assert on.documents()[2]["total"] == 2


def test_what_should_be_at_work_and_says_nothing_for_five_minutes_alerts_once(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on.fill("1", "2")
    pull = on.propose()

    def die(*_: object, **__: object) -> None:
        raise ConnectionAbortedError

    engine = "postgres.Postgres" if on.heavy else "sqlite.Sqlite"
    monkeypatch.setattr(f"bot.migrations.{engine}.back_up", die)
    on.merge(pull)
    assert (on.state(), on.found.step) == ("running", "backup")
    for _ in range(3):
        on.tick(minutes=6)
    alerts = [one for one in on.found.turns if one.kind.startswith("silent")]
    assert len(alerts) == 1
    assert "No progress for 6 minutes; its last word was at backup" in alerts[0].says
    assert ("migration.alert", "user:rosa") in on.owed()


def test_a_release_that_is_rolled_back_says_what_is_left_to_do_for_its_data(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    steward, repository = on.room.steward, on.room.repository.state.id
    says = data_of(steward.store, repository, "order", pull.number)
    assert f"`/migrate rollback order` on pull request #{pull.number} until" in says
    assert "what was written since is kept" in says
    on.tick(hours=25)
    assert "is over" in data_of(steward.store, repository, "order", pull.number)
    assert not data_of(steward.store, repository, "order", pull.number + 1)


def test_the_health_of_the_target_is_told_while_it_runs(on: Stage) -> None:
    on.fill("1")
    pull = on.propose()
    on.merge(pull)
    with on.room.store.reading() as transaction:
        progress = read(transaction.recall(PROGRESS, stream_of(on.room.repository.state.id, "order", "2.0.0")))
    told = health(progress)
    assert "a write takes" in told
    assert ("other active sessions" if on.heavy else "write-ahead log") in told


def test_the_registry_being_down_during_a_migration_does_not_stop_it_and_is_alerted(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    on.fill("1", "2")
    pull = on.propose()
    down, engine = [False], Postgres if on.heavy else Sqlite
    begin, end = engine.write, engine.verify

    def beginning(*given: Any, **more: Any) -> Any:
        down[0] = True
        return begin(*given, **more)

    def ending(*given: Any) -> Any:
        down[0] = False
        return end(*given)

    for name in ("transaction", "reading"):
        monkeypatch.setattr(Store, name, _failing(getattr(Store, name), down))
    monkeypatch.setattr(engine, "write", beginning)
    monkeypatch.setattr(engine, "verify", ending)
    monkeypatch.setattr(migration_progress, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(migration_progress, "SILENT", timedelta(0))
    on.merge(pull)
    assert on.state() == "cut-over"
    assert on.documents()[2]["total"] == 2
    alone = on.execute("SELECT sentence FROM concordat_run_events WHERE kind = 'alone'")
    assert alone[0][0].startswith("Concordat's own database has not answered for five minutes")


def _failing(real: Any, down: list[bool]) -> Any:
    def call(store: Store, *given: Any, **more: Any) -> Any:
        if down[0]:
            raise ConnectionError
        return real(store, *given, **more)

    return call
