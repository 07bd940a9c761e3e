"""What an edit of the contracts configuration would change, in sentences for the pull request that makes it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace

from rules.config import matches
from rules.contract import Config, Contract
from rules.documents import Problem

_WORDS = {
    "files": "its files",
    "exclude": "the files left out",
    "archive": "its archive",
    "proposals": "its proposals",
    "format": "its format",
    "scheme": "its version scheme",
    "manifest": "its manifest",
    "data": "the data files checked against it",
    "change_log": "its change log",
    "owners": "its owners",
    "maintainers": "its maintainers",
    "release_owners": "its release owners",
    "partners": "its partners",
    "policy": "its policy",
    "enforcement": "its enforcement",
}


def unusable_edit(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Give the problems of an edit that cannot be used; the first one says what holds meanwhile."""
    first, *rest = problems
    lead = "This edit cannot be merged as it is, and the configuration of the base branch still holds"
    return (replace(first, sentence=f"{lead}: {_lower(first.sentence)}"), *rest)


def mended(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Give what is to be known where the head mends the base's configuration, which holds nothing up."""
    first = problems[0]
    line = "" if first.line is None else f"line {first.line}: "
    wrong = f"{line}{_lower(first.sentence).removesuffix('.')}"
    sentence = f"The configuration of the base branch cannot be used ({wrong}); this edit mends it, and was used."
    return (replace(first, sentence=sentence, fix="", line=None, column=None, blocking=False),)


def _lower(sentence: str) -> str:
    # A word that is written in capitals (YAML, UTF-8) stays as it is.
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def preview(before: Config, after: Config, paths: AbstractSet[str]) -> tuple[str, ...]:
    """Say what would hold once the edit is merged: contracts added, changed, removed, and how many files match.

    `paths` are the files at the head, so that a pattern that matches nothing is seen before it is merged.
    """
    old = {contract.name: contract for contract in before.contracts}
    new = {contract.name: contract for contract in after.contracts}
    lines = [line for name, contract in new.items() for line in _contract(old.get(name), contract, paths)]
    lines += [f"`{name}` would no longer be guarded." for name in old if name not in new]
    return tuple(lines) or ("Nothing that Concordat acts on would change.",)


def _contract(before: Contract | None, after: Contract, paths: AbstractSet[str]) -> Iterator[str]:
    found = sum(matches(after, path) for path in paths)
    files = f"{found} file{'' if found == 1 else 's'} at this head match{'es' if found == 1 else ''}"
    hint = "" if found else "; check the pattern"
    if before is None:
        yield f"`{after.name}` would be guarded: {files}{hint}."
        return
    differing = [
        _WORDS[field.name]
        for field in fields(after)
        if field.name in _WORDS and getattr(before, field.name) != getattr(after, field.name)
    ]
    if differing:
        yield f"`{after.name}` would change in {', '.join(differing)}; {files}{hint}."
