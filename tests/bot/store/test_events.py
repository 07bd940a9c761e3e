"""The event log."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store import Store
from bot.store.values import NewEvent
from rules.jsontext import exact_number
from tests.bot.store.moments import NOON, at, fact


def test_an_event_comes_back_as_it_was_put_in(store: Store) -> None:
    event = NewEvent("approved", "comment:7", at(0.25), {"text": "yes"}, actor_id=2**40, version=3)
    with store.transaction() as transaction:
        assert transaction.append("pull:1:2", [event]) == 1
    with store.reading() as transaction:
        (kept,) = transaction.events("pull:1:2")
    assert (kept.stream, kept.seq, kept.kind, kept.source_id) == ("pull:1:2", 1, "approved", "comment:7")
    assert (kept.source_time, kept.body, kept.actor_id, kept.version) == (at(0.25), {"text": "yes"}, 2**40, 3)
    assert kept.recorded_at.utcoffset() == timedelta()


def test_a_fact_is_kept_once_per_source_id_and_stream(store: Store) -> None:
    with store.transaction() as transaction:
        assert transaction.append("a", [fact("1"), fact("1"), fact("2")]) == 2
        assert transaction.append("a", [fact("2"), fact("3")]) == 1
        assert transaction.append("b", [fact("1")]) == 1
        assert transaction.append("b", []) == 0
        assert [event.seq for event in transaction.events("a")] == [1, 2, 3]


def test_a_stream_is_read_by_source_time_then_source_id_however_it_arrived(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.append("a", [fact("late", at(9)), fact("b", at(5)), fact("a", at(5)), fact("B", at(5))])
        transaction.append("a", [fact("first", at(-9))])
        assert [event.source_id for event in transaction.events("a")] == ["first", "B", "a", "b", "late"]
        assert [event.seq for event in transaction.events("a")] == [5, 4, 3, 2, 1]


def test_a_long_stream_read_by_the_page_comes_in_the_same_order(store: Store) -> None:
    names = ["b", "a", "B", "é", "z", "Z", "a:1", "a-1", "\U0001f600", "\uffee"]
    facts = [fact(f"{name}{number}", at(number % 3)) for number in range(60) for name in names]
    with store.transaction() as transaction:
        transaction.append("a", facts)
        transaction.append("other", facts)
    with store.reading() as transaction:
        assert tuple(transaction.in_order("a")) == transaction.events("a")
        assert next(iter(transaction.in_order("a"))).seq == transaction.events("a")[0].seq, "one may stop early"
        assert len(transaction.events("other")) == 600


def test_what_a_transaction_did_is_gone_when_it_raises(store: Store) -> None:
    def append_and_raise() -> None:
        with store.transaction() as transaction:
            transaction.append("a", [fact("1")])
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        append_and_raise()
    with store.reading() as transaction:
        assert transaction.events("a") == ()


def test_writers_of_one_stream_count_on_from_each_other(store: Store) -> None:
    def write(name: str) -> None:
        for number in range(10):
            with store.transaction() as transaction:
                transaction.append("a", [fact(f"{name}{number}"), fact(f"shared{number}")])

    threads = [threading.Thread(target=write, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as transaction:
        assert sorted(event.seq for event in transaction.events("a")) == list(range(1, 41))


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 1, 5, 12)  # noqa: DTZ001 the case
    with pytest.raises(Exception, match="has no time zone"), store.transaction() as transaction:
        transaction.append("a", [fact("1", naive)])


def test_moments_come_back_in_utc_whatever_zone_they_were_put_in_with(store: Store) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))
    with store.transaction() as transaction:
        transaction.append("a", [fact("1", elsewhere)])
        (kept,) = transaction.events("a")
    assert kept.source_time == NOON
    assert kept.source_time.utcoffset() == timedelta()


_numbers = itertools.count()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.text(st.characters(exclude_categories=())), _JSON, max_size=3))
def test_any_json_object_is_kept_exactly(store: Store, body: dict[str, object]) -> None:
    stream = f"stream{next(_numbers)}"
    with store.transaction() as transaction:
        transaction.append(stream, [NewEvent("said", "1", NOON, body)])
        (kept,) = transaction.events(stream)
    assert kept.body == body


def test_a_number_keeps_every_digit(store: Store) -> None:
    number = exact_number("0.1234567890123456789012345")
    with store.transaction() as transaction:
        transaction.append("a", [fact("1", n=number)])
        (kept,) = transaction.events("a")
    assert kept.body == {"n": number}
    assert str(kept.body["n"]) == "0.1234567890123456789012345"
