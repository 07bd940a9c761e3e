"""Texts that are remembered for a while."""

from __future__ import annotations

from bot.store import Store
from tests.bot.store.moments import NOON, at


def test_a_text_is_recalled_by_kind_and_key_until_it_is_replaced_or_forgotten(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.remember("report", "pull:1:2", "<p>first</p>", NOON)
        transaction.remember("report", "pull:1:2", "<p>ünicode 🙂\0\ud800</p>", at(5))
        transaction.remember("other", "pull:1:2", "old", NOON)
    with store.reading() as transaction:
        assert transaction.recall("report", "pull:1:2") == "<p>ünicode 🙂\ufffd\\ud800</p>"
        assert transaction.recall("report", "pull:1:3") is None
    with store.transaction() as transaction:
        assert transaction.forget(at(5)) == 1
        assert transaction.recall("other", "pull:1:2") is None
        assert transaction.recall("report", "pull:1:2") is not None
