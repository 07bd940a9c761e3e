from __future__ import annotations

from datetime import timedelta

from bot.store import Store
from bot.store.values import NewJob
from tests.bot.store.moments import LEASE
from tests.bot.store.moments import NOON as NOW

LANE = NewJob(kind="pull", payload={"n": 1}, lane="pull:1:7")


def dead(store: Store, job: NewJob) -> int:
    """Ask for a job and let it give up; its number."""
    with store.transaction() as transaction:
        transaction.enqueue(job)
        lease = transaction.claim(NOW, lease=LEASE)
        assert lease is not None
        assert transaction.fail(lease, NOW, "no luck", None)
    return lease.job_id


def test_a_dead_job_that_is_retried_runs_again_as_if_new(store: Store) -> None:
    number = dead(store, LANE)
    with store.transaction() as transaction:
        assert transaction.revive(number, NOW)
        lease = transaction.claim(NOW, lease=LEASE)
        assert lease is not None
        assert (lease.job_id, lease.attempt, lease.payload) == (number, 1, {"n": 1})
        assert transaction.jobs("dead") == ()


def test_only_what_is_dead_can_be_retried(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.enqueue(LANE)
        (job,) = transaction.jobs("open")
        assert not transaction.revive(job.job_id, NOW)
        assert not transaction.revive(10**9, NOW)


def test_a_dead_job_whose_work_was_asked_for_again_is_covered_by_that(store: Store) -> None:
    number = dead(store, LANE)
    with store.transaction() as transaction:
        transaction.enqueue(LANE)
        assert transaction.revive(number, NOW)
        assert len(transaction.jobs("open")) == 1
        assert transaction.jobs("dead") == ()


def test_the_latest_jobs_of_a_kind_are_listed_whatever_became_of_them(store: Store) -> None:
    first = dead(store, NewJob(kind="delivery", payload={}, key="1"))
    with store.transaction() as transaction:
        transaction.enqueue(NewJob(kind="delivery", payload={}, key="2"))
        transaction.enqueue(LANE)
        found = transaction.latest_jobs("delivery", limit=5)
        assert [(job.key, job.state) for job in found] == [("2", "open"), ("1", "dead")]
        assert found[1].job_id == first
        assert len(transaction.latest_jobs("delivery", limit=1)) == 1


def test_what_is_remembered_of_a_kind_is_listed_from_a_moment_on(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(3):
            transaction.remember("open", f"pull:1:{number}", str(number), NOW + timedelta(hours=number))
        transaction.remember("report", "pull:1:0", "another kind", NOW)
        assert transaction.remembered("open", NOW + timedelta(hours=1)) == ["pull:1:2", "pull:1:1"]
        assert transaction.recall_all("open", ["pull:1:0", "pull:1:9"]) == {"pull:1:0": "0"}
        assert transaction.drop("open", "pull:1:0")
        assert not transaction.drop("open", "pull:1:0")
        assert transaction.recall("report", "pull:1:0") is not None
