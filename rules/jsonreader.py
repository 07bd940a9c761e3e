"""JSON read strictly: exact numbers, no key twice, no NaN, bounded depth, and errors that a person can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NoReturn

from rules.jsontext import JsonValue, exact_number
from rules.lines import MAX_DEPTH, Lines, Unreadable, at, too_deep

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf'{_STRING}|[{{}}\[\]]|[^\s{{}}\[\],:"]+', re.DOTALL)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_WORD = re.compile(r"\w+")
_PYTHON = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null"}


class _Refused(ValueError):  # noqa: N818 a signal from inside the parser, never seen outside
    """The parser met something that is JSON by its grammar, or nearly, but is not accepted here."""

    def __init__(self, code: str, token: str) -> None:
        super().__init__(token)
        self.code, self.token = code, token


def read(text: str) -> JsonValue:
    """Read a JSON text; `Unreadable` with line and column where it cannot be used."""
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_int=_number, parse_float=_number, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        _syntax(text, error)
    except _Refused as error:
        _refuse(text, error)
    except RecursionError:
        raise too_deep() from None
    _check_depth(value)
    if _HALF.search(text):
        _check_text(text, value)
    return value


def lines(text: str) -> Lines:
    """Find the line of every value of a JSON text that `read` has accepted; linear, and without recursion."""
    root = Lines(1)
    stack = [root]
    key: str | None = None
    line = key_line = 1
    seen = 0
    for kind, token, offset in _steps(text):
        line += text.count("\n", seen, offset)
        seen = offset
        if kind == "close":
            stack.pop()
        elif kind == "key":
            key, key_line = _plain(token), line
        else:
            node = Lines(line if key is None else key_line)
            stack[-1].add(node, key)
            key = None
            if kind == "open":
                stack.append(node)
    return root.items[0]


def _steps(text: str) -> Iterator[tuple[Literal["open", "close", "key", "value"], str, int]]:
    """Walk through a JSON text: what each token is, the token, its offset."""
    in_object: list[bool] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("}", "]"):
            in_object.pop()
            yield "close", token, match.start()
        elif key_next:
            key_next = False
            yield "key", token, match.start()
            continue
        elif token in ("{", "["):
            in_object.append(token == "{")  # noqa: S105 a token of JSON
            yield "open", token, match.start()
        else:
            yield "value", token, match.start()
        key_next = bool(in_object) and in_object[-1]


def _plain(token: str) -> str:
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add gives None, on purpose
        raise _Refused("document_duplicate_key", twice)
    return members


def _number(text: str) -> int | float | Decimal:
    try:
        return exact_number(text)
    except ValueError:
        raise _Refused("document_number", text) from None


def _constant(text: str) -> NoReturn:
    raise _Refused("document_not_a_number", text)


def _check_depth(value: JsonValue) -> None:
    """Measure the nesting level by level, so that the measure itself cannot run out of stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for one in level for item in _children(one) if isinstance(item, dict | list)]
        if not level:
            return
    raise too_deep()


def _children(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _check_text(text: str, value: JsonValue) -> None:
    """Refuse half a surrogate pair: no text encoding can carry it on (RFC 8259 §8.2)."""
    level: list[JsonValue] = [[value]]
    while level:
        keys = [key for one in level if isinstance(one, dict) for key in one]
        items = [item for one in level for item in _children(one)]
        if any(not _encodes(one) for one in (*keys, *items) if isinstance(one, str)):
            match = _HALF.search(text)
            line, column = at(text, match.start() if match else 0)
            raise Unreadable(
                "document_text", "A string holds half a character: one \\ud800–\\udfff escape without its other half.",
                "Write the character itself, or both halves of the pair.", line, column,
            )  # fmt: skip
        level = [item for item in items if isinstance(item, dict | list)]


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(text: str, refused: _Refused) -> NoReturn:
    """Turn a refusal from inside the parser into a sentence with its place."""
    shown = refused.token if len(refused.token) <= 60 else refused.token[:57] + "…"
    sentence, fix = {
        "document_duplicate_key": (
            f'The key "{shown}" stands twice in one object.',
            "Keep one of the two; JSON readers differ on which they take.",
        ),
        "document_number": (f"The number {shown} is too large or too long.", "Write it as text, or shorter."),
        "document_not_a_number": (f"{shown} is not JSON.", "Use null, a number, or text in double quotes."),
    }[refused.code]  # fmt: skip
    twice = refused.code == "document_duplicate_key"
    offset = _second(text, refused.token) if twice else _first(text, refused.token)
    raise Unreadable(refused.code, sentence, fix, *at(text, offset)) from None


def _first(text: str, token: str) -> int:
    return next((match.start() for match in _TOKEN.finditer(text) if match[0] == token), 0)


def _second(text: str, wanted: str) -> int:
    """Find where a key stands for the second time in one object: the first to end, as the parser meets them."""
    places: list[list[int]] = []
    for kind, token, offset in _steps(text):
        if kind == "open":
            places.append([])
        elif kind == "key" and _plain(token) == wanted:
            places[-1].append(offset)
        elif kind == "close" and len(found := places.pop()) > 1:
            return found[1]
    return 0


def _syntax(text: str, error: json.JSONDecodeError) -> NoReturn:
    """Say in plain words what the parser stumbled over."""
    offset = error.pos
    word = _WORD.match(text, offset)
    mark = text[offset : offset + 1]
    before = text[:offset].rstrip()
    if not text.strip():
        offset = 0
        said = ("The file is empty.", "Write a JSON document, or remove the file.")
    elif not text[offset:].strip():
        # The place is behind the last line; there is nothing to look at.
        offset = len(before) - 1
        said = ("The document is cut off: it ends here, before what is open is closed.", _CUT)
    elif (mark in ("}", "]") and before.endswith(",")) or error.msg.startswith("Illegal trailing comma"):
        offset = offset if mark == "," else len(before) - 1
        said = ("A comma is followed by nothing.", "Remove it: in JSON no comma stands after the last member.")
    elif mark == "'":
        said = ("Text stands in single quotes.", "Use double quotes: JSON knows no others.")
    elif mark == "#" or text.startswith(("//", "/*"), offset):
        said = ("Here is a comment, and JSON has none.", 'Remove it; a schema can say it in "$comment".')
    elif word and word[0] in _PYTHON:
        said = (f"{word[0]} is not JSON.", f"Write {_PYTHON[word[0]]}.")
    else:
        said = next((said for start, said in _SYNTAX.items() if error.msg.startswith(start)), _OTHER)
    raise Unreadable("document_syntax", *said, *at(text, offset)) from None


_CUT = "Add what is missing, such as a value, } or ], or write the file anew if only a part of it arrived."
_OTHER = ("This is not JSON.", "Look at this place and just before it.")
_SYNTAX = {
    "Expecting value": (
        "A value is missing here.",
        "Write an object, a list, text in double quotes, a number, true, false or null.",
    ),
    "Expecting property name": (
        "A key in double quotes is missing here.",
        'Write "key": value, or close the object with }.',
    ),
    "Expecting ':'": (
        "A colon is missing before this place.",
        'Between a key and its value stands a colon: "key": value.',
    ),
    "Expecting ','": (
        "A comma is missing before this place.",
        "Put a comma between two members, or close the object or list.",
    ),
    "Extra data": (
        "The document has already ended before this place.",
        "Remove what follows, or put both into one list or object.",
    ),
    "Unterminated string": (
        "The text that begins here never ends.",
        "Close it with a double quote on the same line.",
    ),
    "Invalid control character": (
        "Text runs over the end of its line, or holds a control character.",
        "Write \\n for a line break, \\t for a tab.",
    ),
    "Invalid \\uXXXX": (
        "A \\u is not followed by four hexadecimal digits.",
        "Write it as in \\u00e9.",
    ),
    "Invalid \\escape": (
        "A backslash is followed by a character that it cannot escape.",
        "Write \\\\ for a backslash itself.",
    ),
}
"""What the parser says, in words for people."""
