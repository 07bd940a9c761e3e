from __future__ import annotations

import re
from pathlib import Path

from rules.compare.kinds import KINDS, table

ROOT = Path(__file__).parents[3]


def test_the_page_of_kinds_holds_the_table_of_the_code() -> None:
    assert table() in (ROOT / "docs" / "finding-kinds.md").read_text(encoding="utf-8")


def test_every_kind_that_the_code_gives_is_in_the_table() -> None:
    names: set[str] = set()
    for path in (ROOT / "rules" / "compare").glob("findings*.py"):
        names |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+|REFACTORED)"', path.read_text(encoding="utf-8")))
    assert names
    assert names <= KINDS.keys()


def test_the_kinds_have_the_names_of_the_registry() -> None:
    registry = {"FIELD_ADDED", "FIELD_REMOVED", "FIELD_TYPE_CHANGED", "REQUIRED_ADDED", "CONSTRAINT_TIGHTENED"}
    assert registry <= KINDS.keys()
