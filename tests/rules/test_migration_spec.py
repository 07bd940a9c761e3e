"""A migration file, read: every problem at its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules.migration_schema import SCHEMA
from rules.migration_spec import Spec, SpecError, load, order

GOOD = """\
version: 1
contract: payment-transaction
from: 1.0.0
to: 2.0.0
steps:
  - set_default: {at: /currency_code, value: USD}
  - remove: {at: /legacy}
    irreversible: nobody reads it
"""


def problems(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(SpecError) as raised:
        load(text, path="migrations/x/1-2.yml")
    return [(problem.line, problem.sentence, problem.fix) for problem in raised.value.problems]


def test_a_migration_file_says_steps_versions_and_why_there_is_no_way_back() -> None:
    spec = load(GOOD, path="migrations/x/1-2.yml")
    assert (spec.title, spec.exclude, spec.allowed) == ("payment-transaction 1.0.0 → 2.0.0", False, 0)
    assert [step.kind for step in spec.transform.steps] == ["set-default", "remove"]
    assert spec.transform.irreversible == ("nobody reads it",)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("at: /currency_code", "at: currency_code", 6, "JSON Pointer"),
        ("value: USD", "valeu: USD", 6, "valeu"),
        ("from: 1.0.0\n", "", 1, "from"),
        ("\n    irreversible: nobody reads it", "", 7, "no way back"),
        ("    irreversible:", "    rename: {at: /a, to: b}\n    irreversible:", 7, "remove and rename"),
        ("  - remove: {at: /legacy}\n    irreversible", "  - irreversible", 7, "says nothing to do"),
        ("remove: {at: /legacy}", "call: {at: /a, function: gone}", 7, "no installed package"),
        ("remove: {at: /legacy}", "expression: {at: /a, up: value +}", 7, "cannot be used"),
        ("remove: {at: /legacy}", "date-format: {at: /a, from: date, to: unix, zone: CET}", 7, "offset"),
        ("remove: {at: /legacy}", "remoev: {at: /legacy}", 7, "remoev"),
        ("contract: payment-transaction", "contract: postgresql://user:secret@host/db", 2, "password"),
        ("version: 1", "version: [", 1, "not closed"),
    ],
)
def test_each_problem_is_told_at_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new))
    assert any(words in sentence + fix for _, sentence, fix in found), found
    assert found[0][0] == line, found


def test_a_file_without_bounds_is_refused() -> None:
    assert "larger" in problems("x" * 300_000)[0][1]


def test_the_schema_is_published_for_editors() -> None:
    published = Path("docs/schemas/migration.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA


def named(contract: str, needs: list[str]) -> Spec:
    text = GOOD.replace("payment-transaction", contract) + f"needs: {json.dumps(needs)}\n"
    return load(text, path="x.yml")


def test_migrations_are_ordered_by_need_and_a_circle_is_one_group() -> None:
    groups = order(
        [named("c", ["a@2.0.0"]), named("a", ["b@2.0.0"]), named("b", ["a@2.0.0", "gone@1"]), named("d", [])]
    )
    assert [[spec.contract for spec in group] for group in groups] == [["d"], ["a", "b"], ["c"]]
