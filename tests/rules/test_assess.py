from __future__ import annotations

from typing import Any

import pytest

from rules.assessment import Assessment, assess
from rules.contract import Contract, Owners
from rules.documents import Problem
from rules.jsontext import JsonValue
from rules.manifest import refreshed
from rules.problems import PROBLEMS
from rules.verdict import Verdict
from tests.rules.making import change, contract, document, fields

NONE, PATCH, MINOR, MAJOR = Verdict
OWNERS = Owners(teams=("acme/data",))
OLD = fields("id", "email")


def owned(scheme: Any = "semver-field", **values: Any) -> Contract:
    return contract(scheme, owners=OWNERS, **values)


def versioned(version: JsonValue, *names: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"version": version, **fields(*names), **more}


def codes(found: Assessment) -> list[tuple[str, bool]]:
    return [(problem.code, problem.blocking) for problem in found.problems]


def the(found: Assessment) -> Problem:
    (problem,) = found.problems
    return problem


BASE = versioned("1.2.0", "id", "email")


def test_equal_documents_are_none_and_in_order() -> None:
    found = assess(change(BASE, dict(reversed(BASE.items())), of=owned()))
    assert (found.verdict, found.problems, found.grade) == (NONE, (), NONE)


def test_an_addition_with_its_minor_bump_is_in_order() -> None:
    found = assess(change(BASE, versioned("1.3.0", "id", "email", "phone"), of=owned()))
    assert (found.verdict, found.versions.bump, found.problems) == (MINOR, MINOR, ())
    assert (found.versions.old, found.versions.new, found.versions.recommended) == ("1.2.0", "1.3.0", "1.3.0")


def test_a_bump_that_is_bigger_than_needed_is_fine_and_raises_the_review() -> None:
    found = assess(change(BASE, versioned("2.0.0", "id", "email", "phone"), of=owned()))
    assert (found.problems, found.grade) == ((), MAJOR)


@pytest.mark.parametrize("version", ["1.2.0", "1.2.1", "1.3.0"])
def test_a_removal_asks_for_a_major_bump_at_the_versions_line(version: str) -> None:
    found = assess(change(BASE, versioned(version, "id"), of=owned()))
    problem = the(found)
    assert (found.verdict, problem.code, problem.blocking) == (MAJOR, "bump_too_small", True)
    assert (problem.path, problem.line, problem.pointer) == ("orders.schema.json", 2, "/version")
    assert (problem.fix, found.versions.required) == ('Set the version to "2.0.0", or higher.', "2.0.0")


def test_a_version_may_not_go_back() -> None:
    found = assess(change(BASE, versioned("1.1.0", "id", "email", "phone"), of=owned()))
    assert the(found).code == "version_goes_back"
    assert "from 1.2.0 to 1.1.0" in the(found).sentence


def test_left_out_versions_are_remarked_and_hold_nothing_up() -> None:
    assert codes(assess(change(BASE, versioned("3.0.0", "id"), of=owned()))) == [("version_skipped", False)]


def test_a_version_that_cannot_be_read_holds_up_at_head_and_is_remarked_at_base() -> None:
    at_head = assess(change(BASE, versioned("next", "id", "email", "phone"), of=owned()))
    assert (codes(at_head), at_head.versions.bump) == ([("version_unreadable", True)], None)
    at_base = assess(change(versioned("next", "id", "email"), BASE, of=owned()))
    assert codes(at_base) == [("version_unreadable", False)]


def test_a_change_beside_a_schema_without_a_version_is_not_held_up_by_it() -> None:
    found = assess(change(OLD, OLD, of=owned()))
    assert ("version_missing", True) not in codes(found)


def file(version: str, *names: str) -> Any:
    return document(fields(*names), f"docs/podio-schema-v{version}.json")


PODIO = owned("semver-file", files=("docs/podio-schema-v*.json",))


def test_a_new_version_file_with_the_right_name_is_in_order() -> None:
    found = assess(change(file("1.1.3", "id", "email"), file("2.0", "id"), of=PODIO))
    assert (found.verdict, found.versions.bump, found.problems) == (MAJOR, MAJOR, ())
    assert (found.versions.old, found.versions.new) == ("1.1.3", "2.0")


def test_a_new_version_file_is_told_the_name_it_should_have() -> None:
    problem = the(assess(change(file("1.1", "id", "email"), file("1.2", "id"), of=PODIO)))
    assert problem.sentence == "The change is MAJOR, but the version only goes from 1.1 to 1.2."
    assert problem.fix == (
        "Rename `docs/podio-schema-v1.2.json` to `docs/podio-schema-v2.0.json`; any version from 2.0 up will do."
    )


def test_a_published_version_file_is_not_edited_in_place() -> None:
    problem = the(assess(change(file("1.1", "id"), file("1.1", "id", "email"), of=PODIO)))
    assert problem.code == "bump_too_small"
    assert problem.fix == (
        "Restore `docs/podio-schema-v1.1.json` and add the changed document as `docs/podio-schema-v1.2.json`."
    )


def named(version: str, *names: str) -> dict[str, JsonValue]:
    return {"schema_version": version, **fields(*names)}


ONCALL = owned("name-vn")


def test_the_on_call_policy_lets_an_addition_stay_on_its_version() -> None:
    found = assess(change(named("oncall_v1", "id"), named("oncall_v1", "id", "label"), of=ONCALL))
    assert (found.verdict, found.versions.bump, found.versions.required) == (MINOR, NONE, "oncall_v1")
    assert found.problems == ()


def test_the_on_call_policy_asks_a_breaking_change_for_the_next_number() -> None:
    before = named("oncall_v1", "id", "label")
    problem = the(assess(change(before, named("oncall_v1", "id"), of=ONCALL)))
    assert (problem.code, problem.fix) == ("bump_too_small", 'Set the version to "oncall_v2", or higher.')
    assert assess(change(before, named("oncall_v2", "id"), of=ONCALL)).problems == ()
    assert codes(assess(change(before, named("oncall_v5", "id"), of=ONCALL))) == [("version_skipped", False)]


def test_the_name_of_a_version_stays() -> None:
    found = assess(change(named("oncall_v1", "id"), named("rotation_v2", "id"), of=ONCALL))
    assert codes(found) == [("version_renamed", True)]


def test_without_a_scheme_nothing_is_asked_of_versions() -> None:
    found = assess(change(OLD, fields("id"), of=owned("git")))
    assert (found.verdict, found.problems, found.versions.required) == (MAJOR, (), None)


def test_a_new_contract_has_nothing_to_break_but_declares_its_version() -> None:
    found = assess(change(None, BASE, of=owned()))
    assert (found.verdict, found.problems, found.versions.new) == (NONE, (), "1.2.0")
    assert codes(assess(change(None, OLD, of=owned()))) == [("version_missing", True)]


def test_a_contract_that_is_removed_breaks_everybody() -> None:
    found = assess(change(BASE, None, of=owned()))
    assert (found.verdict, found.problems, found.versions.old) == (MAJOR, (), "1.2.0")
    assert found.comparison
    assert "is removed" in found.comparison.findings[0].sentence


def test_a_head_that_could_not_be_read_has_no_verdict_and_holds_up() -> None:
    broken = Problem("unparseable", "It is not JSON.", path="orders.schema.json", line=3)
    found = assess(change(BASE, None, of=owned(), problems=(broken,)))
    assert (found.verdict, found.grade, found.problems) == (None, MAJOR, (broken,))


def test_a_base_that_could_not_be_read_holds_nothing_up_but_proves_nothing() -> None:
    broken = Problem("unparseable", "It is not JSON.", path="orders.schema.json", line=3)
    found = assess(change(None, BASE, of=owned(), problems=(broken,)))
    assert (found.verdict, found.grade) == (None, MAJOR)
    assert codes(found) == [("unparseable", False)]


def test_a_head_that_is_no_schema_is_named_with_line_and_pointer() -> None:
    found = assess(change(BASE, {**BASE, "required": "id"}, of=owned()))
    problem = found.problems[0]
    assert (found.verdict, problem.code, problem.pointer, problem.blocking) == (
        None,
        "schema_invalid",
        "/required",
        True,
    )
    assert problem.line is not None
    assert "`/required` has to be a list of names" in problem.sentence


def test_a_base_that_is_no_schema_is_remarked_only() -> None:
    found = assess(change({**BASE, "required": "id"}, BASE, of=owned()))
    assert (found.verdict, codes(found)) == (None, [("schema_invalid", False)])


@pytest.mark.parametrize("value", [[], "text", 5, None])
def test_a_document_that_is_neither_object_nor_boolean_is_no_schema(value: JsonValue) -> None:
    assert codes(assess(change(None, document(value), of=owned("git")))) == [("schema_invalid", True)]


def test_a_dialect_that_is_not_known_is_said_so() -> None:
    found = assess(change(None, {"$schema": "https://example.com/my-dialect"}, of=owned("git")))
    assert codes(found) == [("dialect_unknown", True)]


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12"])
def test_every_published_draft_is_known(draft: str) -> None:
    for end in ("", "#"):
        schema = {"$schema": f"http://json-schema.org/{draft}/schema{end}", "minimum": 1}
        assert assess(change(None, schema, of=owned("git"))).problems == ()


def test_a_schema_nested_beyond_reason_is_a_problem_and_no_crash() -> None:
    schema: JsonValue = {}
    for _ in range(190):
        schema = {"not": schema}
    found = assess(change(None, schema, of=owned("git")))
    assert {problem.code for problem in found.problems} <= {"schema_invalid"}


def test_a_format_that_is_not_known_is_said_at_the_configurations_line() -> None:
    problem = the(assess(change(OLD, OLD, of=owned("git", format="protobuf", line=7))))
    assert (problem.code, problem.path, problem.line) == ("format_unknown", ".github/contracts.yml", 7)


LOGGED = owned(change_log="CHANGELOG.md")
ADDED = versioned("1.3.0", "id", "email", "phone")


@pytest.mark.parametrize("log", ["## 1.3.0 (today)", "| v1.3.0 | added phone |", "See 1.3.0.", "[1.3.0]: x"])
def test_a_change_log_that_names_the_new_version_is_in_order(log: str) -> None:
    assert assess(change(BASE, ADDED, of=LOGGED, files={"CHANGELOG.md": log})).problems == ()


@pytest.mark.parametrize("log", ["", "## 1.3.01", "## 11.3.0", "## 1.3.0.1", "## 1.3.0-rc.1", "## 2.1.3.0", "## 1.3"])
def test_a_change_log_that_does_not_name_the_new_version_holds_up(log: str) -> None:
    problem = the(assess(change(BASE, ADDED, of=LOGGED, files={"CHANGELOG.md": log})))
    assert (problem.code, problem.fix) == ("change_log_missing", "Add a row for 1.3.0 to `CHANGELOG.md`.")


def test_a_change_log_that_is_not_part_of_the_change_holds_up() -> None:
    stale = change(
        BASE, ADDED, of=LOGGED, files={"CHANGELOG.md": "## 1.3.0"}, changed=frozenset({"orders.schema.json"})
    )
    assert codes(assess(stale)) == [("change_log_missing", True)]


def test_the_row_is_asked_for_the_version_that_the_change_has_to_become() -> None:
    found = assess(change(BASE, versioned("1.2.1", "id"), of=LOGGED, files={"CHANGELOG.md": "## 1.2.1"}))
    assert [problem.fix for problem in found.problems] == [
        'Set the version to "2.0.0", or higher.',
        "Add a row for 2.0.0 to `CHANGELOG.md`.",
    ]


def test_no_change_owes_no_row() -> None:
    assert assess(change(BASE, BASE, of=LOGGED)).problems == ()


def test_a_contract_that_nobody_owns_is_remarked_once_it_changes() -> None:
    nobody = contract("semver-field", line=4)
    assert codes(assess(change(BASE, ADDED, of=nobody))) == [("owners_missing", False)]
    assert assess(change(BASE, BASE, of=nobody)).problems == ()


def test_manifest_and_data_are_checked_with_the_schema() -> None:
    of = owned("name-vn", manifest="pins.json", data=("rotation.json",))
    head = document({**named("oncall_v2", "id"), "required": ["id"]})
    stale = refreshed(head.path, "{}", "oncall_v2")
    files = {"pins.json": stale, "rotation.json": "{}"}
    found = assess(change(named("oncall_v1", "id"), head, of=of, files=files))
    assert codes(found) == [("manifest_stale", True), ("data_invalid", True)]


def test_every_problem_is_a_row_of_the_table() -> None:
    for row in PROBLEMS.values():
        assert row.title
        assert row.fix
