"""What holds of every comparison, whatever the two schemas say."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rules.compare import ComparePolicy, Comparison, compare
from rules.compare.values import Override
from rules.jsontext import canonical
from rules.verdict import Verdict

NAMES = st.sampled_from(["a", "b", "item_id", "itemId"])
WORDS = st.sampled_from(["x", "y", "é`*<b>"])

LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda n: {"type": "string", "minLength": n}, st.integers(0, 3)),
    st.builds(lambda n: {"type": "integer", "maximum": n}, st.integers(0, 3)),
    st.builds(lambda v: {"enum": v}, st.lists(WORDS, min_size=1, max_size=2, unique=True)),
    st.builds(lambda t: {"type": t}, st.sampled_from(["string", "number", "null", ["string", "null"]])),
    st.builds(lambda d: {"type": "number", "default": d}, st.integers(0, 1)),
    st.builds(lambda d: {"description": d}, WORDS),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda fields, required, extra: (
            {"type": "object", "properties": fields, "required": required}
            | ({} if extra is None else {"additionalProperties": extra})
        ),
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(NAMES, max_size=2, unique=True),
        st.sampled_from([None, False, True, {"type": "string"}]),
    )


def lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda item, n: {"type": "array", "items": item, "minItems": n}, inner, st.integers(0, 2))


def choices(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    words = st.sampled_from(["oneOf", "anyOf", "allOf"])
    return st.builds(lambda word, a: {word: a}, words, st.lists(inner, min_size=1, max_size=2))


SCHEMAS = st.recursive(LEAVES, lambda inner: st.one_of(objects(inner), lists(inner), choices(inner)), max_leaves=6)
OBJECTS = objects(SCHEMAS)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SMALL = 2_000


def compared(old: Any, new: Any, **policy: Any) -> Comparison:
    return compare(old, new, policy=ComparePolicy(budget=SMALL, **policy))


@QUICK
@given(SCHEMAS, SCHEMAS, st.booleans(), st.booleans())
def test_the_most_severe_finding_has_the_severity_of_the_verdict(old: Any, new: Any, reads: bool, strict: bool) -> None:
    found = compared(old, new, reads=reads, strict_readers=strict)
    assert max((f.severity for f in found.findings), default=Verdict.NONE) == found.verdict
    assert (found.verdict is Verdict.NONE) == (canonical(old) == canonical(new))


@QUICK
@given(OBJECTS, OBJECTS)
def test_findings_do_not_depend_on_the_order_of_keys_and_are_told_apart(old: Any, new: Any) -> None:
    found = compared(old, new).findings
    again = compared(_reversed(old), _reversed(new)).findings
    assert [(f.fingerprint, f.severity) for f in found] == [(f.fingerprint, f.severity) for f in again]
    assert len({f.fingerprint for f in found}) == len(found)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@QUICK
@given(OBJECTS, OBJECTS)
def test_every_witness_is_accepted_by_one_side_and_refused_by_the_other(old: Any, new: Any) -> None:
    found = compared(old, new)
    left, right = Draft202012Validator(old), Draft202012Validator(new)
    for relation in found.relations:
        if relation.status == "refuted":
            assert relation.witness is not None
            forward = relation.name in ("forward", "extended", "strict_forward")
            sender, receiver = (right, left) if forward else (left, right)
            assert sender.is_valid(relation.witness.document)
            if relation.name not in ("retained", "extended"):  # those may hold fields that are merely undeclared
                assert not receiver.is_valid(relation.witness.document)


@QUICK
@given(SCHEMAS, WORDS)
def test_documentation_alone_is_a_patch(schema: Any, words: str) -> None:
    if isinstance(schema, dict):
        found = compared(schema, schema | {"title": words, "x-note": [words]})
        assert found.verdict is Verdict.PATCH
        assert {f.kind for f in found.findings} <= {"DOCUMENTATION_CHANGED", "REFACTORED"}


@QUICK
@given(SCHEMAS)
def test_moving_a_schema_behind_a_reference_or_into_an_all_of_is_a_patch_without_findings_of_change(
    schema: Any,
) -> None:
    old = {"properties": {"a": schema}}
    for new in (
        {"$defs": {"S": schema}, "properties": {"a": {"$ref": "#/$defs/S"}}},
        {"allOf": [{"properties": {"a": schema}}]},
    ):
        kinds = {f.kind for f in compared(old, new).findings}
        assert kinds <= {"REFACTORED", "SCHEMA_CHANGED"}  # the latter only where the engine left something undecided


@QUICK
@given(OBJECTS, OBJECTS)
def test_an_unrelated_field_changes_no_fingerprint(old: Any, new: Any) -> None:
    found = {f.fingerprint for f in compared(old, new).findings if f.kind not in ("SCHEMA_CHANGED", "REFACTORED")}
    other = {"type": "boolean"}
    wider = [json.loads(json.dumps(s)) for s in (old, new)]
    for schema in wider:
        schema["properties"]["unrelated"] = other
        schema["$defs"] = {"Unrelated": other}
    assert found <= {f.fingerprint for f in compared(*wider).findings} | _about_openness(found, old, new)


def _about_openness(found: set[str], old: Any, new: Any) -> set[str]:
    """An object that names no field is open; naming one is a change of its own."""
    return found if not (old["properties"] and new["properties"]) else set()


@QUICK
@given(OBJECTS, OBJECTS)
def test_no_sentence_lets_a_document_speak_for_us(old: Any, new: Any) -> None:
    for finding in compared(old, new).findings:
        plain = finding.sentence.split("`")[::2]
        assert finding.sentence.count("`") % 2 == 0
        assert not any(mark in text for text in plain for mark in "<>*é")


def test_an_override_lowers_a_verdict_only_when_every_cause_is_lowered() -> None:
    old = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    new = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}
    first, second = compare(old, new).findings
    one = Override(first.fingerprint, Verdict.MINOR, "nobody sends a")
    partly = compare(old, new, policy=ComparePolicy(overrides=(one,)))
    assert partly.verdict is Verdict.MAJOR
    assert partly.lowered == (one,)
    two = Override(second.fingerprint, Verdict.MINOR, "nobody sends b")
    wholly = compare(old, new, policy=ComparePolicy(overrides=(one, two)))
    assert wholly.verdict is Verdict.MINOR
    assert wholly.lowered == (one, two)


def test_an_override_raises_a_finding_by_its_kind() -> None:
    old, new = {"default": 1}, {"default": 2}
    raised = Override("DEFAULT_CHANGED", Verdict.MAJOR, "our code fills it in")
    found = compare(old, new, policy=ComparePolicy(overrides=(raised,)))
    assert found.verdict is Verdict.MAJOR
    assert [f.severity for f in found.findings] == [Verdict.MAJOR]
    assert found.lowered == (raised,)


def test_the_same_document_has_no_findings_whatever_the_policy() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "https://example.org/elsewhere"}}}
    found = compare(schema, dict(reversed(schema.items())), policy=ComparePolicy(strict_readers=True))
    assert (found.verdict, found.findings) == (Verdict.NONE, ())
    assert {relation.status for relation in found.relations} == {"proven"}


def _annotated(schema: Any) -> Any:
    return schema | {"title": "t", "$comment": "c", "examples": [1]} if isinstance(schema, dict) else schema


def _split(schema: Any) -> Any:
    """Say each keyword in a schema of its own, but those that look at their neighbours."""
    if not isinstance(schema, dict) or "additionalProperties" in schema:
        return {"allOf": [schema]}
    return {"allOf": [{word: said} for word, said in schema.items()]}


def _merged(schema: Any) -> Any:
    return {"allOf": [{"allOf": [schema]}, schema]}


def _referred(schema: Any) -> Any:
    return {"$ref": "#/$defs/it", "$defs": {"it": schema}}


def _typed_apart(schema: Any) -> Any:
    if not isinstance(schema, dict) or not isinstance(schema.get("type"), list):
        return schema
    rest = {word: said for word, said in schema.items() if word != "type"}
    return rest | {"anyOf": [{"type": name} for name in schema["type"]]}


REWRITINGS = st.sampled_from([_annotated, _split, _merged, _typed_apart, _reversed])


def _inside(rewrite: Any, schema: Any) -> Any:
    """Rewrite a schema and every field and item in it."""
    if not isinstance(schema, dict):
        return schema
    inner = dict(schema)
    if isinstance(inner.get("properties"), dict):
        inner["properties"] = {name: _inside(rewrite, said) for name, said in inner["properties"].items()}
    if "items" in inner:
        inner["items"] = _inside(rewrite, inner["items"])
    return rewrite(inner)


@QUICK
@given(SCHEMAS, REWRITINGS, REWRITINGS, st.booleans())
def test_what_is_only_written_differently_is_no_change_of_meaning(
    schema: Any, first: Any, second: Any, refer: bool
) -> None:
    written = _inside(second, _inside(first, schema))
    found = compare(schema, _referred(written) if refer else written)
    assert found.verdict <= Verdict.PATCH, [finding.sentence for finding in found.findings]
    assert all(relation.status == "proven" for relation in found.relations)
