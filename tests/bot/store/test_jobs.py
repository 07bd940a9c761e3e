"""The job table as a queue: one worker's view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.store import Store, Transaction
from bot.store.values import Lease, NewJob
from tests.bot.store.moments import LEASE, NOON, at, claim, claimed, finish


def claimed_in(transaction: Transaction) -> Lease:
    lease = transaction.claim(NOON, lease=LEASE)
    assert lease is not None
    return lease


def _enqueue(store: Store, *jobs: NewJob) -> None:
    with store.transaction() as transaction:
        for job in jobs:
            transaction.enqueue(job)


def _names(store: Store, count: int, *, now: float = 0, pools: list[str] | None = None) -> list[str]:
    return [claimed(store, at(now), pools).payload["name"] for _ in range(count)]


def _named(name: str, **more: object) -> NewJob:
    return NewJob("work", {"name": name}, **more)  # type: ignore[arg-type]  # a test's shorthand


def test_a_job_is_claimed_once_and_done(store: Store) -> None:
    _enqueue(store, NewJob("work", {"name": "a", "nested": [1, {"x": None}]}))
    lease = claimed(store)
    assert (lease.kind, lease.payload, lease.attempt) == ("work", {"name": "a", "nested": [1, {"x": None}]}, 1)
    assert claim(store) is None
    assert finish(store, lease)
    assert claim(store, at(10_000)) is None
    with store.reading() as transaction:
        (job,) = transaction.jobs("done")
    assert (job.state, job.ended_at, job.leased_until) == ("done", NOON, None)


def test_a_job_with_a_key_is_one_job_also_after_it_was_done(store: Store) -> None:
    job = NewJob("delivery", {"body": "x"}, key="delivery:1")
    with store.transaction() as transaction:
        assert transaction.enqueue(job)
        assert not transaction.enqueue(job)
    finish(store, claimed(store))
    with store.transaction() as transaction:
        assert not transaction.enqueue(job)
    assert claim(store, at(10_000)) is None


def test_jobs_with_keys_go_in_together_and_only_those_that_are_new_count(store: Store) -> None:
    jobs = [NewJob("delivery", {"n": key}, key=key, raw="é\0") for key in ("1", "2", "2", "3")]
    _enqueue(store, jobs[0])
    assert store.keep(jobs) == 2
    assert store.keep(jobs) == 0
    leases = [claimed(store) for _ in range(3)]
    assert [(lease.payload["n"], lease.raw) for lease in leases] == [(n, "é\ufffd") for n in "123"]
    assert claim(store) is None


def test_a_job_that_was_kept_looks_like_one_that_was_enqueued(store: Store) -> None:
    due = at(10)
    store.keep([NewJob("work", {"n": 1.5}, key="1", lane="a", pool="p", priority=3, installation=7, due=due)])
    _enqueue(store, NewJob("work", {"n": 1.5}, key="2", lane="a", pool="p", priority=3, installation=7, due=due))
    with store.reading() as transaction:
        second, first = transaction.jobs("open")
    assert replace(first, job_id=0, key=None, enqueued_at=NOON) == replace(second, job_id=0, key=None, enqueued_at=NOON)


def test_of_jobs_that_go_in_together_none_is_kept_when_one_cannot_be(store: Store) -> None:
    wrong = NewJob("delivery", {}, key="2", due=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        store.keep([NewJob("delivery", {}, key="1"), wrong])
    with pytest.raises(Exception, match=r"NOT NULL|not-null"):
        store.keep([NewJob("delivery", {}, key="1"), replace(wrong, due=None, kind=None)])  # type: ignore[arg-type]
    assert claim(store) is None
    assert store.keep([NewJob("delivery", {}, key="1")]) == 1


@pytest.mark.parametrize("raw", [None, "", '{"a": "\\u0000\\ud800", "é": 1e400}', "no JSON"])
def test_a_text_from_outside_goes_with_its_job_as_it_came(store: Store, raw: str | None) -> None:
    _enqueue(
        store,
        NewJob("delivery", {}, key="1", raw=raw),
        NewJob("sum", {}, lane="a"),
        NewJob("sum", {}, lane="a", raw=raw),
    )
    assert [claimed(store).raw, claimed(store).raw] == [raw, raw]
    with store.reading() as transaction:
        assert [job.raw for job in transaction.jobs("open")] == [raw, raw]


def test_a_job_that_is_due_later_waits(store: Store) -> None:
    _enqueue(store, _named("later", due=at(10)), _named("now"))
    assert _names(store, 1) == ["now"]
    assert claim(store, at(9.999)) is None
    assert _names(store, 1, now=10) == ["later"]


def test_a_crashed_workers_job_can_be_claimed_when_its_lease_has_expired(store: Store) -> None:
    _enqueue(store, _named("a"))
    crashed = claimed(store)
    assert claim(store, at(59.9)) is None
    second = claimed(store, at(60))
    assert (second.job_id, second.attempt) == (crashed.job_id, 2)
    assert second.token != crashed.token


def test_whoever_lost_the_lease_is_refused_whatever_they_say(store: Store) -> None:
    _enqueue(store, _named("a"))
    lost = claimed(store)
    holder = claimed(store, at(60))
    with store.transaction() as transaction:
        assert not transaction.finish(lost, at(61))
        assert not transaction.renew(lost, at(61), LEASE)
        assert not transaction.fail(lost, at(61), "late", at(70))
        assert not transaction.fail(lost, at(61), "late", None)
        assert transaction.finish(holder, at(61))
        assert not transaction.finish(holder, at(61))


def test_a_renewed_lease_lasts_from_then(store: Store) -> None:
    _enqueue(store, _named("a"))
    lease = claimed(store)
    with store.transaction() as transaction:
        assert transaction.renew(lease, at(50), LEASE)
    assert claim(store, at(109)) is None
    assert claim(store, at(110)) is not None


def test_a_claim_leaves_due_where_it_was(store: Store) -> None:
    _enqueue(store, _named("a", due=at(-5)))
    claimed(store)
    with store.reading() as transaction:
        assert transaction.jobs("open")[0].due == at(-5)


def test_a_failed_job_is_due_again_at_the_moment_given(store: Store) -> None:
    _enqueue(store, _named("a"))
    with store.transaction() as transaction:
        assert transaction.fail(claimed_in(transaction), NOON, "it broke", at(30))
    assert claim(store, at(29)) is None
    with store.reading() as transaction:
        assert transaction.jobs("open")[0].error == "it broke"
    assert claimed(store, at(30)).attempt == 2


def test_a_firm_wait_is_no_attempt(store: Store) -> None:
    _enqueue(store, _named("a"))
    with store.transaction() as transaction:
        assert transaction.fail(claimed_in(transaction), NOON, "limited", at(30), firm=True)
    assert claimed(store, at(30)).attempt == 1


def test_a_dead_letter_is_listed_with_its_error_and_never_claimed(store: Store) -> None:
    _enqueue(store, _named("a", key="k"), _named("b"))
    with store.transaction() as transaction:
        assert transaction.fail(claimed_in(transaction), NOON, "it is broken\0\ud800", None)
    assert _names(store, 1) == ["b"]
    assert claim(store, at(50)) is None
    with store.reading() as transaction:
        (dead,) = transaction.jobs("dead")
    assert (dead.payload, dead.error, dead.key, dead.ended_at) == (
        {"name": "a"},
        "it is broken\ufffd\\ud800",
        "k",
        NOON,
    )


def test_an_endless_error_text_is_cut(store: Store) -> None:
    _enqueue(store, _named("a"))
    with store.transaction() as transaction:
        transaction.fail(claimed_in(transaction), NOON, "x" * 1_000_000, None)
        assert len(transaction.jobs("dead")[0].error) < 10_000


def test_higher_priority_goes_first_then_who_came_first(store: Store) -> None:
    _enqueue(store, _named("a"), _named("low", priority=-10), _named("b"), _named("high", priority=5))
    assert _names(store, 4) == ["high", "a", "b", "low"]


def test_a_pool_is_served_alone(store: Store) -> None:
    _enqueue(store, *(_named(f"notice{number}", pool="notices") for number in range(3)), _named("urgent", pool="hour"))
    assert _names(store, 1, pools=["hour"]) == ["urgent"]
    assert claim(store, pools=["hour"]) is None
    assert claim(store, pools=[]) is None
    assert _names(store, 3, pools=["hour", "notices"]) == ["notice0", "notice1", "notice2"]


def test_installations_take_turns_however_much_one_of_them_asks(store: Store) -> None:
    _enqueue(store, *(_named(f"a{number}", installation=1) for number in range(5)))
    _enqueue(
        store, _named("b0", installation=2), _named("b1", installation=2), _named("house"), _named("c0", installation=3)
    )
    assert _names(store, 9) == ["a0", "b0", "house", "c0", "a1", "b1", "a2", "a3", "a4"]


def test_priority_comes_before_turns(store: Store) -> None:
    _enqueue(store, _named("a0", installation=1), _named("a1", installation=1, priority=1), _named("b", installation=2))
    assert _names(store, 3) == ["a1", "b", "a0"]


def test_a_job_with_text_that_no_database_holds_is_kept(store: Store) -> None:
    _enqueue(store, NewJob("delivery", {"body": "nul \0 and half \ud83d"}, key="odd\0key"))
    assert claimed(store).payload == {"body": "nul \0 and half \ud83d"}


def test_the_store_is_idle_when_nothing_is_due_or_running(store: Store) -> None:
    assert store.idle(NOON)
    _enqueue(store, _named("a", due=at(10)))
    assert store.idle(NOON)
    assert not store.idle(at(10))
    lease = claimed(store, at(10))
    assert not store.idle(at(10))
    finish(store, lease)
    assert store.idle(at(10))


def test_old_done_jobs_are_forgotten_in_batches_and_nothing_else(store: Store) -> None:
    _enqueue(store, *(_named(f"{number}") for number in range(5)))
    for second in range(4):
        finish(store, claimed(store, at(second)), at(second))
    with store.transaction() as transaction:
        assert transaction.forget_done(at(3), limit=2) == 2
        assert transaction.forget_done(at(3), limit=2) == 1
        assert [job.payload["name"] for job in transaction.jobs("done")] == ["3"]
        assert [job.payload["name"] for job in transaction.jobs("open")] == ["4"]


def test_a_payload_that_is_no_json_is_refused_at_once(store: Store) -> None:
    with pytest.raises(Exception, match="not JSON"), store.transaction() as transaction:
        transaction.enqueue(NewJob("work", {"when": NOON}))


def test_a_job_remembers_which_delivery_asked_for_it_last(store: Store) -> None:
    for cause in ("first", "second", None):
        _enqueue(store, NewJob("work", {}, lane="a", cause=cause))
    assert claimed(store).cause == "second"
    store.keep([NewJob("work", {}, key="1", cause="third")])
    with store.reading() as transaction:
        assert {job.cause for job in transaction.jobs("open")} == {"second", "third"}


def test_the_backlog_counts_what_is_due_running_waiting_and_dead(store: Store) -> None:
    _enqueue(store, NewJob("a", {}))
    claimed(store)
    for job in (NewJob("a", {}), NewJob("a", {}, due=at(-50)), NewJob("a", {}, due=at(50)), NewJob("b", {}, pool="p")):
        _enqueue(store, job)
    with store.transaction() as transaction:
        lease = transaction.claim(NOON, lease=LEASE, pools=["p"])
        assert lease
        transaction.fail(lease, NOON, "no", None)
    with store.reading() as transaction:
        found = {(one.state, one.kind, one.pool): one for one in transaction.backlog(NOON)}
    assert {key: one.count for key, one in found.items()} == {
        ("running", "a", "default"): 1,
        ("due", "a", "default"): 2,
        ("waiting", "a", "default"): 1,
        ("dead", "b", "p"): 1,
    }
    assert found["due", "a", "default"].since is not None
    assert found["running", "a", "default"].since is None
