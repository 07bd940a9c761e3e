"""What comes back from an errand may be anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.migrations.runners.contract import Figures
from bot.migrations.runners.figures import LONGEST, merged, of, read, told

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text("ab é{", max_size=6),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(["place", "rule", "rows"]), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = some.sampled_from(["rows", "affected", "failing", "written", "percent", "seconds", "step", "says", "findings"])


@given(some.dictionaries(NAMES, JSON))
def test_any_message_is_read_or_left_out_and_can_be_kept(body: dict[str, Any]) -> None:
    found = read(json.dumps(body))
    assert found is None or of(told(found)) == found


@pytest.mark.parametrize("text", ["", "hello", "[1]", "3", '{"rows"', "[" * 9000, '{"says": "' + "x" * LONGEST + '"}'])
def test_what_is_no_message_says_nothing(text: str) -> None:
    assert read(text) is None


def test_numbers_out_of_range_are_left_out() -> None:
    found = read('{"rows": -1, "written": true, "failing": 1e400, "percent": 101, "seconds": 3}')
    assert found == Figures(seconds=3.0)


def test_the_last_word_on_each_thing_counts() -> None:
    before = Figures(rows=5, percent=10, says="begun", findings=(("/a", "type", 2),))
    assert merged(before, Figures(percent=20)) == Figures(rows=5, percent=20, says="begun", findings=before.findings)
