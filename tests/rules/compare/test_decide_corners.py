"""A search for counterexamples in the corners of JSON Schema, and what earlier searches found there.

Each seed draws two schemas of one corner; both inclusions are asked with every way of closing, tried on small documents
beside those near to the schemas, and held against two validators. By a third way round, a document is in a schema
exactly where the schema of that document alone is included.
"""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from jsonschema.validators import validator_for
from referencing import Registry

from rules.compare import compare, decide
from rules.compare.inclusion import Closed, Engine
from rules.verdict import Verdict
from tests.rules.compare import corners, variety
from tests.rules.compare.corners import CORNERS
from tests.rules.compare.test_decide_variety import FAST

BUDGET = 60_000
CLOSING: tuple[Closed, ...] = ("none", "left", "both")
MAX_CLOSED = 40
"""Documents tried on a closed set, which is slow to ask about."""
LATER = "https://json-schema.org/draft/2019-09/schema"
INFINITE = float("inf")


class Side:
    """One schema as two validators see it; the one in Rust is quick, the other looks at what that one found."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        draft = next(name for name, uri in variety.URIS.items() if uri == schema["$schema"])
        self.asked = read(lambda: FAST[draft](schema, validate_formats=False))
        self.second = validator_for(schema)(schema, registry=Registry())

    def quickly(self, document: Any) -> bool | None:
        return read(lambda: self.asked.is_valid(document)) if self.asked else None

    def accepts(self, document: Any) -> bool | None:
        """Say what both say; `None` where they differ, or one of them cannot read the schema."""
        said = {self.quickly(document), read(lambda: self.second.is_valid(document))}
        return said.pop() if len(said) == 1 else None


def read(ask: Any) -> Any:
    try:
        return ask()
    except Exception:  # noqa: BLE001 - each library raises its own where a schema is none
        return None


def documents(random: Random, corner: str, schemas: list[Any]) -> list[Any]:
    """Draw documents near to the schemas, and make all small ones of a few values and names."""
    found = [*variety.documents(random, schemas, 25), *corners.SMALL, *corners.TEXTS]
    oldest = any(schema["$schema"] == variety.URIS["draft4"] for schema in schemas)
    if corner in ("numeric", "listed"):
        found += [number for number in corners.NUMBERS if not isinstance(number, Decimal)]
        found += [step * times for step in corners.STEPS for times in (1, 2, 3, -1, 5)]
    items = random.sample([None, True, False, 0, 1, 2, "a", "", [], [1], {}, {"a": 1}], 4)
    found += [list(each) for length in (1, 2, 3) for each in itertools.product(items, repeat=length)]
    names = random.sample([*corners.NAMES, "extra", "ab", "$ref", ""], 4)
    for held in itertools.product([None, *random.sample(items, 2)], repeat=4):
        found.append({name: value for name, value in zip(names, held, strict=True) if value is not None})
    return [variety.whole(one) for one in found] if oldest else found


def searched(corner: str, seed: int) -> Counter[str]:
    random = Random(f"{corner}{seed}")
    sides = [Side(schema) for schema in corners.pair(random, corner)]
    engine = Engine()
    near = documents(random, corner, [side.schema for side in sides])
    tally: Counter[str] = Counter()
    for first, second in (sides, sides[::-1]):
        for closed in CLOSING:
            decision = engine.decide(first.schema, second.schema, closed=closed, budget=BUDGET)
            tally[decision.status] += 1
            told = corner, seed, closed, first.schema, second.schema, decision
            if decision.status == "not_included" and closed == "none":
                assert first.accepts(decision.witness) is not False, told
                assert second.accepts(decision.witness) is not True, told
            if decision.status == "included":
                wrong = counterexample(engine, first, second, closed, near)
                assert wrong is None, (*told, wrong)
    told_alone(engine, sides[0], random.sample(near, 5))
    return tally


def counterexample(engine: Engine, first: Side, second: Side, closed: Closed, near: list[Any]) -> Any:
    """Find a document that is of the left side and not of the right one, as closed as they are to be."""
    left, right = (engine.membership(side.schema) for side in (first, second))
    tried = 0
    for document in near:
        if not first.quickly(document) or tried > MAX_CLOSED:
            continue
        if closed != "none":
            tried += 1
            if not left.accepts(document, closed=True):
                continue
        if closed == "both" and right.accepts(document, closed=True) is False:
            return document
        if second.quickly(document) is False and first.accepts(document) and second.accepts(document) is False:
            return document
    return None


def told_alone(engine: Engine, side: Side, several: list[Any]) -> None:
    for document in several:
        status = engine.decide({"const": document}, side.schema, budget=BUDGET).status
        said = side.accepts(document)
        if status != "undecided" and said is not None:
            assert said is (status == "included"), (side.schema, document)


@pytest.mark.parametrize("corner", CORNERS)
def test_no_answer_in_a_corner_has_a_counterexample(corner: str) -> None:
    tally = sum((searched(corner, seed) for seed in range(8)), Counter[str]())
    assert min(tally["included"], tally["not_included"]) > 0, tally


@pytest.mark.slow
@pytest.mark.parametrize("corner", CORNERS)
def test_no_answer_of_many_in_a_corner_has_a_counterexample(corner: str) -> None:
    tally = sum((searched(corner, seed) for seed in range(1_000, 1_400)), Counter[str]())
    assert tally["undecided"] / tally.total() <= 0.2, tally


@pytest.mark.parametrize("keyword", ["minLength", "minItems", "minProperties"])
def test_counts_that_no_document_reaches_are_still_told_apart(keyword: str) -> None:
    """Both were taken for "more than any", and included in each other."""
    less, more = {keyword: 2 * 10**12}, {keyword: 3 * 10**12}
    assert decide(more, less).status == "included"
    assert decide(less, more).status != "included"


def test_contains_beside_unevaluated_items_of_2019_09_is_decided_where_both_readings_agree() -> None:
    """By the specification it evaluates nothing there; to validators it does."""
    schema = {"$schema": LATER, "contains": {"type": "integer"}, "unevaluatedItems": {"type": "string"}}
    either = {"$schema": LATER, "items": {"type": ["integer", "string"]}}
    assert decide(schema, either).status == "included"
    assert decide(schema, {"$schema": LATER, "items": {"type": "string"}}).status == "undecided"
    assert decide(schema, {"$schema": LATER, "type": "array"}).status == "not_included"


def test_dependencies_of_later_drafts_are_decided_where_both_readings_agree() -> None:
    """They have none, and validators differ on it; it was ignored, with a witness that one of them refused."""
    schema = {"type": "object", "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}
    assert decide(schema, {**schema, "title": "the same"}).status == "included"
    assert decide(schema, {"type": "object"}).status == "included"
    assert decide(schema, {"required": ["e"]}).witness == {}
    only_a = {**schema, "maxProperties": 1, "required": ["a"]}
    for other in ({"dependentRequired": {"a": ["b"]}}, False):
        answer = decide(only_a, other)
        assert answer.status == "undecided"
        assert answer.reason is not None
        assert answer.reason.keyword == "dependencies"


def test_a_witness_has_no_line_ends_where_others_do() -> None:
    """What a dot is differs between matchers of patterns: the names were once "a", "a\u2028" and "a\n"."""
    names = {"patternProperties": {"^.{2}$": False, "^a": {"type": "string"}}, "additionalProperties": False}
    answer = decide({**names, "minProperties": 3, "type": "object"}, {"maxProperties": 2})
    assert all(name.isprintable() for name in answer.witness)
    assert decide({"pattern": "^(\n|abc)$", "type": "string"}, False).witness == "abc"
    assert decide({"pattern": "^(\n|abc)$", "type": "string", "maxLength": 2}, False).witness == "\n"


@pytest.mark.parametrize("number", [INFINITE, -INFINITE, float("nan")])
@pytest.mark.parametrize("keyword", ["const", "minimum", "minLength", "multipleOf", "default"])
def test_what_no_json_text_says_is_undecided_and_never_raises(keyword: str, number: float) -> None:
    """Python reads 1e400 as an infinite number."""
    answer = decide({keyword: number}, {"type": "string"})
    assert answer.status in ("undecided", "not_included")
    assert answer.witness is None or jsonschema_rs.is_valid({"type": "string"}, answer.witness) is False
    found = compare({keyword: number}, {"type": "string"})
    assert found.verdict == Verdict.MAJOR
    assert "this is no JSON" in found.findings[0].sentence


def test_a_number_of_any_length_is_told_from_its_neighbour() -> None:
    long, rounded = Decimal("0.1234567890123456789012345678901"), Decimal("0.1234567890123456789012345679")
    only = {"type": "number", "multipleOf": long, "exclusiveMinimum": 0, "maximum": long}
    assert decide(only, {"const": long}).status == "included"
    assert decide({**only, "not": {"const": rounded}}, False).witness == long


def test_a_whole_number_is_shown_as_one() -> None:
    """Validators of draft 4 may take 1.0 for no integer."""
    answer = decide({"enum": [1.0, [2.0]]}, {"type": "array"})
    assert repr(answer.witness) == "1"
