"""Does a value satisfy a formula? True, False, or `None` where something opaque decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from rules.compare import algebra as a
from rules.compare.algebra import Node
from rules.compare.compiler import Compiler
from rules.compare.names import Names
from rules.compare.values import Reason
from rules.jsontext import JsonValue, canonical, exact_number


def type_bit(value: JsonValue) -> int:
    """Give the type of a value."""
    if value is None:
        return a.NULL
    if isinstance(value, bool):
        return a.BOOLEAN
    if isinstance(value, str):
        return a.STRING
    if isinstance(value, list):
        return a.ARRAY
    return a.OBJECT if isinstance(value, dict) else a.NUMBER


def number_of(value: JsonValue) -> Fraction:
    """Give a JSON number exactly."""
    return Fraction(repr(value) if isinstance(value, float) else value)


Three = bool | None


def every(results: Iterable[Three]) -> Three:
    """Conjoin three-valued truths."""
    answer: Three = True
    for result in results:
        if result is False:
            return False
        if result is None:
            answer = None
    return answer


def negated(result: Three) -> Three:
    """Negate a three-valued truth."""
    return None if result is None else not result


class Evaluator:
    """Evaluates formulas on values."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self.doubt = Reason("", "", "something that is not understood")
        """Why the last answer that was `None` was."""

    def holds(self, node: Node, value: JsonValue) -> Three:  # noqa: PLR0911 - one case for each kind
        """Say whether a value satisfies a formula."""
        self._compiler.budget.spend()
        match node.kind:
            case "constant":
                return node.positive
            case "place" | "closed":
                return self.holds(self._compiler.expand(node), value)
            case "and":
                return every(self.holds(part, value) for part in node.parts)
            case "or":
                return negated(every(negated(self.holds(part, value)) for part in node.parts))
            case "types":
                return bool(node.body & type_bit(value)) is node.positive
            case "enum":
                return (canonical(value) in node.body.texts) is node.positive
            case _:
                return self._literal(node, value)

    def _literal(self, node: Node, value: JsonValue) -> Three:
        if not node.type & type_bit(value):
            return node.positive
        found = self._atom(node.body, value)
        return found if node.positive else negated(found)

    def _atom(self, atom: a.Atom, value: JsonValue) -> Three:  # noqa: PLR0911 - one case for each kind
        match atom:
            case a.AtLeast(bound, strict):
                return number_of(value) > bound if strict else number_of(value) >= bound
            case a.AtMost(bound, strict):
                return number_of(value) < bound if strict else number_of(value) <= bound
            case a.MultipleOf(divisor):
                return (number_of(value) / divisor).denominator == 1
            case a.InLanguage(regex):
                return self._compiler.languages.matches(regex, value)
            case a.MinSize(size):
                return len(value) >= size
            case a.MaxSize(size):
                return len(value) <= size
            case a.Opaque(_, reason):
                self.doubt = reason
                return None
            case _:
                return self._inside(atom, value)

    def _inside(self, atom: a.Atom, value: JsonValue) -> Three:
        match atom:
            case a.Required(name):
                return name in value
            case a.Properties(names, child):
                listed = self._named(names, value)
                return every(self.holds(child, value[name]) for name in listed)
            case a.Items(start, end, child):
                return every(self.holds(child, item) for item in value[start:end])
            case a.Contains(child, count):
                return _counted([self.holds(child, item) for item in value], count)
            case _:
                texts = [canonical(item) for item in value]
                return len(set(texts)) == len(texts)

    def _named(self, names: Names, value: dict[str, JsonValue]) -> list[str]:
        if names.regex is None and len(names.listed) < len(value):
            return [name for name in names.listed if name in value]
        return [name for name in value if names.contains(name, self._compiler.languages)]


def _counted(results: list[Three], count: int) -> Three:
    if results.count(True) >= count:
        return True
    return None if results.count(True) + results.count(None) >= count else False


def exact_json(number: Fraction) -> JsonValue:
    """Write a finite decimal as a JSON value, a float only where that is exact; `ValueError` where it is too long."""
    if number.denominator == 1:
        return int(number)
    places = _places(number.denominator)
    return exact_number(f"{number.numerator * (10**places // number.denominator)}e-{places}")


def _places(denominator: int) -> int:
    """Give the decimals that a fraction needs: as many as its denominator has twos, or fives."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives)


Holds = Callable[[Node, JsonValue], Three]
