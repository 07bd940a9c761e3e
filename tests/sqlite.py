"""SQLite files for the tests: copies of one that was migrated once in a process, as those of PostgreSQL are."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from bot.store import Store


def migrated(file: Path) -> str:
    """Make an empty database of ours, or leave the one that is there, and give its URL."""
    if not file.exists():
        file.write_bytes(_template())
    return f"sqlite:///{file}"


@functools.cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.db")
        Store.open(f"sqlite:///{file}").close()
        return file.read_bytes()
