"""`make bench`: run the benchmarks that are named, or all, and print their tables."""

from __future__ import annotations

import importlib
import sys

from benchmarks.table import machine

ALL = ("cold_start", "verdict", "acknowledge", "jobs", "comment", "obligations", "migrations")


def main() -> None:
    """Run and print; `--write` also puts the result into docs/performance.md."""
    names = [name for name in sys.argv[1:] if not name.startswith("-")] or list(ALL)
    parts = [f"Measured {machine()}.\n"]
    for name in names:
        parts.append(importlib.import_module(f"benchmarks.{name}").run())
        print(parts[-1], flush=True)
    if "--write" in sys.argv:
        importlib.import_module("benchmarks.record").write("\n".join(parts))


main()
