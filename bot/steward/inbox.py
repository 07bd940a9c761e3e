"""The inbox: a delivery that has been verified and kept, turned into the jobs that it hints at."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from bot.steward.values import Target
from bot.store import Store
from bot.store.values import Lease, NewJob

log = logging.getLogger(__name__)

PULL = "pull"

Payload = Mapping[str, Any]

_PULL_ACTIONS = frozenset(
    {"opened", "synchronize", "reopened", "edited", "ready_for_review", "converted_to_draft"},
)  # fmt: skip


def _pull_request(payload: Payload) -> Iterator[Target]:
    if payload.get("action") in _PULL_ACTIONS:
        yield _target(payload, payload["pull_request"]["number"])


def _check(payload: Payload) -> Iterator[Target]:
    subject = payload.get("check_run") or payload.get("check_suite") or {}
    if payload.get("action") == "rerequested":
        yield from (_target(payload, pull["number"]) for pull in subject.get("pull_requests") or ())


ROUTES: Mapping[str, Callable[[Payload], Iterator[Target]]] = {
    "pull_request": _pull_request,
    "check_run": _check,
    "check_suite": _check,
}
"""Which pull requests an event is a hint about; an event that is not listed is acknowledged and logged."""


def handle(store: Store, lease: Lease) -> None:
    """Do one `delivery` job: enqueue an examination of every pull request that the delivery is about."""
    event = lease.payload["event"]
    route = ROUTES.get(event)
    if route is None:
        log.info("event is not handled", extra={"action": "ignored", "event": event})
        return
    try:
        targets = list(route(json.loads(lease.raw or "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("delivery has an unknown shape: %r", error, extra={"action": "malformed", "event": event})
        return
    with store.transaction() as transaction:
        for target in targets:
            transaction.enqueue(replace(examination(target), cause=lease.payload.get("guid")))


def examination(target: Target, *, priority: int = 0) -> NewJob:
    """Make the job that examines a pull request; several for the same one coalesce in its lane."""
    return NewJob(
        kind=PULL,
        payload=asdict(target),
        lane=target.stream,
        pool=PULL,
        priority=priority,
        installation=target.installation,
    )


def _target(payload: Payload, number: Any) -> Target:
    repository = payload["repository"]
    ids = (payload["installation"]["id"], repository["id"], number)
    if not all(isinstance(found, int) and found > 0 for found in ids):
        raise TypeError(f"ids of a delivery are positive numbers, not {ids}")
    return Target(
        installation=payload["installation"]["id"],
        repository_id=repository["id"],
        repository=str(repository["full_name"]),
        number=int(number),
    )
