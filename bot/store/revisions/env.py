"""Alembic's way in: it runs on the connection that `bot.store.migrate` holds, in its transaction."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
