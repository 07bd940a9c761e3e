from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError

from bot.store import Store
from bot.store.values import Job, NewJob
from bot.web import create_app
from bot.web.keeper import Keeper
from bot.web.webhook import MAX_BODY, is_signed
from tests.bot.web.making import BODY, FORMER, GUID, NOW, SECRET, clock, headers, settings, signature


def kept(store: Store) -> Sequence[Job]:
    with store.reading() as transaction:
        return transaction.jobs("open")


def test_a_signed_delivery_is_kept_as_it_came_and_acknowledged(
    client: FlaskClient, store: Store, woken: list[str]
) -> None:
    answer = client.post("/webhook", data=BODY, headers=headers())
    assert (answer.status_code, answer.get_json()) == (202, {"kept": True})
    (job,) = kept(store)
    assert (job.kind, job.key) == ("delivery", f"delivery:{GUID}")
    assert job.payload == {
        "event": "pull_request",
        "guid": GUID,
        "received_at": NOW.isoformat(),
    }
    assert job.raw == BODY.decode()
    assert woken == ["now"]


def test_a_delivery_that_comes_again_is_acknowledged_and_not_kept_twice(
    client: FlaskClient, store: Store, woken: list[str]
) -> None:
    client.post("/webhook", data=BODY, headers=headers())
    answer = client.post("/webhook", data=BODY, headers=headers(X_GitHub_Delivery=GUID.upper()))
    assert answer.status_code == 202
    assert len(kept(store)) == 1
    assert woken == ["now"]


def test_a_delivery_signed_with_the_former_secret_is_accepted(client: FlaskClient) -> None:
    assert client.post("/webhook", data=BODY, headers=headers(secret=FORMER)).status_code == 202


def test_a_webhook_that_sends_forms_is_told_what_to_change(client: FlaskClient, store: Store) -> None:
    answer = client.post("/webhook", data=BODY, headers=headers(Content_Type="application/x-www-form-urlencoded"))
    assert answer.status_code == 415
    assert "application/json" in answer.text
    assert kept(store) == ()


def test_the_former_secret_stops_working_when_it_is_unset(store: Store) -> None:
    client = create_app(settings(SECRET), store, clock).test_client()
    assert client.post("/webhook", data=BODY, headers=headers(secret=FORMER)).status_code == 401


@pytest.mark.parametrize(
    "given_signature",
    [
        None,
        "",
        "sha256=",
        signature(BODY + b" "),
        signature(secret="somebody else's secret"),
        signature().removeprefix("sha256="),
        signature().upper(),
        signature() + "0",
        "sha1=" + "0" * 40,
        "sha256=\u00e9\u00e9",
    ],
)
def test_a_delivery_without_our_signature_is_refused_and_not_kept(
    client: FlaskClient, store: Store, given_signature: str | None
) -> None:
    answer = client.post("/webhook", data=BODY, headers=headers(X_Hub_Signature_256=given_signature))
    assert answer.status_code == 401
    assert not kept(store)


def test_the_signature_is_checked_before_anything_else(client: FlaskClient) -> None:
    wrong = headers(X_Hub_Signature_256="sha256=0", X_GitHub_Delivery="nonsense", X_GitHub_Event=None)
    assert client.post("/webhook", data=b"not json", headers=wrong).status_code == 401


@pytest.mark.parametrize("guid", [None, "", "' OR 1=1 --", "two words", "é", "g" * 101])
def test_a_delivery_without_a_guid_is_refused(client: FlaskClient, store: Store, guid: str | None) -> None:
    assert client.post("/webhook", data=BODY, headers=headers(X_GitHub_Delivery=guid)).status_code == 400
    assert not kept(store)


@pytest.mark.parametrize("guid", ["7", GUID.upper(), "test-delivery.1"])
def test_senders_may_number_deliveries_in_their_own_way(client: FlaskClient, store: Store, guid: str) -> None:
    assert client.post("/webhook", data=BODY, headers=headers(X_GitHub_Delivery=guid)).status_code == 202
    assert [one.payload["guid"] for one in kept(store)] == [guid.lower()]


@pytest.mark.parametrize("event", [None, "", "Pull Request", "x" * 65, "push;"])
def test_a_delivery_without_an_event_is_refused(client: FlaskClient, store: Store, event: str | None) -> None:
    assert client.post("/webhook", data=BODY, headers=headers(X_GitHub_Event=event)).status_code == 400
    assert not kept(store)


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe", b'{"a":"\\u0000"}', b"[" * 5000])
def test_a_signed_body_of_any_kind_is_kept_for_the_worker(client: FlaskClient, store: Store, body: bytes) -> None:
    assert client.post("/webhook", data=body, headers=headers(body)).status_code == 202
    assert kept(store)[0].raw == body.decode("utf-8", "replace")


def test_the_largest_body_that_github_sends_is_taken(client: FlaskClient, store: Store) -> None:
    body = b"x" * MAX_BODY
    assert client.post("/webhook", data=body, headers=headers(body)).status_code == 202
    assert kept(store)[0].raw == body.decode()


def test_a_larger_body_is_refused_unread(client: FlaskClient, store: Store) -> None:
    body = b"x" * (MAX_BODY + 1)
    assert client.post("/webhook", data=body, headers=headers(body)).status_code == 413
    assert not kept(store)


def test_a_store_that_fails_shows_at_github_as_a_failed_delivery(
    client: FlaskClient,
    store: Store,
    woken: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: Store, new: Sequence[NewJob]) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(Store, "keep", broken)
    assert client.post("/webhook", data=BODY, headers=headers()).status_code == 503
    assert not woken
    assert caplog.records[0].guid == GUID  # type: ignore[attr-defined] # an extra of the log record


def test_only_posts_are_taken(client: FlaskClient) -> None:
    assert client.get("/webhook").status_code == 405


def test_deliveries_of_many_at_once_are_all_kept(app: Flask, store: Store) -> None:
    answers: list[int] = []

    def send(number: int) -> None:
        guid = f"{number:08x}{GUID[8:]}"
        answers.append(
            app.test_client().post("/webhook", data=BODY, headers=headers(X_GitHub_Delivery=guid)).status_code
        )

    run_together(send, 24)
    assert answers == [202] * 24
    assert len(kept(store)) == 24


def test_one_delivery_that_cannot_be_kept_does_no_harm_to_those_beside_it() -> None:
    store = Picky()
    keeper = Keeper(store)  # type: ignore[arg-type] # of the store it wants transactions only
    outcomes: dict[int, object] = {}

    def keep(number: int) -> None:
        try:
            outcomes[number] = keeper.keep(NewJob(kind="delivery", payload={}, key=str(number)))
        except ValueError as error:
            outcomes[number] = str(error)

    with store.paused():
        threads = started(keep, 6)
        store.wait_until_written_to()
    for thread in threads:
        thread.join()
    assert outcomes == {number: "number 3 is refused" if number == 3 else True for number in range(6)}
    assert store.committed == {"0", "1", "2", "4", "5"}


class Picky:
    """A store that refuses one job and gives up the transaction that it was in, and that can be made to wait."""

    def __init__(self) -> None:
        self.committed: set[str | None] = set()
        self._open = threading.Event()
        self._open.set()
        self._entered = threading.Event()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._open.clear()
        yield
        self._open.set()

    def wait_until_written_to(self) -> None:
        self._entered.wait()

    def keep(self, new: Sequence[NewJob]) -> int:
        self._entered.set()
        self._open.wait()
        if any(job.key == "3" for job in new):
            raise ValueError("number 3 is refused")
        self.committed |= {job.key for job in new}
        return len(new)


def started(work: Any, times: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    return threads


def run_together(work: Any, times: int) -> None:
    for thread in started(work, times):
        thread.join()


def test_a_database_that_fails_keeps_nothing_says_so_and_logs_no_body(
    client: FlaskClient, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(tmp_path / "test.db") as connection:
        connection.execute("ALTER TABLE job RENAME TO elsewhere")
    connection.close()
    assert client.post("/webhook", data=BODY, headers=headers()).status_code == 503
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        Keeper(store).keep(NewJob(kind="delivery", payload={}, key="k"))
    with pytest.raises(SQLAlchemyError) as refused, store.transaction() as transaction:
        transaction.enqueue(NewJob(kind="delivery", payload={}, key="k", raw="between us"))
    assert "between us" not in str(refused.value)
    assert "opened" not in caplog.text


@given(st.binary(max_size=200), st.text(max_size=80), st.lists(st.binary(min_size=1, max_size=20), max_size=3))
def test_nothing_but_the_right_signature_opens(body: bytes, guess: str, keys: list[bytes]) -> None:
    assert not is_signed(body, guess, keys)
