from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.record import Entry, brought_up
from tests.notices import golden

KEPT = """\
# Governance

## Contract Versions

| Version | File                   | Status                                | Date Added | Description    |
| ------- | ---------------------- | ------------------------------------- | ---------- | -------------- |
| 1.0     | podio-schema-v1.0.json | Archived                              | 2025-11-25 | Initial schema |
| 1.1     | podio-schema-v1.1.json | Active (Production)                   | 2025-11-26 | More fields    |
| **2.0** | podio-schema-v2.0.json | **Approved (Pending Implementation)** | TBD        | 47 fields      |

Text beneath.

## Contract Change Log

All contract changes must be documented here:

### v2.0 - Many sources

**Status:** TBD
**Changes:** 47 fields
**Approved By:** TBD

### v1.1 (2025-11-26) - More fields

**Status:** Active
**Type:** Minor
"""
NEW = Entry("2.0", "podio-schema-v2.0.json", "Active", "Major", "mona, lisa", "#3", "2025-11-29")
OLD = Entry("1.1", "podio-schema-v1.1.json", "Archived")


def test_the_record_of_the_governance_protocol_is_brought_up_to_date() -> None:
    golden.check("record.md", brought_up(KEPT, [OLD, NEW]))


def test_a_record_that_is_up_to_date_stays_to_the_letter() -> None:
    once = brought_up(KEPT, [OLD, NEW])
    assert brought_up(once, [OLD, NEW]) == once


def test_a_version_that_is_not_listed_gets_its_row_and_its_part() -> None:
    more = replace(NEW, version="2.1", file="podio-schema-v2.1.json", type="Minor", notes="#9 | now")
    found = brought_up(KEPT, [more])
    assert "| 2.1 | podio-schema-v2.1.json | Active | 2025-11-29 |  |\n\nText beneath." in found
    assert "documented here:\n\n### v2.1 (2025-11-29)\n\n**Status:** Active" in found
    assert "**Approved by:** mona, lisa" in found


def test_what_people_wrote_stays() -> None:
    found = brought_up(KEPT.replace("TBD        |", "2020-01-01 |"), [NEW])
    assert "| 2020-01-01 | 47 fields |" in found
    assert "Active (Production)" in brought_up(KEPT, [replace(OLD, status="Active")])
    assert "**Changes:** 47 fields" in found


def test_a_change_log_that_is_a_table_is_filled_in_too() -> None:
    text = "| version | file | type | approved by | notes |\n|---|---|---|---|---|\n| 2.0 | a.json | | | |\n"
    assert "| 2.0 | a.json | Major | mona, lisa | #3 |" in brought_up(text, [NEW])


def test_a_file_without_table_and_log_is_left_as_it_is() -> None:
    text = "# Notes\n\n2.0 is out.\n\n| a | b |\n|---|---|\n| 2.0 | x |\n"
    assert brought_up(text, [NEW, OLD]) == text


def test_what_was_not_approved_here_gets_no_row() -> None:
    unknown = Entry("0.9", "podio-schema-v0.9.json", "Archived")
    assert brought_up(KEPT, [unknown]) == KEPT


@settings(deadline=None)
@given(st.text(st.sampled_from("|-:#*v2.0 \nSTatus"), max_size=200))
def test_bringing_up_twice_changes_nothing_more(text: str) -> None:
    once = brought_up(text, [NEW])
    assert brought_up(once, [NEW]) == once
