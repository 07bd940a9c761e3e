"""`concordat inbox` and `concordat jobs`, as an operator types them, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.cli import main
from bot.store import Store
from bot.store.values import NewJob
from tests.bot.store.moments import NOON, at, claimed

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
OTHER = "00000000-cc78-11e3-81ab-4c9367dc0958"
TOKEN = "ghs_" + "0123456789abcdefghijABCDEFGHIJ012345"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "a very secret secret")


def arrive(store: Store, guid: str = GUID) -> int:
    payload = {"event": "push", "guid": guid, "received_at": NOON.isoformat()}
    store.keep([NewJob("delivery", payload, key=f"delivery:{guid}", raw='{"zen": "quiet"}')])
    with store.reading() as transaction:
        found = transaction.job_of(f"delivery:{guid}")
    assert found is not None
    return found.job_id


def die(store: Store, error: str = "RuntimeError: our fault\n\nTraceback …") -> None:
    lease = claimed(store, at(10**9))
    with store.transaction() as transaction:
        assert transaction.fail(lease, NOON, error, None)


def says(capsys: Captured, *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code
    captured = capsys.readouterr()
    return captured.out if code != 2 else captured.err


def reads(capsys: Captured, *arguments: str) -> Any:
    return json.loads(says(capsys, *arguments, "--format", "json"))


def test_dead_deliveries_are_listed_read_and_retried(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    die(store)
    listed = says(capsys, "inbox", "list")
    assert listed.splitlines()[0].split() == ["guid", "event", "state", "attempts", "received", "why"]
    assert all(word in listed for word in (GUID, "push", "dead", "RuntimeError: our fault"))
    assert "Traceback" not in listed
    shown = says(capsys, "inbox", "show", GUID)
    assert "Traceback" in shown
    assert "quiet" not in shown
    assert "quiet" in says(capsys, "inbox", "show", GUID.upper(), "--body")
    assert "will be done again now" in says(capsys, "inbox", "retry", GUID)
    assert claimed(store, at(10**9)).job_id == number


def test_json_tells_the_same(store: Store, capsys: Captured) -> None:
    arrive(store)
    die(store)
    (row,) = reads(capsys, "inbox", "list")
    assert (row["guid"], row["state"], row["why"]) == (GUID, "dead", "RuntimeError: our fault")
    (job,) = reads(capsys, "jobs", "list")
    assert job["about"] == f"event push · guid {GUID}"
    assert "Traceback" in reads(capsys, "jobs", "show", str(job["id"]))["error"]


def test_a_delivery_shows_the_jobs_that_it_asked_for(store: Store, capsys: Captured) -> None:
    arrive(store)
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("pull", {"repository": "octo/orders", "number": 7}, lane="l", cause=GUID))
    (asked,) = reads(capsys, "inbox", "show", GUID)["asked_for"]
    assert asked["about"] == "repository octo/orders · number 7"


def test_what_is_done_or_running_is_not_retried(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    lease = claimed(store, at(10**9))
    assert "is running" in says(capsys, "jobs", "retry", str(number), code=1)
    with store.transaction() as transaction:
        transaction.finish(lease, NOON)
    assert "is done" in says(capsys, "inbox", "retry", GUID, code=1)


def test_what_waits_after_a_failure_is_done_at_once(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    with store.transaction() as transaction:
        lease = transaction.claim(at(10**9), lease=timedelta(minutes=1))
        assert lease is not None
        transaction.fail(lease, NOON, "later", at(10**10))
    assert "again now" in says(capsys, "jobs", "retry", str(number))
    assert claimed(store, at(10**9)).attempt == 1


def test_a_rate_limit_is_not_cut_short(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    with store.transaction() as transaction:
        lease = transaction.claim(at(10**9), lease=timedelta(minutes=1))
        assert lease is not None
        transaction.fail(lease, NOON, "limit", at(10**10), firm=True)
    assert "is waiting" in says(capsys, "jobs", "retry", str(number), code=1)


def test_a_dropped_job_keeps_its_reason_and_is_never_done(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    die(store)
    assert "is dropped" in says(capsys, "jobs", "drop", str(number), "--reason", "the repository is gone")
    shown = says(capsys, "jobs", "show", str(number))
    assert all(text in shown for text in ("the repository is gone", "RuntimeError", "state: done"))
    assert arrive(store) == number
    assert "is done" in says(capsys, "jobs", "drop", str(number), "--reason", "once more", code=1)


def test_no_secret_is_printed(store: Store, capsys: Captured) -> None:
    number = arrive(store)
    die(store, f"Refused: {TOKEN} and a very secret secret")
    for text in (says(capsys, "jobs", "show", str(number)), says(capsys, "jobs", "list", "--format", "json")):
        assert TOKEN not in text
        assert "very secret" not in text
        assert "[secret]" in text


def test_states_and_kinds_are_told_apart(store: Store, capsys: Captured) -> None:
    arrive(store)
    die(store)
    arrive(store, OTHER)
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("sweep", {}))
    assert [row["guid"] for row in reads(capsys, "inbox", "list", "--state", "open")] == [OTHER]
    assert [row["guid"] for row in reads(capsys, "inbox", "list", "--state", "all")] == [OTHER, GUID]
    assert [row["kind"] for row in reads(capsys, "jobs", "list", "--state", "open", "--kind", "sweep")] == ["sweep"]
    assert "No job is done; --state all lists" in says(capsys, "jobs", "list", "--state", "done")


def test_what_is_not_there_is_said_in_a_sentence(store: Store, capsys: Captured) -> None:
    del store
    assert "is not here" in says(capsys, "inbox", "show", GUID, code=2)
    assert "no delivery's GUID" in says(capsys, "inbox", "show", "two words", code=2)
    assert "there is no job 17" in says(capsys, "jobs", "show", "17", code=2)
    assert "say why" in says(capsys, "jobs", "drop", "17", "--reason", " ", code=2)
