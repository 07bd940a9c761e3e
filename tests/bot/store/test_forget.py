"""A person is forgotten: nothing of them is left, and the log keeps its order."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.store import Store
from bot.store.erasure import ERASED, GHOST, Person
from bot.store.values import NewEvent, NewJob, NewObligation
from tests.bot.store.moments import at, claimed, finish

ANA = Person(583231, "ana-diaz")
STREAM = "pull:1:7"
TEXTS = ("report",)


def fact(number: int, body: dict[str, Any], actor: int | None) -> NewEvent:
    return NewEvent("said", f"comment:{number}", at(number), body, actor_id=actor)


def tell(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.append(
            STREAM,
            [
                fact(1, {"body": "I approve, Ana", "user": {"login": "ana-diaz", "id": 583231}}, 583231),
                fact(2, {"body": "Thanks @Ana-Diaz!", "approved_by": [583231, 9], "count": 583231}, 9),
                fact(3, {"contract": "ana-diaz", "digest": "d"}, 9),
                fact(4, {"contract": "order"}, 583231),
            ],
        )


def test_the_facts_stay_in_their_order_and_say_nothing_of_the_person(store: Store) -> None:
    tell(store)
    with store.transaction() as transaction:
        before = transaction.events(STREAM)
        assert transaction.forget_person(ANA, TEXTS, at(0)).events == 3
        after = transaction.events(STREAM)
    frame = [(one.seq, one.kind, one.source_id, one.source_time, one.recorded_at) for one in before]
    assert [(one.seq, one.kind, one.source_id, one.source_time, one.recorded_at) for one in after] == frame
    assert [one.actor_id for one in after] == [ANA.pseudonym, 9, 9, ANA.pseudonym]
    assert after[0].body == {"body": ERASED, "user": {"login": GHOST, "id": ANA.pseudonym}}
    assert after[1].body == {"body": f"Thanks @{GHOST}!", "approved_by": [ANA.pseudonym, 9], "count": 583231}
    assert after[2].body == before[2].body, "a contract may have anybody's name"


def test_a_fact_that_comes_again_is_not_kept_again(store: Store) -> None:
    tell(store)
    with store.transaction() as transaction:
        transaction.forget_person(ANA, TEXTS, at(0))
    tell(store)
    with store.reading() as transaction:
        assert 583231 not in {one.actor_id for one in transaction.events(STREAM)}


def test_pages_promises_and_what_was_sent_go_too(store: Store) -> None:
    store.keep([NewJob("delivery", {"event": "push"}, key="delivery:1", raw='{"login":"ana-diaz"}')])
    assert finish(store, claimed(store))
    store.keep([NewJob("delivery", {"event": "push"}, key="delivery:2", raw='{"id":583231}')])
    with store.transaction() as transaction:
        transaction.remember("report", STREAM, "<p>ana-diaz</p>", at(0))
        transaction.remember("other", STREAM, "ana-diaz", at(0))
        transaction.owe(NewObligation("k", "notice", STREAM, "team", at(0), {"author": "ana-diaz"}))
        erased = transaction.forget_person(ANA, TEXTS, at(0))
        assert (erased.jobs, erased.texts, erased.promises, erased.waiting) == (1, 1, 1, 1)
        assert transaction.recall("report", STREAM) is None
        assert transaction.recall("other", STREAM) == "ana-diaz"
        assert transaction.obligations(STREAM)[0].payload == {"author": GHOST}
        done = transaction.job_of("delivery:1")
        assert done is not None
        assert done.raw is None


names = st.sampled_from(["ana-diaz", "ANA-DIAZ", "bob", "note @ana-diaz", "x"])
keys = st.sampled_from(["login", "author", "id", "actor_id", "text", "contract", *string.ascii_lowercase[:2]])
trees = st.recursive(
    names | st.sampled_from([583231, 7, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(keys, trees, max_size=4))
def test_erasing_keeps_the_shape_and_is_done_once(body: dict[str, Any]) -> None:
    once = ANA.without(body)
    assert "@ana-diaz" not in json.dumps(once).lower()
    assert ANA.without(once) == once
    assert shape(once) == shape(body)


def shape(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: shape(value) for name, value in data.items() if name != "id"}
    return [shape(value) for value in data] if isinstance(data, list) else data is None
