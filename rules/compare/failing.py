"""Find the part of a witness that fails, so that people need not search for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from jsonschema.exceptions import UndefinedTypeCheck, UnknownType, best_match

from rules import pointer
from rules.compare.values import Relation, Witness
from rules.jsontext import JsonValue

MAX_ERRORS = 100
"""Errors looked at; the telling one is among the first."""
_UNUSABLE = (UnknownType, UndefinedTypeCheck, ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What validators raise for a schema that is none, where the engine has answered all the same."""


def located(relation: Relation, refusing: JsonValue) -> Relation:
    """Return a refuted relation with the part of its witness marked that the other version refuses."""
    if relation.witness is None:
        return relation
    document = relation.witness.document
    return replace(relation, witness=Witness(document, failing_part(refusing, document)))


def failing_part(schema: JsonValue, document: JsonValue) -> str:
    """Return the pointer of the part that a schema refuses; "" for the whole, or where no part can be told."""
    from rules.validator import errors  # noqa: PLC0415 - it builds on this room's patterns

    try:
        error = best_match(islice(errors(schema, document), MAX_ERRORS))
    except _UNUSABLE:
        return ""
    return pointer.join("", *error.absolute_path) if error else ""
