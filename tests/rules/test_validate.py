from __future__ import annotations

from typing import Any

import pytest

from rules.change import MAX_DATA
from rules.documents import Problem
from rules.jsontext import JsonValue
from rules.validate import MAX_PROBLEMS, check
from tests.rules.making import change, contract, fields

ROTATION = "rotation.json"


def checked(schema: JsonValue, *, data: tuple[str, ...] = (ROTATION,), **files: str) -> tuple[Problem, ...]:
    named = {path.replace("__", "/").replace("_json", ".json"): text for path, text in files.items()}
    return check(change({}, schema, of=contract(data=data), files=named))


def only(schema: JsonValue, text: str) -> Problem:
    (problem,) = checked(schema, rotation_json=text)
    return problem


def test_a_data_file_that_fits_is_in_order() -> None:
    assert checked(fields("id", required=("id",)), rotation_json='{"id": "a"}') == ()


def test_a_data_file_that_the_new_schema_refuses_is_named_at_its_line() -> None:
    schema = {"properties": {"people": {"items": fields("name", "phone", required=("name", "phone"))}}}
    text = '{\n  "people": [\n    {"name": "ada", "phone": "1"},\n    {"name": "bob"}\n  ]\n}\n'
    problem = only(schema, text)
    assert (problem.code, problem.path, problem.line, problem.pointer) == ("data_invalid", ROTATION, 4, "/people/1")
    assert problem.sentence == "`rotation.json` does not fit `orders.schema.json`: `/people/1` lacks phone."
    assert problem.blocking


@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        ({"type": "object"}, "[]", "the whole document has to be of type object"),
        ({"enum": ["a", 1, None]}, '"b"', "has to be one of a, 1, null"),
        ({"minimum": 3}, "2", "has to be at least 3"),
        ({"multipleOf": 0.1}, "0.35", "has to be a multiple of 0.1"),
        ({"pattern": "^a+$"}, '"b"', "does not match the pattern ^a+$"),
        ({"format": "date"}, '"2025-13-01"', "is not a valid date"),
        ({"additionalProperties": False}, '{"x": 1}', "holds fields that are not permitted: x"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "1", "fits none of the permitted alternatives"),
        ({"not": {}}, "1", "has a form that is not permitted"),
        (False, "1", "is not permitted"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(schema: JsonValue, text: str, words: str) -> None:
    assert words in only(schema, text).sentence


def test_the_same_words_on_the_same_place_are_said_once() -> None:
    assert (
        "holds fields that are not permitted: x, y"
        in only({"additionalProperties": False}, '{"x": 1, "y": 2}').sentence
    )


def test_formats_are_asserted() -> None:
    assert checked({"format": "date-time"}, rotation_json='"2025-01-15"')
    assert not checked({"format": "date-time"}, rotation_json='"2025-01-15T10:00:00Z"')


def test_numbers_are_exact() -> None:
    assert not checked({"multipleOf": 0.1}, rotation_json="0.3")
    assert not checked({"type": "integer"}, rotation_json="1.0")
    assert checked({"maximum": 12345678901234567890.1}, rotation_json="12345678901234567890.2")


def test_a_data_file_that_is_no_json_is_named() -> None:
    problem = only({}, "{")
    assert (problem.code, problem.path, problem.blocking) == ("data_unreadable", ROTATION, True)


def test_data_may_be_yaml() -> None:
    found = check(change({}, {"required": ["a"]}, of=contract(data=("a.yml",)), files={"a.yml": "b: 1\n"}))
    assert [one.code for one in found] == ["data_invalid"]


def test_files_that_the_patterns_do_not_name_are_left_alone() -> None:
    assert checked({"not": {}}, data=("rotations/*.json",), other_json="1", rotations__deep__a_json="1") == ()
    assert len(checked({"not": {}}, data=("rotations/*.json",), rotations__a_json="1")) == 1


def test_a_data_file_that_is_named_and_missing_is_remarked() -> None:
    (problem,) = checked({})
    assert (problem.code, problem.blocking) == ("data_missing", False)
    assert checked({}, data=("rotations/*.json",)) == ()


def test_only_the_first_errors_are_named() -> None:
    files: dict[str, Any] = {f"d__{index:03}_json": "[1, 2, 3]" for index in range(10)}
    found = checked({"items": {"type": "string"}}, data=("d/*.json",), **files)
    assert len(found) == MAX_PROBLEMS


def test_more_files_than_are_read_are_said_so() -> None:
    files: dict[str, Any] = {f"d__{index:03}_json": "1" for index in range(MAX_DATA + 1)}
    assert [one.code for one in checked({}, data=("d/*.json",), **files)] == ["data_cut"]


def test_a_remote_reference_is_never_fetched() -> None:
    problem = only({"$ref": "http://127.0.0.1:9/schema.json"}, "1")
    assert problem.code == "data_unchecked"
    assert "http://127.0.0.1:9/schema.json" in problem.sentence


def test_a_loop_of_references_is_a_problem_and_no_crash() -> None:
    assert only({"$ref": "#"}, "1").code == "data_unchecked"


def test_a_catastrophic_pattern_is_answered() -> None:
    assert only({"pattern": "^(a+)+$"}, '"' + "a" * 5000 + '!"').code in ("data_invalid", "data_unchecked")


def test_a_recursive_schema_walks_the_data() -> None:
    schema = {"properties": {"next": {"$ref": "#"}}, "additionalProperties": False}
    assert only(schema, '{"next": {"next": {"other": 1}}}').pointer == "/next/next"
