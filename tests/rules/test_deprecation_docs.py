"""The examples of docs/deprecation.md are notices in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.deprecation import examine
from rules.documents import parse
from tests.rules.making import change

TEXT = (Path(__file__).parents[2] / "docs" / "deprecation.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("example", "form"), [*zip(EXAMPLES, ("property", "block"), strict=True)])
def test_an_example_is_a_notice_in_order(example: str, form: str) -> None:
    found = examine(change({"type": "object"}, parse("example.json", example)))
    assert [(one.form, one.earliest(30) == one.removal) for one in found.head] == [(form, True)]
    assert found.problems == ()
