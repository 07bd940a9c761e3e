"""What other processes hear of work that was asked for here."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
import pytest

from bot.clock import system_clock
from bot.store import Store
from bot.store.values import NewJob
from tests.postgres import Postgres

PATIENCE = 30


@contextmanager
def listening(store: Store) -> Iterator[Callable[[], str]]:
    """Listen on a store of its own; gives what answers with the next pool heard."""
    heard: queue.Queue[str] = queue.Queue()
    stop = threading.Event()
    ear = threading.Thread(target=store.listen, args=(heard.put, stop))
    ear.start()
    assert heard.get(timeout=PATIENCE) == "", "who begins to listen looks at everything first"
    try:
        yield lambda: heard.get(timeout=PATIENCE)
    finally:
        stop.set()
        ear.join()


@pytest.fixture
def here(postgres_url: str) -> Iterator[Store]:
    opened = Store.open(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def there(postgres_url: str) -> Iterator[Store]:
    opened = Store.open(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.mark.postgres
def test_each_pool_is_heard_once_and_when_its_work_is_there(here: Store, there: Store) -> None:
    with listening(there) as next_heard:
        with here.transaction() as transaction:
            for pool in ("b", "a", "a"):
                transaction.enqueue(NewJob("work", {}, pool=pool))
        assert [next_heard(), next_heard()] == ["a", "b"]
        with there.transaction() as transaction:
            assert transaction.claim(system_clock(), lease=timedelta(minutes=1), pools=["b"])
        assert here.keep([NewJob("delivery", {}, key="1", pool="in"), NewJob("delivery", {}, key="2", pool="in")]) == 2
        assert next_heard() == "in"


@pytest.mark.postgres
def test_what_is_taken_back_known_or_not_due_yet_is_not_heard(here: Store, there: Store, postgres_url: str) -> None:
    before = Store.open(postgres_url)
    before.keep([NewJob("delivery", {}, key="1", pool="known")])
    before.close()  # it has been rung for by then
    with listening(there) as next_heard:
        with suppress(RuntimeError), here.transaction() as transaction:
            transaction.enqueue(NewJob("work", {}, pool="taken back"))
            raise RuntimeError
        here.keep([NewJob("delivery", {}, key="1", pool="known")])
        with here.transaction() as transaction:
            transaction.enqueue(NewJob("work", {}, pool="later", due=system_clock() + timedelta(hours=1)))
            transaction.enqueue(NewJob("work", {}, pool="now"))
        assert next_heard() == "now"


@pytest.mark.postgres
def test_a_listener_whose_connection_is_cut_listens_again_and_looks_at_everything(
    here: Store, there: Store, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(there) as next_heard:
        cut(postgres_url, "LISTEN%")
        assert next_heard() == ""
        with here.transaction() as transaction:
            transaction.enqueue(NewJob("work", {}, pool="now"))
        assert next_heard() == "now"
    assert "the bell is silent" in caplog.text


@pytest.mark.postgres
def test_a_delivery_is_kept_also_when_its_connection_was_cut_meanwhile(here: Store, postgres_url: str) -> None:
    assert here.keep([NewJob("delivery", {}, key="1")]) == 1
    cut(postgres_url, "%INSERT%")
    assert here.keep([NewJob("delivery", {}, key="1"), NewJob("delivery", {}, key="2")]) == 1


def cut(url: str, query: str) -> None:
    """End the connections whose latest statement was like that, as a server does that is stopped."""
    with psycopg.connect(url, autocommit=True) as cutter:
        ended = cutter.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE query LIKE %s "
            "AND datname = current_database() AND pid <> pg_backend_pid()",
            [query],
        )
        assert ended.fetchall()


def test_sqlite_has_no_bell_and_listening_ends_at_once(tmp_path: object) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/a.db")
    assert not store.has_bell
    store.listen(lambda _: None, threading.Event())
    store.close()
