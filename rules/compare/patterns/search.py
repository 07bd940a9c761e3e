"""Search a language: is it empty, its shortest word, its first words; breadth first over derivatives."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache

from rules.compare.patterns import chars
from rules.compare.patterns.regex import Languages, Regex

PLAIN_STATES = 200
"""How far a word of plain characters is looked for where the shortest has others."""


def shortest(languages: Languages, regex: Regex, *, limit: int | None = None) -> str | None:
    """Give a shortest word that reads well; `None` proves the language empty, unless after `limit` states."""
    return _first(languages, regex, limit, plain=False)


def preferred(languages: Languages, regex: Regex) -> str | None:
    """Give a shortest word, or a longer one where that has line ends or other characters that people stumble over.

    Matchers of patterns may take those for something else, too. `None` proves the language empty.
    """
    found = shortest(languages, regex)
    if found is None or is_plain(found):
        return found
    plain = _first(languages, regex, PLAIN_STATES, plain=True)
    return found if plain is None else plain


def is_plain(text: str) -> bool:
    """Say whether a text has printable ASCII only."""
    return text.isascii() and text.isprintable()


def _first(languages: Languages, regex: Regex, limit: int | None, *, plain: bool) -> str | None:
    if regex.nullable:
        return ""
    queue: deque[tuple[Regex, str]] = deque([(regex, "")])
    seen = {regex.id}
    while queue and (limit is None or len(seen) <= limit):
        state, word = queue.popleft()
        for klass in ordered(languages.classes(state)):
            char = chr(chars.representative(klass))
            after = languages.derivative(state, klass)
            if after.id in seen or after is languages.empty or (plain and not is_plain(char)):
                continue
            longer = word + char
            if after.nullable:
                return longer
            seen.add(after.id)
            queue.append((after, longer))
    return None


def of_length(
    languages: Languages, regex: Regex, low: int, high: int | None, spend: Callable[[int], None]
) -> str | None:
    """Give a shortest word of at least `low` and at most `high` characters; `None` proves that there is none.

    Goes through the lengths and not through derivatives for each: past `low`, a word that is longer than the language
    has states repeats one, and what lies between can be left out.
    """
    steps = _Steps(languages)
    layers: list[dict[Regex, tuple[Regex, str]]] = [{regex: (regex, "")}]
    while layers[-1]:
        length = len(layers) - 1
        accepted = next((state for state in layers[-1] if state.nullable), None) if length >= low else None
        if accepted is not None:
            return _word(layers, accepted)
        if length == high or length > low + len(steps.known):
            return None
        spend(1 + len(layers[-1]) // 4)
        layers.append(steps.after(layers[-1]))
    return None


class _Steps:
    """What may follow each state, found once."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages
        self.known: dict[Regex, dict[Regex, str]] = {}

    def after(self, layer: Iterable[Regex]) -> dict[Regex, tuple[Regex, str]]:
        """Give the states one character further, each with a state and a character that lead there."""
        found: dict[Regex, tuple[Regex, str]] = {}
        for state in layer:
            if state not in self.known:
                self.known[state] = self._out(state)
            for after, char in self.known[state].items():
                found.setdefault(after, (state, char))
        return found

    def _out(self, state: Regex) -> dict[Regex, str]:
        found: dict[Regex, str] = {}
        for klass in ordered(self._languages.classes(state)):
            after = self._languages.derivative(state, klass)
            if after is not self._languages.empty:
                found.setdefault(after, chr(chars.representative(klass)))
        return found


def _word(layers: list[dict[Regex, tuple[Regex, str]]], state: Regex) -> str:
    letters = []
    for layer in reversed(layers[1:]):
        state, char = layer[state]
        letters.append(char)
    return "".join(reversed(letters))


def longest(regex: Regex, known: dict[int, int | None] | None = None) -> int | None:
    """Bound the length of the words of a language from above; `None` where no bound shows."""
    known = {} if known is None else known
    if regex.id not in known:
        known[regex.id] = None
        known[regex.id] = _longest(regex, known)
    return known[regex.id]


def _longest(regex: Regex, known: dict[int, int | None]) -> int | None:  # noqa: PLR0911 - one rule each
    inner = [longest(part, known) for part in regex.parts]
    bounded = [bound for bound in inner if bound is not None]
    match regex.kind:
        case "epsilon":
            return 0
        case "chars":
            return 1
        case "and":
            return min(bounded, default=None)
        case "not":
            return None
        case "repeat":
            return None if regex.high is None or not bounded else regex.high * bounded[0]
        case _:
            if len(bounded) < len(inner):
                return None
            return sum(bounded) if regex.kind == "cat" else max(bounded)


def members(languages: Languages, regex: Regex, count: int) -> list[str]:
    """Give up to `count` different words, shortest first; fewer prove that there are no more."""
    found: list[str] = []
    left = regex
    while len(found) < count:
        word = preferred(languages, left)
        if word is None:
            break
        found.append(word)
        left = languages.both([left, languages.negate(languages.literal(word))])
    return found


@lru_cache(maxsize=2048)
def ordered(classes: tuple[chars.CharSet, ...]) -> list[chars.CharSet]:
    """Put the classes that hold readable characters first."""
    return sorted(classes, key=_rank)


def _rank(klass: chars.CharSet) -> int:
    found = chars.READABLE.find(chr(chars.representative(klass)))
    return found if found >= 0 else len(chars.READABLE) + klass[0][0]
