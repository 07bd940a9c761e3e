"""Obligations and the attempts to meet them."""

from __future__ import annotations

import pytest

from bot.store import Store
from bot.store.values import Delivery, NewObligation, Outcome
from tests.bot.store.moments import NOON, at


def _owe(store: Store, key: str = "announce:1", due: float = 0) -> int:
    with store.transaction() as transaction:
        assert transaction.owe(NewObligation(key, "announce", "release:1", "partner:acme", at(due), {"v": "2.0"}))
        return next(item.obligation_id for item in transaction.obligations("release:1") if item.key == key)


def _begin(store: Store, obligation: int, channel: str = "email", when: float = 0) -> Delivery:
    with store.transaction() as transaction:
        delivery = transaction.begin_delivery(obligation, channel, at(when))
    assert delivery is not None
    return delivery


def _settle(store: Store, delivery: Delivery, outcome: Outcome, **more: str) -> bool:
    with store.transaction() as transaction:
        return transaction.settle_delivery(
            delivery.delivery_id, at(1), outcome, receipt=more.get("receipt"), evidence={"answer": outcome}
        )


def _state(store: Store, obligation: int) -> str:
    with store.reading() as transaction:
        return next(
            item.state for item in transaction.obligations("release:1") if item.obligation_id == obligation
        )  # fmt: skip


def test_a_promise_is_made_once(store: Store) -> None:
    _owe(store)
    with store.transaction() as transaction:
        assert not transaction.owe(NewObligation("announce:1", "other", "release:2", "partner:b", at(9)))
        (kept,) = transaction.obligations("release:1")
        assert transaction.obligations("release:2") == ()
    assert (kept.kind, kept.recipient, kept.due, kept.payload) == ("announce", "partner:acme", NOON, {"v": "2.0"})


def test_what_is_due_is_listed_longest_due_first_and_no_more_than_asked_for(store: Store) -> None:
    for key, due in (("c", 30), ("a", 10), ("b", 20), ("later", 99)):
        _owe(store, key, due)
    with store.reading() as transaction:
        assert [item.key for item in transaction.due_obligations(at(50))] == ["a", "b", "c"]
        assert [item.key for item in transaction.due_obligations(at(50), limit=2)] == ["a", "b"]
        assert transaction.due_obligations(at(9)) == ()


def test_a_delivered_attempt_meets_the_obligation_and_keeps_its_receipt(store: Store) -> None:
    obligation = _owe(store)
    delivery = _begin(store, obligation)
    assert (delivery.attempt, delivery.state, delivery.channel) == (1, "begun", "email")
    assert _state(store, obligation) == "sending"
    assert _settle(store, delivery, "delivered", receipt="<id@host>")
    assert _state(store, obligation) == "met"
    with store.transaction() as transaction:
        (kept,) = transaction.deliveries(obligation)
        assert (kept.state, kept.receipt, kept.evidence) == ("delivered", "<id@host>", {"answer": "delivered"})
        assert (kept.began_at, kept.settled_at) == (NOON, at(1))
        assert transaction.begin_delivery(obligation, "email", at(2)) is None
        assert transaction.due_obligations(at(50)) == ()


def test_a_transient_failure_lets_the_next_attempt_begin_on_any_channel(store: Store) -> None:
    obligation = _owe(store)
    assert _settle(store, _begin(store, obligation), "transient")
    assert _state(store, obligation) == "sending"
    second = _begin(store, obligation, "slack")
    assert (second.attempt, second.channel) == (2, "slack")
    with store.reading() as transaction:
        assert [item.state for item in transaction.deliveries(obligation)] == ["transient", "begun"]


def test_a_permanent_failure_fails_the_obligation(store: Store) -> None:
    obligation = _owe(store)
    assert _settle(store, _begin(store, obligation), "permanent")
    assert _state(store, obligation) == "failed"
    with store.transaction() as transaction:
        assert transaction.begin_delivery(obligation, "email", at(2)) is None


def test_an_attempt_whose_end_nobody_saw_is_given_back_and_not_repeated(store: Store) -> None:
    obligation = _owe(store)
    crashed = _begin(store, obligation)
    again = _begin(store, obligation, "slack", when=100)
    assert again == crashed
    with store.reading() as transaction:
        assert len(transaction.deliveries(obligation)) == 1


def test_an_attempt_is_settled_once_except_that_an_unknown_end_may_become_known(store: Store) -> None:
    delivery = _begin(store, _owe(store))
    assert _settle(store, delivery, "unknown", receipt="sent?")
    assert not _settle(store, delivery, "unknown")
    assert _settle(store, delivery, "delivered")
    assert not _settle(store, delivery, "permanent")
    assert not _settle(store, delivery, "delivered")
    with store.reading() as transaction:
        (kept,) = transaction.deliveries(delivery.obligation_id)
    assert (kept.state, kept.receipt) == ("delivered", "sent?")
    assert _state(store, delivery.obligation_id) == "met"


def test_a_promise_can_be_taken_back_until_it_is_kept(store: Store) -> None:
    obligation = _owe(store)
    with store.transaction() as transaction:
        assert transaction.supersede("announce:1", NOON)
        assert not transaction.supersede("announce:1", NOON)
        assert not transaction.supersede("never made", NOON)
        assert transaction.due_obligations(at(50)) == ()
        assert transaction.begin_delivery(obligation, "email", NOON) is None
    assert _state(store, obligation) == "superseded"
    with store.transaction() as transaction:
        assert not transaction.owe(NewObligation("announce:1", "announce", "release:1", "partner:acme", NOON))


def test_what_was_sent_before_it_was_taken_back_is_still_recorded(store: Store) -> None:
    obligation = _owe(store)
    delivery = _begin(store, obligation)
    with store.transaction() as transaction:
        assert transaction.supersede("announce:1", NOON)
    assert _settle(store, delivery, "delivered")
    assert _state(store, obligation) == "superseded"
    with store.reading() as transaction:
        assert [item.state for item in transaction.deliveries(obligation)] == ["delivered"]


@pytest.mark.parametrize("outcome", ["delivered", "permanent"])
def test_a_settled_promise_cannot_be_taken_back(store: Store, outcome: Outcome) -> None:
    _settle(store, _begin(store, _owe(store)), outcome)
    with store.transaction() as transaction:
        assert not transaction.supersede("announce:1", NOON)
