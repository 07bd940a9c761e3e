from __future__ import annotations

from datetime import date, timedelta

import pytest

from rules.config import load
from rules.contract import Policy
from rules.register import current, lines, register, whole
from tests.rules.making import contract, document
from tests.rules.test_deprecation import NOTICE, WHOLE, block, marked, schema

DAY = date(2026, 12, 1)


def entries(today: date, grace_days: int = 30) -> list[tuple[str, str, int | None]]:
    undated = {**WHOLE, "deprecated": True}
    old = marked({**NOTICE, "removal_date": "2027-01-05"})
    text = document({**schema(total=marked(), old=old, bare=undated, total_cents=WHOLE), "n": block(field_name="old")})
    found = register(contract(policy=Policy(grace_days=grace_days)), text, today)
    return [(one.notice.field, one.state, one.days_left) for one in found]


def test_the_most_urgent_comes_first_and_what_has_no_date_last() -> None:
    assert entries(DAY - timedelta(days=7)) == [
        ("old", "grace", 7), ("total", "grace", 7), ("old", "grace", 42), ("bare", "undated", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("after", "state"), [(-1, "grace"), (0, "due"), (5, "due")])
def test_a_deprecation_is_due_from_its_removal_date(after: int, state: str) -> None:
    assert ("total", state, -after) in entries(DAY + timedelta(days=after))


def test_the_days_are_never_fewer_than_the_grace_period() -> None:
    assert ("total", "grace", 30) in entries(DAY, grace_days=60)


def test_another_removal_date_is_another_thing_owed() -> None:
    first, second = (
        register(contract(), document(schema(total=marked({**NOTICE, "removal_date": text}))), DAY)[0]
        for text in ("2026-12-01", "2026-12-02")
    )
    assert first.key != second.key
    assert first.key == "orders//properties/total/2026-12-01"


CONFIG = """\
version: 1
contracts:
  podio: {files: "docs/podio-v*.json", version: semver-file}
  "{name}": {files: "schemas/{name}.json"}
"""


def test_the_current_documents_are_the_highest_versions_outside_the_archive() -> None:
    paths = {
        "docs/podio-v1.9.json", "docs/podio-v1.10.json", "docs/archive/podio-v2.0.json", "docs/other.json",
        "docs/proposals/podio-v3.0.json", "schemas/a.json", "schemas/b.json",
    }  # fmt: skip
    found = [(one.name, path) for one, path in current(load(CONFIG), paths)]
    assert found == [("podio", "docs/podio-v1.10.json"), ("a", "schemas/a.json"), ("b", "schemas/b.json")]


def test_every_live_version_of_a_contract_is_listed_from_the_highest_down() -> None:
    paths = {"docs/podio-v1.9.json", "docs/podio-v1.10.json", "docs/podio-v2.0.json", "docs/archive/podio-v1.1.json"}
    config = load(CONFIG)
    listed = {contract.name: found for contract, found in lines(config, paths)}
    assert listed["podio"] == ("docs/podio-v2.0.json", "docs/podio-v1.10.json", "docs/podio-v1.9.json")


@pytest.mark.parametrize(
    ("newest", "listed"),
    [
        (schema(total_cents=WHOLE), ["total"]),  # gone from the newest version, and promised still in the older one
        (schema(total=WHOLE, total_cents=WHOLE), []),  # the newest version took the notice back
        (schema(total=marked(), total_cents=WHOLE), ["total"]),  # told by both, once
    ],
)
def test_a_field_deprecated_in_an_older_live_version_is_listed_while_it_is_promised(
    newest: dict[str, object], listed: list[str]
) -> None:
    older = [document(schema(total=marked(), total_cents=WHOLE), path="podio-v1.json")] * 2
    now = document(newest, path="podio-v2.json")
    found = whole(contract(), now, older, DAY - timedelta(days=5))
    assert [one.notice.field for one in found] == listed
