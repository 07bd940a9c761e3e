"""Keeps the last run's tables in docs/performance.md."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_HEAD = """# Performance

The last run of `make bench ARGS=--write`. Figures of one machine are worth little alone; each table therefore compares
in the same run.

"""


def write(tables: str) -> None:
    """Replace the page."""
    PAGE.write_text(_HEAD + tables)
