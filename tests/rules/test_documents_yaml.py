"""YAML documents: JSON at heart, by the core schema of YAML 1.2."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules import yamlreader
from rules.documents import DocumentError, Problem, line_of, parse
from rules.jsontext import dumps
from tests.rules.test_documents import VALUES, outcome, pointers


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def each_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser with the C library, and the one without it."""
    monkeypatch.setattr(yamlreader, "_LOADER", getattr(yaml, request.param))


def refusal(text: str) -> Problem:
    with pytest.raises(DocumentError) as caught:
        parse("a.yml", text)
    return caught.value.problem


@given(VALUES)
def test_json_is_yaml(value: Any) -> None:
    document = parse("a.yml", _printable(dumps(value)))
    assert document.value == value
    assert all(line_of(document, pointer) for pointer in pointers(value))


@given(VALUES)
def test_what_another_writer_wrote_in_blocks_is_read_again(value: Any) -> None:
    # Numbers are left to the test above: the writer of PyYAML knows no long ones, and writes as YAML 1.1 has it.
    texts = _as_texts(value)
    document = parse("a.yml", yaml.safe_dump(texts, default_style='"'))
    assert document.value == texts


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_texts(item) for key, item in value.items()}
    return [_as_texts(item) for item in value] if isinstance(value, list) else str(value)


def _printable(text: str) -> str:
    """Escape what YAML takes for a line break or refuses as it is; JSON allows it raw."""
    return re.sub(r"[^\x20-\x7e\U00010000-\U0010ffff]", lambda one: json.dumps(one[0])[1:-1], text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("NO", "NO"), ("true", True), ("False", False), ("null", None),
        ("~", None), ("", None), ("12", 12), ("-3", -3), ("010", 10), ("0o10", 8), ("0x1F", 31), ("1.5", 1.5),
        (".5", 0.5), ("1e3", 1000.0), ("2026-01-20", "2026-01-20"), ("12:30:45", "12:30:45"), ("1_000", "1_000"),
        ("'12'", "12"), ('"true"', "true"), ("1.2.3", "1.2.3"), ("= ", "="), ("0b11", "0b11"),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    found = parse("a.yaml", f"a: {text}").value["a"]
    assert found == value
    assert type(found) is type(value)


def test_github_workflows_keep_their_key_on() -> None:
    assert parse("a.yml", "on: push").value == {"on": "push"}


def test_lines_are_those_of_the_keys() -> None:
    document = parse("a.yml", "# head\na:\n  - 1\n  - b: 2\n    c:\n      d\nq: {r: 1,\n  s: 2}\n")
    found = {pointer: line_of(document, pointer) for pointer in pointers(document.value)}
    assert found == {
        "": 2, "/a": 2, "/a/0": 3, "/a/1": 4, "/a/1/b": 4, "/a/1/c": 5, "/q": 7, "/q/r": 7, "/q/s": 8,
    }  # fmt: skip


def test_an_alias_stands_for_its_value_and_has_a_line_of_its_own() -> None:
    document = parse("a.yml", "a: &x {b: 1}\nc: *x\nd: [*x]\n")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}
    assert line_of(document, "/c") == 2


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
DEEP = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 220))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "document_syntax", 1),
        ("# only this\n", "document_syntax", 1),
        ("a: 1\nb: 2\na: 3", "document_duplicate_key", 3),
        ("a: 1\n1: 2", "document_key", 2),
        ("a: 1\ntrue: 2", "document_key", 2),
        ("a: 1\n~: 2", "document_key", 2),
        ("? [a]\n: 1", "document_key", 1),
        ("a: &x b\n*x : 1", "document_key", 2),
        ("a: &x {b: 1}\nc:\n  <<: *x", "document_key", 3),
        ("a: 1\nb: !!python/name:os.system x", "document_tag", 2),
        ("a: !!int 3", "document_tag", 1),
        ("a: !mine {b: 1}", "document_tag", 1),
        ("a: .nan", "document_not_a_number", 1),
        ("a: -.inf", "document_not_a_number", 1),
        ("a: 1e99999", "document_number", 1),
        ("a: " + "9" * 5000, "document_number", 1),
        ("---\na: 1\n---\nb: 1", "document_several", 3),
        ("a: *nothing", "document_alias", 1),
        ("a: &a [*a]", "document_alias", 1),
        (BOMB, "document_alias", 6),
        (DEEP, "document_too_deep", 200),
        ("a: 1\nb: c: d", "document_syntax", 2),
        ("a:\n\t- b", "document_syntax", 2),
        ("a: 1\nb: 'x\x07'", "document_text", 2),
        ("[" * 201 + "]" * 201, "document_too_deep", 1),
        ("[" * 5000, "document_too_deep", 1),
    ],
)
def test_what_is_not_json_at_heart_is_refused_where_it_stands(text: str, code: str, line: int) -> None:
    problem = refusal(text)
    assert (problem.code, problem.line) == (code, line)
    assert problem.fix


def test_text_in_quotes_may_be_called_like_a_merge() -> None:
    assert parse("a.yml", '"<<": 1').value == {"<<": 1}


@given(st.text(st.sampled_from("ab:-[]{},&*!|>'\"%@#? \n\t0~<"), max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    found = outcome("a.yml", text)
    assert not isinstance(found, Problem) or found.sentence


def test_half_a_character_is_refused() -> None:
    assert refusal('a: "\\ud83d"').code in ("document_text", "document_syntax")


@pytest.mark.parametrize(
    ("text", "where", "meaning"),
    [
        ("a: b: c\n", "1:5", "a colon where no key can be"),
        ("version:1\ncontracts: {}\n", "2:10", "a colon where no key can be"),
        ("a: 1\nb: @x\n", "2:4", "begins with @"),
        ("key: `x`\n", "1:6", "begins with `"),
        ("a:\n\t- b\n", "2:1", "A tab stands here"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "does not fit what stands before it"),
        ("a:\n  - b\n  c: 1\n", "3:3", None),
        ("a: [1, 2\nb: 3\n", "1:4", "begins here with [ is not closed"),
        ("a:\n  b: {x: 1\n", "2:6", "begins here with { is not closed"),
        ("a: 1\nb: [\n", "2:4", "A value is missing here"),
        ("a: - b\n", "1:4", "begins a list where none can"),
        ('a: 1\nb: "x\n', "2:4", "never ends"),
        ('a: "\\q"\n', None, "backslash"),
        ("a: *\n", "1:5", "asterisk or ampersand"),
        ("a: 1\nb\n", "2:1", "no key with a value"),
        ("a: |x\n  b\n", None, None),
        ("'a' 'b'\n", "1:5", "already ended"),
    ],
)
def test_a_mistake_in_yaml_is_told_in_words(text: str, where: str | None, meaning: str | None) -> None:
    problem = refusal(text)
    assert "not YAML" not in problem.sentence
    assert meaning is None or meaning in problem.sentence
    assert where is None or problem.where() == f"a.yml:{where}"
    assert problem.fix.endswith(".")
    assert "Look at this line" not in problem.fix
    assert problem.line is not None
    assert problem.line <= text.rstrip().count("\n") + 1


@given(st.text(alphabet="ab:-[]{}'\"\\ \n\t#|>&*!%@`,?", max_size=30))
def test_the_place_of_a_mistake_in_yaml_exists(text: str) -> None:
    found: list[Problem] = []
    try:
        parse("a.yml", text)
    except DocumentError as error:
        found = [error.problem]
    assert all((problem.line or 1) <= text.rstrip().count("\n") + 1 for problem in found)
