"""The steps of a migration: forward, back, and what they refuse."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.transform import Transform, TransformError, compile_steps
from rules.transform_expression import MAX_DEPTH, MAX_LENGTH, ExpressionError, Scope, compile_expression


def both(steps: list[dict[str, Any]], document: Any) -> tuple[Any, Any]:
    transform = compile_steps(steps)
    forward = transform.up(copy.deepcopy(document))
    return forward, transform.down(copy.deepcopy(forward))


CASES: Mapping[str, tuple[dict[str, Any], Any, Any]] = {
    "rename": ({"rename": {"at": "/a", "to": "b"}}, {"a": 1, "c": 2}, {"b": 1, "c": 2}),
    "rename in every item": (
        {"rename": {"at": "/items/*/a", "to": "b"}},
        {"items": [{"a": 1}, {"c": 2}]},
        {"items": [{"b": 1}, {"c": 2}]},
    ),
    "move into a new object": (
        {"move": {"from": "/street", "to": "/address/street"}},
        {"street": "Elm"},
        {"address": {"street": "Elm"}},
    ),
    "move into a new list": (
        {"move": {"from": "/price", "to": "/variants/0/price"}},
        {"price": 1.5},
        {"variants": [{"price": 1.5}]},
    ),
    "default": ({"set-default": {"at": "/currency", "value": "USD"}}, {"n": 1}, {"n": 1, "currency": "USD"}),
    "text to number": (
        {"cast": {"at": "/amount", "from": "string", "to": "number", "decimals": 2}},
        {"amount": "1500.00"},
        {"amount": 1500},
    ),
    "a long number": (
        {"cast": {"at": "/amount", "from": "string", "to": "number"}},
        {"amount": "0.1000000000000000055511151231257827"},
        None,
    ),
    "number to text": ({"cast": {"at": "/n", "from": "integer", "to": "string"}}, {"n": 7}, {"n": "7"}),
    "truth": ({"cast": {"at": "/on", "from": "string", "to": "boolean"}}, {"on": "true"}, {"on": True}),
    "values": ({"map-values": {"at": "/s", "values": {"A": "active", "B": "blocked"}}}, {"s": "A"}, {"s": "active"}),
    "split": (
        {"split": {"at": "/name", "into": ["/first", "/last"], "by": " "}},
        {"name": "Ana Diaz"},
        {"first": "Ana", "last": "Diaz"},
    ),
    "join": (
        {"join": {"from": ["/first", "/last"], "to": "/name", "by": " "}},
        {"first": "Ana", "last": "Diaz"},
        {"name": "Ana Diaz"},
    ),
    "date to date-time": (
        {"date-format": {"at": "/on", "from": "date", "to": "date-time"}},
        {"on": "2025-01-15"},
        {"on": "2025-01-15T00:00:00Z"},
    ),
    "date of a zone": (
        {"date-format": {"at": "/on", "from": "DD.MM.YYYY HH:mm", "to": "date-time", "zone": "+02:00"}},
        {"on": "15.01.2025 08:30"},
        {"on": "2025-01-15T08:30:00+02:00"},
    ),
    "date-time to seconds": (
        {"date-format": {"at": "/at", "from": "date-time", "to": "unix"}},
        {"at": "2025-01-15T00:00:00Z"},
        {"at": 1736899200},
    ),
    "remove": ({"remove": {"at": "/old", "restore": "x"}}, {"old": "x", "n": 1}, {"n": 1}),
    "expression": (
        {"expression": {"at": "/cents", "up": "value * 100", "down": "value / 100"}},
        {"cents": 0.1},
        {"cents": 10},
    ),
    "every item": (
        {"expression": {"at": "/tags/*", "up": "concat('#', value)", "down": "slice(value, 1)"}},
        {"tags": ["a", "b"]},
        {"tags": ["#a", "#b"]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_does_what_it_says_and_takes_it_back(case: str) -> None:
    step, before, after = CASES[case]
    forward, back = both([step], before)
    assert after is None or forward == after
    assert back == before


@pytest.mark.parametrize("case", CASES)
def test_a_step_leaves_alone_what_it_does_not_meet(case: str) -> None:
    step = CASES[case][0]
    other = {"else": [1, {"deep": None}]}
    if "set-default" in step or "remove" in step:
        return
    assert both([step], other) == (other, other)


REFUSED: Mapping[str, tuple[dict[str, Any], Any]] = {
    "a name that is taken": ({"rename": {"at": "/a", "to": "b"}}, {"a": 1, "b": 2}),
    "a place that is taken": ({"move": {"from": "/a", "to": "/b"}}, {"a": 1, "b": 2}),
    "a place within a text": ({"move": {"from": "/a", "to": "/b/c"}}, {"a": 1, "b": "x"}),
    "text that is no number": ({"cast": {"at": "/a", "from": "string", "to": "number"}}, {"a": "12 EUR"}),
    "null as a number": ({"cast": {"at": "/a", "from": "string", "to": "number"}}, {"a": None}),
    "a half as a whole number": ({"cast": {"at": "/a", "from": "string", "to": "integer"}}, {"a": "1.5"}),
    "a value that is not mapped": ({"map-values": {"at": "/a", "values": {"A": "x"}}}, {"a": "B"}),
    "too many parts": ({"split": {"at": "/a", "into": ["/b", "/c"], "by": " "}}, {"a": "one two three"}),
    "a part that is missing": ({"join": {"from": ["/b", "/c"], "to": "/a", "by": " "}}, {"b": "x"}),
    "a date that is none": ({"date-format": {"at": "/a", "from": "date", "to": "date-time"}}, {"a": "2025-02-30"}),
    "a sum of texts": ({"expression": {"at": "/a", "up": "value + 1", "down": "value"}}, {"a": "x"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_counterpart_is_refused_with_its_place(case: str) -> None:
    step, document = REFUSED[case]
    with pytest.raises(TransformError) as raised:
        compile_steps([step]).up(copy.deepcopy(document))
    assert raised.value.place.startswith("/")
    assert raised.value.sentence


def test_a_default_that_was_overwritten_cannot_be_said_in_the_old_version() -> None:
    transform = compile_steps([{"set-default": {"at": "/currency", "value": "USD"}}])
    with pytest.raises(TransformError, match="not the default"):
        transform.down({"currency": "EUR"})


def test_a_time_of_day_cannot_be_said_as_a_date() -> None:
    transform = compile_steps([{"date-format": {"at": "/on", "from": "date", "to": "date-time"}}])
    with pytest.raises(TransformError, match="cannot be said as date"):
        transform.down({"on": "2025-01-15T08:00:00Z"})


def test_a_step_without_a_way_back_says_why() -> None:
    with pytest.raises(ValueError, match="no way back"):
        compile_steps([{"remove": {"at": "/a"}}])
    transform = compile_steps([{"remove": {"at": "/a"}, "irreversible": "nobody kept it"}])
    assert transform.irreversible == ("nobody kept it",)
    with pytest.raises(TransformError, match="nobody kept it"):
        transform.down({})


def test_a_function_comes_from_an_installed_package_only() -> None:
    step = {"call": {"at": "/a", "function": "double", "down": "half"}}
    with pytest.raises(ValueError, match="no installed package offers"):
        compile_steps([step])
    functions = {"double": lambda value, _: value * 2, "half": lambda value, _: value // 2}
    transform = compile_steps([step], functions)
    assert transform.down(transform.up({"a": 4})) == {"a": 4}
    with pytest.raises(TransformError, match="refuses"):
        transform.up({"a": None})


NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False)
"""A float of more digits than it can hold is another number than its text says."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
ANY = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)
REVERSIBLE = [
    {"rename": {"at": "/a", "to": "z"}},
    {"rename": {"at": "/b/*/a", "to": "z"}},
    {"move": {"from": "/a", "to": "/y/0/x"}},
    {"set-default": {"at": "/x", "value": [1]}},
    {"cast": {"at": "/a", "from": "integer", "to": "string"}},
    {"date-format": {"at": "/a", "from": "unix", "to": "date-time"}},
]


@given(document=ANY, steps=st.lists(st.sampled_from(REVERSIBLE), max_size=4, unique_by=json.dumps))
def test_up_then_down_gives_the_document_back_or_up_refuses_it(document: Any, steps: list[dict[str, Any]]) -> None:
    transform = compile_steps(steps)
    try:
        forward = transform.up(copy.deepcopy(document))
    except TransformError:
        return
    casts = any("cast" in step for step in steps) and isinstance(document.get("a"), str)
    if casts:
        return  # a text was there from the start: the way back makes a number of it
    assert transform.down(forward) == document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 / 4", 2.5), ("7 % 4", 3), ("-value", -4), ("0.1 + 0.2", 0.3),
        ("if value > 3 then 'big' else 'small'", "big"), ("not (value == 4) or doc.kind != 'x'", False),
        ("concat(doc.kind, '-', value)", "x-4"), ("coalesce(doc.nothing, doc.kind)", "x"), ("length(doc.list)", 2),
        ("doc.list[1]", "b"), ("doc['kind']", "x"), ("join(doc.list, '+')", "a+b"), ("split('a,b', ',')", ["a", "b"]),
        ("round(2.345, 2)", 2.34), ("upper(trim(' a '))", "A"), ("replace('a.b', '.', ',')", "a,b"),
        ("min(3, value)", 3), ("max(3, value)", 4), ("abs(0 - 2)", 2), ("contains('abc', 'b')", True),
        ("slice('2025-01-15T00', 0, 10)", "2025-01-15"), ("number('12.50')", 12.5), ("text(12.5)", "12.5"),
        ("null", None), ("value <= 4 and value >= 4 and value < 5", True), ('"a\\"b"', 'a"b'),
    ],
)  # fmt: skip
def test_an_expression_has_a_value(text: str, value: Any) -> None:
    assert compile_expression(text)(Scope(4, {"kind": "x", "list": ["a", "b"]})) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "value value", "unknown", "foo(1)", "concat()", "doc.", "doc[value]",
        "(1", "1 $ 2", "__import__('os')",
        "if true then 1", "not", "(" * (MAX_DEPTH + 2) + "1", "-" * (MAX_DEPTH + 2) + "1", "1" + " " * MAX_LENGTH,
        "value.__class__()", "lambda: 1",
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0", "value + 'x'", "upper(4)", "if value then 1 else 2", "join('a', ',')",
        "split('a', '')", "number('1e99')",
        "round(1, 99)", "concat(doc.long, doc.long)", "replace(doc.long, 'x', doc.long)", "number(doc.long)",
        "9999999999 * " * 60 + "1" + " > 'x'",
    ],
)  # fmt: skip
def test_an_expression_without_a_value_fails_and_is_bounded(text: str) -> None:
    compiled = compile_expression(text)
    with pytest.raises(ExpressionError):
        compiled(Scope(4, {"long": "x" * 60_000}))


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        compiled = compile_expression(text)
    except ExpressionError:
        return
    try:
        compiled(Scope("v", {"a": [1]}))
    except ExpressionError:
        return


def test_no_steps_change_nothing() -> None:
    assert Transform().down(Transform().up({"a": 1})) == {"a": 1}
