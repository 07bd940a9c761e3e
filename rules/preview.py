"""What an edit of the contracts configuration would change, in sentences for the pull request that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace

from rules.config import matches
from rules.contract import Config, Contract
from rules.documents import Problem
from rules.globs import idle
from rules.problems import problem
from rules.quoting import code

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


def idle_patterns(config: Config, paths: AbstractSet[str]) -> tuple[Problem, ...]:
    """Remark, each at its line, on the patterns of the file's own contracts that find none of these paths."""
    ordered = sorted(paths)
    own = [contract for contract in config.contracts if contract.source == config.source]
    return tuple(_idle(contract, index) for contract in own for index in idle(contract, ordered))


def _idle(contract: Contract, index: int) -> Problem:
    pattern, source = code(contract.files[index]), contract.source
    sentence = f"{pattern} matches no file, so {code(contract.name)} is not guarded by it."
    return problem("pattern_idle", sentence, path=source, line=_line(contract, index), source=source)


def _line(contract: Contract, index: int) -> int | None:
    return contract.lines.get(f"files/{index}", contract.lines.get("files", contract.line))


def preview(before: Config, after: Config, paths: AbstractSet[str]) -> tuple[str, ...]:
    """Say what would hold once the edit is merged: contracts added, changed, removed, and how many files match.

    `paths` are the files at the head, so that a pattern that matches nothing is seen before it is merged.
    """
    old = {contract.name: contract for contract in before.contracts}
    new = {contract.name: contract for contract in after.contracts}
    ordered = sorted(paths)
    lines = [line for name, contract in new.items() for line in _contract(old.get(name), contract, ordered)]
    lines += [f"{code(name)} would no longer be guarded." for name in old if name not in new]
    return tuple(lines) or ("Nothing that Concordat acts on would change.",)


def _contract(before: Contract | None, after: Contract, paths: Sequence[str]) -> Iterator[str]:
    differing = [] if before is None else _differing(before, after)
    if before is None:
        yield f"{code(after.name)} would be guarded: {_found(after, paths)}."
    elif differing:
        yield f"{code(after.name)} would change in {', '.join(differing)}; {_found(after, paths)}."


def _differing(before: Contract, after: Contract) -> list[str]:
    return [
        _WORDS[field.name]
        for field in fields(after)
        if field.name in _WORDS and getattr(before, field.name) != getattr(after, field.name)
    ]


def _found(contract: Contract, paths: Sequence[str]) -> str:
    count = sum(matches(contract, path) for path in paths)
    files = f"{count} file{'' if count == 1 else 's'} at this head match{'es' if count == 1 else ''}"
    hints = [f"; {code(contract.files[index])}{_at(contract, index)} matches none" for index in idle(contract, paths)]
    return f"{files}{''.join(hints)}{', so check the pattern' if hints else ''}"


def _at(contract: Contract, index: int) -> str:
    line = _line(contract, index)
    return "" if line is None else f" (line {line})"
