"""`concordat init` and `concordat manifest` in repositories as they are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from rules.config import load
from tests.repositories import GitRepository

Captured = pytest.CaptureFixture[str]
CONFIG = ".github/contracts.yml"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"id": {"type": "string"}},
}
BREAKING = {**SCHEMA, "required": ["id"]}

MONOREPO: dict[str, object] = {
    **{f"services/{one}/schemas/{two}.schema.json": SCHEMA for one in ("billing", "crm") for two in "abcd"},
    "services/crm/package.json": {"name": "crm", "type": "module"},
    "services/crm/tsconfig.json": {"$schema": "https://json.schemastore.org/tsconfig", "compilerOptions": {}},
    "services/crm/openapi.yaml": "openapi: 3.1.0\npaths: {}\n",
    "node_modules/other/schema.json": SCHEMA,
    "schemas/mit Umläuten.json": SCHEMA,
}
PODIO: dict[str, object] = {
    "docs/podio-schema-v1.0.json": SCHEMA,
    "docs/podio-schema-v1.1.json": SCHEMA,
    "docs/archive/podio-schema-v0.9.json": SCHEMA,
}
ON_CALL: dict[str, object] = {
    "oncall/rota.schema.json": {**SCHEMA, "schema_version": "rota_v1"},
    "oncall/rota.json": {"id": "1"},
    "CODEOWNERS": "oncall/ @acme/sre\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    made = GitRepository.create(tmp_path / "shop")
    monkeypatch.chdir(made.path)
    return made


def contracts(repository: GitRepository) -> dict[str, tuple[str, ...]]:
    return {one.name: one.files for one in load((repository.path / CONFIG).read_text(encoding="utf-8")).contracts}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            MONOREPO,
            {
                "billing.{name}": ("services/billing/schemas/{name}.schema.json",),
                "crm.{name}": ("services/crm/schemas/{name}.schema.json",),
                "mit-Umlauten": ("schemas/mit Umläuten.json",),
            },
        ),
        (PODIO, {"podio-schema": ("docs/podio-schema-v*.json",)}),
        (ON_CALL, {"rota": ("oncall/rota.schema.json",)}),
        ({"package.json": {"name": "x"}}, {}),
    ],
)
def test_init_finds_the_contracts_and_check_works_at_once(
    repository: GitRepository, files: dict[str, object], found: dict[str, tuple[str, ...]], capsys: Captured
) -> None:
    repository.commit(files)
    assert main(["init"]) == 0
    assert contracts(repository) == found
    assert main(["check", "--base", "HEAD"]) == 0
    assert "No contract changed." in capsys.readouterr().out


def test_init_names_what_it_found_and_a_command_that_judges_a_real_change(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit(ON_CALL)
    changed = repository.commit({"oncall/rota.schema.json": {**BREAKING, "schema_version": "rota_v1"}})
    repository.commit({"README.md": "hello\n"})
    assert main(["init"]) == 0
    out = capsys.readouterr().out
    assert "Wrote .github/contracts.yml: 1 contract (rota).\n" in out
    command = out.splitlines()[-1].split()
    assert command[:2] == ["concordat", "check"]
    assert changed.startswith(command[-1])
    assert main(command[1:]) == 1
    assert "MAJOR: " in capsys.readouterr().out


def test_init_in_a_repository_without_schemas_says_so(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"README.md": "hello\n"})
    assert main(["init"]) == 0
    assert "no JSON Schema was found" in capsys.readouterr().out


def test_init_before_the_first_commit_counts_from_it(repository: GitRepository, capsys: Captured) -> None:
    repository.write({"schemas/order.json": SCHEMA})
    assert main(["init"]) == 0
    assert capsys.readouterr().out.endswith("  concordat check --base HEAD~1\n")


def test_init_prints_and_writes_nothing_when_it_is_asked_to(repository: GitRepository, capsys: Captured) -> None:
    repository.commit(PODIO)
    assert main(["init", "--print"]) == 0
    assert [one.name for one in load(capsys.readouterr().out).contracts] == ["podio-schema"]
    assert not (repository.path / CONFIG).exists()


@pytest.mark.parametrize("path", [CONFIG, ".github/contracts.yaml"])
def test_init_replaces_a_file_only_when_it_is_forced(repository: GitRepository, path: str, capsys: Captured) -> None:
    repository.commit({**PODIO, path: "version: 1\n"})
    assert main(["init"]) == 2
    assert capsys.readouterr().err.startswith(f"concordat: {path} is already there")
    assert main(["init", "--force"]) == 0
    assert "podio-schema" in (repository.path / path).read_text(encoding="utf-8")
    assert len(list((repository.path / ".github").iterdir())) == 1


def test_init_where_it_cannot_write_says_so(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({".github": "a file\n"})
    assert main(["init"]) == 2
    assert "contracts.yml cannot be written: " in capsys.readouterr().err


def test_init_outside_a_repository_says_so(tmp_path: Path, capsys: Captured) -> None:
    assert main(["init", "--repo", str(tmp_path)]) == 2
    assert "is not a git repository, nor in one" in capsys.readouterr().err


PINNED = """\
version: 1
contracts:
  "{name}":
    files: oncall/{name}.schema.json
    version: name-vn
    manifest: oncall/{name}.manifest.json
"""


@pytest.fixture
def pinned(repository: GitRepository) -> GitRepository:
    repository.commit(
        {
            CONFIG: PINNED,
            "oncall/rota.schema.json": {**SCHEMA, "schema_version": "rota_v1"},
            "oncall/pager.schema.json": {**SCHEMA, "schema_version": "pager_v3"},
        }
    )
    return repository


def test_every_manifest_is_refreshed_and_then_holds(pinned: GitRepository, capsys: Captured) -> None:
    assert main(["manifest", "check"]) == 1
    out = capsys.readouterr().out
    assert "Run `concordat manifest refresh oncall/pager.schema.json`" in out
    assert "Run `concordat manifest refresh oncall/rota.schema.json`" in out
    assert main(["manifest", "refresh"]) == 0
    assert json.loads((pinned.path / "oncall/pager.manifest.json").read_text())["schema_version"] == "pager_v3"
    assert main(["manifest", "check"]) == 0
    capsys.readouterr()
    assert main(["manifest", "refresh"]) == 0
    assert capsys.readouterr().out.count("unchanged") == 2


def test_one_schema_is_named_from_where_the_person_stands(
    pinned: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pinned.path / "oncall")
    for name in ("rota.schema.json", "oncall/rota.schema.json", str(pinned.path / "oncall/rota.schema.json")):
        assert main(["manifest", "refresh", name]) == 0
    assert sorted(path.name for path in Path().glob("*.manifest.json")) == ["rota.manifest.json"]


@pytest.mark.parametrize("content", ["{bro", "3", '{"sha256": 1}', "[]"])
def test_a_manifest_of_any_content_is_checked_and_mended(pinned: GitRepository, content: str) -> None:
    pinned.write({"oncall/rota.manifest.json": content})
    assert main(["manifest", "check", "oncall/rota.schema.json"]) == 1
    assert main(["manifest", "refresh", "oncall/rota.schema.json"]) == 0
    assert main(["manifest", "check", "oncall/rota.schema.json"]) == 0


def test_a_schema_that_pins_nothing_is_refused(pinned: GitRepository, capsys: Captured) -> None:
    assert main(["manifest", "check", "oncall/other.schema.json"]) == 2
    assert "no contract with a manifest has the file oncall/other.schema.json" in capsys.readouterr().err
    pinned.write({"oncall/rota.schema.json": SCHEMA})
    assert main(["manifest", "refresh"]) == 2
    assert "oncall/rota.schema.json declares no version, for instance rota_v1" in capsys.readouterr().err
    pinned.write({"oncall/rota.schema.json": "{"})
    assert main(["manifest", "refresh"]) == 2
    assert capsys.readouterr().err.startswith("concordat: oncall/rota.schema.json:1:1: ")


def test_a_repository_without_pins_says_how_to_get_one(repository: GitRepository, capsys: Captured) -> None:
    repository.commit(PODIO)
    assert main(["manifest", "check"]) == 2
    assert "`concordat init` writes a first one" in capsys.readouterr().err
    assert main(["init"]) == 0
    assert main(["manifest", "check"]) == 2
    assert "no contract has a manifest; name one under `manifest`" in capsys.readouterr().err
