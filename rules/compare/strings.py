"""Strings: languages, lengths and excluded words, as one language of which a short readable word is sought."""

from __future__ import annotations

from rules.compare import algebra as a
from rules.compare.emptiness import Solver
from rules.compare.group import SHARE, Group
from rules.compare.outcome import EMPTY, Found, Outcome, Unknown
from rules.compare.patterns.regex import Regex
from rules.compare.patterns.search import is_plain, longest, of_length, preferred, shortest
from rules.compare.values import Reason
from rules.jsontext import canonical

READABLE = (
    r"^2025-01-15$",
    r"^2025-01-15T10:30:00Z$",
    r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
    r"^(foo|bar|baz)$",
    r"^[a-z]+@example\.com$",
    r"^https?://example\.com/?$",
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
)
"""What a witness rather looks like, best first; tried where they meet what is asked."""


MAX_LENGTH = 20_000
NICER_STATES = 60
MANY = 200
"""Of more excluded words no language is made where a word is found without."""


def solve_string(solver: Solver, group: Group) -> Outcome:
    """Find a string of a group."""
    lang = solver.compiler.languages
    parts, low, high = [], 0, None
    for node in group.literals:
        match node.body:
            case a.InLanguage(regex):
                parts.append(regex if node.positive else lang.negate(regex))
            case a.MinSize(size) if node.positive:
                low = max(low, size)
            case a.MaxSize(size) if not node.positive:
                low = max(low, size + 1)
            case a.MinSize(size) | a.MaxSize(size):
                bound = size if node.positive else size - 1
                high = bound if high is None else min(high, bound)
    if high is not None and high < low:
        return EMPTY
    if len(group.excluded) > MANY:
        found = _beside_many(solver, group, lang.both(parts), low, high)
        if found is not None:
            return found
    values = [solver.compiler.values[text] for text in sorted(group.excluded)]
    solver.budget.spend(sum(len(value) + 1 for value in values))
    parts += [lang.negate(lang.literal(value)) for value in values]
    return _word(solver, lang.both(parts), low, high)


def _beside_many(solver: Solver, group: Group, regex: Regex, low: int, high: int | None) -> Outcome | None:
    """Find a word that no excluded one equals without a language of them all: the first, or one longer than any."""
    solver.budget.spend(len(group.excluded) // SHARE)
    longest_excluded = max(len(solver.compiler.values[text]) for text in group.excluded)
    for least in (low, max(low, longest_excluded + 1)):
        if least > MAX_LENGTH or (high is not None and least > high):
            return None
        found = _word(solver, regex, least, high)
        if not isinstance(found, Found):
            return found if least == low else None
        if canonical(found.value) not in group.excluded:
            return found
    return None


def _word(solver: Solver, regex: Regex, low: int, high: int | None) -> Outcome:
    lang = solver.compiler.languages
    if low > MAX_LENGTH:
        return Unknown(Reason("minLength", solver.budget.pointer, "too long a string to write down"))
    if regex is lang.everything:
        return _word_found("a" * low)
    bound = longest(regex)
    if bound is not None and bound < low:
        return EMPTY
    plain = shortest(lang, regex)
    if plain is None or (high is not None and len(plain) > high):
        return EMPTY
    if len(plain) < low:
        plain = of_length(lang, regex, low, high, solver.budget.spend)
        if plain is None:
            return EMPTY
    within = regex if not low and high is None else lang.both([regex, lang.repeat(lang.any_char, low, high)])
    return _word_found(_readable(solver, within, plain))


def _word_found(word: str) -> Found:
    return Found(word, 1 + len(word) // 64)


def _readable(solver: Solver, regex: Regex, plain: str) -> str:
    """Look for a nicer word of the language; nothing but the looks depends on it, so it costs a bounded effort."""
    lang = solver.compiler.languages
    if not is_plain(plain):
        return preferred(lang, regex) or plain
    if not 2 < len(plain) < 60:
        return plain
    for pattern in READABLE:
        nicer = solver.compiler.regex(pattern)
        if isinstance(nicer, str):
            continue
        word = shortest(lang, lang.both([regex, nicer]), limit=NICER_STATES)
        if word is not None:
            return word
    return plain
