"""Search a language: is it empty, its shortest word, its first words; breadth first over derivatives."""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from rules.compare.patterns import chars
from rules.compare.patterns.regex import Languages, Regex


def shortest(languages: Languages, regex: Regex, *, limit: int | None = None) -> str | None:
    """Give a shortest word that reads well; `None` proves the language empty, unless after `limit` states."""
    if regex.nullable:
        return ""
    queue: deque[tuple[Regex, str]] = deque([(regex, "")])
    seen = {regex.id}
    while queue and (limit is None or len(seen) <= limit):
        state, word = queue.popleft()
        for klass in ordered(languages.classes(state)):
            after = languages.derivative(state, klass)
            if after.id in seen or after is languages.empty:
                continue
            longer = word + chr(chars.representative(klass))
            if after.nullable:
                return longer
            seen.add(after.id)
            queue.append((after, longer))
    return None


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
        word = shortest(languages, left)
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
