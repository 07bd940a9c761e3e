"""Keeps the last tables of each benchmark in docs/performance.md."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def write(measured: str, tables: str) -> None:
    """Replace the sections that were measured, each with when and on what; the others stay."""
    head, *kept = _SECTION.split(PAGE.read_text())
    sections = {_title(section): section for section in kept}
    for section in _SECTION.split(tables)[1:]:
        title, _, body = section.partition("\n")
        sections[title] = f"{title}\n\n{measured}\n{body.rstrip()}\n\n"
    PAGE.write_text(head + "".join(sections.values()).rstrip() + "\n")


def _title(section: str) -> str:
    return section.partition("\n")[0]
