"""Databases to measure on, empty and as durable as in earnest."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres


@contextmanager
def database(store: str) -> Iterator[str]:
    """Lend a new database, "SQLite" or "PostgreSQL", by its URL; a PostgreSQL server is started for it where needed."""
    if store == "PostgreSQL":
        with postgres.server(durable=True) as server, server.bare() as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder, 'measure.db')}"
