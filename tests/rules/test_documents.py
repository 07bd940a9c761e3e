"""JSON documents: read strictly, refused with a place and a way out, and found again by line."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.jsontext import dumps, exact_number
from rules.pointer import get, join

LONG = st.decimals(allow_nan=False, allow_infinity=False, min_value=-10, max_value=10, places=30)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | LONG.map(str).map(exact_number)
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def outcome(path: str, text: str) -> Document | Problem:
    try:
        return parse(path, text)
    except DocumentError as error:
        return error.problem


def refusal(text: str | bytes, path: str = "a.json") -> Problem:
    with pytest.raises(DocumentError) as caught:
        parse(path, text)
    return caught.value.problem


def pointers(value: Any, pointer: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pointer, *(one for key, item in inner for one in pointers(item, join(pointer, key)))]


@given(VALUES, st.sampled_from((None, 2)))
def test_what_was_written_is_read_again(value: Any, indent: int | None) -> None:
    assert parse("a.json", dumps(value, indent=indent)).value == value


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4))
def test_the_line_of_a_member_is_the_line_of_its_key(value: dict[str, Any]) -> None:
    document = parse("a.json", dumps(value, indent=2))
    lines = document.text.split("\n")
    for pointer in pointers(value)[1:]:
        parent, _, _ = pointer.rpartition("/")
        line = line_of(document, pointer)
        assert line is not None
        if isinstance(get(value, parent), dict):
            key = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            assert lines[line - 1].lstrip().startswith(json.dumps(key, ensure_ascii=False) + ":")


def test_a_place_that_does_not_exist_has_the_line_of_its_nearest_ancestor() -> None:
    document = parse("a.json", '{\n  "a":\n  {\n    "b": [\n      1\n    ]\n  }\n}')
    found = [line_of(document, pointer) for pointer in ("", "/a", "/a/b", "/a/b/0", "/a/b/7", "/a/x/y", "/z", "z")]
    assert found == [1, 2, 4, 5, 4, 2, 1, None]


def test_a_document_that_is_no_container_has_a_line_too() -> None:
    assert line_of(parse("a.json", "\n\n true"), "") == 3


def test_numbers_are_exact() -> None:
    assert parse("a.json", "[0.10000000000000000001, 1e400]").value == [
        Decimal("0.10000000000000000001"), Decimal("1e400"),
    ]  # fmt: skip


def test_a_byte_order_mark_is_skipped_and_kept_in_the_text() -> None:
    document = parse("a.json", b'\xef\xbb\xbf{"a": 1}')
    assert document.value == {"a": 1}
    assert document.text.encode() == b'\xef\xbb\xbf{"a": 1}'
    assert line_of(document, "/a") == 1


def test_line_ends_of_windows_count_once() -> None:
    assert line_of(parse("a.json", b'{\r\n"a": 1,\r\n"b": 2}'), "/b") == 3


@pytest.mark.parametrize(
    ("text", "code", "where", "sentence"),
    [
        ("", "document_syntax", "a.json:1:1", "empty"),
        ("  \n", "document_syntax", "a.json:1:1", "empty"),
        ('{"a": {\n  "b": [1,\n  2\n\n', "document_syntax", "a.json:3:3", "cut off"),
        ('{\n"a":\n', "document_syntax", "a.json:2:4", "cut off"),
        ('{\n"a": 1,\n', "document_syntax", "a.json:2:7", "cut off"),
        ("[\n", "document_syntax", "a.json:1:1", "cut off"),
        ('{"a": 1,}', "document_syntax", "a.json:1:8", "comma is followed by nothing"),
        ("[1,\n 2,\n]", "document_syntax", "a.json:2:3", "comma is followed by nothing"),
        ("{'a': 1}", "document_syntax", "a.json:1:2", "single quotes"),
        ('{\n// why\n"a": 1}', "document_syntax", "a.json:2:1", "comment"),
        ('{"a": True}', "document_syntax", "a.json:1:7", "True is not JSON"),
        ('{"a": 1\n "b": 2}', "document_syntax", "a.json:2:2", "comma is missing"),
        ('{"a" 1}', "document_syntax", "a.json:1:6", "colon is missing"),
        ('{"a": }', "document_syntax", "a.json:1:7", "value is missing"),
        ("{} {}", "document_syntax", "a.json:1:4", "already ended"),
        ('{"a": "b', "document_syntax", "a.json:1:7", "never ends"),
        ('{"a": "b\n"}', "document_syntax", "a.json:1:9", "end of its line"),
        ('["\\x"]', "document_syntax", "a.json:1:3", "backslash"),
        ('{"a": 1,\n"b": {"c": 1,\n"c": 2}}', "document_duplicate_key", "a.json:3:1", '"c" stands twice'),
        ('{"c": {"c": 1}, "d": [{"c": 1, "\\u0063": 2}]}', "document_duplicate_key", "a.json:1:32", '"c" stands twice'),
        ('{"a": "NaN",\n"b": NaN}', "document_not_a_number", "a.json:2:6", "NaN is not JSON"),
        ("[-Infinity]", "document_not_a_number", "a.json:1:2", "-Infinity"),
        ('{"a":\n 1e99999}', "document_number", "a.json:2:2", "too large"),
        ("[" + "9" * 5000 + "]", "document_number", "a.json:1:2", "too large"),
        ('{"a":\n"\\ud83d"}', "document_text", "a.json:2:2", "half a character"),
        ("[" * 201 + "]" * 201, "document_too_deep", "a.json", "200"),
        ("[" * 100_000, "document_too_deep", "a.json", "200"),
    ],
)
def test_what_cannot_be_used_is_refused_where_it_stands(text: str, code: str, where: str, sentence: str) -> None:
    problem = refusal(text)
    assert (problem.code, problem.where()) == (code, where)
    assert sentence in problem.sentence
    assert problem.fix


def test_nesting_of_two_hundred_levels_is_read() -> None:
    assert isinstance(parse("a.json", "[" * 200 + "]" * 200), Document)


def test_bytes_that_are_not_utf8_are_refused_at_their_place() -> None:
    problem = refusal('{\n"é": "'.encode() + b'\xff"}')
    assert (problem.code, problem.line, problem.column) == ("document_encoding", 2, 7)


def test_utf16_is_named_as_what_it_is() -> None:
    assert "UTF-16" in refusal('{"a": 1}'.encode("utf-16")).sentence


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert refusal(b" " * 20_000_001).code == "document_too_large"


def test_a_pair_of_escapes_is_one_character() -> None:
    assert parse("a.json", '"\\ud83d\\ude00"').value == "😀"


@given(st.text(st.sampled_from("{}[]:,\"\\ \n019.eE-+truefalsn'#/u"), max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    found = outcome("a.json", text)
    if isinstance(found, Problem):
        assert found.sentence
        assert found.line is None or found.line <= text.count("\n") + 1
    else:
        assert all(line_of(found, pointer) for pointer in pointers(found.value))
