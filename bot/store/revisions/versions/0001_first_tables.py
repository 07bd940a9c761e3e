"""The first tables: events, obligations, deliveries, jobs and what is remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Moments are whole milliseconds since 1970 in UTC, bodies are JSON text.
_IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.BigInteger()
_JSON = sa.Text()


def upgrade() -> None:
    _events()
    _obligations()
    _jobs()
    op.create_table(
        "remembered",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="remembered_pk"),
    )
    op.create_index("remembered_at", "remembered", ["at"])


def _events() -> None:
    op.create_table(
        "stream",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("latest", sa.Integer(), nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("stream", sa.Text(), sa.ForeignKey("stream.name"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("source_time", _MOMENT, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name="event_pk"),
        sa.UniqueConstraint("stream", "source_id", name="event_source"),
    )


def _obligations() -> None:
    op.create_table(
        "obligation",
        sa.Column("id", _IDENTITY, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("settled_at", _MOMENT),
    )
    op.create_index("obligation_stream", "obligation", ["stream"])
    _partial("obligation_due", "obligation", ["due", "id"], "state = 'owed'")
    op.create_table(
        "delivery",
        sa.Column("id", _IDENTITY, primary_key=True),
        sa.Column("obligation_id", _IDENTITY, sa.ForeignKey("obligation.id"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text()),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT),
        sa.UniqueConstraint("obligation_id", "attempt", name="delivery_attempt"),
    )
    _partial("delivery_begun", "delivery", ["obligation_id"], "state = 'begun'", unique=True)


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", _IDENTITY, primary_key=True),
        sa.Column("key", sa.Text(), unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text()),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("due_again", _MOMENT),
        sa.Column("firm", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("leased_until", _MOMENT),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("enqueued_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
    )
    _partial("job_due", "job", ["pool", "due"], "state = 'open'")
    waiting = "state = 'open' AND key IS NULL AND lane IS NOT NULL"
    _partial("job_lane", "job", ["lane", "kind"], waiting, unique=True)
    _partial("job_lane_holder", "job", ["lane"], "token IS NOT NULL AND lane IS NOT NULL", unique=True)
    _partial("job_leased", "job", ["leased_until"], "token IS NOT NULL")
    _partial("job_ended", "job", ["state", "ended_at"], "ended_at IS NOT NULL")
    op.create_table(
        "turn",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "installation", name="turn_pk"),
    )
    op.create_index("turn_served", "turn", ["served"])


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
