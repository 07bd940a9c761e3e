"""The new text of a document, made of its old one: always what writing the whole document anew would say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.migrations.check import compile_check
from bot.migrations.rows import conversions
from bot.migrations.splice import Splicer
from bot.migrations.texts import Reader, TwiceError, read
from bot.migrations.values import Failed
from rules.transform import Transform, TransformError, compile_steps

ANY = compile_check(schema=True, what="any")
NAMES = st.sampled_from(["a", "b", "c", 'a"', '"a', "a:", '"a":', "\\a", "\\", "ä", "", "a b"])
SCALARS = st.one_of(
    NAMES, st.integers(-5, 5), st.floats(-10, 10), st.booleans(), st.none(), st.sampled_from(["\u0001", "12.50", "7"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)
STEPS = st.lists(
    st.sampled_from([
        {"cast": {"at": "/a", "from": "string", "to": "number"}},
        {"set-default": {"at": "/b", "value": {"a": [1.5]}}},
        {"set-default": {"at": "/b/a", "value": '"a":'}},
        {"map-values": {"at": "/b", "values": {"a": "b", "b": "c"}, "otherwise": "keep", "down": {}}},
        {"remove": {"at": "/a", "restore": 1}},
        {"move": {"from": "/a", "to": "/c/a"}},
        {"rename": {"at": "/c", "to": "d"}},
        {"rename": {"at": "/b/a", "to": "e"}},
        {"expression": {"at": "/c", "up": "doc.b", "create": True}, "irreversible": "computed"},
        {"map-values": {"at": "/c/*", "values": {"a": "z"}, "otherwise": "keep"}},
        {"split": {"at": "/a", "into": ["/x", "/y"], "by": "."}},
        {"join": {"from": ["/x", "/y"], "to": "/b", "by": "."}},
    ]),
    min_size=1, max_size=3,
)  # fmt: skip
WRITTEN: tuple[dict[str, Any], ...] = (
    {}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}, {"separators": (" ,", " : ")},
)  # fmt: skip


@given(DOCUMENTS, STEPS, st.sampled_from(WRITTEN))
@example({"a": "1", "b": {"a": 2}}, [{"remove": {"at": "/a", "restore": 1}}], {})
@example({"b": "a", "a": "1"}, [{"remove": {"at": "/a", "restore": 1}}], {"indent": 1})
@example({"a": 1}, [{"remove": {"at": "/a", "restore": 1}}, {"set-default": {"at": "/b", "value": 1}}], {})
@example({'a"': 1, "a": "2"}, [{"cast": {"at": "/a", "from": "string", "to": "number"}}], {})
def test_a_spliced_text_says_what_the_whole_document_would(
    document: dict[str, Any], steps: list[dict[str, Any]], written: dict[str, Any]
) -> None:
    text = json.dumps(document, **written)
    transform = compile_steps(steps)
    found = conversions(transform, ANY, ANY).up([text])[0]
    assert (found if isinstance(found, Failed) else _ordered(read(found))) == _expected(transform, text)


def _expected(transform: Transform, text: str) -> str | Failed:
    try:
        return _ordered(transform.up(read(text)))
    except TransformError as error:
        return Failed(error.rule, error.place, error.sentence)


def _ordered(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


PAIRS = st.recursive(
    st.one_of(SCALARS.map(json.dumps), st.sampled_from(['":"', '": "', '"a\\":"', "1.50", "1e2"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.tuples(
            st.lists(st.tuples(st.sampled_from(['"a"', '"\\u0061"', '"b"', '":"']), inner), max_size=3),
            st.sampled_from([":", " :", ": ", "\n:", "\t: "]),
        ).map(lambda made: "{" + ",".join(f"{name}{made[1]}{value}" for name, value in made[0]) + "}"),
    ),
    max_leaves=10,
)


def _strict(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(members)) < len(members):
        raise TwiceError
    return dict(members)


@given(PAIRS)
def test_a_member_that_is_named_twice_is_found_however_it_is_written(text: str) -> None:
    try:
        expected = json.loads(text, object_pairs_hook=_strict)
    except TwiceError:
        with pytest.raises(TwiceError):
            Reader().read(text)
    else:
        assert Reader().read(text) == expected


def test_what_is_not_touched_keeps_its_digits_and_blanks() -> None:
    made = conversions(compile_steps([{"cast": {"at": "/a", "from": "string", "to": "number"}}]), ANY, ANY)
    text = '{"x" : 1.500,  "a":"2.50", "y": 10000000000000000000000.10 , "z": "\\n"}'
    assert made.up([text]) == ['{"x" : 1.500,  "a":2.5, "y": 10000000000000000000000.10 , "z": "\\n"}']


@pytest.mark.parametrize("name", ['a"b', "a/b", "ü\u0001", "a\\b"])
def test_a_name_that_could_be_written_in_several_ways_is_not_looked_for(name: str) -> None:
    assert Splicer.of([name]) is None
    assert Splicer.of(["a", "ü"]) is not None


def test_a_value_that_a_step_took_from_elsewhere_is_its_own() -> None:
    steps: list[dict[str, Any]] = [
        {"expression": {"at": "/c", "up": "doc.b", "create": True}, "irreversible": "computed"},
        {"map-values": {"at": "/c/*", "values": {"a": "z"}}},
    ]
    assert compile_steps(steps).up({"b": ["a"]}) == {"b": ["a"], "c": ["z"]}
