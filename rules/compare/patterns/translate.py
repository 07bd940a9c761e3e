"""Give a pattern its language: anchors, look-ahead, and the search anywhere in the text that JSON Schema means."""

from __future__ import annotations

from typing import Literal

from rules.compare.patterns.regex import Languages, Regex
from rules.compare.patterns.syntax import Alt, Anchor, Chars, Look, Rep, Seq, Tree, UnsupportedPatternError, parse

Edge = Literal["open", "edge", "inner"]
"""What lies beyond an end of a part: any text ("open"), surely the text's end ("edge"), or other parts ("inner")."""


def language(languages: Languages, pattern: str) -> Regex:
    """Give the texts that a pattern is found in; `UnsupportedPatternError` where that is not known to be regular."""
    return _Translator(languages).whole(parse(pattern))


class _Translator:
    def __init__(self, languages: Languages) -> None:
        self.lang = languages

    def whole(self, tree: Tree) -> Regex:
        return self._of(tree, "open", "open")

    def _of(self, tree: Tree, left: Edge, right: Edge) -> Regex:
        if isinstance(tree, Alt):
            return self.lang.either([self._of(part, left, right) for part in tree.parts])
        if isinstance(tree, Seq):
            return self._sequence(tree.parts, left, right)
        if isinstance(tree, Anchor | Look):
            return self._sequence((tree,), left, right)
        if isinstance(tree, Rep) and _asserts(tree.part):
            return self._optional(tree, left, right)
        return self._padded(self._plain(tree), left, right)

    def _optional(self, tree: Rep, left: Edge, right: Edge) -> Regex:
        if tree.high == 1:
            branches = [self._of(tree.part, left, right)]
            if tree.low == 0:
                branches.append(self._padded(self.lang.epsilon, left, right))
            return self.lang.either(branches)
        raise UnsupportedPatternError("a repeated assertion")

    def _padded(self, regex: Regex, left: Edge, right: Edge) -> Regex:
        before = [self.lang.everything] if left == "open" else []
        after = [self.lang.everything] if right == "open" else []
        return self.lang.cat([*before, regex, *after])

    def _plain(self, tree: Tree) -> Regex:
        if isinstance(tree, Chars):
            return self.lang.charset(tree.charset)
        if isinstance(tree, Rep):
            return self.lang.repeat(self._plain(tree.part), tree.low, tree.high)
        return self._of(tree, "inner", "inner")

    def _sequence(  # noqa: PLR0911 - one kind of first part each
        self, parts: tuple[Tree, ...], left: Edge, right: Edge
    ) -> Regex:
        if not any(_asserts(part) for part in parts):
            return self._padded(self.lang.cat([self._plain(part) for part in parts]), left, right)
        if not parts:
            return self._padded(self.lang.epsilon, left, right)
        first, rest = parts[0], parts[1:]
        if isinstance(first, Anchor):
            return self._anchored(first, rest, left, right)
        if isinstance(first, Look):
            return self._looking(first, rest, left, right)
        if not rest:
            return self._of(first, left, right)
        if _asserts(first):
            return self._asserting_group(first, rest, left, right)
        head = self._padded(self._plain(first), left, "inner")
        return self.lang.cat([head, self._sequence(rest, "inner", right)])

    def _anchored(self, anchor: Anchor, rest: tuple[Tree, ...], left: Edge, right: Edge) -> Regex:
        if anchor.start:
            if left == "inner":
                raise UnsupportedPatternError('a "^" inside the pattern')
            return self._sequence(rest, "edge", right)
        if right == "inner" or any(not (isinstance(part, Anchor) and not part.start) for part in rest):
            raise UnsupportedPatternError('a "$" inside the pattern')
        return self._padded(self.lang.epsilon, left, "edge")

    def _looking(self, look: Look, rest: tuple[Tree, ...], left: Edge, right: Edge) -> Regex:
        if right == "inner":
            raise UnsupportedPatternError("look-ahead inside a group")
        # After open text nothing says that this is the start, so a "^" in the look-ahead is refused there.
        here: Edge = "edge" if left == "edge" else "inner"
        ahead = self._of(look.part, here, "open")
        if look.negative:
            ahead = self.lang.negate(ahead)
        both = self.lang.both([ahead, self._sequence(rest, here, right)])
        return self._padded(both, left, "inner")

    def _asserting_group(self, first: Tree, rest: tuple[Tree, ...], left: Edge, right: Edge) -> Regex:
        """Put the rest behind each alternative, so that an anchor in one says where that one stands."""
        if isinstance(first, Seq):
            return self._sequence((*first.parts, *rest), left, right)
        if isinstance(first, Alt):
            return self.lang.either([self._sequence((part, *rest), left, right) for part in first.parts])
        if isinstance(first, Rep) and first.high == 1:
            branches = [self._sequence((first.part, *rest), left, right)]
            if first.low == 0:
                branches.append(self._sequence(rest, left, right))
            return self.lang.either(branches)
        raise UnsupportedPatternError("a repeated assertion")


def _asserts(tree: Tree) -> bool:
    """Say whether there is an anchor or a look-ahead in it."""
    if isinstance(tree, Anchor | Look):
        return True
    if isinstance(tree, Rep):
        return _asserts(tree.part)
    return isinstance(tree, Seq | Alt) and any(_asserts(part) for part in tree.parts)
