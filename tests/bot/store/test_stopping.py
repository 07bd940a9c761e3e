"""Messages that somebody has stopped: by address and kind, whatever the case of the address."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store import Store

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_what_is_stopped_is_stopped_for_that_contact_and_kind_until_it_is_asked_for_again(store: Store) -> None:
    with store.transaction() as transaction:
        transaction.stop(["Ana@example.com", "ben@example.com"], "release.feedback", NOW)
        transaction.stop(["ana@example.com"], "release.feedback", NOW)
        everybody = ("ana@EXAMPLE.com", "ben@example.com", "eve@example.com")
        assert transaction.stopped(everybody, "release.feedback") == {"ana@EXAMPLE.com", "ben@example.com"}
        assert transaction.stopped(everybody, "sync.agenda") == frozenset()
        transaction.resume(["ana@example.com"], "release.feedback")
        assert transaction.stopped(everybody, "release.feedback") == {"ben@example.com"}
        assert transaction.stopped((), "release.feedback") == frozenset()
