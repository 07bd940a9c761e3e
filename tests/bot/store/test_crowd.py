"""Claims where very many jobs are due: in the same order as few, and without reading them all."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event

from bot.store import Store
from bot.store.crowd import MANY
from bot.store.values import Lease, NewJob
from tests.bot.store.moments import LEASE, NOON, at, claim, claimed, finish

_CROWD = [NewJob("crowd", {"name": str(number)}, key=f"crowd:{number}", priority=-5) for number in range(MANY + 50)]


def _keep(store: Store, jobs: list[NewJob]) -> None:
    with store.transaction() as transaction:
        for one in jobs:
            transaction.enqueue(one)


def _some(seed: int) -> list[NewJob]:
    draw = random.Random(seed)
    return [_one(number, draw.choice([1, 2, 3]), draw.choice("pq"), draw) for number in range(25)]


def _one(number: int, installation: int, pool: str, draw: random.Random) -> NewJob:
    lane = draw.choice([None, f"a{installation}{pool}", f"b{installation}{pool}"])
    return NewJob(
        "work", {"name": f"job-{number}"}, key=f"job:{number}", priority=draw.choice([0, 10]),
        installation=installation, lane=lane, pool=pool,
    )  # fmt: skip


def _order(store: Store, pools: list[str] | None) -> list[str]:
    """Claim everything, finishing every second one at once, so that lanes are now free and now taken."""
    names: list[str] = []
    held: list[Lease] = []
    for step in range(60):
        lease = claim(store, at(step), pools)
        if lease is None or lease.kind == "crowd":
            for one in held:
                finish(store, one, at(step))
            if not held:
                break
            held = []
            continue
        names.append(str(lease.payload["name"]))
        held.append(lease)
        if step % 2:
            finish(store, held.pop(), at(step))
    return names


@pytest.mark.parametrize("pools", [None, ["p", "q", "default"]])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_jobs_that_came_at_once_are_claimed_in_the_same_order_within_a_crowd(
    tmp_path: Path, seed: int, pools: list[str] | None
) -> None:
    orders = []
    for name, crowd in (("few", []), ("many", _CROWD)):
        store = Store.open(f"sqlite:///{tmp_path / name}.db", clock=lambda: NOON)
        _keep(store, [*_some(seed), *crowd])
        orders.append(_order(store, pools))
        store.close()
    assert len(orders[0]) == 25
    assert orders[0] == orders[1]


def test_a_crowd_is_claimed_each_once_by_priority_and_turn(store: Store) -> None:
    _keep(store, [replace(one, installation=number % 2 + 1) for number, one in enumerate(_CROWD)])
    _keep(store, [NewJob("work", {"name": "urgent"}, priority=10), NewJob("work", {"name": "later"}, due=at(60))])
    first = claimed(store)
    assert first.payload["name"] == "urgent"
    taken = [claimed(store).payload["name"] for _ in range(6)]
    assert taken == ["0", "1", "2", "3", "4", "5"], "two installations take turns"


def test_a_lane_that_is_taken_is_passed_over_in_a_crowd(store: Store) -> None:
    _keep(store, [replace(one, lane="one" if number < MANY else None) for number, one in enumerate(_CROWD)])
    assert [claimed(store).payload["name"] for _ in range(3)] == ["0", str(MANY), str(MANY + 1)]


def test_of_a_crowd_in_one_lane_one_runs_at_a_time(store: Store) -> None:
    _keep(store, [replace(one, lane="one") for one in _CROWD])
    held = claimed(store)
    assert claim(store) is None
    finish(store, held)
    assert claimed(store).payload["name"] == "1"


def test_who_is_reserved_takes_nothing_of_an_installation_that_is_served(store: Store) -> None:
    _keep(store, [replace(one, installation=1) for one in _CROWD])
    claimed(store)
    with store.transaction() as transaction:
        assert transaction.claim(NOON, lease=LEASE, idle_only=True) is None
        transaction.enqueue(NewJob("work", {"name": "other"}, installation=2))
        other = transaction.claim(NOON, lease=LEASE, idle_only=True)
    assert other is not None
    assert other.payload["name"] == "other"


def test_a_claim_in_a_crowd_reads_its_head_by_the_index_and_sorts_nothing_of_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'plans.db'}"
    store = Store.open(url)
    _keep(store, _CROWD)
    seen: list[tuple[str, Any]] = []
    listening = store._engine  # what it asks is what this is about
    event.listen(listening, "before_cursor_execute", lambda _c, _cursor, text, values, *_: seen.append((text, values)))
    claimed(store)
    store.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        head = next(one for one in seen if one[0].startswith("SELECT job.id, job.lane"))
        steps = [str(row[-1]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {head[0]}", head[1])]
        groups = next(one for one in seen if "near" in one[0])
        steps_of_groups = [str(row[-1]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {groups[0]}", groups[1])]
    engine.dispose()
    assert any("job_crowd (pool=? AND priority=? AND installation=? AND due<?)" in step for step in steps)
    assert not any("ORDER BY" in step for step in steps)
    reads = [step for step in steps_of_groups if " job" in step or " near" in step]
    assert any("near USING INDEX job_crowd (pool=? AND priority=? AND installation>?)" in step for step in reads), reads
    assert all("INDEX job_crowd" in step or "PRIMARY KEY" in step or "EXISTS" in step for step in reads), reads
