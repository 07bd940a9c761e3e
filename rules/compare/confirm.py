"""Confirm a witness with a validator that shares nothing with the engine but the reading of patterns.

The validator is python-jsonschema on a budget (`rules.compare.bounded`). Patterns run on automata, so none can
backtrack; multiples are exact; formats are checked against the same two bounds that the engine uses; nothing is
fetched. Whatever goes wrong is no confirmation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from rules.compare.bounded import TEXT_SHARE, Bounded, Keyword, UnconfirmedError
from rules.compare.closedness import is_closed
from rules.compare.dialects import Dialect
from rules.compare.formats import FORMATS, SILENT
from rules.compare.library import EMPTY, Library
from rules.compare.patterns.regex import Languages, Regex
from rules.compare.patterns.translate import language
from rules.compare.references import Document, World
from rules.jsontext import JsonValue, canonical, dumps

MAX_STEPS = 200_000
"""Keywords looked at, and derivatives of patterns taken, for one instance."""
MATCH_STEPS = 4
"""What a derivative costs; each is remembered, so that honest patterns need a handful."""


class Confirmation:
    """Validates instances; one for each decision."""

    def __init__(self, *, formats: bool, steps: int = MAX_STEPS, library: Library = EMPTY) -> None:
        self.library = library
        self._formats = formats
        self._limit = steps
        self._left = steps
        self.spent = 0
        """Steps of all instances together, but the last."""
        self._languages = Languages(lambda steps: self._step(MATCH_STEPS * steps))
        self._patterns: dict[str, Regex] = {}
        self._documents: dict[tuple[int, str], tuple[JsonValue, Document]] = {}
        self._texts: dict[int, tuple[JsonValue, frozenset[str]]] = {}  # with the list, so that no other gets its id

    def _step(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise UnconfirmedError("it takes too many steps")

    def begin(self) -> None:
        """Start the count of steps afresh, for another instance."""
        self.spent += self._limit - self._left
        self._left = self._limit

    def accepts(self, schema: JsonValue, dialect: Dialect, instance: JsonValue, *, closed: bool = False) -> bool | None:
        """Say whether a schema accepts an instance; `None` where the validator cannot tell."""
        self.begin()
        try:
            validator = self.validator(schema, dialect)
            if validator.is_valid(instance) is not True:
                return False
            return not closed or is_closed(validator, self.document(schema, dialect), instance, self.matches)
        except Exception:  # noqa: BLE001 - whatever a validator raises on a schema, it has confirmed nothing
            return None

    def validator(self, schema: JsonValue, dialect: Dialect, **keywords: Keyword) -> Any:
        """Make a validator for a schema document; `keywords` are read so instead."""
        from referencing import Registry  # noqa: PLC0415 - importing it takes longer than most decisions

        base, checker = _of_library(dialect.name)
        bounded = Bounded(schema, self._step, self.matches)
        made = bounded.made(base, dialect, self._keywords() | keywords, checker)
        return made(schema, registry=Registry(retrieve=self._retrieved(dialect, bounded.meets)))  # type: ignore[call-arg] # attrs

    def document(self, schema: JsonValue, dialect: Dialect) -> Document:
        """Give a schema document with the library that its references may lead to, read once."""
        key = id(schema), dialect.name
        if key not in self._documents:
            # With the schema, so that no other gets its id.
            self._documents[key] = schema, Document(schema, dialect, World(self.library))
        return self._documents[key][1]

    def _retrieved(self, dialect: Dialect, meet: Callable[[JsonValue], None]) -> Callable[[str], Any]:
        from referencing.exceptions import NoSuchResource  # noqa: PLC0415 - as above
        from referencing.jsonschema import specification_with  # noqa: PLC0415

        def retrieve(uri: str) -> Any:
            """Give a document of the library where the validator would fetch it."""
            found = self.library.find(uri)
            if found is None:
                raise NoSuchResource(uri)
            meet(found)
            named = found.get("$schema", dialect.uri) if isinstance(found, dict) else dialect.uri
            return specification_with(named).create_resource(found)

        return retrieve

    def _keywords(self) -> dict[str, Keyword]:
        return {
            "pattern": self._pattern,
            "patternProperties": self._pattern_properties,
            "additionalProperties": self._additional_properties,
            "format": self._format,
            "multipleOf": _multiple_of,
            "uniqueItems": self._unique_items,
            "enum": self._enum,
            "oneOf": _one_of,
            "not": _not,
        }

    def matches(self, pattern: str, text: str) -> bool:
        """Search for a pattern in a text, without backtracking."""
        self._step(1 + len(text) // TEXT_SHARE)
        found = self._patterns.get(pattern)
        if found is None:
            found = self._patterns[pattern] = language(self._languages, pattern)
        return self._languages.matches(found, text)

    def _pattern(self, validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if validator.is_type(instance, "string") and not self.matches(pattern, instance):
            yield _error("pattern")

    def _pattern_properties(self, validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if not validator.is_type(instance, "object"):
            return
        for pattern, subschema in patterns.items():
            for name, value in instance.items():
                if self.matches(pattern, name):
                    yield from validator.descend(value, subschema, path=name, schema_path=pattern)

    def _additional_properties(self, validator: Any, child: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not validator.is_type(instance, "object"):
            return
        for name, value in instance.items():
            if name in schema.get("properties", {}):
                continue
            if any(self.matches(pattern, name) for pattern in schema.get("patternProperties", {})):
                continue
            if child is False:
                yield _error("additionalProperties")
            elif child is not True:
                yield from validator.descend(value, child, path=name)

    def _unique_items(self, validator: Any, unique: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if unique and validator.is_type(instance, "array"):
            texts = [canonical(item) for item in instance]
            self._step(sum(map(len, texts)) // TEXT_SHARE)
            if len(set(texts)) < len(texts):
                yield _error("uniqueItems")

    def _enum(self, _validator: Any, values: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        texts = self._texts.get(id(values))
        if texts is None:
            texts = self._texts[id(values)] = values, frozenset(map(canonical, values))
        if canonical(instance) not in texts[1]:
            yield _error(f"{dumps(instance)[:100]} is not one of the {len(values)} values")

    def _format(self, _validator: Any, name: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if self._formats and not self._has_format(name, instance):
            yield _error("format")

    def _has_format(self, name: str, instance: JsonValue) -> bool:
        known = FORMATS.get(name)
        if name in SILENT:
            return True
        if known is None:
            raise UnconfirmedError("an unknown format")
        if not isinstance(instance, str):
            return True
        if self.matches(known.surely, instance):
            return True
        if not self.matches(known.perhaps, instance):
            return False
        for inner in known.includes:
            if self._has_format(inner, instance):
                return True
        raise UnconfirmedError("validators differ")


@cache
def _of_library(name: str) -> tuple[Any, Any]:
    """Give the library's validator of a dialect, and its checker of types."""
    import jsonschema  # noqa: PLC0415 - importing it takes longer than most decisions

    base: Any = {
        "draft4": jsonschema.Draft4Validator,
        "draft6": jsonschema.Draft6Validator,
        "draft7": jsonschema.Draft7Validator,
        "draft2019-09": jsonschema.Draft201909Validator,
        "draft2020-12": jsonschema.Draft202012Validator,
    }[name]
    # Draft 4 may be read as telling 1.0 from 1; they are one number.
    return base, base.TYPE_CHECKER.redefine("integer", _is_integer)


def _error(keyword: str, context: Sequence[Any] = ()) -> Any:
    from jsonschema import ValidationError  # noqa: PLC0415 - as above

    return ValidationError(keyword, context=context)


def _is_integer(_checker: Any, instance: Any) -> bool:
    if isinstance(instance, bool) or not isinstance(instance, int | float | Decimal):
        return False
    return instance == int(instance)


def _one_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """Do as the library's, which writes all that fits into its message, megabytes of schemas too."""
    errors: list[Any] = []
    rest = enumerate(branches)
    for index, branch in rest:
        failed = list(validator.descend(instance, branch, schema_path=index))
        if not failed:
            break
        errors += failed
    else:
        yield _error("none of `oneOf` holds", errors)
    if any(validator.evolve(schema=branch).is_valid(instance) for _, branch in rest):
        yield _error("more than one of `oneOf` holds")


def _not(validator: Any, refused: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.evolve(schema=refused).is_valid(instance):
        yield _error("not")


def _multiple_of(validator: Any, divisor: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "number") and (_fraction(instance) / _fraction(divisor)).denominator != 1:
        yield _error("multipleOf")


def _fraction(number: Any) -> Fraction:
    return Fraction(repr(number) if isinstance(number, float) else number)
