"""What can be done with the store inside a transaction; each word is one of a module that has its SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clock import Clock
from bot.store import (
    bell,
    buttons,
    claims,
    dispatching,
    erasure,
    events,
    figures,
    jobs,
    links,
    obligations,
    operator,
    overview,
    sessions,
    stopping,
    texts,
)
from bot.store.links import SlackUser
from bot.store.sessions import Session
from bot.store.values import (
    Backlog,
    Body,
    Delivery,
    Event,
    Job,
    JobState,
    Lease,
    NewEvent,
    NewJob,
    NewObligation,
    Obligation,
    ObligationState,
    Outcome,
    Settled,
)


class Transaction:
    """What can be done with the store, all of it or nothing. Moments are aware datetimes."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._asked: set[str] = set()

    def append(self, stream: str, events_: Sequence[NewEvent]) -> int:
        """Append facts to a stream, once per source id; how many were new."""
        return events.append(self._connection, stream, events_, self._clock())

    def hold(self, stream: str) -> None:
        """Have other writers of a stream wait until this transaction ends: what is read of it now stays so."""
        events.hold(self._connection, stream)

    def events(self, stream: str) -> tuple[Event, ...]:
        """Read a stream by source time, then source id."""
        return events.read(self._connection, stream)

    def in_order(self, stream: str) -> Iterator[Event]:
        """Read a stream in the same order, a page at a time; nothing else may be asked before its end."""
        return events.in_order(self._connection, stream)

    def source_ids(self, stream: str, kinds: Sequence[str]) -> frozenset[str]:
        """List the source ids of the facts of some kinds in a stream."""
        return events.source_ids(self._connection, stream, kinds)

    def streams(self, prefix: str) -> tuple[str, ...]:
        """List the streams whose names begin so, in the order of their names."""
        return events.streams(self._connection, prefix)

    def lengths(self, prefix: str) -> Mapping[str, int]:
        """Tell how many facts each stream has whose name begins so."""
        return events.lengths(self._connection, prefix)

    def has_done(self, actor_id: int, kind: str) -> bool:
        """Say whether anybody's log has a fact of a kind by a person."""
        return events.has_done(self._connection, actor_id, kind)

    def enqueue(self, job: NewJob) -> bool:
        """Ask for work; `False` when a job with this key is there already.

        Without a key it joins the open job of its kind in its lane, if there is one: newest payload, highest priority,
        earliest moment. If that job is running, it runs once more afterwards.
        """
        now = self._clock()
        if job.due is None or job.due <= now:
            self._asked.add(job.pool)
        return jobs.enqueue(self._connection, job, now)

    def ring(self) -> Sequence[str]:
        """Let other processes hear of this work once it is kept, and give its pools; `Store.transaction` does it."""
        asked = sorted(self._asked)
        bell.ring(self._connection, asked)
        self._asked.clear()
        return asked

    def claim(
        self, now: datetime, *, lease: timedelta, pools: Sequence[str] | None = None, idle_only: bool = False
    ) -> Lease | None:
        """Lease the next due job of these pools, of any when `None`: by priority, then whose turn, then first come.

        With `idle_only` it is one of an installation for which nothing runs in its pool.
        """
        return claims.claim(self._connection, now, lease, pools, idle_only=idle_only)

    def claimable(self, now: datetime, *, pools: Sequence[str] | None = None, idle_only: bool = False) -> bool:
        """Say whether `claim` would find a job."""
        return claims.claimable(self._connection, now, pools, idle_only=idle_only)

    def renew(self, lease: Lease, now: datetime, lease_for: timedelta) -> bool:
        """Let a lease last from now on for `lease_for`; `False` when it was lost."""
        return jobs.renew(self._connection, lease, now + lease_for)

    def finish(self, lease: Lease, now: datetime) -> bool:
        """End a job well; `False` when the lease was lost. Asked for again since the claim, it falls due again."""
        return jobs.finish(self._connection, lease, now)

    def fail(self, lease: Lease, now: datetime, error: str, retry_at: datetime | None, *, firm: bool = False) -> bool:
        """End an attempt badly; `False` when the lease was lost.

        The job falls due at `retry_at`, and is dead without one unless it was asked for again since the claim. A `firm`
        wait (a rate limit) is no attempt, and asking again does not cut it short.
        """
        return jobs.fail(self._connection, lease, now, error, retry_at=retry_at, firm=firm)

    def jobs(self, state: JobState, *, limit: int = 100) -> tuple[Job, ...]:
        """List jobs: "open" (waiting or running), "done" or "dead"; the latest first."""
        return jobs.listing(self._connection, state, limit)

    def busy(self, now: datetime) -> bool:
        """Say whether any job is due or leased, or anything owed that has no job yet."""
        return jobs.busy(self._connection, now) or dispatching.is_due(self._connection, now)

    def backlog(self, now: datetime) -> tuple[Backlog, ...]:
        """Count jobs that are due, running, waiting and dead, by kind and pool."""
        return jobs.backlog(self._connection, now)

    def latest_jobs(self, kind: str, *, limit: int = 100) -> tuple[Job, ...]:
        """List the jobs of a kind that were asked for last, whatever their state."""
        return tuple(jobs.as_job(row) for row in overview.latest(self._connection, kind, limit))

    def revive(self, job_id: int, now: datetime) -> bool:
        """Let a dead job run again, its attempts counted anew; `False` where no job is dead by this id."""
        pool = overview.revive(self._connection, job_id, now)
        if pool is not None:
            self._asked.add(pool)
        return pool is not None

    def job(self, job_id: int) -> Job | None:
        """Give one job by its number."""
        return operator.find(self._connection, job_id)

    def job_of(self, key: str) -> Job | None:
        """Give the job that has a key."""
        return operator.by_key(self._connection, key)

    def list_jobs(self, *, state: JobState | None = None, kind: str | None = None, limit: int = 100) -> tuple[Job, ...]:
        """List jobs, of a state and of a kind where these are given, those that were asked for last first."""
        return operator.listing(self._connection, state, kind, limit)

    def caused_by(self, guid: str, *, limit: int = 100) -> tuple[Job, ...]:
        """List the jobs that a delivery, by its GUID, asked for last."""
        return operator.caused_by(self._connection, guid, limit)

    def states(self, keys: Sequence[str]) -> Mapping[str, JobState]:
        """Say which of these keys are known, and in which state their jobs are."""
        return operator.states(self._connection, keys)

    def hasten(self, job_id: int, now: datetime) -> bool:
        """Let a job that waits to be tried again be due now; `False` where it runs, waits for a limit, or has ended."""
        pool = operator.retry(self._connection, job_id, now)
        if pool is not None:
            self._asked.add(pool)
        return pool is not None

    def end(self, job_id: int, now: datetime, why: str) -> bool:
        """End a dead or waiting job without doing it; its key stays known. `False` where it runs or has ended."""
        return operator.end(self._connection, job_id, now, why)

    def forget_done(self, before: datetime, *, limit: int = 1000) -> int:
        """Delete a batch of jobs that were done before a moment; how many. Their keys are forgotten with them."""
        return jobs.forget_done(self._connection, before, limit)

    def owe(self, obligation: NewObligation) -> bool:
        """Promise something; `False` when its key was promised before."""
        return obligations.owe(self._connection, obligation)

    def promise(self, obligation: NewObligation) -> None:
        """Promise something, or anew what was taken back; another moment and text for what nobody has begun to keep."""
        obligations.promise(self._connection, obligation)

    def restate(self, key: str, payload: Body) -> bool:
        """Give what is being sent another text, for the next attempt at it; `False` when it is not being sent."""
        return obligations.restate(self._connection, key, payload)

    def due_obligations(self, now: datetime, limit: int = 100) -> tuple[Obligation, ...]:
        """List what is owed by now and no attempt has begun for, the longest due first."""
        return obligations.due(self._connection, now, limit)

    def owe_all(self, new: Sequence[NewObligation]) -> None:
        """Promise several things, each once."""
        obligations.owe_all(self._connection, new)

    def link_slack(self, who: SlackUser, user_id: int, login: str, now: datetime) -> None:
        """Keep which GitHub user a Slack user is."""
        links.link(self._connection, who, user_id, login, now)

    def slack_person(self, who: SlackUser) -> tuple[int, str] | None:
        """Give the GitHub user id and login of a Slack user, or `None`."""
        return links.find(self._connection, who)

    def call_due(self, now: datetime, limit: int, job_for: Callable[[Obligation], NewJob]) -> int:
        """Make the jobs of what is owed by now, the longest due first; how many they are."""
        made = dispatching.call(self._connection, now, limit, job_for)
        self._asked.update(one.pool for one in made)
        return len(made)

    def is_due(self, now: datetime) -> bool:
        """Say whether anything is owed by now that has no job yet."""
        return dispatching.is_due(self._connection, now)

    def obligation(self, obligation_id: int) -> Obligation | None:
        """Give one promise by its number."""
        return dispatching.find(self._connection, obligation_id)

    def first_message(self, stream: str, recipient: str, channels: Sequence[str]) -> tuple[Obligation, Delivery] | None:
        """Find the first message that a recipient got about a stream on one of these channels."""
        return dispatching.first(self._connection, stream, recipient, channels)

    def evidence(self, stream: str) -> tuple[tuple[Obligation, Delivery | None], ...]:
        """List what was owed in a stream with every attempt to deliver it, in the order of their moments."""
        return tuple(dispatching.evidence(self._connection, stream))

    def obligations(self, stream: str, kind: str | None = None, recipient: str | None = None) -> tuple[Obligation, ...]:
        """List every obligation of a stream, or those of a kind or to somebody, in the order of their moments."""
        return obligations.of_stream(self._connection, stream, kind, recipient)

    def promised(self, keys: Sequence[str]) -> Mapping[str, Obligation]:
        """Give the promises with these keys, by key."""
        return obligations.by_keys(self._connection, keys)

    def not_begun(self, stream: str, after: int, limit: int) -> Mapping[int, tuple[str, str]]:
        """Give kind and key of what is owed in a stream and not begun, by number, a page of them from a number on."""
        return obligations.not_begun(self._connection, stream, after, limit)

    def buttons_shown(self, key: str, receipt: str, state: str, now: datetime) -> None:
        """Keep that the message of a promise shows buttons, where it stands (Slack's receipt), and for which state."""
        buttons.show(self._connection, key, receipt, state, now)

    def shown_buttons(self, stream: str) -> tuple[buttons.Shown, ...]:
        """List the messages of a stream that show buttons."""
        return buttons.shown(self._connection, stream)

    def buttons_gone(self, key: str) -> None:
        """Keep that the message of a promise shows no buttons any more."""
        buttons.gone(self._connection, key)

    def stop(self, addresses: Sequence[str], kind: str, now: datetime) -> None:
        """Send messages of a kind to these addresses no more."""
        stopping.stop(self._connection, addresses, kind, now)

    def resume(self, addresses: Sequence[str], kind: str) -> None:
        """Send messages of a kind to these addresses again."""
        stopping.resume(self._connection, addresses, kind)

    def stopped(self, addresses: Sequence[str], kind: str) -> frozenset[str]:
        """Give those of these addresses to which messages of a kind do not go."""
        return stopping.among(self._connection, addresses, kind)

    def owing(self, prefix: str) -> frozenset[str]:
        """List the streams whose names begin with a word and in which something is owed and not begun."""
        return obligations.owing(self._connection, prefix)

    def facts_of(self, prefix: str, *, stream: str = "") -> Iterator[Event]:
        """Read every fact whose kind, and whose stream, begins with a word, in the order of stream and arrival."""
        return figures.facts(self._connection, prefix, stream)

    def promises_of(self, prefix: str) -> Iterator[Obligation]:
        """Read every promise whose kind begins with a word, in the order in which they were made."""
        return figures.promises(self._connection, prefix)

    def settled(self, stream: str, kinds: Sequence[str]) -> tuple[Settled, ...]:
        """List what of these kinds was kept or could not be in a stream, in the order in which it was settled."""
        return obligations.settled(self._connection, stream, kinds)

    def settled_keys(self, stream: str, kinds: Sequence[str]) -> tuple[tuple[str, ObligationState], ...]:
        """List key and state of what of these kinds was kept or could not be, in the order in which it was settled."""
        return obligations.settled_keys(self._connection, stream, kinds)

    def supersede(self, key: str, now: datetime) -> bool:
        """Take back a promise that is not kept yet; `False` when it is settled or was never made."""
        return obligations.supersede(self._connection, key, now)

    def begin_delivery(self, obligation_id: int, channel: str, now: datetime) -> Delivery | None:
        """Begin an attempt; `None` when nothing is owed any more.

        An attempt that began earlier and was never settled is given back instead, with its own channel and
        `began_at`: look for what it may have sent before sending.
        """
        return obligations.begin(self._connection, obligation_id, channel, now)

    def settle_delivery(
        self,
        delivery_id: int,
        now: datetime,
        outcome: Outcome,
        *,
        receipt: str | None = None,
        evidence: Body | None = None,
    ) -> bool:
        """Record how an attempt ended; `False` when that was recorded before.

        "delivered" meets the obligation, "permanent" fails it, after "transient" and "unknown" it is still sending.
        """
        return obligations.settle(self._connection, delivery_id, now, outcome, receipt=receipt, evidence=evidence or {})

    def deliveries(self, obligation_id: int) -> tuple[Delivery, ...]:
        """List the attempts to meet an obligation, in their order."""
        return obligations.attempts(self._connection, obligation_id)

    def remember(self, kind: str, key: str, body: str, now: datetime) -> None:
        """Keep a text that can be made again; it replaces the one under the same kind and key."""
        texts.keep(self._connection, kind, key, body, now)

    def recall(self, kind: str, key: str) -> str | None:
        """Give back a remembered text, or `None`."""
        return texts.find(self._connection, kind, key)

    def remembered(self, kind: str, since: datetime, *, limit: int = 1000) -> Sequence[str]:
        """List the keys under which a kind was remembered since a moment, the latest first."""
        return texts.keys(self._connection, kind, since, limit)

    def recall_all(self, kind: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Give back several remembered texts; what is not there is left out."""
        return texts.several(self._connection, kind, keys)

    def drop(self, kind: str, key: str) -> bool:
        """Forget one text; `False` when there was none."""
        return texts.drop(self._connection, kind, key)

    def begin_session(self, session: Session) -> None:
        """Keep a sign-in; sessions that have ended are deleted with it."""
        sessions.begin(self._connection, session)

    def session(self, digest: str, now: datetime) -> Session | None:
        """Give the session under a hash while it lasts."""
        return sessions.find(self._connection, digest, now)

    def end_session(self, digest: str) -> bool:
        """End a session; `False` when there was none."""
        return sessions.end(self._connection, digest)

    def forget_sessions(self, now: datetime) -> int:
        """Delete the sessions that have ended by themselves; how many there were."""
        return sessions.forget_ended(self._connection, now)

    def end_sessions_of(self, user_id: int) -> int:
        """End every session of a person (GitHub user id); how many there were."""
        return sessions.end_all_of(self._connection, user_id)

    def forget(self, before: datetime) -> int:
        """Delete what was remembered before a moment; how many texts."""
        return texts.forget(self._connection, before)

    def forget_person(self, person: erasure.Person, kinds: Sequence[str], now: datetime) -> erasure.Erased:
        """Erase a person from everything that is kept; `kinds` are those of remembered texts that may name them."""
        return erasure.forget(self._connection, person, kinds, now)

    def logins(self, user_id: int) -> frozenset[str]:
        """Find the logins under which somebody has signed in."""
        return erasure.logins(self._connection, user_id)

    def repositories(self) -> frozenset[int]:
        """List the repositories, by GitHub's id, that the event log is about."""
        return erasure.repositories(self._connection)

    def see(self, repository: int, installation: int, now: datetime) -> None:
        """Note that an installation sees a repository."""
        self.remember(erasure.SEEN, str(repository), str(installation), now)

    def seen(self) -> Mapping[int, tuple[int, datetime]]:
        """Tell by which installation each repository was last seen, and when."""
        return erasure.seen(self._connection)

    def purge(self, repository: int, now: datetime) -> int:
        """Delete everything of a repository, but that its deliveries came; how many rows."""
        return erasure.purge(self._connection, repository) + erasure.shed_dead(self._connection, repository, now)

    def shed(self, before: datetime) -> int:
        """Forget a batch of what GitHub sent with deliveries that were done before a moment; how many."""
        return erasure.shed(self._connection, before)
