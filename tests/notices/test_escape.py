"""Whatever a pull request names, rendered as GitHub renders it, stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from notices import comment, escape
from rules.assessment import Assessment
from rules.change import Change
from rules.compare.values import Comparison, Witness
from rules.documents import Problem
from rules.review import Review
from tests.notices.making import CONTEXT, admission_date, contract, document, relations, review

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
WORKS_OUTSIDE_CODE = re.compile(
    r"""@\w | \#\d | \bgh-\d | :// | \bwww\. | \b[0-9a-f]{7,40}\b | :[\w+-]+: | \$ """, re.VERBOSE | re.IGNORECASE
)
NASTY = [
    "@octocat", "@acme/team", "#1", "GH-1", "acme/x#1", "3c3c3c3c3c", "https://e.example", "www.e.example", ":tada:",
    "<!-- concordat:review -->", "<b>", "</details>", "<script>", "[a](b)", "![a](b)", "`", "``", "```", "~~~",
    "|", "\\",
    "*a*", "_a_", "~~a~~", "\n", "\r\n", "\n\n", "\n# a", "- a", "1. a", "===", "---", "\u202e", "\u200b", "\x1b[31m",
    "\x00", "\ud800", "$a$", "&lt;", "&#64;a", "a", " ", "    ", "##[error]", "\u2028",
    "a@b.example", "> a", "mailto:a@b",
]  # fmt: skip
hostile = st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=12).map("".join)


def leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children:
            yield from leaves(token.children)
        else:
            yield token


def only_text(markdown: str) -> list[Token]:
    found = list(leaves(GITHUB.parse(markdown)))
    kinds = {token.type for token in found} - {"inline"}
    assert kinds <= {"text", "code_inline", "paragraph_open", "paragraph_close"}, (kinds, markdown)
    for token in found:
        if token.type == "text":
            assert not WORKS_OUTSIDE_CODE.search(token.content), (token.content, markdown)
    return found


def unseen(text: str) -> bool:
    return any(ord(c) < 32 or 0x200B <= ord(c) <= 0x200F or 0x202A <= ord(c) <= 0x202E or c == "\x7f" for c in text)


@given(hostile)
def test_a_sentence_is_only_text_and_code(text: str) -> None:
    made = str(escape.prose(text))
    only_text(made)
    assert "\n" not in made
    assert not unseen(made)
    assert comment.MARKER not in made


@given(hostile)
def test_a_sentence_with_quoted_parts_is_only_text_and_code(text: str) -> None:
    only_text(str(escape.prose(f"The field `{text}` was removed; see `{text}`, or {text}.")))


@given(hostile)
def test_a_code_span_holds_exactly_what_is_shown(text: str) -> None:
    found = [token for token in only_text(f"a {escape.code(text)} b") if token.type == "code_inline"]
    assert len(found) == 1
    assert found[0].content == (escape.shorten(escape.visible(text), 120) or '""')


@given(st.lists(hostile, min_size=2, max_size=4))
def test_a_table_keeps_its_cells(texts: list[str]) -> None:
    row = " | ".join(escape.cell(escape.prose(text)) for text in texts)
    codes = " | ".join(escape.cell(escape.code(text)) for text in texts)
    rule = " | ".join("---" for _ in texts)
    tokens = GITHUB.parse(f"| {rule.replace('---', 'h')} |\n| {rule} |\n| {row} |\n| {codes} |\n")
    assert sum(token.type == "td_open" for token in tokens) == 2 * len(texts)
    assert {token.type for token in leaves(tokens)} & {"html_inline", "link_open", "image", "html_block"} == set()


@given(hostile)
def test_a_fence_holds_the_whole_block(text: str) -> None:
    (block,) = GITHUB.parse(str(escape.fence(text)))
    assert block.type == "fence"
    assert block.content == escape.visible(text, keep="\n") + "\n"


@given(st.recursive(hostile, lambda inner: st.dictionaries(hostile, inner, max_size=2), max_leaves=4))
def test_json_that_is_made_visible_is_still_the_same_json(value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    assert json.loads(escape.visible(text, keep="\n")) == value


@given(hostile)
def test_what_a_person_sees_at_a_terminal_is_one_line_without_controls(text: str) -> None:
    made = escape.line(text)
    assert made.isprintable() or not unseen(made)
    assert "##[" not in made
    made.encode()


def named(name: str) -> Review:
    made = admission_date()
    assert made.comparison is not None
    witness = Witness({name: name}, "/" + name)
    finding = replace(
        made.comparison.findings[0], sentence=f"`{name}` was removed, {name}.", instance=name, witness=witness,
        readers=(name,),
    )  # fmt: skip
    problem = Problem("version_missing", name, name, path=name, line=3)
    path = name or "x"
    change = Change(contract(name), document({"a": name}, path), document({"b": name}, path))
    comparison = Comparison(made.comparison.verdict, (finding,), relations(backward=witness))
    return review(Assessment(change, comparison, problems=(problem,)), "blocked", paused=name)


@settings(deadline=None, max_examples=60)
@given(hostile, hostile)
def test_a_whole_comment_links_only_to_what_we_link_and_holds_no_foreign_html(name: str, other: str) -> None:
    text = comment.render([named(name), named(other)], replace(CONTEXT, config_preview=(name,)))
    assert text.count(comment.MARKER) == 1
    text.encode()
    for token in leaves(GITHUB.parse(text)):
        if token.type == "link_open":
            address = str(token.attrs["href"])
            assert address.startswith(("https://github.com/acme/contracts/blob/", "https://concordat.example/"))
        if token.type in ("html_inline", "html_block"):
            assert not set(re.findall(r"<\s*/?\s*(\w+)", token.content)) - {"details", "summary"}, token.content
        assert token.type != "image"
        if token.type == "text":
            assert not WORKS_OUTSIDE_CODE.search(token.content), token.content


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('Set the version to "3.0.0", or higher.', 'Set the version to "3.0.0", or higher.'),
        ("Run `a b` and commit x/y_z.json.", "Run `a b` and commit `x/y_z.json`."),
        ("see #12 by @octocat", "see `#12` by `@octocat`"),
        ("a\u202eb", "`a\\u202eb`"),
        ("1. item", "1\\. item"),
    ],
)  # fmt: skip
def test_ordinary_sentences_stay_readable(text: str, made: str) -> None:
    assert escape.prose(text) == made
