"""Deliveries that GitHub could not hand over, or that failed here: asked for again, taken again, never doubled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.steward import deliveries
from bot.store import Store
from bot.store.values import NewJob
from bot.worker import MAX_ATTEMPTS
from tests.bot.steward.room import MINOR, Room, room, tell
from tests.bot.store.moments import at
from tests.e2e.stage import Stage
from tests.patience import until

ATTEMPTS = r"/app/hook/deliveries/\d+/attempts"


def look(stage: Stage) -> None:
    deliveries.begin(stage.server.store)
    stage.server.wake()
    stage.settle()


def asked(on: Stage | Room) -> int:
    return sum(one.method == "POST" and one.path.endswith("/attempts") for one in on.github.requests)


def test_what_was_lost_is_asked_for_once_and_arrives(on_stage: Stage) -> None:
    on_stage.github.astray("lose", event="pull_request")
    number = on_stage.topic("lost", MINOR)
    on_stage.settle()
    pull = on_stage.repository.pull(number)
    assert pull.app_comments == ()
    look(on_stage)
    until(lambda: pull.app_comments and pull.checks)
    look(on_stage)
    on_stage.settle()
    assert (len(pull.app_comments), len(pull.checks), asked(on_stage)) == (1, 1, 1)


def test_what_we_do_nothing_about_is_not_asked_for(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", event="star")
        tell(made, "star", "created")
        deliveries.begin(made.store)
        made.work()
        assert asked(made) == 0


def test_what_arrived_although_its_answer_was_lost_is_not_asked_for(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", event="pull_request")
        made.pull()
        made.hear()  # it is here, and GitHub notes that nobody answered
        deliveries.begin(made.store)
        made.work()
        assert asked(made) == 0


def test_what_is_refused_again_and_again_is_asked_for_a_few_times_only(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", event="pull_request", times=None)
        made.pull()
        for _ in range(12):
            deliveries.begin(made.store)
            made.work()
            made.clock.advance(timedelta(minutes=5))
        assert asked(made) == deliveries.MOST_TIMES
        assert made.waiting == made.dead == ()


def test_an_answer_that_is_slow_to_come_is_not_asked_for_twice(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", event="pull_request")
        made.pull()
        made.github.webhook_url = None  # what is asked for waits
        for _ in range(2):
            deliveries.begin(made.store)
            made.work()
        assert asked(made) == 1


def test_what_was_lost_long_ago_is_found_after_a_long_silence(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        deliveries.begin(made.store)
        made.work()
        made.github.astray("lose", event="pull_request")
        made.pull()
        made.clock.advance(timedelta(days=2))
        deliveries.begin(made.store)
        made.work()
        assert asked(made) == 1


def test_a_failure_of_github_while_looking_leaves_the_bookmark_where_it_was(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", event="pull_request")
        made.pull()
        made.github.fail(how="500", method="POST", path=ATTEMPTS)
        deliveries.begin(made.store)
        made.work()
        made.clock.advance(timedelta(hours=1))
        made.work()
        assert asked(made) == 2


@pytest.mark.slow
def test_many_deliveries_are_read_page_by_page(tmp_path: Path) -> None:
    with room(tmp_path) as made:
        made.github.astray("lose", times=None)
        pull = made.pull()
        for number in range(120):
            pull.comment_as("ana", str(number))
        deliveries.begin(made.store)
        made.work()
        pages = [one for one in made.github.requests if one.path.endswith("/app/hook/deliveries")]
        assert len(pages) == 2
        assert asked(made) == 121  # the pull request, and each comment, which may be a command


GUID = "delivery:72d3162e-cc78-11e3-81ab-4c9367dc0958"


def fail_here(store: Store, times: int) -> None:
    for _ in range(times):
        with store.transaction() as transaction:
            lease = transaction.claim(at(10**6), lease=timedelta(minutes=1))
            assert lease is not None
            last = lease.attempt >= MAX_ATTEMPTS
            transaction.fail(lease, at(10**6), "our own fault", None if last else at(0))


@pytest.mark.parametrize("failures", [1, MAX_ATTEMPTS])
def test_a_redelivery_of_what_failed_here_is_taken_again(store: Store, failures: int) -> None:
    store.keep([NewJob("delivery", {"event": "push"}, key=GUID, raw="{}")])
    fail_here(store, failures)
    assert store.keep([NewJob("delivery", {"event": "push"}, key=GUID, raw='{"again": true}')] * 2) == 1
    with store.transaction() as transaction:
        found = transaction.job_of(GUID)
        assert found is not None
        assert (found.state, found.attempt, found.raw) == ("open", 0, '{"again": true}')
        assert transaction.claim(at(10**6), lease=timedelta(minutes=1)) is not None


def test_a_redelivery_of_what_is_done_or_under_way_changes_nothing(store: Store) -> None:
    new = NewJob("delivery", {"event": "push"}, key=GUID, raw="{}")
    store.keep([new])
    assert store.keep([new]) == 0
    with store.transaction() as transaction:
        lease = transaction.claim(at(10**6), lease=timedelta(minutes=1))
    assert lease is not None
    assert store.keep([new]) == 0
    with store.transaction() as transaction:
        assert transaction.finish(lease, at(10**6))
    assert store.keep([new]) == 0
    with store.reading() as transaction:
        assert [one.wanted for one in transaction.jobs("done")] == [1]
