"""Documents against a JSON Schema, with every error located; safe for schemas and documents from anybody.

Built on the `jsonschema` package, with what it does not promise: patterns match by derivatives, in linear time and on a
budget, `multipleOf` is exact, `uniqueItems` is quick, and no reference is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from jsonschema import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
    FormatChecker,
)
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from rules.compare.patterns.regex import Languages, Regex
from rules.compare.patterns.syntax import UnsupportedPatternError
from rules.compare.patterns.translate import language
from rules.explain import shorten
from rules.formats.json_schema import Draft, draft_of
from rules.jsontext import JsonValue, canonical

MAX_STEPS = 10_000
"""Derivatives taken for one document; each is remembered, so that honest patterns need a handful."""

_Errors = Iterator[ValidationError]


class UncheckableError(ValueError):
    """A document can be neither accepted nor refused; the message finishes "it could not be checked: …"."""


def errors(schema: JsonValue, value: JsonValue) -> _Errors:
    """Give what a value fails of a schema, in the order of the schema's rules; formats count.

    `UncheckableError` where a reference leads out of the schema or round in a circle, where something is nested too
    deeply, or where a pattern is no regular language or costs too much.
    """
    if _mentions(schema, "unevaluatedProperties") and _mentions(schema, "patternProperties"):
        # The package looks for evaluated names with backtracking patterns, so it is not asked where there are any.
        raise UncheckableError("its schema uses unevaluatedProperties together with patternProperties")
    kind = _kind(draft_of(schema) or 2020, _Patterns())
    try:
        yield from kind(schema, registry=Registry(), format_checker=_formats(kind)).iter_errors(value)
    except Unresolvable as error:
        raise UncheckableError(
            f"the schema refers to {shorten(error.ref)}, which is not in it and is never fetched"
        ) from None
    except RecursionError:
        raise UncheckableError("it is nested too deeply, or the schema's references run in a circle") from None


class _Patterns:
    """The patterns of one schema as languages, with one budget for all of them."""

    def __init__(self) -> None:
        self._steps = 0
        self._languages = Languages(self._spend)
        self._known: dict[str, Regex] = {}

    def _spend(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UncheckableError("its patterns take too many steps")

    def found(self, pattern: str, text: str) -> bool:
        """Say whether a pattern is found anywhere in a text, as ECMA-262 and JSON Schema have it."""
        if pattern not in self._known:
            try:
                self._known[pattern] = language(self._languages, pattern)
            except UnsupportedPatternError:
                raise UncheckableError(f"the pattern {shorten(pattern)} is not a regular one") from None
        return self._languages.matches(self._known[pattern], text)


_BASES: dict[Draft, type[Validator]] = {
    4: Draft4Validator,
    6: Draft6Validator,
    7: Draft7Validator,
    2019: Draft201909Validator,
    2020: Draft202012Validator,
}
_Rule = Callable[[Any, JsonValue, JsonValue, JsonValue], _Errors]


def _kind(draft: Draft, patterns: _Patterns) -> type[Validator]:
    rules: dict[str, _Rule] = {
        "pattern": _pattern(patterns),
        "patternProperties": _pattern_properties(patterns),
        "additionalProperties": _additional_properties(patterns),
        "multipleOf": _multiple_of,
        "uniqueItems": _unique_items,
    }
    made: type[Validator] = extend(_BASES[draft], rules)  # type: ignore[no-untyped-call] # not typed there
    return made


def _formats(kind: type[Validator]) -> FormatChecker:
    """Give the formats of a draft, with those that the package only knows when others are installed beside it."""
    checker = FormatChecker(())
    checker.checkers = {**kind.FORMAT_CHECKER.checkers, "date-time": (_date_time, ()), "time": (_time, ())}
    return checker


_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_DATE_TIME = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[Tt]{_TIME}")


def _date_time(value: object) -> bool:
    """Check RFC 3339's date-time; a leap second is accepted at any minute."""
    found = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return not isinstance(value, str)
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return False
    return True


def _time(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(_TIME, value) is not None


def _pattern(patterns: _Patterns) -> _Rule:
    def pattern(_validator: Any, rule: JsonValue, value: JsonValue, _schema: JsonValue) -> _Errors:
        if isinstance(value, str) and not patterns.found(rule, value):
            yield ValidationError("pattern")

    return pattern


def _pattern_properties(patterns: _Patterns) -> _Rule:
    def pattern_properties(validator: Any, rule: JsonValue, value: JsonValue, _schema: JsonValue) -> _Errors:
        if not isinstance(value, dict):
            return
        for pattern, inner in rule.items():
            for name, item in value.items():
                if patterns.found(pattern, name):
                    yield from validator.descend(item, inner, path=name, schema_path=pattern)

    return pattern_properties


def _additional_properties(patterns: _Patterns) -> _Rule:
    def additional_properties(validator: Any, rule: JsonValue, value: JsonValue, schema: JsonValue) -> _Errors:
        if not isinstance(value, dict):
            return
        named, matched = schema.get("properties", {}), schema.get("patternProperties", {})
        extra = [one for one in value if one not in named and not any(patterns.found(each, one) for each in matched)]
        if rule is False and extra:
            yield ValidationError("additionalProperties")
        elif isinstance(rule, dict):
            for name in extra:
                yield from validator.descend(value[name], rule, path=name)

    return additional_properties


def _mentions(schema: JsonValue, keyword: str) -> bool:
    waiting: list[JsonValue] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if keyword in value:
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _multiple_of(_validator: Any, rule: JsonValue, value: JsonValue, _schema: JsonValue) -> _Errors:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and _exact(value) % _exact(rule):
        yield ValidationError("multipleOf")


def _exact(number: float | Decimal) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(str(number))


def _unique_items(_validator: Any, rule: JsonValue, value: JsonValue, _schema: JsonValue) -> _Errors:
    if rule and isinstance(value, list) and len({canonical(item) for item in value}) < len(value):
        yield ValidationError("uniqueItems")
