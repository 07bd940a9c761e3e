"""A change held against all live versions: what it newly breaks of an older one, and which is the oldest."""

from __future__ import annotations

from typing import Any

from rules.compare import ComparePolicy, Older, compare
from rules.compare.values import Finding, Override
from rules.verdict import Verdict


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
NOTED = schema(id=TEXT, note=NUMBER)
BARE = schema(id=TEXT)
NOTED_ANEW = schema(id=TEXT, note=TEXT)


def older(*schemas: dict[str, Any]) -> tuple[Older, ...]:
    return tuple(Older(f"1.{number}", one) for number, one in enumerate(schemas))


def broken(*schemas: dict[str, Any], **policy: Any) -> list[Finding]:
    found = compare(schemas[-2], schemas[-1], policy=ComparePolicy(**policy), older=older(*schemas[:-2])).findings
    return [one for one in found if one.kind == "OLDER_VERSION_BROKEN"]


def test_a_field_that_comes_back_with_another_type_breaks_the_version_that_had_it() -> None:
    writers, readers = sorted(broken(NOTED, BARE, NOTED_ANEW), key=lambda one: one.breaks, reverse=True)
    assert writers.severity is Verdict.MAJOR
    assert "1.0" in writers.sentence
    assert writers.witness is not None
    assert writers.witness.pointer == "/note"
    assert readers.breaks == ("readers",)
    assert readers.witness is not None
    assert isinstance(readers.witness.document["note"], str)


def test_the_change_itself_is_only_minor_and_the_older_version_makes_it_major() -> None:
    assert compare(BARE, NOTED_ANEW).verdict is Verdict.MINOR
    transitive = compare(BARE, NOTED_ANEW, older=older(NOTED))
    assert transitive.verdict is Verdict.MAJOR
    assert transitive.row == "an older live version breaks"


def test_the_oldest_version_is_named_and_the_others_after_it() -> None:
    other = schema(id=TEXT, note=NUMBER, more=TEXT)
    first = broken(BARE, NOTED, other, BARE, NOTED_ANEW)[0]
    assert "is 1.1:" in first.sentence
    assert "The same holds of 1.2." in first.sentence


def test_versions_broken_by_different_documents_are_found_one_by_one() -> None:
    found = broken(NOTED, schema(id=TEXT, kind=NUMBER), BARE, schema(id=TEXT, note=TEXT, kind=TEXT), reads=False)
    assert sorted(one.witness.pointer for one in found if one.witness) == ["/kind", "/note"]


def test_what_an_earlier_change_broke_is_not_this_ones_doing() -> None:
    assert broken(NOTED, NOTED_ANEW, {**NOTED_ANEW, "title": "again"} | schema(id=TEXT, note=TEXT, more=TEXT)) == []


def test_an_addition_breaks_no_older_reader_unless_readers_are_strict() -> None:
    closed = BARE | {"additionalProperties": False}
    added = closed | schema(id=TEXT, more=TEXT)
    assert broken(closed, closed, added) == []
    assert [one.breaks for one in broken(closed, closed, added, strict_readers=True)] == [("readers",)]


def test_readers_do_not_count_where_nobody_reads() -> None:
    assert [one.breaks for one in broken(NOTED, BARE, NOTED_ANEW, reads=False)] == [("stored data", "writers")]


def test_an_override_lowers_what_is_found_of_older_versions() -> None:
    lowered = Override("OLDER_VERSION_BROKEN", Verdict.PATCH, "1.0 has no documents left")
    found = compare(BARE, NOTED_ANEW, policy=ComparePolicy(overrides=(lowered,)), older=older(NOTED))
    assert found.verdict is Verdict.MINOR
    assert found.lowered == (lowered,)


def test_what_could_not_be_decided_of_an_older_version_counts_as_broken() -> None:
    remote = schema(id=TEXT, note={"$ref": "https://example.com/note.json"})
    found = broken(remote, BARE, NOTED_ANEW, reads=False)
    assert [one.reason is not None for one in found] == [True]
    assert "could not be shown" in found[0].sentence


def test_without_a_change_nothing_is_asked_of_older_versions() -> None:
    assert compare(BARE, BARE, older=older(NOTED)).findings == ()
