from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.assessment import Assessment, assess
from rules.deprecation import MAX_NOTICES, examine, notices
from rules.documents import Problem, parse
from rules.jsontext import JsonValue
from tests.rules.making import change, contract, document

NOTICE: dict[str, JsonValue] = {
    "deprecated_on": "2026-11-01",
    "removal_date": "2026-12-01",
    "replacement": "total_cents",
    "reason": "Amounts are counted in cents.",
}
WHOLE = {"type": "integer"}


def schema(**properties: JsonValue) -> dict[str, JsonValue]:
    return {"type": "object", "properties": properties}


def marked(notice: JsonValue = NOTICE, **keywords: Any) -> dict[str, JsonValue]:
    return {**WHOLE, "deprecated": True, "x-deprecation": notice, **keywords}


def block(**values: JsonValue) -> dict[str, JsonValue]:
    """The notice as the governance protocol has it, of the field `total`."""
    notice: dict[str, JsonValue] = {
        "field_name": "total", "field_id": 123456789, "status": "DEPRECATED", "deprecation_date": "2026-11-01",
        "removal_date": "2026-12-01", "replacement_field": "total_cents", "migration_guide": "Multiply by 100.",
    }  # fmt: skip
    return notice | values


def judged(head: JsonValue, base: JsonValue | None = None, **values: Any) -> Assessment:
    plain = schema(total=WHOLE, total_cents=WHOLE)
    return assess(change(plain if base is None else base, head, of=contract(**values)))


def said(head: JsonValue, base: JsonValue | None = None, **values: Any) -> list[Problem]:
    return [one for one in judged(head, base, **values).problems if one.code.startswith("deprecation")]


def test_a_property_says_of_itself_that_it_is_deprecated() -> None:
    (found,) = notices(document(schema(total=marked(), total_cents=WHOLE)))
    assert (found.field, found.form, found.pointer) == ("total", "property", "/properties/total")
    assert (found.deprecated_on, found.removal) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (found.replacement, found.replacement_at) == ("total_cents", "/properties/total_cents")
    assert found.reason == "Amounts are counted in cents."


def test_a_block_deprecates_a_field_of_the_document() -> None:
    (found,) = notices(document({**schema(total=WHOLE, total_cents=WHOLE), "deprecations": [block()]}))
    assert (found.field, found.form, found.pointer) == ("total", "block", "/properties/total")
    assert (found.deprecated_on, found.removal) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (found.replacement_at, found.guide) == ("/properties/total_cents", "Multiply by 100.")


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("Old Lead Source", {"title": "Old Lead Source"}),
        ("old lead-source", {}),
        ("Something else", {"field_id": 123456789}),
    ],
)
def test_a_block_finds_its_field_by_title_spelling_or_id(name: str, about: dict[str, JsonValue]) -> None:
    fields = schema(old_lead_source={"type": "string", **about}, lead_source={"type": "string"})
    (found,) = notices(document({**fields, "x-notices": block(field_name=name, replacement_field="Lead source")}))
    assert (found.pointer, found.replacement_at) == ("/properties/old_lead_source", "/properties/lead_source")


def test_keys_may_be_written_with_hyphens() -> None:
    notice = {key.replace("_", "-"): value for key, value in NOTICE.items()}
    (found,) = notices(document(schema(total=marked(notice), total_cents=WHOLE)))
    assert found.earliest(30) == date(2026, 12, 1)


def test_a_field_within_others_is_named_by_its_place() -> None:
    inner = schema(price=marked({**NOTICE, "replacement": "cost"}), cost=WHOLE)
    found = notices(document(schema(items={"type": "array", "items": inner}, cost=WHOLE)))
    assert [(one.field, one.replacement_at) for one in found] == [
        ("items[].price", "/properties/items/items/properties/cost")
    ]


def test_data_that_looks_like_a_notice_is_none() -> None:
    fields = schema(total={**WHOLE, "examples": [block()], "default": block()}, status={"const": block()})
    named = schema(field_name={"type": "string"}, status={"type": "string"}, deprecated=WHOLE)
    assert notices(document(fields)) == ()
    assert notices(document(named)) == ()


def test_a_notice_in_order_says_nothing() -> None:
    assert said(schema(total=marked(), total_cents=WHOLE)) == []
    assert said({**schema(total=WHOLE, total_cents=WHOLE), "deprecations": [block()]}) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"removal_date": "2026-11-30"}, "29 days, and the grace period is 30"),
        ({"removal_date": "2026-11-01"}, "not after its deprecation"),
        ({"removal_date": "2026-02-30"}, "has a removal date that is none: `2026-02-30`"),
        ({"removal_date": None}, "has no removal date"),
        ({"deprecated_on": "tomorrow"}, "has a deprecation date that is none: `tomorrow`"),
        ({"deprecated_on": 20261101}, "has a deprecation date that is none"),
        ({"deprecated_on": "20261101"}, "has a deprecation date that is none"),
        ({"deprecated_on": "2026-W45-1"}, "has a deprecation date that is none"),
    ],
)
def test_dates_are_real_ordered_and_a_grace_period_apart(changed: dict[str, JsonValue], words: str) -> None:
    (found,) = said(schema(total=marked({**NOTICE, **changed}), total_cents=WHOLE))
    assert found.code == "deprecation_dates"
    assert words in found.sentence
    assert found.blocking
    assert found.line == 7


def test_the_way_out_names_the_earliest_date() -> None:
    (found,) = said(schema(total=marked({**NOTICE, "removal_date": "2026-11-02"}), total_cents=WHOLE))
    assert "The earliest removal date for 2026-11-01 is 2026-12-01." in found.fix


def test_a_contract_may_have_its_own_grace_period() -> None:
    from rules.contract import Policy  # noqa: PLC0415 beside its only use

    head = schema(total=marked(), total_cents=WHOLE)
    assert said(head, policy=Policy(grace_days=30)) == []
    assert "the grace period is 60" in said(head, policy=Policy(grace_days=60))[0].sentence


def test_a_notice_that_is_no_object_has_no_dates() -> None:
    (found,) = said(schema(total=marked("soon"), total_cents=WHOLE))
    assert (found.code, "no object" in found.sentence) == ("deprecation_dates", True)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"replacement": "total_dollars"}, "which is not declared"),
        ({"replacement": "total"}, "by itself"),
    ],
)
def test_a_replacement_is_another_field_that_is_declared(changed: dict[str, JsonValue], words: str) -> None:
    (found,) = said(schema(total=marked({**NOTICE, **changed}), total_cents=WHOLE))
    assert (found.code, words in found.sentence) == ("deprecation_replacement", True)


def test_a_replacement_that_two_fields_could_be_is_asked_about() -> None:
    two = schema(total=marked({**NOTICE, "replacement": "cost"}), a=schema(cost=WHOLE), b=schema(cost=WHOLE))
    (found,) = said(two)
    assert "the name of 2 fields" in found.sentence


@pytest.mark.parametrize(
    ("replacement", "fits"),
    [({"type": "number"}, True), ({"type": "integer", "minimum": 0}, False), ({"type": "string"}, False), ({}, True)],
)
def test_a_replacement_accepts_what_the_field_accepts(replacement: JsonValue, fits: bool) -> None:
    found = said(schema(total=marked(), total_cents=replacement))
    assert [one.code for one in found] == ([] if fits else ["deprecation_replacement"])


def test_a_migration_guide_stands_in_for_a_type_that_fits() -> None:
    guided = marked({**NOTICE, "migration_guide": "Write it as text."})
    assert said(schema(total=guided, total_cents={"type": "string"})) == []


@pytest.mark.parametrize("draft", ["2020-12/schema", "2019-09/schema", None])
def test_a_replacement_is_followed_through_references(draft: str | None) -> None:
    named = {"$schema": f"https://json-schema.org/draft/{draft}"} if draft else {}
    head = {
        **named, **schema(total={**marked(), "$ref": "#/$defs/whole"}, total_cents={"$ref": "#/$defs/amount"}),
        "$id": "https://example.com/order", "$defs": {"amount": {"type": "number"}, "whole": WHOLE},
    }  # fmt: skip
    assert said(head) == []


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_a_replacement_is_decided_in_the_older_drafts_too(draft: str) -> None:
    head = {
        "$schema": f"http://json-schema.org/{draft}/schema#",
        **schema(total=marked(), total_cents={"$ref": "#/definitions/amount"}),
        "definitions": {"amount": {"type": "number"}},
    }
    assert said(head) == []
    head["definitions"] = {"amount": {"type": "string"}}
    assert [one.code for one in said(head)] == ["deprecation_replacement"]


def test_a_notice_without_replacement_and_guide_shows_no_way() -> None:
    (found,) = said(schema(total=marked({**NOTICE, "replacement": ""})))
    assert found.code == "deprecation_no_way"


def test_a_block_about_a_field_that_is_not_there_is_said() -> None:
    gone = {**schema(total_cents=WHOLE), "deprecations": [block()]}
    two = {**schema(a=schema(total=WHOLE), b=schema(total=WHOLE), total_cents=WHOLE), "deprecations": [block()]}
    assert [one.code for one in said(gone)] == ["deprecation_field_unknown"]
    assert ["2 fields have that name" in one.sentence for one in said(two)] == [True]


def test_a_notice_without_the_mark_is_not_seen_by_tools() -> None:
    (found,) = said(schema(total={**WHOLE, "x-deprecation": NOTICE}, total_cents=WHOLE))
    assert found.code == "deprecation_unmarked"


def test_a_mark_without_dates_is_remarked_on_and_holds_nothing_up() -> None:
    (found,) = said(schema(total={**WHOLE, "deprecated": True}, total_cents=WHOLE))
    assert (found.code, found.blocking) == ("deprecation_undated", False)


def test_what_was_wrong_before_holds_nothing_up() -> None:
    wrong = schema(total=marked({**NOTICE, "removal_date": "2026-11-02"}), total_cents=WHOLE)
    more = schema(note={"type": "string"}, **wrong["properties"])
    assert [one.blocking for one in said(more, wrong)] == [False]
    assert [one.blocking for one in said(more)] == [True]


def test_the_line_is_that_of_the_notice() -> None:
    text = '{"type": "object",\n "properties": {\n "total": {"deprecated": true,\n "x-deprecation": {}}}}'
    (first, *_) = examine(change({}, parse("orders.json", text))).problems
    assert (first.path, first.line, first.pointer) == ("orders.json", 4, "/properties/total/x-deprecation")


def test_a_document_of_very_many_notices_is_read_so_far() -> None:
    many = schema(**{f"f{index}": marked(1) for index in range(MAX_NOTICES + 5)})
    assert len(notices(document(many))) == MAX_NOTICES
    assert len(examine(change({}, many)).problems) <= 20


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["DEPRECATED", "2026-11-01", "total", "", "0000"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "properties", "items", "deprecated", "x-deprecation", "field_name", "status", "deprecation_date",
            "removal_date", "replacement", "field_id", "total", "$defs", "$ref", "$id", "title",
        ]),
        inner, max_size=5,
    ),
    max_leaves=30,
)  # fmt: skip


@settings(deadline=None)
@given(values)
def test_no_document_is_too_strange_to_be_read(value: JsonValue) -> None:
    examine(change({"deprecated": 1}, document(value)))
