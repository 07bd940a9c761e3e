from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compare import decide

STEPS = st.sampled_from([1, 2, 3, 5, 0.1, 0.25, 0.3, 1.5])
BOUNDS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={
        "minimum": st.integers(-6, 6),
        "exclusiveMinimum": st.integers(-6, 6),
        "maximum": st.integers(-6, 6),
        "exclusiveMaximum": st.integers(-6, 6),
        "multipleOf": STEPS,
        "not": st.builds(lambda step: {"multipleOf": step}, STEPS),
    },
)
GRID = [Fraction(n, 20) for n in range(-160, 161)]


def accepts(schema: dict[str, Any], number: Fraction) -> bool:
    def multiple(step: float) -> bool:
        return (number / Fraction(str(step))).denominator == 1

    checks = [
        schema["type"] == "number" or number.denominator == 1,
        number >= schema.get("minimum", number),
        number <= schema.get("maximum", number),
        "exclusiveMinimum" not in schema or number > schema["exclusiveMinimum"],
        "exclusiveMaximum" not in schema or number < schema["exclusiveMaximum"],
        "multipleOf" not in schema or multiple(schema["multipleOf"]),
        "not" not in schema or not multiple(schema["not"]["multipleOf"]),
    ]
    return all(checks)


@settings(max_examples=300, deadline=None)
@given(BOUNDS, BOUNDS)
def test_ranges_and_multiples_are_decided_exactly(left: dict[str, Any], right: dict[str, Any]) -> None:
    decision = decide(left, right)
    assert decision.status != "undecided"
    if decision.status == "included":
        assert all(accepts(right, number) for number in GRID if accepts(left, number))
    else:
        witness = Fraction(str(decision.witness))
        assert accepts(left, witness)
        assert not accepts(right, witness)
