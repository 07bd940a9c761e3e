"""Read the values of keywords; what a draft does not allow there is malformed, never guessed at."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rules.compare.compiler import Compiler, MalformedError
from rules.compare.names import Names
from rules.compare.references import Place
from rules.jsontext import JsonValue


def origin(place: Place, keyword: str) -> tuple[str, str]:
    """Say where a keyword stands."""
    return keyword, f"{place.shown}/{keyword}"


def exact(value: JsonValue) -> Fraction:
    """Read a JSON number as the decimal that was written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise MalformedError("this is no number")
    try:
        return Fraction(repr(value) if isinstance(value, float) else value)
    except (ValueError, OverflowError) as problem:
        raise MalformedError("this is no finite number") from problem


def size(value: JsonValue) -> int:
    """Read a count."""
    number = exact(value)
    if number.denominator != 1 or number < 0:
        raise MalformedError("this is no count")
    return int(number)


def mapping(value: JsonValue) -> dict[str, JsonValue]:
    """Read an object."""
    if not isinstance(value, dict):
        raise MalformedError("this is no object")
    return value


def strings(value: JsonValue) -> list[str]:
    """Read a list of names."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedError("this is no list of names")
    return list(value)


def schema(place: Place, *tokens: str | int) -> Place:
    """Give a schema below a keyword."""
    child = place.child(*tokens)
    additional = tokens[0] in ("additionalProperties", "additionalItems")
    if isinstance(child.value, bool) and place.dialect.boolean_exclusive and not additional:
        raise MalformedError("draft 4 has no boolean schemas")
    if not isinstance(child.value, bool | dict):
        raise MalformedError("this is no schema")
    return child


def schemas(place: Place, keyword: str) -> list[Place]:
    """Give the schemas listed by a keyword."""
    value = place.value[keyword]
    if not isinstance(value, list) or not value:
        raise MalformedError("this is no list of schemas")
    return [schema(place, keyword, i) for i in range(len(value))]


def own_names(compiler: Compiler, place: Place) -> list[Names]:
    """Give the names that `properties` and `patternProperties` of a schema speak about."""
    found = [Names(frozenset(mapping(place.value.get("properties", {}))))]
    for pattern in mapping(place.value.get("patternProperties", {})):
        regex = compiler.regex(pattern)
        if isinstance(regex, str):
            raise MalformedError(f"it depends on the pattern {pattern[:60]!r}: {regex}")
        found.append(Names(frozenset(), regex))
    return found
