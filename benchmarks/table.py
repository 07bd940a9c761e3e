"""Figures and the table they are printed in."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def machine() -> str:
    """Describe this machine in one line: cores, processor, Python, date."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = f"{len(names)} x {names[0]}" if names else cpu
    return f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, Python {platform.python_version()}"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], text: str) -> str:
    """Write a Markdown table under a heading and what there is to know about it."""
    lines = [f"## {title}", "", text, "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which `share` (0 to 1) of the sample lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds: float) -> str:
    """Write a duration for a table."""
    return f"{seconds * 1000:.1f} ms"


def median(values: Sequence[float]) -> float:
    """Give the median."""
    return statistics.median(values)
