"""`make bench`: run the benchmarks that are named, or all, and print their tables."""

from __future__ import annotations

import importlib
import sys

from benchmarks.table import machine

ALL = ("cold_start", "verdict", "acknowledge", "jobs", "comment", "obligations", "partners", "migrations")


def main() -> None:
    """Run and print; `--write` also puts the tables into docs/performance.md, in place of their last ones."""
    names = [name for name in sys.argv[1:] if not name.startswith("-")] or list(ALL)
    parts: list[str] = []
    for name in names:
        parts.append(importlib.import_module(f"benchmarks.{name}").run())
        print(parts[-1], flush=True)
    if "--write" in sys.argv:
        importlib.import_module("benchmarks.record").write(f"Measured {machine()}.\n", "\n".join(parts))


main()
