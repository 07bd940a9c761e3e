"""`concordat init` on invented repositories: whole files, read as a person reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.codeowners import owners_of
from rules.config import load, matches
from rules.contract import Owners
from rules.inventory import draft_config

GOLDEN = Path(__file__).parent / "inventory"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(**rest: object) -> str:
    return json.dumps({"$schema": DIALECT, "type": "object", **rest})


CRM = {
    "docs/integration_contracts/podio-schema-v1.0.json": schema(),
    "docs/integration_contracts/podio-schema-v1.1.3.json": schema(),
    "docs/integration_contracts/podio-schema-v2.0.json": schema(),
    "docs/integration_contracts/archive/podio-schema-v0.9.json": schema(),
    "docs/integration_contracts/proposals/add-fields.schema.json": schema(),
    "docs/integration_contracts/README.md": "# Governance\n\n## 📝 Contract Change Log\n\n### v1.0\n",
    ".github/CODEOWNERS": "* @acme/everyone\n/docs/integration_contracts/ @acme/crm @acme/data @lead\n",
    "package.json": '{"name": "crm", "version": "1.0.0"}',
}
ROTATION = {
    ".github/oncall_rotation.schema.json": schema(schema_version="oncall_rotation_schema_v1"),
    ".github/oncall_rotation.schema.manifest.json": '{"schema_version": "oncall_rotation_schema_v1", "sha256": "0"}',
    ".github/oncall_rotation.json": '{"rotation": []}',
    ".github/workflows/ci.yml": "on: push\n",
}
EVENTS = {
    **{f"schemas/events/{name}.schema.json": schema(version="1.0.0") for name in ("added", "moved", "paid", "sent")},
    "schemas/events/CHANGELOG.md": "# Changes\n",
    "schemas/order.yaml": "$schema: https://json-schema.org/draft/2020-12/schema\ntype: object\n",
    "schemas/broken.json": '{"type": "object",\n "properties": {}\n "required": []}',
    "schemas/tests/bad.schema.json": schema(),
    "services/billing/contracts/order.json": schema(**{"$id": "https://acme.example/order/2.1.0"}),
    "services/crm/lead-schema-v1.0.json": '{"fields": [{"field_id": 1}]}',
    "services/crm/config.json": '{"$schema": "https://json.schemastore.org/package", "type": "module"}',
    "CODEOWNERS": "services/ @acme/services\nschemas/events @acme/events\n",
}
EMPTY = {"README.md": "# Nothing here\n", "package.json": "{}"}


@pytest.mark.parametrize(
    ("name", "files"), [("crm", CRM), ("rotation", ROTATION), ("events", EVENTS), ("empty", EMPTY)]
)
def test_the_draft_reads_as_in_the_golden_file(name: str, files: dict[str, str]) -> None:
    assert draft_config(files) == (GOLDEN / f"{name}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("files", [CRM, ROTATION, EVENTS, EMPTY])
def test_every_draft_can_be_loaded_and_is_found_by_its_files(files: dict[str, str]) -> None:
    config = load(draft_config(files))
    for contract in config.contracts:
        assert any(matches(contract, path) for path in files)


def test_files_that_differ_in_their_version_alone_are_one_contract() -> None:
    (contract,) = load(draft_config(CRM)).contracts
    assert contract.name == "podio-schema"
    assert contract.scheme.name == "semver-file"
    assert contract.owners == Owners(teams=("acme/crm", "acme/data"), users=("lead",))
    assert contract.change_log == "docs/integration_contracts/README.md"
    assert [path for path in CRM if matches(contract, path)] == [
        "docs/integration_contracts/podio-schema-v1.0.json",
        "docs/integration_contracts/podio-schema-v1.1.3.json",
        "docs/integration_contracts/podio-schema-v2.0.json",
    ]


def test_a_named_version_brings_its_manifest_and_its_data() -> None:
    (contract,) = load(draft_config(ROTATION)).contracts
    assert contract.scheme.name == "name-vn"
    assert contract.manifest == ".github/oncall_rotation.schema.manifest.json"
    assert contract.data == (".github/oncall_rotation.json",)


def test_silence_is_written_where_a_person_sees_it_and_nothing_blocks_at_first() -> None:
    text = draft_config(CRM)
    assert "on-silence: approve" in text
    (contract,) = load(text).contracts
    assert contract.policy.on_silence == "approve"
    assert contract.enforcement.stage == "observe"


def test_many_schemas_of_one_kind_stand_behind_a_name() -> None:
    names = [contract.name for contract in load(draft_config(EVENTS)).contracts]
    assert "events.{name}" in names


def test_two_contracts_of_one_name_get_their_folders_names_before_it() -> None:
    files = {"a/schemas/order.json": schema(), "b/contracts/order.json": schema(), "c/schemas/order.json": schema()}
    names = [contract.name for contract in load(draft_config(files)).contracts]
    assert names == ["a.order", "b.order", "c.order"]


def test_a_contract_is_never_called_just_schema() -> None:
    files = {"billing/schema.json": schema(), "crm/schemas/schema.json": schema(), "crm/schemas/données.json": schema()}
    assert [contract.name for contract in load(draft_config(files)).contracts] == ["billing", "donnees", "crm"]


def test_descriptions_of_an_api_are_named_and_are_no_contracts() -> None:
    files = {
        "services/crm/openapi.yaml": "openapi: 3.1.0\ncomponents: {schemas: {A: {type: object}}}\n",
        "schemas/swagger.json": '{"swagger": "2.0", "definitions": {"A": {"type": "object"}}}',
    }
    text = draft_config(files)
    assert not load(text).contracts
    assert all(path in text for path in files)


def test_a_named_version_without_a_manifest_is_shown_how_to_get_one() -> None:
    files = {"oncall/rotation.schema.json": schema(schema_version="rotation_v1")}
    assert "    # manifest: oncall/rotation.schema.manifest.json\n" in draft_config(files)


@pytest.mark.parametrize("path", ["schemas/or\tders.schema.json", "schemas/or\u2028ders.schema.json"])
def test_a_schema_whose_path_no_pattern_can_name_is_named_in_a_note(path: str) -> None:
    text = draft_config({path: schema(), "schemas/other.schema.json": schema()})
    assert [contract.name for contract in load(text).contracts] == ["other"]
    assert f"rename the files to have them guarded:\n#   {path!a}\n" in text


def test_very_many_schemas_are_cut_with_a_note() -> None:
    files = {f"f{number}/order.schema.json": schema() for number in range(250)}
    text = draft_config(files)
    assert len(load(text).contracts) == 200
    assert "50 more schemas are not listed" in text


HOSTILE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(
    st.lists(st.tuples(HOSTILE, st.sampled_from((".json", ".schema.json", "-v1.2.json", ".yml"))), max_size=6),
    st.lists(HOSTILE, max_size=3),
    st.sampled_from((schema(), '{"a\\nb": 1, "a\\nb": 2}', "{", schema(version="1.0.0"))),
)
def test_whatever_a_repository_is_called_inside_the_draft_can_be_loaded(
    names: list[tuple[str, str]], owners: list[str], text: str
) -> None:
    files = {f"schemas/{name}{ending}": text for name, ending in names}
    files["CODEOWNERS"] = "".join(f"* @{owner}\n" for owner in owners)
    load(draft_config(files))


@pytest.mark.parametrize(
    ("line", "path", "owned"),
    [
        ("*.json @me", "a/b/c.json", True),
        ("*.json @me", "a/b/c.yml", False),
        ("docs @me", "docs/a.json", True),
        ("docs/ @me", "x/docs/a.json", True),
        ("/docs/ @me", "x/docs/a.json", False),
        ("docs/* @me", "docs/a.json", True),
        ("docs/* @me", "docs/x/a.json", False),
        ("a/b @me", "x/a/b", False),
        ("**/b @me", "x/a/b", True),
        ("/a.json @me # why", "a.json", True),
        ("* me@example.com", "a.json", False),
        ("a{b} @me", "a{b}", False),
    ],
)
def test_code_owners_are_read_as_github_reads_them(line: str, path: str, owned: bool) -> None:
    assert (owners_of(path, {"CODEOWNERS": line}) is not None) is owned


def test_the_last_line_that_matches_owns_even_when_it_names_nobody() -> None:
    assert owners_of("a.json", {"CODEOWNERS": "* @me\n*.json\n"}) is None


@pytest.mark.parametrize("folder", ["integration contracts", "data-contracts", "json_schemas", "api.schemas"])
def test_a_folder_may_be_called_by_several_words(folder: str) -> None:
    (contract,) = load(draft_config({f"docs/{folder}/calls-v1.0.json": '{"type": "object"}'})).contracts
    assert contract.files == (f"docs/{folder}/calls-v*.json",)
