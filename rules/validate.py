"""Data files held against the schema of their contract, so that a change of the schema cannot orphan them.

What the author of a change sees is the first errors of the files, each at its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from jsonschema.exceptions import ValidationError

from rules.change import MAX_DATA, Change
from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.explain import explain, shorten
from rules.globs import glob
from rules.pointer import join
from rules.problems import problem
from rules.quoting import code
from rules.validator import UncheckableError, errors

MAX_PROBLEMS = 20
"""So many errors of all data files together are named; who has mended these sees the next ones."""


def check(change: Change) -> tuple[Problem, ...]:
    """Validate every data file of a change's contract against its head schema; at most 20 errors, then advice."""
    if change.head is None or not change.contract.data:
        return ()
    paths = [path for path in change.files if any(glob(pattern, path) for pattern in change.contract.data)]
    found: list[Problem] = list(_lost(change))
    for path in paths[:MAX_DATA]:
        found += islice(_file(change.head, path, change.files[path]), MAX_PROBLEMS - min(MAX_PROBLEMS, len(found)))
    if len(paths) > MAX_DATA:
        sentence = f"Only the first {MAX_DATA} data files of {code(change.contract.name)} were checked."
        found.append(problem("data_cut", sentence, path=change.contract.source, source=change.contract.source))
    return tuple(found)


def _lost(change: Change) -> Iterator[Problem]:
    """Name the data files that the contract names outright and that are not there."""
    source = change.contract.source
    for path in change.contract.data:
        if path not in change.files and not any(mark in path for mark in "*?[{"):
            sentence = f"{code(path)} does not exist, so nothing of {code(change.contract.name)} was checked there."
            yield problem("data_missing", sentence, path=source, line=change.contract.line, source=source)


def _file(schema: Document, path: str, text: str) -> Iterator[Problem]:
    """Give what is wrong with one data file, in the order of the schema's rules."""
    try:
        data = parse(path, text)
    except DocumentError as error:
        yield replace(error.problem, code="data_unreadable", path=path)
        return
    try:
        # Several rules may refuse one place in the same words; a person needs to read them once.
        said: set[Problem] = set()
        for found in errors(schema.value, data.value):
            one = _problem(schema, data, found)
            if one not in said:
                said.add(one)
                yield one
    except UncheckableError as error:
        sentence = f"{code(path)} could not be held against {code(schema.path)}: {error}."
        yield problem("data_unchecked", sentence, path=path, line=1)


def _problem(schema: Document, data: Document, error: ValidationError) -> Problem:
    pointer = join("", *(str(part) for part in error.absolute_path))
    place = code(shorten(pointer)) if pointer else "the whole document"
    sentence = f"{code(data.path)} does not fit {code(schema.path)}: {place} {explain(error)}."
    return problem("data_invalid", sentence, path=data.path, line=line_of(data, pointer), pointer=pointer)
