"""Is one document in the set of a schema? Asked of the confirming validator, formats asserted."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Any

from rules import pointer
from rules.compare import dialects
from rules.compare.confirm import Confirmation
from rules.compare.dialects import Dialect
from rules.jsontext import JsonValue

MAX_ERRORS = 100
"""Errors looked at for the part that fails; the telling one is among the first."""


class Membership:
    """The set of documents that one schema accepts; `None` is "cannot be told", and confirms nothing."""

    def __init__(self, schema: JsonValue) -> None:
        self.schema = schema
        named = schema.get("$schema") if isinstance(schema, dict) else None
        self._dialect: Dialect | None = dialects.DEFAULT if named is None else dialects.by_uri(named)
        self._confirmation = Confirmation(formats=True)

    @cached_property
    def _validator(self) -> Any:
        return self._confirmation.validator(self.schema, self._dialect) if self._dialect else None

    def accepts(self, document: JsonValue) -> bool | None:
        """Say whether the schema accepts a document as written."""
        if isinstance(self.schema, bool):
            return self.schema
        try:
            self._confirmation.begin()
            return bool(self._validator.is_valid(document)) if self._validator else None
        except Exception:  # noqa: BLE001 - whatever a validator raises on a schema, it has told nothing
            return None

    def failing_part(self, document: JsonValue) -> str:
        """Return the pointer of the part that the schema refuses; "" for the whole, or where no part can be told."""
        from jsonschema.exceptions import best_match  # noqa: PLC0415 - importing it takes longer than most decisions

        try:
            self._confirmation.begin()
            error = best_match(islice(self._validator.iter_errors(document), MAX_ERRORS)) if self._validator else None
        except Exception:  # noqa: BLE001 - as above
            return ""
        return pointer.join("", *error.absolute_path) if error else ""

    def accepts_closed(self, document: JsonValue) -> bool | None:
        """Say whether a document is accepted and every property of it declared, as closed(S) has it."""
        if self._dialect is None:
            return None
        return self._confirmation.accepts(self.schema, self._dialect, document, closed=True)
