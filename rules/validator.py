"""Documents against a JSON Schema, with every error located; safe for schemas and documents from anybody.

Built on the validator that confirms witnesses (`rules.compare.confirm`): patterns match without backtracking and on a
budget, numbers are exact, no reference is ever fetched. Here a format refuses only what it surely does not include.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError
from referencing.exceptions import Unresolvable

from rules.compare.bounded import TooDeepError, UnconfirmedError
from rules.compare.confirm import Confirmation
from rules.compare.dialects import DEFAULT, by_uri
from rules.compare.formats import FORMATS
from rules.compare.patterns.syntax import UnsupportedPatternError
from rules.explain import shorten
from rules.jsontext import JsonValue

MAX_STEPS = 200_000
"""Keywords looked at, and derivatives of patterns taken, for one document, beside those that its size allows."""
STEPS_FOR_A_VALUE = 20
"""Keywords that may be looked at for each value in a document."""

_Errors = Iterator[ValidationError]


class UncheckableError(ValueError):
    """A document can be neither accepted nor refused; the message finishes "it could not be checked: …"."""


def errors(schema: JsonValue, value: JsonValue) -> _Errors:
    """Give what a value fails of a schema, in the order of the schema's rules; formats count.

    `UncheckableError` where a reference leads out of the schema or round in a circle, where something is nested too
    deeply, or where a pattern is no regular language or costs too much.
    """
    try:
        yield from _validator(schema, value).iter_errors(value)
    except Unresolvable as error:
        why = f"the schema refers to {shorten(error.ref)}, which is not in it and is never fetched"
        raise UncheckableError(why) from None
    except TooDeepError:
        raise UncheckableError("it is nested too deeply, or the schema's references run in a circle") from None
    except UnsupportedPatternError as error:
        raise UncheckableError(f"a pattern is not a regular one: {error}") from None
    except UnconfirmedError:
        raise UncheckableError("it takes too many steps") from None


def _validator(schema: JsonValue, value: JsonValue) -> Any:
    named = schema.get("$schema") if isinstance(schema, dict) else None
    confirmation = Confirmation(formats=False, steps=MAX_STEPS + STEPS_FOR_A_VALUE * _values(value))
    return confirmation.validator(schema, by_uri(named) or DEFAULT, format=_format(confirmation.matches))


def _format(matches: Callable[[str, str], bool]) -> Callable[[Any, JsonValue, JsonValue, JsonValue], _Errors]:
    def check(_validator: Any, name: JsonValue, value: JsonValue, _schema: JsonValue) -> _Errors:
        known = FORMATS.get(name)
        if known is not None and isinstance(value, str) and not matches(known.perhaps, value):
            yield ValidationError("format")

    return check


def _values(value: JsonValue) -> int:
    """Count the values in a document, itself included."""
    waiting, found = [value], 0
    while waiting:
        inner = waiting.pop()
        found += 1
        if isinstance(inner, dict | list):
            waiting += inner.values() if isinstance(inner, dict) else inner
    return found
