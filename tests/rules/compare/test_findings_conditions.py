"""What a contributor reads of a condition that came or left: words for the shapes that people write."""

from __future__ import annotations

from typing import Any

import pytest

from rules.compare import compare
from rules.compare.findings_words import why
from rules.compare.values import Reason

BASE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["new", "paid", "sent"]},
        "kind": {"type": "string"},
        "sent_at": {"type": "string"},
        "by": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SENT = {"properties": {"status": {"const": "sent"}}}


def said(more: dict[str, Any]) -> str:
    (finding,) = compare(BASE, BASE | more).findings
    assert finding.kind == "CONSTRAINT_TIGHTENED"
    assert finding.witness is not None
    return finding.sentence.partition(";")[0]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"if": SENT, "then": {"required": ["sent_at"]}}, 'have `sent_at` where `status` is `"sent"`'),
        (
            {"if": {"properties": {"kind": {"enum": ["a", "b"]}}}, "then": {"required": ["by", "sent_at"]}},
            'have `by` and `sent_at` where `kind` is `"a"` or `"b"` or not there',
        ),
        ({"if": SENT, "else": {"required": ["by"]}}, 'have `by` unless `status` is `"sent"`'),
        (
            {"if": SENT, "then": {"required": ["sent_at"]}, "else": {"required": ["by"]}},
            'have `sent_at` where `status` is `"sent"` and have `by` in every other case',
        ),
        (
            {"if": {"required": ["by"]}, "then": {"properties": {"kind": {"const": "x"}}}},
            'have `"x"` as `kind` where `by` is there',
        ),
        ({"if": {"required": ["by"]}, "then": False}, "be refused where `by` is there"),
        ({"dependentRequired": {"by": ["sent_at", "kind"]}}, "have `sent_at` and `kind` where it has `by`"),
        ({"not": {"required": ["by", "kind"]}}, "not have `by` and `kind` together"),
        ({"not": {"const": {"status": "new"}}}, 'not be `{"status": "new"}`'),
        ({"propertyNames": {"enum": ["status", "by"]}}, 'have no field but `"status"` or `"by"`'),
        ({"propertyNames": {"maxLength": 6}}, "have field names that each have at most `6` characters"),
    ],
)
def test_a_condition_of_a_plain_shape_is_said_in_words(more: dict[str, Any], words: str) -> None:
    assert said(more) == f"The document must now {words}"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"if": {"minProperties": 3}, "then": {"required": ["by"]}}, "if"),
        ({"if": SENT, "then": {"minProperties": 3}}, "if"),
        ({"not": {"minProperties": 5}}, "not"),
        ({"dependentSchemas": {"by": {"minProperties": 4}}}, "dependentSchemas"),
    ],
)
def test_any_other_condition_is_named_by_its_keyword(more: dict[str, Any], word: str) -> None:
    assert said(more) == f"The document must now meet the condition `{word}`"


def test_items_that_must_be_held_are_named() -> None:
    tags = BASE["properties"]["tags"] | {"contains": {"required": ["name"]}}
    assert said({"properties": BASE["properties"] | {"tags": tags}}) == "`tags` must now hold an item with `name`"


def test_a_condition_that_left_is_said_in_words_too() -> None:
    old = BASE | {"dependentRequired": {"by": ["kind"]}}
    (finding,) = compare(old, BASE).findings
    assert finding.sentence.startswith("The document no longer has to have `kind` where it has `by`; readers may now")


def test_closing_what_was_open_shows_a_document_that_is_now_refused() -> None:
    """It was told as "no longer part of the contract", without a document."""
    (finding,) = compare(BASE, BASE | {"additionalProperties": False}).findings
    assert finding.sentence.startswith("Fields that the contract does not name are no longer accepted; documents with")
    assert finding.witness is not None
    assert finding.witness.document["extra"] == {}
    assert finding.witness.pointer == "/extra"


def test_fields_of_a_pattern_say_which_type_they_must_have() -> None:
    (finding,) = compare(BASE, BASE | {"patternProperties": {"^x-": {"type": "string"}}}).findings
    assert finding.sentence.startswith("Fields whose name matches `^x-` must now be of type `string`;")


def test_a_value_that_may_also_be_an_object_is_one_change_of_type_with_its_document() -> None:
    """It was two findings: a change of type that seemed to break nobody, and a cut document that said nothing."""
    old = BASE["properties"] | {"by": {"type": "string", "maxLength": 20}}
    new = BASE["properties"] | {"by": {"oneOf": [old["by"], {"type": "object"}]}}
    (finding,) = compare(BASE | {"properties": old}, BASE | {"properties": new}).findings
    assert (finding.kind, finding.severity.name, finding.breaks) == ("FIELD_TYPE_CHANGED", "MAJOR", ("readers",))
    assert finding.witness is not None
    assert finding.witness.document["by"] == {}


def test_a_removed_field_has_its_document_beside_other_changes() -> None:
    fields = {name: held for name, held in BASE["properties"].items() if name != "by"}
    new = BASE | {"properties": fields | {"status": {"enum": ["new", "paid"]}}}
    found = {finding.kind: finding for finding in compare(BASE, new).findings}
    witness = found["FIELD_REMOVED"].witness
    assert witness is not None
    assert "by" in witness.document
    assert witness.pointer == "/by"


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("not decided within 20,000 steps", "deciding it takes more steps than a comparison may take"),
        (
            "what closing means here: it depends on more than 128 cases of which branches pass",
            "its alternatives can apply in more than 128 ways, too many to go through",
        ),
    ],
)
def test_why_something_is_undecided_is_said_without_the_words_of_the_engine(detail: str, words: str) -> None:
    assert why(Reason("properties", "/properties", detail)) == words


def test_no_finding_is_shown_by_a_document_that_is_refused_for_another_part() -> None:
    def order(field: str, *required: str) -> dict[str, Any]:
        items = {"type": "object", "properties": {"sku": {}, "qty": {}}, "required": ["sku", *required]}
        fields = {field: {"type": "string"}, "items": {"type": "array", "items": items}}
        return {"type": "object", "properties": fields, "required": ["items"]}

    found = compare(order("customer_name"), order("customerName", "qty"))
    (renamed,) = (finding for finding in found.findings if finding.kind == "FIELD_RENAMED")
    assert renamed.witness is not None
    assert renamed.witness.document == {"customer_name": "", "items": []}
