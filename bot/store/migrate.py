"""Bringing the database up to date at start, by one process at a time."""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from bot.store.engine import begun
from bot.store.errors import StoreNewer, StoreOlder

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = Path(__file__).with_name("revisions")
_LOCK = 0x436F6E636F726461
"""A number that nobody else locks on PostgreSQL: "Concorda" in ASCII."""

log = logging.getLogger(__name__)


def up_to_date(engine: Engine) -> None:
    """Run the revisions that are missing, all in one transaction; `StoreNewer` when the database is ahead of them."""
    with begun(engine) as connection:
        if connection.dialect.name == "postgresql":
            # On SQLite the immediate transaction alone keeps a second starter waiting.
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        upgrade(connection)


def as_it_is(engine: Engine) -> None:
    """Change nothing; `StoreOlder` when revisions are missing, `StoreNewer` when the database is ahead of them."""
    where = engine.url.render_as_string(hide_password=True)
    if engine.url.get_backend_name() == "sqlite" and not Path(engine.url.database or "").exists():
        raise StoreOlder(where, None)  # to connect would make the file
    with begun(engine, reads=True) as connection:
        found, newest = _revisions(connection)
    if found != newest:
        raise StoreOlder(where, found)


def lacking(connection: Connection) -> str | None:
    """Say which revisions a database lacks, restored from a backup, say, under a process that had opened it.

    One that a later release has migrated lacks nothing: what it changed keeps this release working.
    """
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    newest, *older = _newest_first()
    if found is None or found in older:
        return f"the database is at revision {found}, and this release needs {newest}; restart it, which migrates"
    return None


@functools.cache
def _newest_first() -> tuple[str, ...]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 as below

    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade(connection: Connection) -> None:
    """Run the revisions that are missing on a connection whose transaction the caller holds."""
    # Imported here: whoever only reads the store's values need not wait for Alembic.
    from alembic import command  # noqa: PLC0415

    found, newest = _revisions(connection)
    if found == newest:
        return
    config = _config()
    config.attributes["connection"] = connection
    log.info("migrating from %s to %s", found, newest, extra={"action": "migrate"})
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 as above

    config = Config()
    config.set_main_option("script_location", str(REVISIONS).replace("%", "%%"))
    return config


def _revisions(connection: Connection) -> tuple[str | None, str]:
    """Give the database's revision and the newest; `StoreNewer` when the database's is none of ours."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 as above

    found = MigrationContext.configure(connection).get_current_revision()
    ours = _newest_first()
    if found is not None and found not in ours:
        raise StoreNewer(connection.engine.url.render_as_string(hide_password=True), found, ours[0])
    return found, ours[0]
