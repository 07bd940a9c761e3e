"""Regular languages as hash-consed expressions with intersection, complement and counters, and their derivatives.

Source: Brzozowski, "Derivatives of Regular Expressions" (1964); Owens, Reppy, Turon (2009) for character classes.
A counter stays symbolic: `r{2,9}` is one expression, not nine copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rules.compare.patterns import chars
from rules.compare.patterns.chars import CharSet

CHARS: Final = "chars"
CAT: Final = "cat"
REPEAT: Final = "repeat"
AND: Final = "and"
OR: Final = "or"
NOT: Final = "not"
EPSILON: Final = "epsilon"


class Regex:
    """One language expression; made only by `Languages`, so that equal expressions are the same object."""

    __slots__ = ("chars", "classes", "derivatives", "fronts", "high", "id", "kind", "low", "moves", "nullable", "parts")

    def __init__(
        self, number: int, kind: str, parts: tuple[Regex, ...], bounds: tuple[int, int | None], charset: CharSet
    ) -> None:
        self.id = number
        self.kind = kind
        self.parts = parts
        self.low, self.high = bounds
        self.chars = charset
        self.nullable = _nullable(self)
        self.fronts: frozenset[CharSet] | None = None
        self.classes: tuple[CharSet, ...] | None = None
        self.derivatives: dict[int, Regex] = {}
        self.moves: dict[str, Regex] = {}


def _nullable(regex: Regex) -> bool:
    match regex.kind:
        case "epsilon":
            return True
        case "chars":
            return False
        case "cat" | "and":
            return all(part.nullable for part in regex.parts)
        case "repeat":
            return regex.low == 0 or regex.parts[0].nullable
        case "or":
            return any(part.nullable for part in regex.parts)
        case _:
            return not regex.parts[0].nullable


class Languages:
    """The table of all expressions of one decision; `spend` is told what each derivative costs."""

    def __init__(self, spend: Callable[[int], None] = lambda _: None) -> None:
        self._table: dict[object, Regex] = {}
        self.spend = spend
        self.empty = self.charset(chars.NONE)
        self.epsilon = self._make(EPSILON)
        self.any_char = self.charset(chars.ALL)
        self.everything = self.repeat(self.any_char, 0, None)

    def _make(
        self, kind: str, parts: tuple[Regex, ...] = (), low: int = 0, high: int | None = 0, charset: CharSet = ()
    ) -> Regex:
        key = (kind, tuple(part.id for part in parts), low, high, charset)
        found = self._table.get(key)
        if found is None:
            found = self._table[key] = Regex(len(self._table), kind, parts, (low, high), charset)
        return found

    def charset(self, charset: CharSet) -> Regex:
        """Make the one-character words of a set."""
        return self._make(CHARS, charset=charset)

    def literal(self, text: str) -> Regex:
        """Make the language of one word."""
        return self.cat(self.charset(((ord(char), ord(char)),)) for char in text)

    def cat(self, parts: Iterable[Regex]) -> Regex:
        """Concatenate, from left to right."""
        result = self.epsilon
        for part in reversed(list(parts)):
            result = self._cat2(part, result)
        return result

    def _cat2(self, left: Regex, right: Regex) -> Regex:  # noqa: PLR0911 - one law each
        if left is self.empty or right is self.empty:
            return self.empty
        if left is self.epsilon:
            return right
        if right is self.epsilon:
            return left
        if left is self.everything and right is self.everything:
            return left
        if left.kind == CAT:
            return self._cat2(left.parts[0], self._cat2(left.parts[1], right))
        if left is self.everything and right.kind == CAT and right.parts[0] is self.everything:
            return right
        return self._make(CAT, (left, right))

    def repeat(self, regex: Regex, low: int, high: int | None) -> Regex:
        """Repeat between `low` and `high` times; `None` is no bound."""
        if regex.nullable:
            low = 0
        if high == 0 or regex is self.epsilon:
            return self.epsilon
        if regex is self.empty:
            return self.epsilon if low == 0 else self.empty
        if (low, high) == (1, 1):
            return regex
        if regex.kind == REPEAT and (regex.low, regex.high) == (0, None):
            return regex
        return self._make(REPEAT, (regex,), low, high)

    def negate(self, regex: Regex) -> Regex:
        """Give the words outside a language."""
        if regex.kind == NOT:
            return regex.parts[0]
        if regex is self.empty:
            return self.everything
        if regex is self.everything:
            return self.empty
        return self._make(NOT, (regex,))

    def either(self, parts: Iterable[Regex]) -> Regex:
        """Unite languages."""
        return self._join(OR, parts, self.empty, self.everything)

    def both(self, parts: Iterable[Regex]) -> Regex:
        """Meet languages."""
        return self._join(AND, parts, self.everything, self.empty)

    def _join(self, kind: str, parts: Iterable[Regex], neutral: Regex, absorbing: Regex) -> Regex:
        flat: dict[int, Regex] = {}
        for part in parts:
            for one in part.parts if part.kind == kind else (part,):
                flat[one.id] = one
        flat.pop(neutral.id, None)
        if absorbing.id in flat or any(one.kind == NOT and one.parts[0].id in flat for one in flat.values()):
            return absorbing
        self._merge_characters(kind, flat)
        if not flat:
            return neutral
        members = tuple(flat[number] for number in sorted(flat))
        return members[0] if len(members) == 1 else self._make(kind, members)

    def _merge_characters(self, kind: str, flat: dict[int, Regex]) -> None:
        sets = [one for one in flat.values() if one.kind == CHARS]
        if kind != OR or len(sets) < 2:
            return
        for one in sets:
            del flat[one.id]
        merged = self.charset(chars.union(one.chars for one in sets))
        flat[merged.id] = merged

    def fronts(self, regex: Regex) -> frozenset[CharSet]:
        """Collect the character sets that the next character is looked up in."""
        if regex.fronts is None:
            regex.fronts = self._fronts(regex)
        return regex.fronts

    def _fronts(self, regex: Regex) -> frozenset[CharSet]:
        if regex.kind == CHARS:
            return frozenset([regex.chars])
        if regex.kind == CAT and not regex.parts[0].nullable:
            return self.fronts(regex.parts[0])
        found: frozenset[CharSet] = frozenset()
        for part in regex.parts:
            found |= self.fronts(part)
        return found

    def classes(self, regex: Regex) -> tuple[CharSet, ...]:
        """Split all characters into classes with one derivative each."""
        if regex.classes is None:
            fronts = self.fronts(regex)
            self.spend(2 + len(fronts) ** 2 // 4)
            regex.classes = chars.partition(fronts)
        return regex.classes

    def derivative(self, regex: Regex, klass: CharSet) -> Regex:
        """Give what may follow a character of one of the classes of this expression."""
        return self._derived(regex, klass[0][0])

    def _derived(self, regex: Regex, point: int) -> Regex:
        found = regex.derivatives.get(point)
        if found is None:
            self.spend(4 + len(regex.parts))
            found = regex.derivatives[point] = self._derive(regex, point)
        return found

    def _derive(self, regex: Regex, point: int) -> Regex:  # noqa: PLR0911 - one rule each
        match regex.kind:
            case "epsilon":
                return self.empty
            case "chars":
                return self.epsilon if chars.contains(regex.chars, point) else self.empty
            case "cat":
                first, rest = regex.parts
                taken = self._cat2(self._derived(first, point), rest)
                return self.either([taken, self._derived(rest, point)]) if first.nullable else taken
            case "repeat":
                inner = regex.parts[0]
                high = None if regex.high is None else regex.high - 1
                return self._cat2(self._derived(inner, point), self.repeat(inner, max(regex.low - 1, 0), high))
            case "or":
                return self.either(self._derived(part, point) for part in regex.parts)
            case "and":
                return self.both(self._derived(part, point) for part in regex.parts)
            case _:
                return self.negate(self._derived(regex.parts[0], point))

    def matches(self, regex: Regex, text: str) -> bool:
        """Say whether a word is in a language; linear in the word for the states it meets."""
        state = regex
        for char in text:
            after = state.moves.get(char)
            if after is None:
                klass = next((one for one in self.classes(state) if chars.contains(one, ord(char))), None)
                if klass is None:  # a lone surrogate is no character
                    return False
                after = state.moves[char] = self.derivative(state, klass)
            state = after
        return state.nullable
