"""Documents that are read and written together come to what each comes to alone, whatever stands beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.migrations.check import compile_check
from bot.migrations.rows import conversions
from bot.migrations.running import Conversions
from bot.migrations.texts import Reader, read
from bot.migrations.values import Converted
from rules.transform import compile_steps
from tests.bot.migrations.test_splice import DOCUMENTS, PAIRS, STEPS, WRITTEN

OLD = compile_check(schema=True, what="the old one")
NEW = compile_check({"properties": {"a": {"type": ["number", "null"]}}}, "the new one")
BROKEN = st.sampled_from(
    ["", "1,2", "[1", "2]", '"a', 'b"', '{"a": 1}, {"a": "2"}', '{"a": ', "null", "NaN", "\\", ","]
)
TEXTS = st.lists(
    st.tuples(DOCUMENTS, st.sampled_from(WRITTEN)).map(lambda one: json.dumps(one[0], **one[1])) | PAIRS | BROKEN,
    max_size=6,
)


def made(steps: Sequence[dict[str, Any]]) -> Conversions:
    return conversions(compile_steps(steps), OLD, NEW)


def meant(converted: Sequence[Converted]) -> list[Any]:
    return [json.dumps(read(one), sort_keys=True) if isinstance(one, str) else one for one in converted]


@given(TEXTS, STEPS)
@example(['{"a": "1"}', '{"b": {"a": "2"}, "a": "3"}'], [{"cast": {"at": "/a", "from": "string", "to": "number"}}])
@example(['{"a": "1"}', '{"a": "x"}', '{"a": "3"}'], [{"cast": {"at": "/a", "from": "string", "to": "number"}}])
@example(['{"a": "1"}', '{"x": "\\"a\\": 1"}'], [{"cast": {"at": "/a", "from": "string", "to": "number"}}])
def test_documents_come_to_the_same_together_and_alone(texts: list[str], steps: list[dict[str, Any]]) -> None:
    all_of_it = made(steps)
    alone = [one for text in texts for one in all_of_it.up([text])]
    assert meant(all_of_it.up(texts)) == meant(alone)
    assert all_of_it.check(texts) == [one for text in texts for one in all_of_it.check([text])]
    assert all_of_it.findings(texts) == [one for text in texts for one in all_of_it.findings([text])]


@given(TEXTS)
def test_what_is_read_together_is_what_each_says(texts: list[str]) -> None:
    together = Reader().read_together(texts)
    if together is not None:
        assert together.documents == [read(text) for text in texts]
        assert together.text.split(together.between) == texts


@pytest.mark.parametrize("texts", [("[1", "2]", "3,4"), ('"a', 'b"'), ("1,2", "[3", "4]"), ('{"a": 1', '"b": 2}')])
def test_no_document_reaches_over_to_the_next(texts: Sequence[str]) -> None:
    assert Reader().read_together(texts) is None


def test_the_digits_and_blanks_of_what_is_not_touched_stay_together_too() -> None:
    texts = ['{"x" : 1.500,  "a":"2.50"}', '{"a" :"3", "y": 10000000000000000000000.10 }']
    steps = [{"cast": {"at": "/a", "from": "string", "to": "number"}}]
    assert made(steps).up(texts) == ['{"x" : 1.500,  "a":2.5}', '{"a" :3, "y": 10000000000000000000000.10 }']
