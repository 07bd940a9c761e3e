"""What somebody was sent about a stream is found without reading what everybody else was sent."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("obligation_recipient", "obligation", ["stream", "recipient"])
