"""The store's values: what is put in and what is read back. Datetimes are aware; the store keeps milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Body = Mapping[str, Any]
"""A JSON object with string keys."""

JobState = Literal["open", "done", "dead"]
ObligationState = Literal["owed", "sending", "met", "failed", "superseded"]
DeliveryState = Literal["begun", "delivered", "transient", "refused", "permanent", "unknown"]
Outcome = Literal["delivered", "transient", "refused", "permanent", "unknown"]
"""How an attempt ended: "refused" for good on its channel while there is another one, "permanent" on the last."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact to be kept: `source_id` is unique in its stream, `source_time` is when it happened at its source.

    `actor_id` is the GitHub user id of who did it, `version` the version of the body's shape.
    """

    kind: str
    source_id: str
    source_time: datetime
    body: Body
    actor_id: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as kept: `seq` counts arrivals in the stream from 1, `recorded_at` is when it arrived here."""

    stream: str
    seq: int
    kind: str
    source_id: str
    source_time: datetime
    recorded_at: datetime
    body: Body
    actor_id: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done.

    A job with a `key` is done once, however often it is enqueued. Of the jobs in one `lane` only one runs at a time,
    and those without a key coalesce with the waiting job of their kind. Higher `priority` goes first; `installation`
    is whose turn it takes. `due` is the earliest moment, `None` for at once. `raw` is a text from outside, as it came.
    `cause` is the GUID of the delivery that asks for it.
    """

    kind: str
    payload: Body
    key: str | None = None
    lane: str | None = None
    pool: str = "default"
    priority: int = 0
    installation: int | None = None
    due: datetime | None = None
    raw: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a job until the lease ends: `token` fences every later word about it.

    `attempt` counts from 1; `wanted` is how often the job had been asked for when it was claimed.
    """

    job_id: int
    kind: str
    payload: Body
    lane: str | None
    token: str
    attempt: int
    wanted: int
    raw: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; `error` is the text of its latest failure, `due` is `None` for at once."""

    job_id: int
    kind: str
    payload: Body
    state: JobState
    key: str | None
    lane: str | None
    pool: str
    priority: int
    installation: int | None
    due: datetime | None
    attempt: int
    wanted: int
    leased_until: datetime | None
    error: str
    enqueued_at: datetime
    ended_at: datetime | None
    raw: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs of a kind in a pool are in a state; `since` is when the oldest of those that are due fell due."""

    state: Literal["due", "running", "waiting", "dead"]
    kind: str
    pool: str
    count: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewObligation:
    """One thing owed to one recipient at one time; `key` is unique for ever."""

    key: str
    kind: str
    stream: str
    recipient: str
    due: datetime
    payload: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Obligation:
    """A promise as it stands. "sending" once it has its job, then "met", "failed" or "superseded" at `settled_at`."""

    obligation_id: int
    key: str
    kind: str
    stream: str
    recipient: str
    due: datetime
    payload: Body
    state: ObligationState
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A promise that was kept ("met") or could not be ("failed"), and when that was settled."""

    key: str
    kind: str
    recipient: str
    state: ObligationState
    at: datetime
    payload: Body


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to meet an obligation on one channel; `attempt` counts from 1 over all its channels.

    `receipt` is what the channel needs to find the message again, `evidence` what proves the outcome.
    """

    delivery_id: int
    obligation_id: int
    channel: str
    attempt: int
    state: DeliveryState
    receipt: str | None
    evidence: Body
    began_at: datetime
    settled_at: datetime | None
