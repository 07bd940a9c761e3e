from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.pointer import escape, get, join, split

TOKENS = st.lists(st.text(max_size=5), max_size=5)


@given(TOKENS)
def test_a_pointer_taken_apart_gives_what_it_was_made_of(tokens: list[str]) -> None:
    assert split(join("", *tokens)) == tuple(tokens)


@given(TOKENS)
def test_a_pointer_leads_to_what_was_put_there(tokens: list[str]) -> None:
    value: object = "here"
    for token in reversed(tokens):
        value = {token: value}
    assert get(value, join("", *tokens)) == "here"


# The examples of RFC 6901 §5.
RFC = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3),
        ("/g|h", 4), ("/i\\j", 5), ('/k"l', 6), ("/ ", 7), ("/m~0n", 8),
    ],
)  # fmt: skip
def test_the_examples_of_the_rfc_are_followed(pointer: str, value: object) -> None:
    assert get(RFC, pointer) == value


@pytest.mark.parametrize("pointer", ["/bar", "/foo/2", "/foo/01", "/foo/-", "/foo/-1", "/foo/0/x", "/foo/" + "9" * 99])
def test_a_pointer_to_nowhere_says_so(pointer: str) -> None:
    with pytest.raises(KeyError):
        get(RFC, pointer)


def test_a_pointer_starts_with_a_slash() -> None:
    with pytest.raises(ValueError, match="starts with"):
        split("foo")


def test_tilde_is_escaped_before_the_slash() -> None:
    assert escape("~1/") == "~01~1"
