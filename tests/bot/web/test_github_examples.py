"""GitHub's own examples of every webhook, 329 of them: each is kept, acknowledged, and led to its row of the table."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from bot.steward import hints, inbox, jobs
from bot.steward.handlers import DELIVERY
from bot.steward.routes import UNKNOWN, route
from bot.store import Store
from bot.store.values import Lease
from bot.web import create_app
from tests.bot.web.making import NOW, headers, settings
from tests.fakes.openapi import ADVICE, PACKAGES
from tests.wanted import absent

COUNT = 329
EVENTS = tuple(
    """
    branch_protection_rule check_run check_suite code_scanning_alert commit_comment create delete dependabot_alert
    deploy_key deployment deployment_review deployment_status discussion discussion_comment fork
    github_app_authorization gollum installation installation_repositories issue_comment issues label
    marketplace_purchase member membership merge_group meta milestone org_block organization package page_build ping
    project project_card project_column projects_v2_item public pull_request pull_request_review
    pull_request_review_comment pull_request_review_thread push release repository repository_dispatch
    repository_import repository_vulnerability_alert security_advisory sponsorship star status team team_add watch
    workflow_dispatch workflow_job workflow_run
    """.split()  # noqa: SIM905 fifty-eight quoted words read worse
)
ASKS: Mapping[str, frozenset[str]] = {
    "pull_request/opened": frozenset({jobs.PULL}),
    "pull_request/synchronize": frozenset({jobs.PULL}),
    "pull_request/reopened": frozenset({jobs.PULL}),
    "pull_request/ready_for_review": frozenset({jobs.PULL}),
    "pull_request/converted_to_draft": frozenset({jobs.PULL}),
    "pull_request/closed": frozenset({jobs.PULL, jobs.HEAD, jobs.MERGED}),
    "check_run/rerequested": frozenset({jobs.PULL, jobs.HEAD}),
    "check_run/requested_action": frozenset({jobs.PULL, jobs.HEAD}),
    "membership/removed": frozenset({jobs.INSTALLATION}),
    "pull_request_review/submitted": frozenset({jobs.PULL}),
    "check_suite/rerequested": frozenset({jobs.PULL, jobs.HEAD}),
    "merge_group/checks_requested": frozenset({jobs.GROUP}),
    "installation/created": frozenset({jobs.INSTALLATION}),
    "installation/unsuspend": frozenset({jobs.INSTALLATION}),
    "installation/new_permissions_accepted": frozenset({jobs.INSTALLATION}),
    "installation_repositories/added": frozenset({jobs.REPOSITORY}),
    "repository/renamed": frozenset({jobs.REPOSITORY}),
    "repository/transferred": frozenset({jobs.REPOSITORY}),
    "repository/edited": frozenset({jobs.REPOSITORY}),
}
"""The kinds of job of which one of these events asks for some; all other events but pushes ask for none.

A push asks for its branch only where that is the default branch.
"""

Example = dict[str, Any]


@functools.cache
def examples() -> Mapping[str, Sequence[Example]]:
    """Give the examples by event, or skip."""
    try:
        told = json.loads((PACKAGES / "webhooks-examples" / "api.github.com" / "index.json").read_bytes())
    except OSError:
        absent("npm", ADVICE)
    return {one["name"]: one["examples"] for one in told}


def test_none_of_githubs_examples_is_left_out() -> None:
    assert sorted(examples()) == sorted(EVENTS)
    assert sum(len(found) for found in examples().values()) == COUNT


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give one store to all of them."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('examples') / 'test.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    """Give the App before that store."""
    return create_app(settings(), store, lambda: NOW).test_client()


@pytest.mark.parametrize("event", EVENTS)
def test_an_example_is_kept_and_leads_to_its_row(
    event: str, client: FlaskClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.steward")
    for example in examples()[event]:
        caplog.clear()
        # most were sent by a repository's own webhook; an App's names its installation
        payload = {"installation": {"id": 2}, **example}
        asked = {hint.job.kind for hint in _delivered(client, store, event, payload) if hint.job}

        expected = ASKS.get(f"{event}/{payload.get('action')}", frozenset({jobs.BRANCH}) if event == "push" else None)
        assert asked <= (expected or frozenset())
        assert asked or expected is None or event == "push"
        assert not [one for one in caplog.records if one.levelno >= logging.WARNING], caplog.text
        ignored = [one for one in caplog.records if getattr(one, "action", "") == "ignored"]
        assert bool(ignored) == (route(event, payload.get("action")) is UNKNOWN)


@pytest.mark.parametrize("event", EVENTS)
def test_an_example_without_an_installation_or_its_people_is_acknowledged_too(
    event: str, client: FlaskClient, store: Store
) -> None:
    for example in examples()[event]:
        payload = {name: None if name in ("sender", "installation") else value for name, value in example.items()}
        for part in ("pull_request", "comment", "issue", "review", "check_run"):
            found = payload.get(part)
            if isinstance(found, dict):
                payload[part] = {**found, "user": None, "app": None}
        _delivered(client, store, event, payload)


def _delivered(client: FlaskClient, store: Store, event: str, payload: Example) -> Sequence[hints.Hint]:
    """Post it as GitHub does, do the job that was kept, and give what it asked for."""
    body = json.dumps(payload).encode()
    signed = headers(body=body, X_GitHub_Event=event, X_GitHub_Delivery=str(uuid4()))
    assert client.post("/webhook", data=body, headers=signed).status_code == 202
    lease = _claimed(store)
    inbox.handle(store, lease, lambda: NOW)
    with store.transaction() as transaction:
        assert transaction.finish(lease, NOW)
    return inbox.read(event, lease.raw or "", NOW.isoformat())


def _claimed(store: Store) -> Lease:
    """Take the delivery's job; what examples before it asked for in the same pool is none of this test's."""
    while True:
        with store.transaction() as transaction:
            lease = transaction.claim(NOW, lease=timedelta(seconds=60), pools=["default"])
            assert lease is not None
            if lease.kind == DELIVERY:
                return lease
            assert transaction.finish(lease, NOW)
