"""Documents of many thousand fields: what is told of them, and that the last breaking change is not lost among them."""

from __future__ import annotations

from typing import Any

from benchmarks import schemas
from rules.compare import ComparePolicy, compare, decide
from rules.compare.findings import MAX_WEIGHED
from rules.compare.values import Override
from rules.verdict import Verdict

TEXT = {"type": "string"}


def fields(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, TEXT) | more}


MANY = tuple(f"f{i}" for i in range(2_000))


def test_of_many_removed_fields_some_are_told_one_by_one_and_the_others_by_their_number() -> None:
    found = compare(fields(*MANY, "kept"), fields("kept"))
    assert found.verdict is Verdict.MAJOR
    assert len(found.findings) == MAX_WEIGHED + 1
    assert {finding.kind for finding in found.findings} == {"FIELD_REMOVED"}
    (rest,) = (finding for finding in found.findings if "more" in finding.sentence)
    assert rest.sentence == (
        f"Field removed: 1,800 more, the first at `f{MAX_WEIGHED}`; there are too many to weigh each by itself."
    )
    assert (rest.severity, rest.breaks) == (Verdict.MAJOR, ("readers", "writers"))


def test_one_breaking_change_is_told_first_among_thousands_that_break_nobody() -> None:
    found = compare(fields("kept", size=TEXT), fields("kept", *MANY, size={"type": "integer"}))
    assert [finding.kind for finding in found.findings][:2] == ["FIELD_TYPE_CHANGED", "FIELD_ADDED"]
    assert [f.severity for f in found.findings if "more" in f.sentence] == [Verdict.MINOR]


def test_what_is_told_by_its_number_has_a_fingerprint_of_its_own() -> None:
    def rest(*names: str) -> str:
        return next(f.fingerprint for f in compare(fields(*names), fields()).findings if "more" in f.sentence)

    assert rest(*MANY) == rest(*MANY)
    assert rest(*MANY) != rest(*MANY[:-1], "another")


def test_lowering_a_kind_lowers_those_told_by_their_number_with_it() -> None:
    override = Override("FIELD_REMOVED", Verdict.MINOR, "nobody reads these")
    found = compare(fields(*MANY, "a"), fields("a"), policy=ComparePolicy(overrides=(override,)))
    assert {finding.severity for finding in found.findings} == {Verdict.MINOR}
    assert found.verdict is Verdict.MINOR


def test_one_change_below_hundreds_of_definitions_is_told_at_the_nearest_place_with_a_document() -> None:
    found = compare(*schemas.referring(300))
    assert [relation.status for relation in found.relations] == ["refuted", "proven"] * 3
    (finding,) = found.findings
    assert finding.kind == "CONSTRAINT_TIGHTENED"
    assert finding.instance.count(".") < 6
    assert finding.witness is not None


def test_three_hundred_alternatives_told_apart_by_a_tag_are_decided() -> None:
    def tagged(count: int, least: int) -> dict[str, Any]:
        def one(n: int) -> dict[str, Any]:
            body = {"kind": {"const": f"kind_{n}"}, f"of_{n}": {"type": "integer", "minimum": least if n == 7 else 0}}
            return {"type": "object", "properties": body, "required": ["kind"]}

        return {"oneOf": [one(n) for n in range(count)]}

    assert decide(tagged(300, 5), tagged(300, 1)).status == "included"
    assert decide(tagged(300, 1), tagged(300, 5)).witness == {"kind": "kind_7", "of_7": 1}
    assert decide(tagged(299, 0), tagged(300, 0), closed="left").status == "included"


def test_alternatives_that_only_seem_to_exclude_each_other_still_clash() -> None:
    optional = {"oneOf": [{"type": "object", "properties": {"k": {"const": n}}} for n in range(3)]}
    assert decide({"const": {}}, optional).status == "not_included"
    any_type = {"oneOf": [{"properties": {"k": {"const": n}}, "required": ["k"]} for n in range(3)]}
    assert decide({"const": 5}, any_type).status == "not_included"
    same = {"oneOf": [{"const": 1}, {"const": 1.0}]}
    assert decide({"const": 1}, same).status == "not_included"
    within = {"oneOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}
    assert decide({"enum": [1, 3]}, within).status == "included"
    assert decide({"const": 2}, within).status == "not_included"
    hidden = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"any": {}}}
    told = [
        {"type": "object", "required": ["k"], "properties": {"k": {"$ref": "#/definitions/any", "const": n}}}
        for n in range(2)
    ]
    assert decide({"const": {"k": 0}}, hidden | {"oneOf": told}).status == "not_included"
