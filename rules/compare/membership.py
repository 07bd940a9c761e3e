"""Is one document in the set of a schema? Asked of the confirming validator, formats asserted."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Any

from rules import pointer
from rules.compare.closedness import is_closed
from rules.compare.confirm import Confirmation
from rules.compare.dialects import Dialect
from rules.compare.references import Document
from rules.jsontext import JsonValue

MAX_ERRORS = 100
"""Errors looked at for the part that fails; the telling one is among the first."""


class Membership:
    """The set of documents that one schema accepts; `None` is "cannot be told", and confirms nothing.

    `dialect` is `None` where it is not known. Several schemas may share a `confirmation`, one after the other.
    """

    def __init__(self, schema: JsonValue, dialect: Dialect | None, confirmation: Confirmation) -> None:
        self.schema = schema
        self._dialect = dialect
        self._confirmation = confirmation
        self._failing: dict[int, tuple[JsonValue, str]] = {}

    @cached_property
    def _validator(self) -> Any:
        return self._confirmation.validator(self.schema, self._dialect) if self._dialect else None

    @cached_property
    def _document(self) -> Document:
        assert self._dialect is not None  # nothing is accepted before it is known
        return self._confirmation.document(self.schema, self._dialect)

    @property
    def spent(self) -> int:
        """Steps that its confirmation has taken, for all who share it."""
        return self._confirmation.spent

    def accepts(self, document: JsonValue, *, closed: bool = False) -> bool | None:
        """Say whether the schema accepts a document: as written, or `closed` with every property declared."""
        if self._dialect is None:
            return None
        self._confirmation.begin()
        try:
            if self._validator.is_valid(document) is not True:
                return False
            return not closed or is_closed(self._validator, self._document, document, self._confirmation.matches)
        except Exception:  # noqa: BLE001 - whatever a validator raises on a schema, it has told nothing
            return None

    def failing_part(self, document: JsonValue) -> str:
        """Return the pointer of the part that the schema refuses; "" for the whole, or where no part can be told."""
        known = self._failing.get(id(document))
        if known is None:
            known = self._failing[id(document)] = document, self._find_failing(document)  # kept, so that its id stays
        return known[1]

    def _find_failing(self, document: JsonValue) -> str:
        from jsonschema.exceptions import best_match  # noqa: PLC0415 - importing it takes longer than most decisions

        self._confirmation.begin()
        try:
            error = best_match(islice(self._validator.iter_errors(document), MAX_ERRORS)) if self._validator else None
        except Exception:  # noqa: BLE001 - as above
            return ""
        return pointer.join("", *error.absolute_path) if error else ""
