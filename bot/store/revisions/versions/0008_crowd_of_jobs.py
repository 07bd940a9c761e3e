"""The next of very many jobs that are due is found without reading the others."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = text("state = 'open'")
    columns = ["pool", "priority", "installation", "due", "id"]
    op.create_index("job_crowd", "job", columns, sqlite_where=is_open, postgresql_where=is_open)
