"""What a YAML parser stumbled over, in words for the person who wrote the file.

The parser speaks of tokens and contexts; both of PyYAML's parsers (libyaml's and the one in Python) are understood.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from rules.lines import Unreadable, at

_BEGINS_BELOW = "Begin the text on the next line, indented further than its key."
_NEIGHBOURS = "Members of one object begin in the same column, and so do the items of one list."


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One kind of mistake: what it means, the way out, and whether it is seen best where its context begins."""

    meaning: str
    fix: str
    at_context: bool = False


_MISTAKES: dict[str, _Mistake] = {
    "mapping values are not allowed": _Mistake(
        "Here stands a colon where no key can be: text that holds a colon, or a line that is indented too far.",
        "Put text that holds a colon in quotes; write a space after the colon of a key, also in the line before.",
    ),
    "sequence entries are not allowed": _Mistake(
        "Here begins a list where none can.", "Begin each item on a line of its own, below its key."
    ),
    "<block end>": _Mistake("This does not fit what stands before it.", f"Check the indentation. {_NEIGHBOURS}"),
    "expected key": _Mistake("This does not fit what stands before it.", f"Check the indentation. {_NEIGHBOURS}"),
    "expected '-'": _Mistake(
        "This line stands in a list and is none of its items.", f"Begin it with a dash, or indent it. {_NEIGHBOURS}"
    ),
    "',' or ']'": _Mistake(
        "The list that begins here with [ is not closed.", "Put commas between its items and ] at its end.", True
    ),
    "',' or '}'": _Mistake(
        "The object that begins here with { is not closed.", "Put commas between its members and } at its end.", True
    ),
    "expected ':'": _Mistake(
        "This line is no key with a value, nor part of the value before it.",
        "Write a colon and a space after the key, or indent the text below its key.", True,
    ),
    "unexpected end of stream": _Mistake(
        "The text that begins here with a quote never ends.", "Close it with the same quote.", True
    ),
    "escape": _Mistake(
        "A backslash is followed by a character that it cannot escape.",
        "Write \\\\ for a backslash itself, or put the text in single quotes.",
    ),
    "alphabetic or numeric": _Mistake(
        "An asterisk or ampersand stands here without the name that has to follow it.",
        "Put text that begins with * or & in quotes.",
    ),
    "node content": _Mistake("A value is missing here.", "Write one, or take out the comma or bracket."),
    "comment or": _Mistake("The text after | or > begins on the same line.", _BEGINS_BELOW),
    "chomping": _Mistake("The text after | or > begins on the same line.", _BEGINS_BELOW),
    "<document start>": _Mistake(
        "The document has already ended before this place.", f"Check the indentation and the quotes. {_NEIGHBOURS}"
    ),
    "directive": _Mistake("The line begins with %.", "Put text that begins with % in quotes."),
}  # fmt: skip
"""By words of the parser's message; the first that it holds counts."""

_RESERVED = _Mistake(
    "A value begins with {mark}, which YAML keeps for itself.", "Put the value in quotes."
)  # fmt: skip
_TAB = _Mistake("A tab stands here, where YAML counts spaces.", "Indent with spaces, not tabs.")


def explain(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    """Say what is wrong, what to do, and where: at a line that exists, though the text may end before it should."""
    what = (error.problem or "it breaks YAML's rules").strip()
    mark = error.problem_mark or error.context_mark
    found = _mistake(what, "" if mark is None else text[mark.index : mark.index + 1])
    if found is None:
        found = _Mistake(f"This is not YAML: {what}.", "Look at this line and the one before it.")
    if found.at_context:
        mark = error.context_mark or mark
    if mark is None:
        return Unreadable("document_syntax", found.meaning, found.fix)
    whole = text.rstrip()
    if mark.line > whole.count("\n"):
        return Unreadable("document_syntax", found.meaning, found.fix, *at(whole, len(whole) - 1))
    return Unreadable("document_syntax", found.meaning, found.fix, mark.line + 1, mark.column + 1)


def _mistake(what: str, mark: str) -> _Mistake | None:
    if "cannot start any token" in what or "tab character" in what:
        if mark in ("\t", ""):
            return _TAB
        return _Mistake(_RESERVED.meaning.format(mark=mark), _RESERVED.fix)
    return next((mistake for words, mistake in _MISTAKES.items() if words in what), None)
