"""Sets of property names: some names, or a language without some names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.compare.patterns.regex import Languages, Regex


@dataclass(frozen=True, slots=True)
class Names:
    """The names in `listed`, or where `regex` is given, its words without those in `listed`."""

    listed: frozenset[str]
    regex: Regex | None = None

    def contains(self, name: str, languages: Languages) -> bool:
        """Say whether a name is in the set."""
        if self.regex is None:
            return name in self.listed
        return name not in self.listed and (self.regex is languages.everything or languages.matches(self.regex, name))


def one(name: str) -> Names:
    """Make the set of one name."""
    return Names(frozenset([name]))


def outside(sets: Iterable[Names], languages: Languages) -> tuple[Names, ...]:
    """Give the names in none of the sets, as sets to be taken together."""
    every = list(sets)
    listed = frozenset(name for names in every if names.regex is None for name in names.listed)
    patterns = languages.either([names.regex for names in every if names.regex is not None])
    spared = frozenset(name for names in every if names.regex is not None for name in names.listed) - listed
    missed = frozenset(name for name in spared if not any(names.contains(name, languages) for names in every))
    rest = languages.negate(patterns)
    found = [Names(missed)] if missed else []
    if rest is not languages.empty:
        found.append(Names(listed | spared, rest))
    return tuple(found)
