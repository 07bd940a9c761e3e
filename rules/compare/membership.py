"""Is one document in the set of a schema? Asked of the confirming validator, formats asserted."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rules.compare import dialects
from rules.compare.confirm import Confirmation
from rules.compare.dialects import Dialect
from rules.jsontext import JsonValue


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
            return bool(self._validator.is_valid(document)) if self._validator else None
        except Exception:  # noqa: BLE001 - whatever a validator raises on a schema, it has told nothing
            return None

    def accepts_closed(self, document: JsonValue) -> bool | None:
        """Say whether a document is accepted and every property of it declared, as closed(S) has it."""
        if self._dialect is None:
            return None
        return self._confirmation.accepts(self.schema, self._dialect, document, closed=True)
