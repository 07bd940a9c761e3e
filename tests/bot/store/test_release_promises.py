"""What the care for releases asks of the store: streams by their kind, promises restated, promises settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.steward import promises
from bot.store import Store
from bot.store.values import NewEvent, NewObligation

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STREAM = "release:1:orders:2.0.0"


def promise(key: str, kind: str = "release.announced", **facts: str) -> NewObligation:
    return NewObligation(key, kind, STREAM, "partner:crm", NOW, {"facts": facts})


def test_streams_are_found_by_what_they_begin_with(store: Store) -> None:
    with store.transaction() as transaction:
        for name in (STREAM, "release:2:a%b:1", "pull:1:7"):
            transaction.append(name, [NewEvent("x", "1", NOW, {})])
        assert transaction.streams("release:") == (STREAM, "release:2:a%b:1")
        assert transaction.streams("release:%") == ()


def test_a_promise_is_restated_until_somebody_begins_to_keep_it(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.owe(promise("a", day="1"))
        transaction.promise(promise("a", day="2"))
        (one,) = transaction.obligations(STREAM)
        assert one.payload == {"facts": {"day": "2"}}
        transaction.begin_delivery(one.obligation_id, "slack", NOW)
        transaction.promise(promise("a", day="3"))
        assert transaction.obligations(STREAM)[0].payload == {"facts": {"day": "2"}}


def test_what_was_tried_in_vain_says_at_the_next_attempt_what_is_true_then(store: Store) -> None:
    first = replace(promise("a", day="1"), payload={"facts": {"day": "1"}, "address": ["it@crm.example"]})
    promises.keep(store, STREAM, [first], NOW)
    with store.transaction() as transaction:
        (one,) = transaction.obligations(STREAM)
        attempt = transaction.begin_delivery(one.obligation_id, "email", NOW)
        assert attempt is not None
        transaction.settle_delivery(attempt.delivery_id, NOW, "transient")
    moved = replace(first, payload={"facts": {"day": "2"}, "address": ["other@crm.example"]})
    for _ in range(2):
        promises.keep(store, STREAM, [moved], NOW)
    with store.transaction() as transaction:
        (one,) = transaction.obligations(STREAM)
        assert (one.state, one.payload) == ("sending", {"facts": {"day": "2"}, "address": ["it@crm.example"]})
        attempt = transaction.begin_delivery(one.obligation_id, "email", NOW)
        assert attempt is not None
        transaction.settle_delivery(attempt.delivery_id, NOW, "delivered")
    promises.keep(store, STREAM, [replace(moved, payload={"facts": {"day": "3"}})], NOW)
    with store.reading() as transaction:
        assert transaction.obligations(STREAM)[0].payload["facts"] == {"day": "2"}, "what arrived stays as it was sent"


def test_streams_in_which_something_is_owed_are_found_by_what_they_begin_with(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.owe(promise("a"))
        assert transaction.owing("release:1:") == {STREAM}
        assert transaction.owing("release:2:") == set()
        transaction.supersede("a", NOW)
        assert transaction.owing("release:1:") == set()
        transaction.promise(promise("a"))
        assert transaction.owing("release:1:") == {STREAM}


def test_what_was_kept_and_what_could_not_be_is_told_with_its_moment(store: Store) -> None:
    with store.transaction() as transaction:
        for number, outcome in enumerate(("delivered", "permanent", "transient")):
            transaction.owe(promise(str(number)))
            one = transaction.obligations(STREAM)[-1]
            attempt = transaction.begin_delivery(one.obligation_id, "slack", NOW)
            assert attempt is not None
            at = NOW + timedelta(minutes=number)
            transaction.settle_delivery(attempt.delivery_id, at, outcome)  # type: ignore[arg-type] # each is one
        found = transaction.settled(STREAM, ["release.announced"])
        assert [(one.key, one.state, one.at) for one in found] == [
            ("0", "met", NOW), ("1", "failed", NOW + timedelta(minutes=1)),
        ]  # fmt: skip
        assert transaction.settled(STREAM, ["release.moved"]) == ()
        assert transaction.purge(1, NOW) > 0
        assert transaction.streams("release:1") == ()
