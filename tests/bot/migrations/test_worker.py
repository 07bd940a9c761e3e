"""A worker that is spoken to while it works, and what a plan says before it begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest

from bot.migrations.check import compile_check
from bot.migrations.engine import Engine, open_target
from bot.migrations.postgres_session import Session
from bot.migrations.rows import conversions
from bot.migrations.run import Worker, begin, take
from bot.migrations.running import Options
from bot.migrations.targets import load
from bot.migrations.values import Run, adapted
from rules.transform import compile_steps
from tests.bot.migrations.house import House

DEFAULT = [{"set-default": {"at": "/currency", "value": "USD"}}]
ANY = compile_check(schema=True, what="anything")


@contextmanager
def begun(house: House, options: Options) -> Iterator[tuple[Engine, Worker]]:
    with closing(open_target(load(house.targets)["things"])) as engine:
        run = take(engine, begin(engine, "{}"), "test")
        assert run is not None
        yield engine, Worker(engine, run, conversions(compile_steps(DEFAULT), ANY, ANY), options)


@pytest.mark.parametrize(("asked", "ended"), [("pause", "paused"), ("abort", "aborted"), ("rollback", "rolled-back")])
def test_what_is_asked_during_the_copy_is_done_at_the_next_batch(asked: str, ended: str, house: House) -> None:
    house.fill([{"value": number} for number in range(500)])
    with begun(house, Options(batch=10)) as (engine, worker):

        def ask(run: Run) -> None:
            if run.step == "copy" and run.facts.get("batches") == 2:
                engine.ask(run.id, asked)

        worker.progress = ask
        assert worker.work().state == ended
        assert worker.run.facts["copied"] < 500
    assert all("currency" not in document for document in house.read().values())


@pytest.mark.parametrize("size", [1, 10, 200, 399, 5_000])
def test_a_batch_that_was_written_for_too_long_never_grows(size: int) -> None:
    assert adapted(size, 1.0, (0.01, 0.04), 200, 5_000) <= size


def test_a_pause_that_is_asked_just_before_cutover_comes_before_it(house: House) -> None:
    house.fill([{"value": 1}])
    with begun(house, Options()) as (engine, worker):
        worker.progress = lambda run: engine.ask(run.id, "pause") if run.step == "cutover" else None
        assert worker.work().state == "paused"
        assert house.read() == {1: {"value": 1}}
        worker.progress = lambda _: None
        worker.again()
        assert worker.work().state == "cut-over"
    assert house.read() == {1: {"value": 1, "currency": "USD"}}


def test_more_keys_than_a_pass_takes_at_a_time_are_brought_over_and_back(house: House) -> None:
    house.fill([{"value": number} for number in range(2_600)])
    with begun(house, Options(batch=500, until="indexes")) as (engine, worker):
        worker.work()
        house.execute("UPDATE things SET doc = ? WHERE id <= 2500", [('{"value": -1}',)])
        house.execute("UPDATE things SET id = id + 10000 WHERE id > 2500")
        assert engine.count("log") == 2_700  # a key that stays is logged once
        worker.options = Options()
        assert worker.work().state == "cut-over"
        house.execute("UPDATE things SET doc = ? WHERE id < 2300", [('{"value": -2, "currency": "USD"}',)])
        engine.ask(worker.run.id, "pause")  # a rollback does not heed it
        assert worker.roll_back().state == "rolled-back"
    assert [document["value"] for document in house.read().values()] == [-2] * 2_299 + [-1] * 201 + [*range(2500, 2600)]
    assert all("currency" not in document for document in house.read().values())


@pytest.mark.postgres
def test_word_that_is_left_at_the_moment_of_a_pass_does_not_stop_the_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    if house.url.startswith("sqlite"):
        return
    house.fill([{"value": 1}])
    fence, failures = Session._fence, [psycopg.errors.SerializationFailure(), None, None]

    def once(self: Session, **changes: object) -> str | None:
        if self._connection.isolation_level is not None and failures and (failure := failures.pop(0)):
            raise failure
        return fence(self, **changes)

    monkeypatch.setattr(Session, "_fence", once)
    with begun(house, Options()) as (_, worker):
        assert worker.work().state == "cut-over"


def test_a_plan_counts_measures_and_weighs_and_changes_nothing(house: House) -> None:
    house.fill([{"value": 1}, {"value": -1}, {"value": 3, "currency": "EUR"}])
    before = house.tables()
    new = {"properties": {"value": {"minimum": 0}}, "required": ["currency"]}
    code, out, _ = house.migrate("plan", house.spec(DEFAULT, new=new))
    assert code == 0
    for words in (
        "Migration plan: things 1 → 2", "Affected:    2 rows fail 2 as they are", "2  /currency: required",
        "1  /value: minimum", "MODERATE" if house.url.startswith("sqlite") else "Risk:",
        "1 of 3 sampled rows cannot be migrated", "for 24 hours, keeping what was written since",
        "1. set /currency to its default where it is missing",
    ):  # fmt: skip
        assert words in out
    assert (house.tables(), house.read()[1]) == (before, {"value": 1})


def test_a_test_takes_random_rows_there_and_back_and_writes_nothing(house: House) -> None:
    house.fill([{"value": 1}, {"value": -1}])
    code, out, _ = house.migrate("test", house.spec(DEFAULT, new={"properties": {"value": {"minimum": 0}}}))
    assert code == 1
    assert "Test: 1 of 2 random rows fit the new version" in out
    assert "fails:     2: the value at /value fails `minimum`" in out
    assert house.read() == {1: {"value": 1}, 2: {"value": -1}}


def test_the_status_is_there_for_programs(house: House) -> None:
    house.fill([{"value": 1}])
    assert house.migrate("run", house.spec(DEFAULT))[0] == 0
    shown = json.loads(house.migrate("status", "things", "--format", "json")[1])
    assert (shown["state"], shown["percentage"], shown["facts"]["copied"]) == ("cut-over", 100.0, 1)
