"""The quick validator of a migration's rows: jsonschema-rs, held to the answers of the library that proofs rest on.

What it would answer differently, or could be made to take long over, is refused before it sees a row: a reference that
leads out of the schema is never fetched, a pattern has to suit the linear engine, the dialect has to be a known one.
Formats are asserted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs

from bot.migrations.errors import Refused
from bot.migrations.values import Failed
from rules.compare.dialects import DEFAULT, by_uri
from rules.jsontext import JsonValue
from rules.pointer import join

_DIALECTS: Mapping[str, Any] = {
    "draft2020-12": jsonschema_rs.Draft202012Validator, "draft2019-09": jsonschema_rs.Draft201909Validator,
    "draft7": jsonschema_rs.Draft7Validator, "draft6": jsonschema_rs.Draft6Validator,
    "draft4": jsonschema_rs.Draft4Validator,
}  # fmt: skip
_LARGEST_PATTERN_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """A schema made ready. `passes` is quick; `errors` says what a document fails, one after the other.

    `again` makes another schema ready as this one was; it raises `Refused`.
    """

    passes: Callable[[JsonValue], bool]
    errors: Callable[[JsonValue], Iterator[Any]]
    schema: JsonValue = True
    again: Callable[[JsonValue], Check] | None = None

    def why(self, document: JsonValue) -> Failed:
        """Say the first rule that a document fails, with its place and without its content."""
        error = next(self.errors(document), None)
        if error is None:
            return Failed("schema", "", "the document fails the schema")
        rule, place = _rule(error), _place(error, error.instance_path)
        if rule == "required":
            return Failed(rule, place, f"{place} is missing, and the contract requires it")
        return Failed(rule, place, f"the value at {place or 'the root'} fails `{rule}`")

    def findings(self, document: JsonValue) -> tuple[tuple[str, str], ...]:
        """Say every rule that a document fails, as (place with * for items, rule), each once."""
        return findings_of(self.errors(document))


def findings_of(errors: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    """Say of errors their places and rules, each once."""
    return tuple(dict.fromkeys(map(finding_of, errors)))


def finding_of(error: Any) -> tuple[str, str]:
    """Say of an error its place, with * for items, and its rule."""
    return _general(error), _rule(error)


def _rule(error: Any) -> str:
    return str(error.kind.name)


def _place(error: Any, path: Any) -> str:
    missing = [str(error.kind.value)] if error.kind.name == "required" else []
    return join("", *path, *missing)


def _general(error: Any) -> str:
    return _place(error, ["*" if isinstance(part, int) else part for part in error.instance_path])


def compile_check(schema: JsonValue, what: str) -> Check:
    """Make a schema ready; `Refused` where the quick validator cannot be trusted with it, with what to do."""
    named = schema.get("$schema") if isinstance(schema, dict) else None
    dialect = by_uri(named) if named else DEFAULT
    if dialect is None:
        raise Refused(f"{what} is of a dialect that migrations do not know: name a published draft as $schema")
    linear = jsonschema_rs.RegexOptions(size_limit=_LARGEST_PATTERN_BYTES)
    maker = _DIALECTS[dialect.name]
    try:
        validator = maker(_plain(schema), validate_formats=True, offline=True, pattern_options=linear)
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        first = str(error).splitlines()[0][:200]
        raise Refused(
            f"{what} cannot be used to check rows: {first}. Patterns may not look ahead, behind or back (rows are "
            "checked in linear time), and references have to stay within the schema"
        ) from None
    again = partial(compile_check, what=what)
    return Check(validator.is_valid, validator.iter_errors, schema, again)


def _plain(schema: JsonValue) -> JsonValue:
    """Give a known dialect's own name, where another one stands for it."""
    if isinstance(schema, dict) and "$schema" in schema:
        dialect = by_uri(schema["$schema"])
        return schema | {"$schema": dialect.uri} if dialect is not None else schema
    return schema
