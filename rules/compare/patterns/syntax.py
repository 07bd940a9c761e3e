"""Read ECMA-262 regular expressions, as JSON Schema recommends them, into a tree; refuse what is not regular.

Anchors, word boundaries and look-ahead stay in the tree; `rules.compare.patterns.translate` gives them their
meaning. Source: ECMA-262 §22.2.1, with the `u` flag's code points and Annex B's lenient braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules.compare.patterns import chars
from rules.compare.patterns.chars import CharSet

MAX_LENGTH = 20_000
MAX_NESTING = 100


class UnsupportedPatternError(ValueError):
    """The pattern uses something that is no regular language, or that this reader does not know."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    charset: CharSet


@dataclass(frozen=True, slots=True)
class Seq:
    """One thing after another."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Rep:
    """The same again."""

    part: Tree
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """`^` or `$`."""

    start: bool


@dataclass(frozen=True, slots=True)
class Boundary:
    r"""`\b`, or `\B` where `negative`."""

    negative: bool


@dataclass(frozen=True, slots=True)
class Look:
    """`(?=…)` or `(?!…)`."""

    part: Tree
    negative: bool


ASSERTION = (Anchor, Boundary, Look)
Tree = Chars | Seq | Alt | Rep | Anchor | Boundary | Look

_BRACES = re.compile(r"\{([0-9]*)(,([0-9]*))?\}")
MAX_BOUND_DIGITS = 9
_NAME = re.compile(r"\?<[A-Za-z_$][A-Za-z0-9_$]*>")
_CONTROL = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_SETS = {
    "d": chars.DIGITS, "D": chars.complement(chars.DIGITS), "w": chars.WORD, "W": chars.complement(chars.WORD),
    "s": chars.SPACE, "S": chars.complement(chars.SPACE),
}  # fmt: skip


def parse(pattern: str) -> Tree:
    """Read a pattern; `UnsupportedPatternError` says what is not understood."""
    if len(pattern) > MAX_LENGTH:
        raise UnsupportedPatternError("the pattern is too long")
    reader = _Reader(pattern)
    tree = reader.alternatives(0)
    if reader.at < len(pattern):
        raise UnsupportedPatternError('an unmatched ")"')
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _peek(self, ahead: str) -> bool:
        return self.text.startswith(ahead, self.at)

    def _take(self, ahead: str) -> bool:
        if self._peek(ahead):
            self.at += len(ahead)
            return True
        return False

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise UnsupportedPatternError("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self, depth: int) -> Tree:
        if depth > MAX_NESTING:
            raise UnsupportedPatternError("groups are nested too deeply")
        branches = [self._sequence(depth)]
        while self._take("|"):
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def _sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._quantified(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Seq(tuple(parts))

    def _quantified(self, atom: Tree) -> Tree:
        bounds = self._bounds()
        if bounds is None:
            return atom
        self._take("?")  # lazy or greedy: the language is the same
        if isinstance(atom, ASSERTION):
            raise UnsupportedPatternError("a quantifier on an assertion")
        if self._bounds() is not None:
            raise UnsupportedPatternError("a quantifier on a quantifier")
        low, high = bounds
        if high is not None and low > high:
            raise UnsupportedPatternError("quantifier bounds out of order")
        return Rep(atom, low, high)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        braces = _BRACES.match(self.text, self.at)
        if braces is None or not (braces[1] or braces[3]):
            return None
        self.at = braces.end()
        if not braces[1]:  # read as text, as "from 0", and as an error
            raise UnsupportedPatternError("a quantifier without its lower bound")
        if max(len(braces[1]), len(braces[3] or "")) > MAX_BOUND_DIGITS:
            raise UnsupportedPatternError("a quantifier with too large a bound")
        low = int(braces[1])
        if braces[2] is None:
            return low, low
        return low, int(braces[3]) if braces[3] else None

    def _atom(self, depth: int) -> Tree:
        char = self._next()
        match char:
            case "^" | "$":
                return Anchor(char == "^")
            case "(":
                return self._group(depth)
            case "[":
                return Chars(self._char_class())
            case ".":
                return Chars(chars.complement(chars.LINE_ENDS))
            case "\\":
                boundary = self._peek("b") or self._peek("B")
                return Boundary(self._next() == "B") if boundary else Chars(self._escape(in_class=False))
            case "*" | "+" | "?":
                raise UnsupportedPatternError("nothing to repeat")
            case _:
                return Chars(_one(ord(char)))

    def _group(self, depth: int) -> Tree:
        look: bool | None = None
        if self._take("?:"):
            pass
        elif self._take("?="):
            look = False
        elif self._take("?!"):
            look = True
        elif (name := _NAME.match(self.text, self.at)) is not None:
            self.at = name.end()
        elif self._peek("?"):
            raise UnsupportedPatternError(f'the group "({self.text[self.at : self.at + 3]}"')
        inner = self.alternatives(depth + 1)
        if not self._take(")"):
            raise UnsupportedPatternError('a missing ")"')
        if look is None:
            return Seq((inner,)) if isinstance(inner, ASSERTION) else inner
        return Look(inner, look)

    def _escape(self, *, in_class: bool) -> CharSet:  # noqa: PLR0911 - one kind of escape each
        char = self._next()
        if char in _SETS:
            return _SETS[char]
        if char in "pP":
            return self._property(negative=char == "P")
        if char in _CONTROL:
            return _one(_CONTROL[char])
        if char == "b" and in_class:
            return _one(8)
        if char == "0" and not self.text[self.at : self.at + 1].isdigit():
            return _one(0)
        if char == "x":
            return _one(self._hex(2))
        if char == "u":
            return _one(self._unicode())
        if char == "c" and self.text[self.at : self.at + 1].isascii() and self.text[self.at : self.at + 1].isalpha():
            return _one(ord(self._next()) % 32)
        if char.isascii() and char.isalnum():
            raise UnsupportedPatternError(f'the escape "\\{char}"')
        return _one(ord(char))

    def _hex(self, digits: int) -> int:
        text = self.text[self.at : self.at + digits]
        if len(text) < digits or any(digit not in "0123456789abcdefABCDEF" for digit in text):
            raise UnsupportedPatternError("a malformed hexadecimal escape")
        self.at += digits
        return int(text, 16)

    def _unicode(self) -> int:
        if self._take("{"):
            end = self.text.find("}", self.at)
            if not self.at < end <= self.at + 8:
                raise UnsupportedPatternError("a malformed \\u{…} escape")
            point = self._hex(end - self.at)
            self._take("}")
            return point
        point = self._hex(4)
        if 0xD800 <= point <= 0xDBFF and self._take("\\u"):
            low = self._hex(4)
            if 0xDC00 <= low <= 0xDFFF:
                return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
            raise UnsupportedPatternError("a lone surrogate")
        return point

    def _property(self, *, negative: bool) -> CharSet:
        end = self.text.find("}", self.at)
        if not self._take("{") or end < 0:
            raise UnsupportedPatternError("a malformed \\p{…} escape")
        name = self.text[self.at : end]
        self.at = end + 1
        found = chars.unicode_property(name)
        if found is None:
            raise UnsupportedPatternError(f'the Unicode property "{name[:40]}"')
        return chars.complement(found) if negative else found

    def _char_class(self) -> CharSet:
        negative = self._take("^")
        sets: list[CharSet] = []
        while not self._take("]"):
            first = self._class_atom()
            if self._peek("-") and not self._peek("-]"):
                self._take("-")
                sets.append(_range(first, self._class_atom()))
            else:
                sets.append(first)
        found = chars.union(sets)
        return chars.complement(found) if negative else found

    def _class_atom(self) -> CharSet:
        char = self._next()
        return self._escape(in_class=True) if char == "\\" else _one(ord(char))


def _one(point: int) -> CharSet:
    if 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:
        raise UnsupportedPatternError("a lone surrogate or a number beyond Unicode")
    return ((point, point),)


def _range(first: CharSet, last: CharSet) -> CharSet:
    if len(first) != 1 or len(last) != 1 or first[0][0] != first[0][1] or last[0][0] != last[0][1]:
        raise UnsupportedPatternError("a range between classes of characters")
    if first[0][0] > last[0][0]:
        raise UnsupportedPatternError("a character range out of order")
    return chars.union([((first[0][0], last[0][0]),)])
