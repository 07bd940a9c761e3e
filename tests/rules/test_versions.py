from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.contract import SchemeName, VersionScheme
from rules.documents import parse
from rules.jsontext import JsonValue
from rules.verdict import Verdict
from rules.versions import (
    SemVer,
    allowed,
    declared_bump,
    detect,
    in_file_name,
    parse_named,
    parse_semver,
    read,
    recommend,
    renamed,
    required,
    skips,
    unread,
)
from tests.rules.making import document

NONE, PATCH, MINOR, MAJOR = Verdict


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("docs/podio-schema-v1.1.json", "1.1"),
        ("docs/podio-schema-v1.1.2.json", "1.1.2"),
        ("podio-schema-2.0.yaml", "2.0"),
        ("orders.v1.2.schema.json", "1.2"),
        ("orders.1.2.0.json", "1.2.0"),
        ("orders_v3.0-rc.1.json", "3.0-rc.1"),
        ("orders-1.2-schema.json", "1.2"),
        ("1.0.json", "1.0"),
        ("v2024.1/orders.json", None),
        ("orders-v2.json", None),
        ("orders-1.2.3.4.json", None),
        ("orders1.2.json", None),
        ("orders-v01.2.json", None),
        ("orders-v1234567890.0.json", None),
        ("orders.json", None),
        ("", None),
    ],
)
def test_a_version_is_read_from_a_file_name(path: str, version: str | None) -> None:
    found = in_file_name(path)
    assert (None if found is None else str(found[1])) == version


def test_versions_of_one_document_have_one_family() -> None:
    names = ["a/podio-schema-v1.1.json", "b/podio-schema-v2.0.json", "podio-schema-1.1.2.json"]
    assert {found[0] for found in map(in_file_name, names) if found} == {"podio-schema-.json"}


def test_a_file_is_named_for_another_version() -> None:
    assert renamed("docs/podio-schema-v1.1.json", SemVer(2, 0, text="2.0")) == "docs/podio-schema-v2.0.json"
    assert renamed("docs/podio.json", SemVer(2, 0, text="2.0")) == "docs/podio.json"


@pytest.mark.parametrize(
    ("value", "version"),
    [
        ({"version": "1.2.0"}, "1.2.0"),
        ({"version": "v1.2"}, "v1.2"),
        ({"x-version": "1.2.0-rc.1+build.5"}, "1.2.0-rc.1+build.5"),
        ({"$id": "https://example.com/orders/1.2.0"}, "1.2.0"),
        ({"$id": "https://example.com/v1.2/orders.json"}, "1.2"),
        ({"$id": "https://example.com/orders-v1.4.0.schema.json"}, "1.4.0"),
        ({"$id": "https://example.com/orders.json", "info": {"version": "3.1"}}, "3.1"),
        ({"$id": "https://[", "info": {"version": "3.1"}}, "3.1"),
        ({"version": "1.0.0", "$id": "https://example.com/2.0.0"}, "1.0.0"),
        ({"version": 1.1}, None),
        ({"version": "latest", "$id": "https://example.com/2.0.0"}, None),
        ({}, None),
        (True, None),
    ],
)
def test_a_version_is_read_from_the_first_field_that_exists(value: JsonValue, version: str | None) -> None:
    found = read(VersionScheme("semver-field"), document(value))
    assert (None if found is None else str(found)) == version


def test_the_field_can_be_named() -> None:
    scheme = VersionScheme("semver-field", ("/meta/v",))
    assert str(read(scheme, document({"version": "9.9", "meta": {"v": "1.0"}}))) == "1.0"


def test_an_unreadable_version_is_named_with_its_line_and_the_way_out() -> None:
    problem = unread(VersionScheme("semver-field"), document({"title": "Orders", "version": 1.1}))
    assert problem is not None
    assert (problem.code, problem.line, problem.pointer) == ("version_unreadable", 3, "/version")
    assert "a version is text, not a number" in problem.sentence
    assert "in quotes" in problem.fix


@pytest.mark.parametrize("scheme", ["semver-file", "semver-field", "name-vn"])
def test_a_missing_version_is_a_problem_wherever_one_is_due(scheme: SchemeName) -> None:
    problem = unread(VersionScheme(scheme), document({}))
    assert problem is not None
    assert problem.code == "version_missing"
    assert problem.blocking
    assert unread(VersionScheme("git"), document({})) is None


@pytest.mark.parametrize("text", ["1", "1.2.3.4", "01.2", "1.2.3-", "1..2", "٣.٢", "1.2\n", " 1.2", "one", ""])
def test_what_is_not_a_semantic_version_is_refused(text: str) -> None:
    assert parse_semver(text) is None


@pytest.mark.parametrize("text", ["oncall_v", "oncall_v0", "oncall_v01", "Oncall_v1", "oncall-v1", "_v1", "oncall_v1 "])
def test_a_named_version_is_strict(text: str) -> None:
    assert parse_named(text) is None


def test_the_on_call_policys_own_version_is_read() -> None:
    scheme = VersionScheme("name-vn")
    plain = document({"schema_version": "oncall_rotation_schema_v1"})
    constant = document({"properties": {"schema_version": {"const": "oncall_rotation_schema_v2"}}})
    assert str(read(scheme, plain)) == "oncall_rotation_schema_v1"
    assert str(read(scheme, constant)) == "oncall_rotation_schema_v2"


def test_versions_are_ordered_as_semver_says() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
               "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1", "1.1.1", "1.10", "2.0"]  # fmt: skip
    versions = [version for version in map(parse_semver, ordered) if version]
    assert [str(version) for version in sorted(versions, key=lambda one: one.precedence)] == ordered


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("1.0.0", "2.0.0", MAJOR),
        ("1.0", "1.1", MINOR),
        ("1.1", "1.1.1", PATCH),
        ("1.1", "1.1.0", NONE),
        ("1.1.3", "2.0", MAJOR),
        ("2.0", "1.9", NONE),
        ("0.3.1", "0.4.0", MINOR),
        ("0.3.1", "1.0.0", MAJOR),
        ("1.9.0", "2.0.0-rc.1", MAJOR),
        ("2.0.0-rc.1", "2.0.0-rc.2", MAJOR),
        ("2.0.0-rc.1", "2.0.0", MAJOR),
        ("1.3.0-rc.1", "1.3.0", MINOR),
        ("1.3.1-rc.1", "1.3.1", PATCH),
    ],
)
def test_a_step_declares_its_first_difference(old: str, new: str, bump: Verdict) -> None:
    before, after = parse_semver(old), parse_semver(new)
    assert before
    assert after
    assert declared_bump(before, after) is bump


def test_a_named_step_is_major_and_none_between_names() -> None:
    old, raised, other = parse_named("orders_v1"), parse_named("orders_v2"), parse_named("bills_v2")
    assert old
    assert raised
    assert other
    assert declared_bump(old, raised) is MAJOR
    assert declared_bump(old, old) is NONE
    assert declared_bump(old, other) is None


@pytest.mark.parametrize(
    ("current", "verdict", "wanted"),
    [
        ("1.2.3", MINOR, "1.3.0"),
        ("1.2.3", MAJOR, "2.0.0"),
        ("1.2.3", PATCH, "1.2.4"),
        ("1.2.3", NONE, "1.2.3"),
        ("2.0", MINOR, "2.1"),
        ("2.0", MAJOR, "3.0"),
        ("1.1", PATCH, "1.1.1"),
        ("v1.2.3", MINOR, "v1.3.0"),
        ("0.3.1", MAJOR, "1.0.0"),
        ("0.3.1", MINOR, "0.4.0"),
        ("2.0.0-rc.1", MAJOR, "2.0.0"),
        ("2.0.1-rc.1", MINOR, "2.1.0"),
        ("1.2.3+build", PATCH, "1.2.4"),
        ("orders_v1", MAJOR, "orders_v2"),
        ("orders_v1", MINOR, "orders_v1"),
        ("orders_v1", PATCH, "orders_v1"),
        ("banana", MAJOR, None),
    ],
)
def test_a_version_is_recommended(current: str, verdict: Verdict, wanted: str | None) -> None:
    assert recommend(current, verdict) == wanted


@pytest.mark.parametrize(
    ("old", "new", "left_out"),
    [
        ("1.1", "1.2", False),
        ("1.1", "2.0", False),
        ("1.1.3", "2.0", False),
        ("1.1", "1.3", True),
        ("1.1", "3.0", True),
        ("1.0", "1.1.1", True),
        ("2.0", "1.0", False),
        ("2.0.0-rc.1", "2.0.0", False),
    ],
)
def test_left_out_versions_are_seen(old: str, new: str, left_out: bool) -> None:
    before, after = parse_semver(old), parse_semver(new)
    assert before
    assert after
    assert skips(before, after) is left_out


def test_each_scheme_lets_pass_what_its_policy_says() -> None:
    assert allowed("semver-file", NONE) is NONE
    assert allowed("semver-field", MINOR) is MINOR
    assert allowed("name-vn", NONE) is MINOR
    assert allowed("name-vn", MAJOR) is MAJOR
    assert allowed("git", None) is MINOR


_NUMBER = st.integers(min_value=0, max_value=10**6)
_VERSIONS = st.builds(
    lambda a, b, c: parse_semver(f"{a}.{b}" if c is None else f"{a}.{b}.{c}"), _NUMBER, _NUMBER, st.none() | _NUMBER
)


@given(_VERSIONS, st.sampled_from(Verdict))
def test_the_required_version_declares_exactly_its_verdict(version: SemVer, verdict: Verdict) -> None:
    wanted = required(version, verdict)
    assert declared_bump(version, wanted) is verdict
    assert not skips(version, wanted)


@given(_VERSIONS, _VERSIONS)
def test_only_a_step_up_declares_anything(old: SemVer, new: SemVer) -> None:
    up = new.precedence > old.precedence
    assert (declared_bump(old, new) is not NONE) is up
    assert not (declared_bump(old, new) and declared_bump(new, old))


@given(st.text(max_size=300))
def test_any_text_is_a_version_or_none(text: str) -> None:
    for version in (parse_semver(text), parse_named(text)):
        assert version is None or str(version) == text
    found = in_file_name(text)
    assert found is None or parse_semver(str(found[1])) == found[1]


@pytest.mark.parametrize(
    ("old", "new", "scheme"),
    [
        ("a-v1.0.json", "a-v1.1.json", "semver-file"),
        ("a-v1.0.json", "b-v1.1.json", "git"),
        ("old.json", "new.json", "git"),
    ],
)
def test_the_scheme_of_two_files_is_told_from_their_names(old: str, new: str, scheme: str) -> None:
    assert detect(document({}, old), document({}, new)).name == scheme


def test_the_scheme_of_two_files_is_told_from_their_fields() -> None:
    assert detect(document({"version": "1.0"}), document({"version": "1.0"})).name == "semver-field"
    assert detect(document({"version": "1.0"}), document({})).name == "git"
    named = document({"schema_version": "orders_v1"})
    assert detect(named, named).name == "name-vn"


def test_a_version_in_yaml_without_quotes_is_not_guessed() -> None:
    assert read(VersionScheme("semver-field"), parse("orders.yaml", "version: 1.10\n")) is None
