from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compare.budget import Budget, ExhaustedError
from rules.compare.patterns.regex import Languages
from rules.compare.patterns.search import members, shortest
from rules.compare.patterns.syntax import UnsupportedPatternError
from rules.compare.patterns.translate import language


def matches(pattern: str, text: str) -> bool:
    languages = Languages()
    return languages.matches(language(languages, pattern), text)


def escapes(left: str, right: str) -> str | None:
    """Give a shortest text that left matches and right does not."""
    languages = Languages()
    outside = languages.negate(language(languages, right))
    return shortest(languages, languages.both([language(languages, left), outside]))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("c$", "abc", True),
        ("^abc$", "abc\n", False),  # ECMA-262's $ is the end, not before a last line break
        ("^.$", "\n", False),
        ("^.$", "\u2028", False),
        ("^[^]$", "\n", True),
        ("^\\d$", "৪", False),  # digits are ASCII
        ("^\\s$", "\ufeff", True),
        ("^\\w+$", "é", False),
        ("^\\p{L}+$", "été", True),
        ("^\\P{L}+$", "été", False),
        ("^\\p{Letter}+$", "été", True),
        ("^\\p{gc=Cased_Letter}$", "ª", False),
        ("^\\p{Math_Symbol}$", "±", True),
        ("^🐲*$", "🐲🐲", True),
        ("^\\uD83D\\uDC32$", "🐲", True),
        ("^\\u{1F432}$", "🐲", True),
        ("^\\cC$", "\x03", True),
        ("a|^b$", "ab", True),
        ("a|^b$", "bb", False),
        ("^(a|b$)", "b", True),
        ("(^a)?b", "xb", True),
        ("^(?!x)[a-z]+$", "xy", False),
        ("^(?!x)[a-z]+$", "yx", True),
        ("^(?=.*[0-9])[a-z0-9]+$", "ab", False),
        ("^(?=.*[0-9])[a-z0-9]+$", "a1b", True),
        ("(?!a)b", "ab", True),
        ("^a{2,3}$", "aaaa", False),
        ("^a{2,}?$", "aaaa", True),
        ("^{$", "{", True),
        ("^(?<year>\\d{4})$", "2025", True),
        ("^[\\]\\-a]+$", "]-a", True),
        ("[]", "", False),
        ("a$b", "ab", False),
        ("x^a", "xa", False),
        ("(^|,)a(,|$)", "b,a", True),
        ("(^|,)a(,|$)", "ba,", False),
        ("((?!b)\\w){2}c", "bac", False),
        ("((?!b)\\w){2}c", "aac", True),
        ("\\bword\\b", "a word.", True),
        ("\\bword\\b", "words", False),
        ("\\bword\\b", "éword", True),  # what a word is made of is ASCII
        ("^\\B$", "", True),
        ("\\b", "", False),
        ("a\\B", "ab", True),
        ("a\\B", "a b", False),
    ],
)
def test_a_pattern_means_what_ecma_262_says(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        r"\b+",
        r"(?<=a)b",
        "(?i)a",
        "a**",
        "(",
        "[b-a]",
        "(^a)*",
        "a{,5}",
        "a{1,9999999999}",
        r"((((\ba?){12}){12}){12}){12}",
    ],
)
def test_what_is_not_regular_or_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        language(Languages(), pattern)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("^[a-z]{1,30}-[0-9]{4}$", "^[a-z0-9]{1,40}-[0-9]{4,8}$"),
        ("^(a|b|c){50,60}$", "^(a|b|c){0,1000}$"),
        ("^(foo|bar)$", "^[a-z]{3}$"),
        ("^a+$", "a"),
        ("^(?!x)[a-z]+$", "^[a-z]+$"),
    ],
)
def test_a_narrower_pattern_is_included_and_the_wider_is_not(left: str, right: str) -> None:
    assert escapes(left, right) is None
    word = escapes(right, left)
    assert word is not None
    assert re.search(right, word)
    assert not re.search(left, word)


def test_members_are_different_and_a_finite_language_runs_out() -> None:
    languages = Languages()
    words = members(languages, language(languages, "^[ab]c?$"), 10)
    assert sorted(words) == ["a", "ac", "b", "bc"]


def test_a_pattern_that_explodes_ends_by_the_budget() -> None:
    budget = Budget(500)
    languages = Languages(budget.spend)
    regex = language(languages, "a[ab]{14}$")
    with pytest.raises(ExhaustedError):
        shortest(languages, languages.both([regex, languages.negate(language(languages, "a[ab]{13}$"))]))


_ATOMS = st.sampled_from(["a", "b", "[^b]", "[ab]", "[^a]", r"\d", "(ab|b)", "(a|)", "1"])
_PIECES = st.builds(lambda atom, times: atom + times, _ATOMS, st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}"]))
_PATTERNS = st.builds(
    lambda start, pieces, end: start + "".join(pieces) + end,
    st.sampled_from(["", "^"]), st.lists(_PIECES, min_size=1, max_size=4), st.sampled_from(["", "$"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_PATTERNS, st.text("ab1c", max_size=6))
def test_matching_agrees_with_another_engine_where_the_syntaxes_agree(pattern: str, text: str) -> None:
    assert matches(pattern, text) is bool(re.search(pattern, text))


@settings(max_examples=60, deadline=None)
@given(_PATTERNS, _PATTERNS, st.lists(st.text("ab1c", max_size=6), max_size=10))
def test_inclusion_of_patterns_holds_for_every_text(left: str, right: str, texts: list[str]) -> None:
    word = escapes(left, right)
    if word is None:
        assert all(re.search(right, text) for text in texts if re.search(left, text))
    else:
        assert re.search(left, word)
        assert not re.search(right, word)


_ASSERTING = st.recursive(
    st.sampled_from(["a", "b", "[^b]", r"\w", "(a|)", "-", "", "^", "$", r"\b", r"\B", "(?=a)", "(?!a)", "(?!b$)"]),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map("".join)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("({}){}".format, inner, st.sampled_from(["", "?", "{0,2}", "{2}"]))
        | st.builds("(?{}{})".format, st.sampled_from("=!"), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(_ASSERTING, st.lists(st.text("ab-c", min_size=1, max_size=6), max_size=10))  # Python's \B fails in ""
def test_assertions_anywhere_agree_with_another_engine(pattern: str, texts: list[str]) -> None:
    for text in texts:
        assert matches(pattern, text) is bool(re.search(pattern, text, re.ASCII))
