from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.documents import DocumentError, parse
from rules.problems import PROBLEMS, READING, title

ROOT = Path(__file__).parents[2]
MAKERS = {"Problem", "problem", "Unreadable", "_refusal", "_Refused", "_problem", "at", "replace"}
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


def calls() -> Iterator[ast.Call]:
    for path in (*ROOT.glob("rules/**/*.py"), *ROOT.glob("bot/**/*.py")):
        yield from (one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call))


def texts(call: ast.Call) -> Iterator[str]:
    """Every text that a call is given by itself."""
    for value in (*call.args, *(word.value for word in call.keywords)):
        if isinstance(value, ast.Constant) and CODE.fullmatch(str(value.value)):
            yield str(value.value)


def test_every_code_in_the_source_has_a_title() -> None:
    given = {text for call in calls() if ast.unparse(call.func).rpartition(".")[2] in MAKERS for text in texts(call)}
    assert "config_twice" in given
    assert given <= {*PROBLEMS, *READING}


def test_every_title_is_of_a_code_in_the_source() -> None:
    assert {*PROBLEMS, *READING} <= {text for call in calls() for text in texts(call)}


def test_no_code_has_two_titles() -> None:
    assert not set(PROBLEMS) & set(READING)


@pytest.mark.parametrize("code", [*PROBLEMS, *READING])
def test_a_title_is_a_few_plain_words(code: str) -> None:
    assert title(code)[0].isupper()
    assert len(title(code).split()) <= 12
    assert not title(code).endswith(".")
    assert "_" not in title(code)


def test_a_problem_found_while_reading_has_its_title() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("order.json", '{"type": "object",}')
    assert title(caught.value.problem.code) == "The document cannot be read"


def test_a_code_that_nobody_knows_still_reads_as_words() -> None:
    assert title("moon_missing") == "Moon missing"
