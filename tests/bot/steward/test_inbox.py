from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.steward import inbox
from bot.store import Store
from bot.store.values import Job, Lease
from tests.sqlite import migrated


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(migrated(tmp_path / "inbox.db"))
    yield opened
    opened.close()


def payload(**more: Any) -> dict[str, Any]:
    return {
        "action": "synchronize",
        "installation": {"id": 7},
        "repository": {"id": 11, "full_name": "octo/orders"},
        "pull_request": {"number": 3},
        **more,
    }


def receive(store: Store, event: str, body: object) -> tuple[Job, ...]:
    text = body if isinstance(body, str) else json.dumps(body)
    lease = Lease(1, "delivery", {"event": event}, None, "token", 1, 1, raw=text)
    inbox.handle(store, lease)
    with store.transaction() as transaction:
        return transaction.jobs("open")


def test_a_push_to_a_pull_request_asks_for_one_examination(database: Store) -> None:
    (job,) = receive(database, "pull_request", payload())
    assert job.lane == "pull:11:3"
    assert job.payload == {"installation": 7, "repository_id": 11, "repository": "octo/orders", "number": 3}


def test_hints_for_the_same_pull_request_coalesce(database: Store) -> None:
    receive(database, "pull_request", payload())
    assert len(receive(database, "pull_request", payload(action="edited"))) == 1


def test_a_re_requested_check_asks_for_every_pull_request_of_its_head(database: Store) -> None:
    check = {"pull_requests": [{"number": 3}, {"number": 4}]}
    jobs = receive(database, "check_run", payload(action="rerequested", check_run=check))
    assert {job.payload["number"] for job in jobs} == {3, 4}


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("star", payload()),
        ("pull_request", payload(action="labeled")),
        ("pull_request", payload(installation=None)),
        ("pull_request", payload(pull_request={"number": "3; drop table"})),
        ("pull_request", payload(pull_request={"number": -1})),
        ("pull_request", payload(pull_request={"number": 10**30})),
        ("pull_request", payload(repository=[])),
        ("pull_request", payload(repository={"id": 1, "full_name": "../../app"})),
        ("pull_request", payload(repository={"id": 1, "full_name": "octo/.."})),
        ("pull_request", payload(repository={"id": 1, "full_name": "octo/orders?a=b"})),
        ("pull_request", "no JSON at all"),
        ("pull_request", "[]"),
        ("check_run", payload(action="rerequested", check_run={"pull_requests": None})),
    ],
)
def test_what_is_not_for_us_or_makes_no_sense_is_acknowledged_and_asks_for_nothing(
    database: Store, event: str, body: object
) -> None:
    assert receive(database, event, body) == ()
