"""The edge cases of the registry UX flow, by name, and what else a run has to bear."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.migrations.check import Check, compile_check
from bot.migrations.engine import open_target
from bot.migrations.errors import Fenced
from bot.migrations.postgres import Postgres
from bot.migrations.rows import conversions
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Options
from bot.migrations.sqlite import Sqlite
from bot.migrations.targets import load
from bot.migrations.values import Converted
from rules.transform import Transform
from tests.bot.migrations.house import House

DEFAULT = [{"set-default": {"at": "/currency", "value": "USD"}}]
POSITIVE = {"properties": {"value": {"minimum": 0}}, "required": ["currency"]}


def test_circular_migration_dependencies_are_told_and_ordered_as_one_group(house: House) -> None:
    house.fill([{"value": 1}])
    folder = house.folder / "other"
    folder.mkdir()
    other = house.spec(DEFAULT, needs=["things@2"], contract="other").rename(folder / "1-2.yml")
    mine = house.folder / "things"
    mine.mkdir()
    spec = house.spec(DEFAULT, needs=["other@2"]).rename(mine / "1-2.yml")
    code, _, err = house.migrate("run", spec)
    assert code == 1
    assert "Circular dependency detected. Please migrate other and things together" in err
    assert other.exists()
    assert house.migrate("run", spec, "--until", "cutover")[0] == 0
    assert house.migrate("resume", "things")[0] == 0


def test_zero_records_need_no_migration(house: House) -> None:
    house.fill([])
    code, out, _ = house.migrate("run", house.spec(DEFAULT))
    assert (code, "0 records affected, no migration required" in out) == (0, True)


def test_multiple_concurrent_migrations_are_refused_and_a_version_is_published_once(house: House) -> None:
    house.fill([{"value": 1}])
    spec = house.spec(DEFAULT)
    assert house.migrate("run", spec, "--until", "cutover")[0] == 0
    code, _, err = house.migrate("run", spec)
    assert (code, "is under way already" in err) == (1, True)
    assert house.migrate("resume", "things")[0] == 0
    code, _, err = house.migrate("run", spec)
    assert (code, "version 2 of things is already published" in err) == (1, True)


def test_a_breaking_change_approved_before_the_data_changed_asks_for_a_fresh_analysis(house: House) -> None:
    house.fill([{"value": 1}] * 5)
    spec = house.spec(DEFAULT)
    code, _, err = house.migrate("run", spec, "--approved-rows", "1")
    assert code == 1
    assert "the record count changed since approval: 1 then, 5 now. Re-run the impact analysis" in err
    assert house.migrate("run", spec, "--approved-rows", "5")[0] == 0


def test_a_table_that_grows_five_fold_meanwhile_is_moved_whole(house: House) -> None:
    house.fill([{"value": 1}] * 20)
    spec = house.spec(DEFAULT, new=POSITIVE)
    assert house.migrate("run", spec, "--until", "cutover")[0] == 0
    for key in range(100, 200):
        house.add(key, {"value": key})
    assert house.migrate("resume", "things")[0] == 0
    assert [document["currency"] for document in house.read().values()] == ["USD"] * 120


def test_failing_rows_stop_the_run_and_are_looked_at_again_once_they_are_mended(house: House) -> None:
    house.fill([{"value": 1}, {"value": -15000}, {"value": 3}])
    code, out, _ = house.migrate("run", house.spec(DEFAULT, new=POSITIVE))
    assert code == 1
    assert "1 rows cannot be migrated (0 allowed): the value at /value fails `minimum`" in out
    assert "2: the value at /value fails `minimum`" in house.migrate("status", "things")[1]
    assert house.read()[2] == {"value": -15000}
    house.put(2, {"value": 15000})
    assert house.migrate("resume", "things")[0] == 0
    assert house.read()[2] == {"value": 15000, "currency": "USD"}


def test_failing_rows_can_stay_behind_in_a_side_table_and_come_back_with_a_rollback(house: House) -> None:
    house.fill([{"value": 1}, {"value": -15000}, "[" if house.url.startswith("sqlite") else "[]"])
    code, out, _ = house.migrate("run", house.spec(DEFAULT, new={"type": "object", **POSITIVE}), "--exclude")
    assert (code, "Excluded:  2 rows, in the table concordat_" in out) == (0, True)
    assert set(house.read()) == {1}
    assert house.migrate("rollback", "things")[0] == 0
    assert house.execute("SELECT count(*) FROM things")[0][0] == 3


def test_rows_that_the_old_version_cannot_say_block_a_rollback_until_they_are_accepted(house: House) -> None:
    house.fill([{"value": 1}, {"value": 2}])
    assert house.migrate("run", house.spec(DEFAULT))[0] == 0
    house.put(1, {"value": 1, "currency": "EUR"})
    house.add(7, {"value": 7, "currency": "USD"})
    code, _, err = house.migrate("rollback", "things")
    assert code == 1
    assert "1 rows written since cutover cannot be said in the old contract" in err
    assert "/currency is not the default" in house.migrate("status", "things")[1]
    assert house.read()[1] == {"value": 1, "currency": "EUR"}
    assert house.migrate("rollback", "things", "--accept")[0] == 0
    assert house.read() == {1: {"value": 1}, 2: {"value": 2}, 7: {"value": 7}}


def test_a_row_that_blocked_a_rollback_and_was_mended_blocks_no_more(house: House) -> None:
    house.fill([{"value": 1}])
    assert house.migrate("run", house.spec(DEFAULT))[0] == 0
    house.put(1, {"value": 1, "currency": "EUR"})
    assert house.migrate("rollback", "things")[0] == 1
    house.put(1, {"value": 5, "currency": "USD"})
    assert house.migrate("rollback", "things")[0] == 0
    assert house.read() == {1: {"value": 5}}


def test_a_migration_without_a_way_back_says_so_beforehand_and_refuses_after_cutover(house: House) -> None:
    house.fill([{"value": 1, "gone": 2}])
    spec = house.spec([{"remove": {"at": "/gone"}, "irreversible": "nobody kept it"}])
    assert "no way back after cutover: nobody kept it" in house.migrate("plan", spec)[1]
    assert house.migrate("run", spec)[0] == 0
    code, _, err = house.migrate("rollback", "things")
    assert (code, "no way back after cutover: nobody kept it" in err) == (1, True)


def test_an_abort_leaves_nothing_behind_and_another_run_may_begin(house: House) -> None:
    house.fill([{"value": 1}])
    spec, before = house.spec(DEFAULT), house.tables()
    assert house.migrate("run", spec, "--until", "cutover")[0] == 0
    assert house.migrate("abort", "things")[0] == 0
    assert house.read() == {1: {"value": 1}}
    assert house.tables() - before - {"sqlite_sequence"} == {"concordat_runs", "concordat_run_events"}
    assert house.migrate("run", spec)[0] == 0


def test_the_old_table_is_dropped_when_its_day_is_over_and_not_before(house: House) -> None:
    house.fill([{"value": 1}])
    assert house.migrate("run", house.spec(DEFAULT))[0] == 0
    code, _, err = house.migrate("finish", "things")
    assert (code, "kept for another 24.0 hours" in err) == (1, True)
    assert house.migrate("rollback", "things")[0] == 0
    assert house.migrate("run", house.spec(DEFAULT), "--retain", "0")[0] == 0
    assert house.migrate("finish", "things")[0] == 0
    left = {name for name in house.tables() if name.startswith("concordat_")}
    assert left == {"concordat_runs", "concordat_run_events"}
    assert house.read() == {1: {"value": 1, "currency": "USD"}}


def test_a_table_that_is_altered_meanwhile_is_not_swapped(house: House) -> None:
    house.fill([{"value": 1}])
    assert house.migrate("run", house.spec(DEFAULT), "--until", "cutover")[0] == 0
    house.execute("ALTER TABLE things ADD COLUMN more integer")
    code, out, _ = house.migrate("resume", "things")
    assert (code, "was altered since the run began" in out) == (1, True)
    assert house.read() == {1: {"value": 1}}


def test_a_table_that_is_emptied_meanwhile_stays_empty(house: House) -> None:
    house.fill([{"value": 1}] * 10)
    assert house.migrate("run", house.spec(DEFAULT), "--until", "cutover")[0] == 0
    house.execute("DELETE FROM things" if house.url.startswith("sqlite") else "TRUNCATE things")
    house.add(50, {"value": 5})
    assert house.migrate("resume", "things")[0] == 0
    assert house.read() == {50: {"value": 5, "currency": "USD"}}


def test_a_worker_paused_past_its_lease_writes_nothing_more(house: House) -> None:
    house.fill([{"value": 1}] * 30)
    target = load(house.targets)["things"]
    with closing(open_target(target)) as first, closing(open_target(target)) as second:
        made = conversions(Transform(), _anything(), _anything())
        run = take(first, begin(first, "{}"), "first")
        assert run is not None
        Worker(first, run, made, Options(batch=10, until="copy")).work()
        batch = first.scan(10)
        assert take(second, run, "second") is None
        second.expire(run.id, "first")
        assert take(second, run, "second") is not None
        with pytest.raises(Fenced):
            first.write(batch, batch.documents)
        with pytest.raises(Fenced):
            first.pass_over(_as_they_are)
        assert second.count("shadow") == 0


def _anything() -> Check:
    return compile_check(schema=True, what="anything")


def _as_they_are(documents: Sequence[str | None]) -> list[Converted]:
    return list(documents)


def test_replacing_a_row_for_its_unique_value_does_not_bring_the_old_one_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, capsys)
    house.execute("CREATE TABLE things (id integer PRIMARY KEY, tag text UNIQUE, doc text)")
    house.execute("INSERT INTO things VALUES (?, ?, ?)", [(1, "a", '{"value": 1}'), (2, "b", '{"value": 2}')])
    assert house.migrate("run", house.spec(DEFAULT), "--until", "cutover")[0] == 0
    house.execute("INSERT OR REPLACE INTO things VALUES (9, 'a', '{\"value\": 9}')")
    assert house.migrate("resume", "things")[0] == 0
    assert set(house.read()) == {2, 9}
    with sqlite3.connect(tmp_path / "x.db") as lite, pytest.raises(sqlite3.IntegrityError):
        lite.execute("INSERT INTO things VALUES (10, 'b', '{}')")
    lite.close()


def test_a_sqlite_table_keeps_its_triggers_views_sequence_and_foreign_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, capsys)
    for statement in (
        'CREATE TABLE "things" (id integer PRIMARY KEY AUTOINCREMENT, n int DEFAULT 3, doc text, half int AS (n / 2))',
        "CREATE INDEX things_n ON things (n)",
        "CREATE TABLE seen (id integer, thing integer REFERENCES things (id))",
        "CREATE TRIGGER things_seen AFTER INSERT ON things BEGIN INSERT INTO seen VALUES (NEW.id, NEW.id); END",
        "CREATE VIEW docs AS SELECT doc FROM things",
        "INSERT INTO things (doc) VALUES ('{\"value\": 1}'), ('{\"value\": 2}')",
        "DELETE FROM things WHERE id = 2",
    ):
        house.execute(statement)
    assert house.migrate("run", house.spec(DEFAULT))[0] == 0
    house.execute("INSERT INTO things (doc) VALUES ('{}')")
    assert [row[0] for row in house.execute("SELECT id FROM seen ORDER BY id")] == [1, 2, 3]
    assert house.execute("SELECT doc FROM docs") == [('{"value": 1, "currency": "USD"}',), ("{}",)]
    assert "REFERENCES things" in house.execute("SELECT sql FROM sqlite_master WHERE name = 'seen'")[0][0]


def test_what_a_swap_would_leave_behind_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, capsys)
    house.execute("CREATE TABLE other (id integer PRIMARY KEY)")
    house.execute("CREATE TABLE things (id integer PRIMARY KEY, doc text, other int REFERENCES other (id))")
    house.execute("INSERT INTO things VALUES (1, '{}', NULL)")
    code, out, _ = house.migrate("run", house.spec(DEFAULT))
    assert (code, "Rebuild the table without it first" in out) == (1, True)


def test_a_schema_whose_patterns_look_around_is_refused_before_anything_is_made(house: House) -> None:
    house.fill([{"value": 1}])
    before = house.tables()
    code, _, err = house.migrate("run", house.spec(DEFAULT, new={"properties": {"a": {"pattern": "^(?=x)"}}}))
    assert (code, "linear time" in err) == (1, True)
    assert house.tables() == before


@pytest.mark.parametrize(
    ("targets", "words"),
    [("targets: {}", "names no target 'things'"), ("x: 1", "has no `targets`"),
     ("targets: {things: {url: sqlite:///x}}", "no table"),
     ("targets: {things: {url: sqlite:///gone.db, table: a, column: b}}", "there is no SQLite file"),
     ("targets: {things: {url: mysql://u:secret@h/d, table: a, column: b}}", "use postgresql")],
)  # fmt: skip
def test_targets_that_cannot_be_used_are_told_without_their_address(
    targets: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.cli import main  # noqa: PLC0415

    (tmp_path / "t.yml").write_text(targets)
    assert main(["migrate", "status", "things", "--targets", str(tmp_path / "t.yml")]) in {1, 2}
    err = capsys.readouterr().err
    assert words in err
    assert "secret" not in err


def test_a_cutover_that_is_broken_off_in_its_midst_shows_nobody_half_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.fill({"n": str(n)} for n in range(20))
    before = house.read()
    path = house.spec([{"cast": {"at": "/n", "from": "string", "to": "integer"}}])
    engine = Sqlite if house.url.startswith("sqlite") else Postgres
    make = engine._make_log

    def broken(self: Any, log: str) -> None:
        make(self, log)
        if log == "back":  # the names are swapped, and the transaction is not committed
            raise ConnectionAbortedError

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_make_log", broken)
        assert house.migrate("run", path)[0] != 0
    assert house.read() == before
    house.add(99, {"n": "99"})
    code, out, err = house.migrate("resume", "things")
    assert code == 0, out + err
    assert {key: row["n"] for key, row in house.read().items()} == {**{key: key - 1 for key in before}, 99: 99}
