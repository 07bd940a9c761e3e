from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.change import Change
from rules.documents import Document
from rules.manifest import check, check_pin, refreshed
from tests.rules.making import change, contract, document

SCHEMA = ".github/oncall_rotation.schema.json"
MANIFEST = ".github/oncall_rotation.schema.manifest.json"
PINNED = contract("name-vn", files=(SCHEMA,), manifest=MANIFEST)


def schema(version: str = "oncall_rotation_schema_v1", **more: object) -> Document:
    return document({"schema_version": version, "type": "object", **more}, SCHEMA)


def held(head: Document, text: str | None) -> Change:
    return change(schema(), head, of=PINNED, files={} if text is None else {MANIFEST: text})


def test_a_fresh_manifest_holds() -> None:
    head = schema()
    assert check(held(head, refreshed(SCHEMA, head.text, "oncall_rotation_schema_v1"))) == ()


def test_the_pin_is_the_hash_of_the_files_bytes() -> None:
    text = '{"title": "Café"}\r\n'
    pins = json.loads(refreshed(SCHEMA, text, "a_v1"))
    assert pins == {
        "schema_file": SCHEMA,
        "schema_version": "a_v1",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def test_a_schema_edited_without_a_refresh_is_stale_at_the_line_of_the_pin() -> None:
    before, head = schema(), schema(title="Rotation")
    (problem,) = check(held(head, refreshed(SCHEMA, before.text, "oncall_rotation_schema_v1")))
    assert (problem.code, problem.path, problem.line, problem.pointer) == ("manifest_stale", MANIFEST, 4, "/sha256")
    assert problem.blocking
    assert problem.fix == f"Run `concordat manifest refresh {SCHEMA}` and commit `{MANIFEST}`."


def test_a_new_version_without_a_refresh_is_named_with_both_versions() -> None:
    head = schema("oncall_rotation_schema_v2")
    problems = check(held(head, refreshed(SCHEMA, head.text, "oncall_rotation_schema_v1")))
    assert [problem.pointer for problem in problems] == ["/schema_version"]
    assert "declares oncall_rotation_schema_v2, the manifest pins oncall_rotation_schema_v1" in problems[0].sentence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "manifest_missing"),
        ("{", "manifest_unreadable"),
        ("[]", "manifest_unreadable"),
        ("{}", "manifest_stale"),
        ('{"schema_version": 1, "sha256": ["x"]}', "manifest_stale"),
    ],
)
def test_a_manifest_that_pins_nothing_is_a_problem_with_the_same_way_out(text: str | None, code: str) -> None:
    problems = check(held(schema(), text))
    assert {problem.code for problem in problems} == {code}
    assert all("concordat manifest refresh" in problem.fix for problem in problems)


def test_a_manifest_for_another_file_is_stale() -> None:
    head = schema()
    (problem,) = check(held(head, refreshed("other.json", head.text, "oncall_rotation_schema_v1")))
    assert problem.pointer == "/schema_file"


def test_a_manifest_without_the_files_name_or_with_capital_digits_holds() -> None:
    head = schema()
    pins = json.loads(refreshed(SCHEMA, head.text, "oncall_rotation_schema_v1"))
    pins = {"schema_version": pins["schema_version"], "sha256": pins["sha256"].upper()}
    assert check(held(head, json.dumps(pins))) == ()


def test_a_contract_without_a_manifest_owes_none() -> None:
    assert check(change({}, {}, of=contract("name-vn"))) == ()
    assert check(change(schema(), None, of=PINNED)) == ()


def test_the_pin_is_checked_for_schemas_without_a_version_too() -> None:
    pinned = contract("git", manifest=MANIFEST)
    head = document({})
    assert check_pin(pinned, head, refreshed(head.path, head.text, None)) == ()
    assert [one.pointer for one in check_pin(pinned, head, refreshed(head.path, "[]", None))] == ["/sha256"]


def test_a_refresh_keeps_what_it_does_not_know_in_its_order() -> None:
    existing = '{"note": "by the platform team", "sha256": "old", "owner": {"team": "ops"}}'
    text = refreshed(SCHEMA, "{}", "a_v1", existing)
    assert list(json.loads(text)) == ["note", "sha256", "owner", "schema_file", "schema_version"]
    assert text.endswith("}\n")
    assert refreshed(SCHEMA, "{}", "a_v1", text) == text


@given(st.text(), st.sampled_from(["a_v1", None]), st.none() | st.text())
def test_refreshing_what_is_fresh_changes_nothing(text: str, version: str | None, existing: str | None) -> None:
    once = refreshed(SCHEMA, text, version, existing)
    assert refreshed(SCHEMA, text, version, once) == once
