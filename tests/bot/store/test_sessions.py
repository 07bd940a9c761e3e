from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.store import Store
from bot.store.sessions import MOST_OF_ONE, Session
from tests.bot.store.moments import NOON as NOW

ANA = Session("digest-of-ana", 7, "ana", "sealed", NOW, NOW + timedelta(hours=8))


def test_a_session_is_found_until_it_ends(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.begin_session(ANA)
        assert transaction.session(ANA.digest, NOW) == ANA
        assert transaction.session(ANA.digest, ANA.ends_at) is None
        assert transaction.session("another", NOW) is None


def test_signing_out_ends_one_session(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.begin_session(ANA)
        transaction.begin_session(replace(ANA, digest="her phone"))
        assert transaction.end_session(ANA.digest)
        assert not transaction.end_session(ANA.digest)
        assert transaction.session("her phone", NOW) is not None


def test_every_session_of_a_person_can_be_ended(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(3):
            transaction.begin_session(replace(ANA, digest=str(number)))
        transaction.begin_session(replace(ANA, digest="bo", user_id=8, login="bo"))
        assert transaction.end_sessions_of(7) == 3
        assert transaction.session("bo", NOW) is not None


def test_sessions_that_have_ended_are_deleted_when_another_begins(store: Store) -> None:
    later = ANA.ends_at + timedelta(seconds=1)
    with store.transaction() as transaction:
        transaction.begin_session(ANA)
        transaction.begin_session(replace(ANA, digest="new", created_at=later, ends_at=later + timedelta(hours=8)))
        assert not transaction.end_session(ANA.digest)


def test_sessions_that_have_ended_can_be_deleted_without_another_sign_in(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.begin_session(ANA)
        assert transaction.forget_sessions(NOW) == 0
        assert transaction.forget_sessions(ANA.ends_at) == 1


def test_one_person_has_no_more_sessions_than_browsers_at_hand(store: Store) -> None:
    with store.transaction() as transaction:
        for number in range(MOST_OF_ONE + 5):
            begun = NOW + timedelta(minutes=number)
            transaction.begin_session(replace(ANA, digest=str(number), created_at=begun))
        assert transaction.session("4", NOW) is None
        assert transaction.session("5", NOW) is not None
        assert transaction.end_sessions_of(7) == MOST_OF_ONE


def test_a_session_does_not_print_what_it_hides() -> None:
    assert "sealed" not in repr(ANA)
    assert ANA.digest not in repr(ANA)
