"""Numbers: bounds, multiples and not-multiples, decided exactly with fractions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import ceil, floor, gcd, lcm

from rules.compare import algebra as a
from rules.compare.emptiness import Solver
from rules.compare.evaluate import exact_json
from rules.compare.group import Group
from rules.compare.outcome import EMPTY, Found, Outcome, Unknown
from rules.compare.values import Reason
from rules.jsontext import canonical

MAX_TRIES = 20_000
MAX_DIGITS = 12


@dataclass(slots=True)
class _Range:
    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False
    step: Fraction | None = None
    not_steps: list[Fraction] = field(default_factory=list)

    def raise_low(self, bound: Fraction, *, strict: bool) -> None:
        if self.low is None or (bound, strict) > (self.low, self.low_open):
            self.low, self.low_open = bound, strict

    def lower_high(self, bound: Fraction, *, strict: bool) -> None:
        if self.high is None or (-bound, strict) > (-self.high, self.high_open):
            self.high, self.high_open = bound, strict

    def has(self, number: Fraction) -> bool:
        """Say whether a number is within the bounds and no multiple that it must not be."""
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.high_open and number == self.high)):
            return False
        return not any((number / step).denominator == 1 for step in self.not_steps)


def _collect(group: Group) -> _Range:
    found = _Range()
    for node in group.literals:
        match node.body:
            case a.AtLeast(bound, strict):
                if node.positive:
                    found.raise_low(bound, strict=strict)
                else:
                    found.lower_high(bound, strict=not strict)
            case a.AtMost(bound, strict):
                if node.positive:
                    found.lower_high(bound, strict=strict)
                else:
                    found.raise_low(bound, strict=not strict)
            case a.MultipleOf(divisor):
                if node.positive:
                    found.step = divisor if found.step is None else _common(found.step, divisor)
                else:
                    found.not_steps.append(divisor)
    return found


def _common(left: Fraction, right: Fraction) -> Fraction:
    return Fraction(lcm(left.numerator, right.numerator), gcd(left.denominator, right.denominator))


def solve_number(solver: Solver, group: Group) -> Outcome:
    """Find a number of a group."""
    found = _collect(group)
    picked = _pick(solver, found, group)
    if picked == "unknown":
        return Unknown(Reason("multipleOf", solver.budget.pointer, "too many multiples to try"))
    if isinstance(picked, str):
        return EMPTY
    return Found(exact_json(picked))


def _pick(solver: Solver, found: _Range, group: Group) -> Fraction | str:
    low, high = found.low, found.high
    if low is not None and high is not None and (low > high or (low == high and (found.low_open or found.high_open))):
        return "none"
    candidates = _decimals(found) if found.step is None else _multiples(found, found.step, len(group.excluded))
    if found.step is not None and any((found.step / step).denominator == 1 for step in found.not_steps):
        return "none"
    for tries, number in enumerate(candidates):
        solver.budget.spend()
        if found.has(number) and (not group.excluded or canonical(exact_json(number)) not in group.excluded):
            return number
        if tries > MAX_TRIES:
            return "unknown"
    return "none"


def _multiples(found: _Range, step: Fraction, excluded: int) -> Iterator[Fraction]:
    """Give the multiples in the range, nearest to 0 first; one period and the excluded ones suffice."""
    first = None if found.low is None else ceil(found.low / step)
    last = None if found.high is None else floor(found.high / step)
    period = lcm(*(int(_common(step, other) / step) for other in found.not_steps))
    limit = period * (excluded + 2) + 4 * excluded + 8
    if first is not None and (first > 0 or last is None):
        yield from (step * i for i in _upto(max(first, 0), last, limit))
        if first < 0:
            yield from (step * i for i in _downto(-1, first, limit))
        return
    if last is not None and last < 0:
        yield from (step * i for i in _downto(last, first, limit))
        return
    yield from (step * i for i in _upto(0, last, limit))
    yield from (step * i for i in _downto(-1, first, limit))


def _upto(first: int, last: int | None, limit: int) -> range:
    return range(first, first + limit if last is None else min(last + 1, first + limit))


def _downto(first: int, last: int | None, limit: int) -> range:
    return range(first, first - limit if last is None else max(last - 1, first - limit), -1)


def _decimals(found: _Range) -> Iterator[Fraction]:
    """Give numbers of the range: a point alone, else integers near its ends and finer and finer decimals."""
    low, high = found.low, found.high
    if low is not None and low == high:
        yield low
        return
    for digits in count():
        step = Fraction(1, 10**digits)
        yield from _grid(low, high, step)


def _grid(low: Fraction | None, high: Fraction | None, step: Fraction) -> Iterator[Fraction]:
    span = 64
    if (low is None or low <= 0) and (high is None or high >= 0):
        yield from (sign * step * i for i in range(span) for sign in (1, -1) if _within(sign * step * i, low, high))
    if low is not None:
        first = ceil(low / step)
        yield from (step * i for i in range(first, first + span) if _within(step * i, low, high))
    if high is not None:
        last = floor(high / step)
        yield from (step * i for i in range(last, last - span, -1) if _within(step * i, low, high))


def _within(number: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)
