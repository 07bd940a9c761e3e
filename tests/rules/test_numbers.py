from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rules.config_schema import SCHEMA
from rules.numbers import SET, page

DOCS = Path(__file__).parents[2] / "docs" / "numbers.md"


def test_the_page_of_numbers_is_the_tables() -> None:
    # To write it anew: python -c "from rules.numbers import page; print(page(), end='')" > docs/numbers.md
    assert DOCS.read_text(encoding="utf-8") == page()


def keys(schema: Any) -> set[str]:
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            found |= set(held.get("properties", {}))
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
    return found


@pytest.mark.parametrize("key", [key for _, _, key, _ in SET])
def test_every_key_that_the_page_names_is_one_of_the_configuration(key: str) -> None:
    assert set(key.split("/")) <= keys(SCHEMA)
