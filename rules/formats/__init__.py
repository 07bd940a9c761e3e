"""Contract documents of each format, turned into a schema that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.documents import Document, Problem
from rules.formats import json_schema
from rules.jsontext import JsonValue


@dataclass(frozen=True, slots=True)
class Readable:
    """What a format makes of a document: the schema to compare, or the problems that keep it from being one."""

    schema: JsonValue
    problems: tuple[Problem, ...] = ()


def _json_schema(document: Document) -> Readable:
    return Readable(document.value, json_schema.problems(document))


FORMATS: dict[str, Callable[[Document], Readable]] = {"json-schema": _json_schema}
"""Every format by the name that the configuration gives it."""
