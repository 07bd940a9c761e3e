"""Keeps the last tables of each benchmark in docs/performance.md."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def write(measured: str, tables: str) -> None:
    """Replace the sections that were measured, each with when and on what; the others stay."""
    head, *kept = _SECTION.split(PAGE.read_text())
    sections = dict(map(_parted, kept))
    sections |= {title: f"{measured}\n{body}" for title, body in map(_parted, _SECTION.split(tables)[1:])}
    PAGE.write_text("\n\n".join([head.rstrip(), *(f"{title}\n\n{body}" for title, body in sections.items())]) + "\n")


def _parted(section: str) -> tuple[str, str]:
    title, _, body = section.partition("\n")
    return title, body.strip()
