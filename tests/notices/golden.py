"""Whole notices as files that people read and review; `CONCORDAT_GOLDEN=write` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
_RELEASE = re.compile(r"Concordat \d+\.\d+\.\d+")


def check(name: str, text: str) -> None:
    """Hold a notice against its file; the program's own version is not part of it."""
    path = FOLDER / name
    text = _RELEASE.sub("Concordat VERSION", text)
    if os.environ.get("CONCORDAT_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing; CONCORDAT_GOLDEN=write writes it"
    assert text == path.read_text(encoding="utf-8"), f"{name} reads differently; see the difference, then write it anew"
