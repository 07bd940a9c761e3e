"""The tables. `revisions/` makes them; a test holds the two equal.

Conditions of partial indexes are written as text, here and in the queries: a database uses such an index only where it
sees the same constant, and a bound parameter hides it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from bot.store.columns import Identity, Instant, JsonObject, Words

metadata = MetaData()

stream = Table(
    "stream",
    metadata,
    Column("name", Words, primary_key=True),
    # The number of its newest event. Holding this row is what lets one writer at a time count on.
    Column("latest", Integer, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("stream", Words, ForeignKey("stream.name"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Words, nullable=False),
    Column("source_id", Words, nullable=False),
    Column("source_time", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor_id", BigInteger),
    Column("version", Integer, nullable=False),
    Column("body", JsonObject, nullable=False),
    PrimaryKeyConstraint("stream", "seq", name="event_pk"),
    UniqueConstraint("stream", "source_id", name="event_source"),
)

OWED = text("state = 'owed'")
BEGUN = text("state = 'begun'")

obligation = Table(
    "obligation",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("kind", Words, nullable=False),
    Column("stream", Words, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("due", Instant, nullable=False),
    Column("state", Words, nullable=False),
    Column("payload", JsonObject, nullable=False),
    Column("settled_at", Instant),
    # Which message was the first to somebody about a stream is asked for each one that is sent.
    Index("obligation_recipient", "stream", "recipient"),
    Index("obligation_stream", "stream"),
    Index("obligation_due", "due", "id", sqlite_where=OWED, postgresql_where=OWED),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("obligation_id", Identity, ForeignKey("obligation.id"), nullable=False),
    Column("channel", Words, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("receipt", Words),
    Column("evidence", JsonObject, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("obligation_id", "attempt", name="delivery_attempt"),
    # An attempt whose outcome is not known yet must be settled before the next begins.
    Index("delivery_begun", "obligation_id", unique=True, sqlite_where=BEGUN, postgresql_where=BEGUN),
)

OPEN = text("state = 'open'")
COALESCES = text("state = 'open' AND key IS NULL AND lane IS NOT NULL")
HOLDS_LANE = text("token IS NOT NULL AND lane IS NOT NULL")
LEASED = text("token IS NOT NULL")
ENDED = text("ended_at IS NOT NULL")
DEAD = text("state = 'dead' AND ended_at IS NOT NULL")

job = Table(
    "job",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("key", Words, unique=True),
    Column("kind", Words, nullable=False),
    Column("lane", Words),
    Column("pool", Words, nullable=False),
    Column("priority", Integer, nullable=False),
    # 0 is nobody's: work for the house itself takes its turns like an installation.
    Column("installation", BigInteger, nullable=False),
    Column("payload", JsonObject, nullable=False),
    # What came from outside as it came: quoting it as JSON would cost more than all the rest of an insert.
    Column("raw", Words),
    # The delivery that asked for it last.
    Column("cause", Words),
    Column("state", Words, nullable=False),
    Column("due", Instant, nullable=False),
    # When what was asked for during the run is due.
    Column("due_again", Instant),
    # The wait was asked for (a rate limit, say), so that asking again does not cut it short.
    Column("firm", Boolean, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("token", Words),
    Column("leased_until", Instant),
    Column("error", Words, nullable=False),
    Column("enqueued_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("job_due", "pool", "due", sqlite_where=OPEN, postgresql_where=OPEN),
    # Which is next of very many that are due.
    Index("job_crowd", "pool", "priority", "installation", "due", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("job_lane", "lane", "kind", unique=True, sqlite_where=COALESCES, postgresql_where=COALESCES),
    Index("job_lane_holder", "lane", unique=True, sqlite_where=HOLDS_LANE, postgresql_where=HOLDS_LANE),
    Index("job_leased", "leased_until", sqlite_where=LEASED, postgresql_where=LEASED),
    # Only of those that ended: SQLite would else take it for the way to the open ones, and read them all.
    Index("job_ended", "state", "ended_at", sqlite_where=ENDED, postgresql_where=ENDED),
)

turn = Table(
    "turn",
    metadata,
    Column("pool", Words, nullable=False),
    Column("installation", BigInteger, nullable=False),
    # Larger is later. It grows with the clock, and by one where the clock stands still.
    Column("served", BigInteger, nullable=False),
    PrimaryKeyConstraint("pool", "installation", name="turn_pk"),
    Index("turn_served", "served"),
)

remembered = Table(
    "remembered",
    metadata,
    Column("kind", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("kind", "key", name="remembered_pk"),
    Index("remembered_at", "at"),
)

session = Table(
    "session",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("login", Words, nullable=False),
    Column("sealed", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Index("session_user", "user_id"),
    Index("session_ends", "ends_at"),
)

slack_link = Table(
    "slack_link",
    metadata,
    Column("team", Words, nullable=False),
    Column("slack_user", Words, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("login", Words, nullable=False),
    Column("linked_at", Instant, nullable=False),
    PrimaryKeyConstraint("team", "slack_user", name="slack_link_pk"),
    Index("slack_link_user", "user_id"),
)

stopped = Table(
    "stopped",
    metadata,
    # A hash of the address: what is kept for ever tells nobody's address.
    Column("contact", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("stopped_at", Instant, nullable=False),
    PrimaryKeyConstraint("contact", "kind", name="stopped_pk"),
)
