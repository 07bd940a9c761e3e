"""A small language for what a migration's step computes; whoever wrote it, it ends after as many steps as it has words.

    concat(value, "T00:00:00Z")          if doc.kind == "refund" then 0 - value else value
    round(number(value) * 100)           coalesce(doc.email, "unknown")

`value` is what stands at the step's place, `doc` the whole document; a member that is not there is null. There are no
loops, no names to define and no calls but of the functions below. Numbers are exact decimals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException

from rules.jsontext import JsonValue, exact_number

MAX_LENGTH = 1_000
"""Characters of an expression."""
MAX_DEPTH = 30
"""How deep parentheses, calls and conditions may nest."""
MAX_TEXT = 100_000
"""Characters of a text, and items of a list, that an expression may make."""

_CONTEXT = Context(prec=100, rounding=ROUND_HALF_EVEN, Emax=4_000, Emin=-4_000)


class ExpressionError(ValueError):
    """An expression cannot be read, or has no value for this document; the message says why."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of an expression stand for."""

    value: JsonValue
    doc: JsonValue


Compiled = Callable[[Scope], JsonValue]
"""An expression made ready; raises `ExpressionError` where it has no value."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\["\\nt])*"|'(?:[^'\\]|\\['\\nt])*')
    |(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>==|!=|<=|>=|[-+*/%<>(),.\[\]]))""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t"}
_WORDS = frozenset({"if", "then", "else", "and", "or", "not"})
_CONSTANTS: Mapping[str, JsonValue] = {"null": None, "true": True, "false": False}


def compile_expression(text: str) -> Compiled:
    """Make an expression ready; `ExpressionError` where it cannot be read."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(_tokens(text))
    compiled = reader.expression(0)
    if reader.kind != "end":
        raise ExpressionError(f"it goes on with {reader.word!r} where it should have ended")
    return compiled


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(f"{text[place:].strip()[:20]!r} is no word of the language")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return [*found, ("end", "")]


class _Reader:
    """Reads tokens from the left; each method gives what it read, compiled."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def word(self) -> str:
        return self._tokens[self._at][1]

    def expression(self, depth: int) -> Compiled:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it nests more than {MAX_DEPTH} levels deep")
        if not self._takes("if"):
            return self._binary(depth, 0)
        condition = self.expression(depth + 1)
        self._needs("then")
        then = self.expression(depth + 1)
        self._needs("else")
        otherwise = self.expression(depth + 1)
        return lambda scope: (then if _truth(condition(scope)) else otherwise)(scope)

    def _binary(self, depth: int, level: int) -> Compiled:
        """Read operators of a level and those that bind closer; all of them lean to the left."""
        if level == len(_LEVELS):
            return self._unary(depth)
        left = self._binary(depth, level + 1)
        while self.word in _LEVELS[level] and self.kind in {"sign", "name"}:
            operator = _OPERATORS[self.word]
            self._at += 1
            left = operator(left, self._binary(depth, level + 1))
        return left

    def _unary(self, depth: int) -> Compiled:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it nests more than {MAX_DEPTH} levels deep")
        if self._takes("not"):
            inner = self._unary(depth + 1)
            return lambda scope: not _truth(inner(scope))
        if self._takes("-"):
            inner = self._unary(depth + 1)
            return lambda scope: _number(-_decimal(inner(scope)))
        return self._primary(depth)

    def _primary(self, depth: int) -> Compiled:
        kind, word = self.kind, self.word
        self._at += 1
        if kind == "number":
            number = exact_number(word)
            return lambda _: number
        if kind == "text":
            text = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), word[1:-1])
            return lambda _: text
        if word == "(":
            inner = self.expression(depth + 1)
            self._needs(")")
            return inner
        if kind == "name" and word not in _WORDS:
            return self._named(word, depth)
        raise ExpressionError(f"{word!r} stands where a value should" if word else "it ends where a value should stand")

    def _named(self, word: str, depth: int) -> Compiled:
        if word in _CONSTANTS:
            constant = _CONSTANTS[word]
            return lambda _: constant
        if self._takes("("):
            return self._call(word, depth)
        if word not in {"value", "doc"}:
            raise ExpressionError(f"{word!r} is not known: write doc.{word}, value, or a function with parentheses")
        return self._path(word == "doc")

    def _path(self, whole: bool) -> Compiled:
        steps: list[str | int] = []
        while self.word in {".", "["} and self.kind == "sign":
            opened = self.word
            self._at += 1
            if opened == "." and self.kind != "name":
                raise ExpressionError("a member's name should follow the dot")
            steps.append(self.word if opened == "." else self._subscript())
            self._at += 1
            if opened == "[":
                self._needs("]")
        return lambda scope: _follow(scope.doc if whole else scope.value, steps)

    def _subscript(self) -> str | int:
        if self.kind == "text":
            return self.word[1:-1]
        if self.kind == "number" and self.word.isdigit():
            return int(self.word)
        raise ExpressionError("between [ and ] stands a number from 0, or a member's name in quotes")

    def _call(self, name: str, depth: int) -> Compiled:
        arguments: list[Compiled] = []
        while not self._takes(")"):
            if arguments:
                self._needs(",")
            arguments.append(self.expression(depth + 1))
        if name not in FUNCTIONS:
            raise ExpressionError(f"there is no function {name}; there are {', '.join(FUNCTIONS)}")
        least, most, function = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise ExpressionError(f"{name} takes {least if least == most else f'{least} to {most}'} values")
        return lambda scope: _bounded(function(*[argument(scope) for argument in arguments]))

    def _takes(self, word: str) -> bool:
        if self.word == word and self.kind in {"name", "sign"}:
            self._at += 1
            return True
        return False

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise ExpressionError(f"{word!r} should stand where {self.word or 'it ends'!r} does")


def _follow(value: JsonValue, steps: Sequence[str | int]) -> JsonValue:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _truth(value: JsonValue) -> bool:
    if isinstance(value, bool):
        return value
    raise ExpressionError(f"{_kind(value)} stands where true or false should")


def _decimal(value: JsonValue) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ExpressionError(f"{_kind(value)} stands where a number should")
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    raise ExpressionError(f"{_kind(value)} stands where text should")


def _number(value: Decimal) -> JsonValue:
    """Give a decimal as JSON has it: a whole number without a point."""
    if not value.is_finite():
        raise ExpressionError("the number is too large")
    if value == value.to_integral_value() and abs(value.adjusted()) < 4_000:
        return int(value)
    return exact_number(format(value, "f"))


def _kind(value: JsonValue) -> str:
    names = ((bool, "true or false"), (str, "text"), (dict, "an object"), (list, "a list"), (type(None), "null"))
    return next((name for kind, name in names if isinstance(value, kind)), "a number")


def _bounded(value: JsonValue) -> JsonValue:
    if isinstance(value, str | list) and len(value) > MAX_TEXT:
        raise ExpressionError(f"it makes more than {MAX_TEXT:,} characters or items")
    return value


def _arithmetic(compute: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Compiled, Compiled], Compiled]:
    def made(left: Compiled, right: Compiled) -> Compiled:
        def run(scope: Scope) -> JsonValue:
            try:
                return _number(compute(_decimal(left(scope)), _decimal(right(scope))))
            except (DecimalException, ValueError) as error:
                raise ExpressionError(
                    str(error) if isinstance(error, ExpressionError) else "it has no number"
                ) from None

        return run

    return made


def _comparison(holds: Callable[[int], bool]) -> Callable[[Compiled, Compiled], Compiled]:
    def compare(left: JsonValue, right: JsonValue) -> int:
        if isinstance(left, str) and isinstance(right, str):
            return (left > right) - (left < right)
        first, second = _decimal(left), _decimal(right)
        return (first > second) - (first < second)

    return lambda left, right: lambda scope: holds(compare(left(scope), right(scope)))


def _same(left: JsonValue, right: JsonValue) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


_LEVELS = (("or",), ("and",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
_OPERATORS: Mapping[str, Callable[[Compiled, Compiled], Compiled]] = {
    "or": lambda left, right: lambda scope: _truth(left(scope)) or _truth(right(scope)),
    "and": lambda left, right: lambda scope: _truth(left(scope)) and _truth(right(scope)),
    "==": lambda left, right: lambda scope: _same(left(scope), right(scope)),
    "!=": lambda left, right: lambda scope: not _same(left(scope), right(scope)),
    "<": _comparison(lambda order: order < 0),
    "<=": _comparison(lambda order: order <= 0),
    ">": _comparison(lambda order: order > 0),
    ">=": _comparison(lambda order: order >= 0),
    "+": _arithmetic(_CONTEXT.add),
    "-": _arithmetic(_CONTEXT.subtract),
    "*": _arithmetic(_CONTEXT.multiply),
    "/": _arithmetic(_CONTEXT.divide),
    "%": _arithmetic(_CONTEXT.remainder),
}


def _as_text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return format(_decimal(value), "f")
    return _text(value)


def _as_number(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return _number(_decimal(value))
    if not re.fullmatch(r"-?(?:0|[1-9][0-9]{0,200})(?:\.[0-9]{1,200})?", value.strip()):
        raise ExpressionError(f"{value[:40]!r} is no number")
    return exact_number(value.strip())


def _replace(text: JsonValue, old: JsonValue, new: JsonValue) -> str:
    wanted, instead = _text(old), _text(new)
    if len(_text(text)) * max(1, len(instead)) > MAX_TEXT * 10:
        raise ExpressionError(f"it makes more than {MAX_TEXT:,} characters")
    return _text(text).replace(wanted, instead) if wanted else _text(text)


def _slice(text: JsonValue, start: JsonValue, end: JsonValue = None) -> str:
    places = [None if one is None else int(_decimal(one)) for one in (start, end)]
    return _text(text)[places[0] : places[1]]


def _items(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    raise ExpressionError(f"{_kind(value)} stands where a list should")


def _length(value: JsonValue) -> int:
    return len(value) if isinstance(value, str | list | dict) else len(_text(value))


def _rounded(value: JsonValue, digits: JsonValue = 0) -> JsonValue:
    places = int(_decimal(digits))
    if not 0 <= places <= 50:
        raise ExpressionError("round takes 0 to 50 digits")
    try:
        return _number(_decimal(value).quantize(Decimal(1).scaleb(-places), context=_CONTEXT))
    except DecimalException:
        raise ExpressionError("the number is too large to be rounded") from None


def _separated(text: JsonValue, by: JsonValue) -> list[JsonValue]:
    if not _text(by):
        raise ExpressionError("split needs a separator")
    return list(_text(text).split(_text(by)))


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., JsonValue]]] = {
    "concat": (1, 20, lambda *parts: "".join(map(_as_text, parts))),
    "upper": (1, 1, lambda text: _text(text).upper()),
    "lower": (1, 1, lambda text: _text(text).lower()),
    "trim": (1, 1, lambda text: _text(text).strip()),
    "replace": (3, 3, _replace),
    "slice": (2, 3, _slice),
    "length": (1, 1, _length),
    "text": (1, 1, _as_text),
    "number": (1, 1, _as_number),
    "round": (1, 2, _rounded),
    "abs": (1, 1, lambda number: _number(abs(_decimal(number)))),
    "min": (2, 20, lambda *numbers: _number(min(map(_decimal, numbers)))),
    "max": (2, 20, lambda *numbers: _number(max(map(_decimal, numbers)))),
    "coalesce": (1, 20, lambda *values: next((value for value in values if value is not None), None)),
    "contains": (2, 2, lambda text, part: _text(part) in _text(text)),
    "split": (2, 2, _separated),
    "join": (2, 2, lambda parts, by: _text(by).join(map(_as_text, _items(parts)))),
}
"""Every function: the fewest and the most values that it takes, and what it gives."""
