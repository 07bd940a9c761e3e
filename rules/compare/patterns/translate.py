"""Give a pattern its language: anchors, word boundaries, look-ahead, and the search anywhere that JSON Schema means.

From right to left, each part turns "the texts that may follow" into "the texts that may stand from here on". What an
assertion looks back at is the character before: so each such language is kept three times, after the text's start,
after a word character and after another. Most often the three are one and the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from rules.compare.patterns import chars
from rules.compare.patterns.regex import Languages, Regex
from rules.compare.patterns.syntax import (
    ASSERTION,
    Alt,
    Anchor,
    Boundary,
    Chars,
    Look,
    Rep,
    Seq,
    Tree,
    UnsupportedPatternError,
    parse,
)

MAX_UNROLLED: Final = 12
"""Repetitions of a part with an assertion in it; each is written out."""
MAX_PARTS: Final = 40_000
FREE_PARTS: Final = 500
"""Parts that are put together for nothing; each further one, of assertions written out, costs `PART_STEPS`."""
PART_STEPS: Final = 8


class After(NamedTuple):
    """The texts that may follow: at the text's start, after a word character, after another character."""

    start: Regex
    word: Regex
    other: Regex


def language(languages: Languages, pattern: str) -> Regex:
    """Give the texts that a pattern is found in; `UnsupportedPatternError` where that is not known to be regular."""
    return _Translator(languages).whole(parse(pattern))


class _Translator:
    def __init__(self, languages: Languages) -> None:
        self.lang = languages
        self.parts = 0
        self.anything = After(languages.everything, languages.everything, languages.everything)
        self.word = languages.charset(chars.WORD)
        self.other = languages.charset(chars.complement(chars.WORD))

    def whole(self, tree: Tree) -> Regex:
        if isinstance(tree, Alt):
            return self.lang.either([self.whole(part) for part in tree.parts])
        found = self.of(tree, self.anything)
        if found.start is found.word is found.other:
            return self.lang.cat([self.anything.start, found.start])
        after = [
            self.lang.cat([self.lang.everything, last, rest])
            for last, rest in ((self.word, found.word), (self.other, found.other))
        ]
        return self.lang.either([found.start, *after])

    def of(self, tree: Tree, then: After) -> After:
        """Put a part before what may follow it."""
        self.parts += 1
        if self.parts > FREE_PARTS:
            self.lang.spend(PART_STEPS)
        if self.parts > MAX_PARTS:
            raise UnsupportedPatternError("assertions repeated too often")
        match tree:
            case Seq(parts):
                for part in reversed(parts):
                    then = self.of(part, then)
                return then
            case Alt(parts) if asserts(tree):
                return self._each([self.of(part, then) for part in parts], self.lang.either)
            case Rep() if asserts(tree):
                return self._repeated(tree, then)
            case Anchor() | Boundary() | Look():
                return self._assertion(tree, then)
            case _:
                return self._plain_before(self._plain(tree), then)

    def _each(self, several: Iterable[After], join: Callable[[Iterable[Regex]], Regex]) -> After:
        start, word, other = (join(parts) for parts in zip(*several, strict=True))
        return After(start, word, other)

    def _plain(self, tree: Tree) -> Regex:
        match tree:
            case Chars(charset):
                return self.lang.charset(charset)
            case Rep(part, low, high):
                return self.lang.repeat(self._plain(part), low, high)
            case Seq(parts):
                return self.lang.cat([self._plain(part) for part in parts])
            case Alt(parts):
                return self.lang.either([self._plain(part) for part in parts])
            case _:
                raise AssertionError(tree)  # assertions have been told apart

    def _plain_before(self, regex: Regex, then: After) -> After:
        if then.start is then.word is then.other:
            found = self.lang.cat([regex, then.start])
            return After(found, found, found)
        endings = ((self.word, then.word), (self.other, then.other))
        taken = self.lang.either([self._ending(regex, last, rest) for last, rest in endings])
        if not regex.nullable:
            return After(taken, taken, taken)
        return After(*(self.lang.either([taken, rest]) for rest in then))

    def _ending(self, regex: Regex, last: Regex, rest: Regex) -> Regex:
        """Give the words of a language that end in a character of a kind, with what may follow it."""
        if rest is self.lang.empty:
            return rest
        if regex.kind == "chars":
            return self.lang.cat([self.lang.charset(chars.intersect(regex.chars, last.chars)), rest])
        ending = self.lang.cat([self.lang.everything, last])
        return self.lang.cat([self.lang.both([regex, ending]), rest])

    def _repeated(self, tree: Rep, then: After) -> After:
        if tree.high is None or tree.high > MAX_UNROLLED:
            raise UnsupportedPatternError("a repeated assertion")
        found = then
        for times in range(tree.high, 0, -1):
            taken = self.of(tree.part, found)
            found = taken if times <= tree.low else self._each([taken, then], self.lang.either)
        return found

    def _assertion(self, tree: Anchor | Boundary | Look, then: After) -> After:
        none, lang = self.lang.empty, self.lang
        if isinstance(tree, Anchor):
            return After(then.start, none, none) if tree.start else After(*map(self._at_end, then))
        if isinstance(tree, Boundary):
            ahead = lang.cat([self.word, lang.everything])
            not_ahead = lang.negate(ahead)
            holds = After(not_ahead, ahead, not_ahead) if tree.negative else After(ahead, not_ahead, ahead)
        else:
            holds = self.of(tree.part, self.anything)
            holds = After(*map(lang.negate, holds)) if tree.negative else holds
        return self._each([holds, then], lang.both)

    def _at_end(self, rest: Regex) -> Regex:
        return self.lang.epsilon if rest.nullable else self.lang.empty


def asserts(tree: Tree) -> bool:
    """Say whether there is an anchor, a word boundary or a look-ahead in it."""
    if isinstance(tree, ASSERTION):
        return True
    if isinstance(tree, Rep):
        return asserts(tree.part)
    return isinstance(tree, Seq | Alt) and any(asserts(part) for part in tree.parts)
