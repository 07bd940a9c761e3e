"""Search a language: is it empty, its shortest word, its first words; breadth first over derivatives."""

from __future__ import annotations

from collections import deque

from rules.compare.patterns import chars
from rules.compare.patterns.regex import Languages, Regex


def shortest(languages: Languages, regex: Regex) -> str | None:
    """Give a shortest word that reads well; `None` proves the language empty."""
    if regex.nullable:
        return ""
    queue: deque[tuple[Regex, str]] = deque([(regex, "")])
    seen = {regex.id}
    while queue:
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


def ordered(classes: tuple[chars.CharSet, ...]) -> list[chars.CharSet]:
    """Put the classes that hold readable characters first."""
    return sorted(classes, key=_rank)


def _rank(klass: chars.CharSet) -> int:
    found = chars.READABLE.find(chr(chars.representative(klass)))
    return found if found >= 0 else len(chars.READABLE) + klass[0][0]
