from __future__ import annotations

from typing import Any

import pytest

from rules.compare import compare
from rules.compare.relations import (
    NAMES,
    ROWS,
    Closed,
    Facts,
    Sure,
    is_pure_addition,
    loosened,
    relate,
    restricts_open_content,
    row_of,
    unchanged,
)
from rules.compare.tolerance import tolerant
from rules.compare.values import ComparePolicy, Decision, Reason, Relation, Witness
from rules.verdict import Verdict

INCLUDED = Decision("included")
REFUTED = Decision("not_included", witness={"a": 1})
UNDECIDED = Decision("undecided", reason=Reason("format", "/a"))

READ = ComparePolicy()
NOT_PROVEN = (Relation("", "refuted", Witness(1)), Relation("", "undecided", None, Reason("format", "")))


def facts(*unproven: str, how: Relation = NOT_PROVEN[0], policy: ComparePolicy = READ, **more: Any) -> Facts:
    relations = unchanged()
    for name in unproven:
        relations[name] = Relation(name, how.status, how.witness, how.reason)
    return Facts(relations, policy, **more)


@pytest.mark.parametrize("how", NOT_PROVEN, ids=["refuted", "undecided"])
@pytest.mark.parametrize(
    ("unproven", "verdict"),
    [
        (("backward",), Verdict.MAJOR),
        (("retained",), Verdict.MAJOR),
        (("forward",), Verdict.MAJOR),
        (("extended",), Verdict.MINOR),
        (("strict_backward",), Verdict.MINOR),
        (("strict_forward",), Verdict.MINOR),
        (("extended", "strict_backward"), Verdict.MINOR),
        ((), Verdict.PATCH),
    ],
)
def test_each_relation_has_its_row_and_undecided_counts_as_not_proven(
    unproven: tuple[str, ...], verdict: Verdict, how: Relation
) -> None:
    assert row_of(facts(*unproven, how=how)).verdict == verdict


def test_forward_is_minor_when_nobody_reads() -> None:
    assert row_of(facts("forward", policy=ComparePolicy(reads=False))).verdict == Verdict.MINOR


def test_a_pure_addition_is_minor_and_strict_readers_make_it_major() -> None:
    assert row_of(facts("forward", "extended", pure_addition=True)).verdict == Verdict.MINOR
    strict = ComparePolicy(strict_readers=True)
    assert row_of(facts("forward", "extended", pure_addition=True, policy=strict)).verdict == Verdict.MAJOR
    assert row_of(facts("extended", policy=strict)).verdict == Verdict.MAJOR
    nobody = ComparePolicy(strict_readers=True, reads=False)
    assert row_of(facts("forward", "extended", pure_addition=True, policy=nobody)).verdict == Verdict.MINOR


def test_open_content_closed_or_typed_is_major() -> None:
    assert row_of(facts("strict_backward", open_content_restricted=True)).verdict == Verdict.MAJOR


def test_a_default_or_deprecation_mark_is_minor() -> None:
    assert row_of(facts(marks_changed=True)).verdict == Verdict.MINOR


def test_nothing_different_at_all_is_none() -> None:
    assert row_of(facts(text_differs=False)).verdict == Verdict.NONE


class Engine:
    """Answers by what is asked: left, right and closing; keeps the questions."""

    def __init__(self, answers: dict[tuple[Any, Any, Closed], Decision]) -> None:
        self.answers = answers
        self.asked: list[tuple[Any, Any, Closed]] = []

    def __call__(self, left: Any, right: Any, closed: Closed) -> Decision:
        self.asked.append((left, right, closed))
        return self.answers.get((left, right, closed), INCLUDED)


def statuses(relations: dict[str, Relation]) -> str:
    return " ".join(relations[name].status[0] for name in NAMES)


def sure(*, refuses: bool = False, declares: bool = False) -> Sure:
    return Sure(lambda *_: refuses, lambda *_: declares)


def test_what_is_included_as_written_is_not_asked_with_left_closed() -> None:
    engine = Engine({})
    assert statuses(relate("old", "new", engine, sure())) == "p p p p p p"
    assert [closed for *_, closed in engine.asked] == ["none", "both"] * 2


def test_a_witness_of_declared_fields_alone_refutes_a_whole_direction() -> None:
    engine = Engine({("old", "new", "none"): REFUTED})
    assert statuses(relate("old", "new", engine, sure(declares=True))) == "r p r p r p"
    assert [closed for *_, closed in engine.asked] == ["none", "none", "both"]


def test_a_witness_against_closed_sets_that_is_refused_as_written_refutes_backward_too() -> None:
    engine = Engine({("old", "new", "none"): UNDECIDED, ("old", "new", "both"): REFUTED})
    assert statuses(relate("old", "new", engine, sure(refuses=True))) == "r p r p r p"
    assert [closed for *_, closed in engine.asked] == ["none", "both"] * 2


def test_a_witness_against_backward_refutes_retained_and_strict_too() -> None:
    engine = Engine(
        {
            ("old", "new", "none"): UNDECIDED,
            ("old", "new", "both"): UNDECIDED,
            ("old", "new", "left"): REFUTED,
        }
    )
    relations = relate("old", "new", engine, sure())
    assert statuses(relations) == "r p r p r p"
    assert relations["retained"].witness == Witness({"a": 1})


def test_an_inclusion_as_written_proves_backward_where_closing_was_undecided() -> None:
    engine = Engine({("old", "new", "both"): UNDECIDED, ("old", "new", "left"): UNDECIDED})
    relations = relate("old", "new", engine, sure())
    assert statuses(relations) == "p p u p p p"
    assert relations["retained"].reason == UNDECIDED.reason


def test_a_reader_who_ignores_the_unknown_makes_an_addition_pure() -> None:
    old = {"properties": {"a": {}}, "additionalProperties": False}
    asked: list[Any] = []

    def ask(_left: Any, right: Any, closed: Closed) -> Decision:
        asked.append((right, closed))
        return INCLUDED

    assert is_pure_addition(old, {}, unchanged(), ask)
    assert asked == [({"properties": {"a": {}}}, "left")]


def test_no_addition_is_pure_where_a_field_disappeared() -> None:
    relations = facts("retained").relations
    assert not is_pure_addition({}, {}, relations, lambda *_: INCLUDED)


def test_a_tolerant_reader_keeps_fields_of_that_name_and_values_that_look_alike() -> None:
    schema = {
        "properties": {"additionalProperties": {"additionalProperties": False, "type": "object"}},
        "enum": [{"additionalProperties": False}],
        "additionalProperties": {"type": "string"},
        "items": {"unevaluatedProperties": False},
    }
    assert tolerant(schema) == {
        "properties": {"additionalProperties": {"type": "object"}},
        "enum": [{"additionalProperties": False}],
        "additionalProperties": {"type": "string"},
        "items": {},
    }


def test_a_tolerant_reader_still_tells_closed_alternatives_apart() -> None:
    def only(name: str) -> dict[str, Any]:
        return {"properties": {name: {"type": "string"}}, "required": [name], "additionalProperties": False}

    schema = {"oneOf": [{"$ref": "#/$defs/A"}, only("b")], "$defs": {"A": only("a")}}
    seen = tolerant(schema)
    assert seen["$defs"]["A"]["properties"] == {"a": {"type": "string"}, "b": {"not": {}}}
    assert seen["oneOf"][1]["properties"] == {"b": {"type": "string"}, "a": {"not": {}}}
    assert "additionalProperties" not in seen["oneOf"][1]


def test_new_names_may_hold_anything_when_asking_for_restricted_open_content() -> None:
    new = {"properties": {"a/b": {"type": "string"}, "c": {}}}
    assert loosened(new, ("/properties/a~1b",)) == {"properties": {"a/b": {}, "c": {}}}
    relations = facts("strict_backward").relations
    assert not restricts_open_content({}, new, relations, ("/properties/a~1b",), lambda *_: INCLUDED)
    assert restricts_open_content({}, new, relations, ("/properties/a~1b",), lambda *_: UNDECIDED)
    assert restricts_open_content({}, new, relations, (), lambda *_: INCLUDED)
    assert not restricts_open_content({}, new, unchanged(), (), lambda *_: REFUTED)


def test_a_comparison_names_the_row_of_the_table_that_decided() -> None:
    rows = {row.when for row in ROWS}
    old, new = {"type": "string"}, {"type": "integer"}
    assert compare(old, new).row == "backward not proven"
    assert compare(old, old).row == "canonically equal"
    assert {compare(old, new).row, compare(new, old | {"title": "t"}).row, compare(old, old).row} <= rows
