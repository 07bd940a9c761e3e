from __future__ import annotations

from typing import Any

import pytest

from rules.compare.places import Source, Unchanged
from rules.compare.renames import Fields, near, renames
from rules.compare.views import View

TEXT = {"type": "string"}


def paired(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    left, right = Source({"properties": old}), Source({"properties": new})
    return renames(Fields(fields(left), fields(right), Unchanged(left, right)))


def fields(source: Source) -> dict[str, View]:
    return {name: View(source, node) for name, node in View(source, (source.root,)).fields.items()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("user_name", "userName"),
        ("price", "unit_price"),
        ("colour", "color"),
        ("phone", "phone_number"),
        ("quantity", "qty"),
    ],
)
def test_near_names_of_the_same_shape_are_a_rename(old: str, new: str) -> None:
    assert paired({old: TEXT}, {new: TEXT}) == {old: new}


@pytest.mark.parametrize(
    ("old", "new"),
    [("colour", "postcode"), ("a", "b"), ("name", "size"), ("id", "invoice_date"), ("qty", "total_quantity")],
)
def test_other_names_of_the_same_shape_are_not(old: str, new: str) -> None:
    assert paired({old: TEXT}, {new: TEXT}) == {}


def test_the_same_description_makes_a_far_name_near_enough() -> None:
    described = {"type": "string", "description": "Where the parcel goes"}
    assert paired({"address": described}, {"destination": described}) == {"address": "destination"}


def test_near_names_of_another_shape_are_not_a_rename() -> None:
    assert paired({"price": {"type": "number"}}, {"prices": {"type": "array"}}) == {}


def test_schemas_that_say_nothing_are_no_evidence() -> None:
    assert paired({"value": {}}, {"values": {}}) == {}


def test_a_field_id_decides_whatever_the_names_are() -> None:
    old = {"a": TEXT | {"field_id": 1}, "b": TEXT | {"field_id": 2}}
    new = {"c": {"type": "number", "field_id": 2}, "bb": TEXT | {"field_id": 3}}
    assert paired(old, new) == {"b": "c"}


def test_each_field_is_used_once_and_the_nearest_pair_goes_first() -> None:
    assert paired({"item_code": TEXT, "item_codes": TEXT}, {"itemCode": TEXT}) == {"item_code": "itemCode"}


def test_a_new_description_does_not_hide_a_rename() -> None:
    assert paired({"user_name": TEXT}, {"userName": TEXT | {"description": "new"}}) == {"user_name": "userName"}


def test_names_are_near_whatever_their_case_and_separators() -> None:
    assert near("customer_name", "Customer-Name") == 1.0
    assert near("abc", "xyz") == 0.0
