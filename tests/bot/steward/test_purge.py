"""What nobody lets the App see any more is deleted after the period, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.github import App
from bot.steward import purge
from bot.store.values import NewEvent
from tests.bot.steward.room import Room, room

PERIOD = timedelta(days=30)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Room]:
    with room(tmp_path, wired=False) as found:
        found.look(found.pull(name="kept"))
        yield found


def run(made: Room, days: float = 0) -> None:
    made.clock.advance(timedelta(days=days))
    github = made.github
    app = App(github.app_id, github.private_key, github.api_url, clock=made.clock)
    try:
        purge.handle(app, made.store, made.clock, PERIOD)
    finally:
        app.close()


def streams(made: Room) -> frozenset[int]:
    with made.store.reading() as transaction:
        return transaction.repositories()


def facts(made: Room) -> int:
    with made.store.reading() as transaction:
        return len(transaction.events(f"pull:{made.repository.state.id}:1"))


def test_what_was_uninstalled_is_deleted_after_the_period_and_not_before(made: Room) -> None:
    run(made)
    made.github.uninstall(made.repository.installation_id)
    run(made, days=29)
    assert facts(made) > 0
    migration = f"migration:{made.repository.state.id}:order:2.0.0"
    with made.store.transaction() as transaction:
        transaction.append(migration, [NewEvent("migration.planned", "planned", made.now, {})])
        transaction.remember("migration.work", migration, "{}", made.now)
    run(made, days=2)
    assert (streams(made), facts(made)) == (frozenset(), 0)
    with made.store.reading() as transaction:
        assert transaction.recall("report", f"pull:{made.repository.state.id}:1") is None
        assert transaction.events(migration) == ()
        assert transaction.recall("migration.work", migration) is None
        assert [one.kind for one in transaction.events(purge.HOUSE)] == [purge.PURGED]


def test_who_installs_it_again_within_the_period_finds_the_log_as_it_was(made: Room) -> None:
    run(made)
    before = facts(made)
    made.github.uninstall(made.repository.installation_id)
    run(made, days=29)
    made.github.install("octo")
    run(made)
    run(made, days=29)
    assert facts(made) == before


def test_a_repository_that_was_taken_away_is_deleted_and_its_neighbours_stay(made: Room) -> None:
    run(made)
    world = made.github.site.world
    world.installations[made.repository.installation_id].repositories.discard(made.repository.state.id)
    run(made, days=31)
    assert streams(made) == frozenset()


def test_a_suspended_installation_loses_nothing(made: Room) -> None:
    run(made)
    made.github.suspend(made.repository.installation_id)
    run(made, days=31)
    run(made, days=31)
    assert facts(made) > 0


def test_what_was_never_seen_counts_from_when_it_was_missed(made: Room) -> None:
    made.github.uninstall(made.repository.installation_id)
    run(made, days=40)
    assert facts(made) > 0
    run(made, days=31)
    assert facts(made) == 0


def test_when_github_does_not_answer_nothing_is_deleted(made: Room) -> None:
    run(made)
    made.github.fail(how="500", path="/installation", times=None)
    with pytest.raises(Exception, match="500"):
        run(made, days=100)
    assert facts(made) > 0


def test_what_github_sent_is_forgotten_a_week_after_it_was_done_and_that_it_came_is_not(made: Room) -> None:
    made.hear()
    run(made, days=8)
    arrived = [one for one in made.done if one.kind == "delivery"]
    assert arrived
    assert {one.raw for one in arrived} == {None}
