"""Single values from one JSON type to another, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from rules.jsontext import JsonValue, exact_number
from rules.pointer import position

Change = Callable[[JsonValue, str], JsonValue]


class TransformError(ValueError):
    """A document has no counterpart in the other version; carries the step's kind, the place, and a sentence."""

    def __init__(self, rule: str, place: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule, self.place, self.sentence = rule, place, sentence


def place_of(value: JsonValue, token: str) -> str | int | None:
    """Give the key or index that a pointer's token has in a value; `None` where it is not there."""
    if isinstance(value, dict):
        return token if token in value else None
    if isinstance(value, list):
        index = position(token)
        return index if index is not None and index < len(value) else None
    return None


def cast(source: str, goal: str, *, decimals: int | None = None) -> Change:
    """Make the change from one type to another: string, number, integer, boolean. `decimals` are written with text.

    A value that is of the goal's type already stays, so that a row that an application has written in the new form
    before the cutover is not refused.
    """
    convert = _CASTS[goal]
    wanted = _NAMES[goal]
    is_source, is_goal = _IS[source], _IS[goal]

    def change(value: JsonValue, where: str) -> JsonValue:
        if is_goal(value):
            return value
        if not is_source(value):
            raise TransformError("cast", where, f"the value at {where} is not {_NAMES[source]}")
        try:
            return convert(value, decimals)
        except ValueError:
            raise TransformError("cast", where, f"the value at {where} cannot be read as {wanted}") from None

    return change


_NUMBERS = (int, float, Decimal)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4})?")


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _is_integer(value: JsonValue) -> bool:
    return _is_number(value) and bool(value == int(value))


def _to_number(value: JsonValue, _: int | None) -> JsonValue:
    if isinstance(value, str) and len(value) <= 4_300 and _NUMBER.fullmatch(value):
        return exact_number(value)
    if _is_number(value):
        return value
    raise ValueError


def _to_integer(value: JsonValue, _: int | None) -> JsonValue:
    number = _to_number(value, None)
    if number == int(number):
        return int(number)
    raise ValueError


def _to_boolean(value: JsonValue, _: int | None) -> JsonValue:
    if isinstance(value, str) and value in _TRUTH:
        return _TRUTH[value]
    raise ValueError


def _to_string(value: JsonValue, decimals: int | None) -> JsonValue:
    if isinstance(value, bool):
        return "true" if value else "false"
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    text = format(exact, "f") if decimals is None else format(exact, f".{decimals}f")
    if Decimal(text) != exact:
        raise ValueError
    return text


_IS: Mapping[str, Callable[[JsonValue], bool]] = {
    "string": lambda value: isinstance(value, str), "number": _is_number, "integer": _is_integer,
    "boolean": lambda value: isinstance(value, bool),
}  # fmt: skip
_TRUTH: Mapping[str, bool] = {"true": True, "false": False}
_NAMES: Mapping[str, str] = {
    "string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
}  # fmt: skip
_CASTS: Mapping[str, Callable[[JsonValue, int | None], JsonValue]] = {
    "string": _to_string, "number": _to_number, "integer": _to_integer, "boolean": _to_boolean,
}  # fmt: skip
