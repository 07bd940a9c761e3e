"""Data files held against the schema of their contract, so that a change of the schema cannot orphan them.

The confirming validator is the engine's own (`rules.compare.confirm`): there is one way of validating, its patterns
match in linear time, and no reference is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from rules.change import MAX_DATA, Change
from rules.documents import Document, DocumentError, Problem, line_of, parse
from rules.explain import explain, shorten
from rules.formats.json_schema import Draft, draft_of
from rules.globs import glob
from rules.jsontext import JsonValue
from rules.pointer import join
from rules.problems import problem

MAX_PROBLEMS = 20
"""So many errors of all data files together are named; who has mended these sees the next ones."""

_VALIDATORS: dict[Draft, type[Validator]] = {
    4: Draft4Validator,
    6: Draft6Validator,
    7: Draft7Validator,
    2019: Draft201909Validator,
    2020: Draft202012Validator,
}


def check(change: Change) -> tuple[Problem, ...]:
    """Validate every data file of a change's contract against its head schema; at most 20 errors, then advice."""
    if change.head is None or not change.contract.data:
        return ()
    paths = [path for path in change.files if any(glob(pattern, path) for pattern in change.contract.data)]
    found: list[Problem] = list(_lost(change))
    for path in paths[:MAX_DATA]:
        found += islice(_file(change.head, path, change.files[path]), MAX_PROBLEMS - min(MAX_PROBLEMS, len(found)))
    if len(paths) > MAX_DATA:
        sentence = f"Only the first {MAX_DATA} data files of {change.contract.name} were checked."
        found.append(problem("data_cut", sentence, path=change.contract.source, source=change.contract.source))
    return tuple(found)


def _lost(change: Change) -> Iterator[Problem]:
    """Name the data files that the contract names outright and that are not there."""
    source = change.contract.source
    for path in change.contract.data:
        if path not in change.files and not any(mark in path for mark in "*?[{"):
            sentence = f"{path} does not exist, so nothing of {change.contract.name} was checked there."
            yield problem("data_missing", sentence, path=source, line=change.contract.line, source=source)


def _file(schema: Document, path: str, text: str) -> Iterator[Problem]:
    """Give what is wrong with one data file, in the order of the schema's rules."""
    try:
        data = parse(path, text)
    except DocumentError as error:
        yield replace(error.problem, code="data_unreadable", path=path)
        return
    try:
        for found in errors(schema.value, data.value):
            yield _problem(schema, data, found)
    except Unresolvable as error:
        how = "Put what it refers to under $defs; for safety nothing is ever fetched."
        sentence = f"{path} could not be checked: {schema.path} refers to {shorten(error.ref)}, which is not in it."
        yield problem("data_unchecked", sentence, path=path, line=1, how=how)
    except RecursionError:
        how = "Make the schema or the data less deep, or remove the loop among its references."
        sentence = f"{path} could not be checked: it is nested too deeply for {schema.path}."
        yield problem("data_unchecked", sentence, path=path, line=1, how=how)


def _problem(schema: Document, data: Document, error: ValidationError) -> Problem:
    pointer = join("", *(str(part) for part in error.absolute_path))
    place = f"`{shorten(pointer)}`" if pointer else "the whole document"
    sentence = f"{data.path} does not fit {schema.path}: {place} {explain(error)}."
    return problem("data_invalid", sentence, path=data.path, line=line_of(data, pointer), pointer=pointer)


def errors(schema: JsonValue, value: JsonValue) -> Iterator[ValidationError]:
    """Give what a value fails of a schema; formats count, references outside the schema raise `Unresolvable`."""
    kind = _VALIDATORS[draft_of(schema) or 2020]
    return kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER).iter_errors(value)
