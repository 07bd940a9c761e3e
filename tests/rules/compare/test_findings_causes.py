"""One finding for each cause, with a document that shows that cause and nothing else, on schemas of other domains."""

from __future__ import annotations

from typing import Any

from rules.compare import compare
from rules.compare.values import Finding

TEXT: dict[str, Any] = {"type": "string"}


def an_object(required: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields} | ({"required": required} if required else {})


def found(old: dict[str, Any], new: dict[str, Any]) -> list[Finding]:
    return list(compare(old, new).findings)


def test_copies_that_give_way_to_one_definition_with_a_change_are_one_cause() -> None:
    address = an_object(["zip"], street=TEXT, zip=TEXT)
    narrower = an_object(["zip"], street=TEXT, zip=TEXT | {"pattern": "^[0-9]{5}$"})
    refer = {"$ref": "#/$defs/Address"}
    new = an_object(home=refer, work=refer) | {"$defs": {"Address": narrower}}
    (finding,) = found(an_object(home=address, work=address), new)
    assert (finding.kind, finding.instance) == ("CONSTRAINT_TIGHTENED", "home.zip")


def test_definitions_of_different_meaning_that_become_one_are_told_apart() -> None:
    refer = {"$ref": "#/$defs/Code"}
    old = an_object(port=TEXT | {"maxLength": 5}, berth=TEXT | {"maxLength": 9})
    new = an_object(port=refer, berth=refer) | {"$defs": {"Code": TEXT | {"maxLength": 4}}}
    assert sorted(finding.instance for finding in found(old, new)) == ["berth", "port"]


def test_each_of_two_changed_fields_is_shown_in_a_document_that_fails_nowhere_else() -> None:
    old = an_object(["email"], email=TEXT, born=TEXT)
    new = an_object(["email"], email=TEXT | {"format": "email"}, born=TEXT | {"format": "date"})
    shown = {finding.instance: finding.witness for finding in found(old, new)}
    assert shown["email"] is not None
    assert shown["email"].document == {"email": "text"}
    assert shown["born"] is not None
    assert shown["born"].pointer == "/born"
    assert "@" in shown["born"].document["email"]


def test_a_value_shows_the_constraint_of_its_own_sentence() -> None:
    """A list of eleven items was asked for, and one with the same item twice was shown."""
    ids: dict[str, Any] = {"type": "array", "items": {"type": "integer"}}
    new = an_object(ids=ids | {"uniqueItems": True, "maxItems": 3})
    (shorter,) = [one for one in found(an_object(ids=ids), new) if "`3`" in one.sentence]
    assert "such as `[0, 0, 0, 0]` that" in shorter.sentence


def test_a_pattern_of_names_that_gives_way_to_another_is_lost_though_nothing_is_refused() -> None:
    """It was said to accept the same as before, beside a verdict of MAJOR."""
    old = an_object(id=TEXT) | {"patternProperties": {"^attr_": TEXT}}
    new = an_object(id=TEXT) | {"patternProperties": {"^attr-": TEXT}}
    (finding,) = found(old, new)
    assert (finding.kind, finding.severity.name, finding.breaks) == ("OPEN_CONTENT_CLOSED", "MAJOR", ("readers",))
    assert finding.sentence == (
        "Fields whose name matches `^attr_` gave way to fields whose name matches `^attr-`; "
        "the former are no longer part of the contract."
    )
    assert finding.witness is not None
    assert finding.witness.document == {"attr_": ""}


def tags(**more: Any) -> dict[str, Any]:
    return an_object(tags={"type": "array", "items": TEXT, "contains": {"const": "main"}} | more)


def test_how_many_items_must_fit_is_said_in_words() -> None:
    said = (
        {"maxContains": 1},
        {"minContains": 2},
        {"minContains": 0, "maxContains": 3},
        {"minContains": 2, "maxContains": 4},
    )
    words = [found(tags(), tags(**more))[0].sentence.partition(";")[0] for more in said]
    assert words == [
        '`tags` must now hold exactly `1` item that is `"main"`',
        '`tags` must now hold at least `2` items that are `"main"`',
        '`tags` must now hold at most `3` items that are `"main"`',
        '`tags` must now hold from `2` to `4` items that are `"main"`',
    ]


def test_a_list_of_values_that_came_or_left_is_said_in_words() -> None:
    free, listed = an_object(size=TEXT), an_object(size={"enum": ["S", "M"]})
    assert found(free, listed)[0].sentence.startswith('`size` must now be one of `"S"`, `"M"`; values such as')
    assert found(listed, free)[0].sentence.startswith("`size` is no longer limited to a list of values; readers may")
