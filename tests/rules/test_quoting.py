"""Paths and commands inside sentences: whoever shows the sentence finds them again, exactly as they are."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rules.quoting import code, command, glue, one_line, spans

NAMES = st.text(alphabet="ab`|\\ '\"$*<>&", min_size=1, max_size=12)


@given(NAMES, NAMES)
def test_what_stands_in_a_sentence_is_found_again(first: str, second: str) -> None:
    assert spans(f"Rename {code(first)} to {code(second)}; then look.") == [
        "Rename ",
        first,
        " to ",
        second,
        "; then look.",
    ]
    assert spans(one_line(f"Rename  {code(first)}\nnow.")) == ["Rename ", first, " now."]


@given(NAMES)
def test_markdown_reads_the_same(name: str) -> None:
    (paragraph,) = [token for token in MarkdownIt().parse(f"a {code(name)} b") if token.type == "inline"]
    found = [token.content for token in paragraph.children or () if token.type == "code_inline"]
    assert found == [name]


@given(NAMES)
def test_a_shell_reads_the_command_as_it_was_meant(path: str) -> None:
    (_, written, _) = spans(f"Run {command('concordat', 'manifest', 'refresh', path)} now.")
    assert shlex.split(written) == ["concordat", "manifest", "refresh", path]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("a `b` c", ["a ", "b", " c"]),
        ("a ``b`c`` d", ["a ", "b`c", " d"]),
        ("a `b", ["a `b"]),
        ("`a``b`", ["", "a``b", ""]),
    ],
)
def test_a_sentence_is_taken_apart_as_commonmark_does(text: str, parts: list[str]) -> None:
    assert spans(text) == parts


def test_blanks_are_glued_only_between_back_ticks() -> None:
    assert glue("a b `c d` e", "_") == "a b `c_d` e"
