"""References from a contract to other files: followed in the repository or in files that are named, never fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.repositories import GitRepository

Captured = pytest.CaptureFixture[str]
CONFIG = """
version: 1
contracts:
  orders:
    files: schemas/orders.json
    owners: {teams: [acme/orders]}
"""
DRAFT = "http://json-schema.org/draft-07/schema#"


def money(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "$schema": DRAFT,
        "definitions": {"money": {"type": "object", "properties": {"amount": {"type": kind}}}},
        **more,
    }


def order(reference: str, **more: Any) -> dict[str, Any]:
    properties = {"id": {"type": "string"}, "price": {"$ref": reference}, **more}
    return {"$schema": DRAFT, "type": "object", "properties": properties}


REFERRING = order("common.json#/definitions/money")


def checked(path: Path, capsys: Captured) -> tuple[int, str]:
    code = main(["check", "--repo", str(path), "--base", "HEAD~1"])
    return code, " ".join(capsys.readouterr().out.split())


def two(tmp_path: Path, before: dict[str, object], after: dict[str, object]) -> Path:
    repository = GitRepository.create(tmp_path)
    repository.commit({".github/contracts.yml": CONFIG, **before})
    repository.commit(after)
    return tmp_path


def test_taking_a_shared_definition_into_the_contract_changes_nothing(tmp_path: Path, capsys: Captured) -> None:
    inline = money("number")["definitions"]["money"]
    after = {"$schema": DRAFT, "type": "object", "properties": {"id": {"type": "string"}, "price": inline}}
    path = two(tmp_path, {"schemas/orders.json": REFERRING, "schemas/common.json": money("number")},
               {"schemas/orders.json": after})  # fmt: skip
    code, out = checked(path, capsys)
    assert code == 0
    assert "PATCH: " in out


def test_each_revision_has_the_shared_file_as_it_was_then(tmp_path: Path, capsys: Captured) -> None:
    path = two(
        tmp_path, {"schemas/orders.json": REFERRING, "schemas/common.json": money("number")},
        {"schemas/orders.json": {**REFERRING, "title": "Order"}, "schemas/common.json": money("string")},
    )  # fmt: skip
    code, out = checked(path, capsys)
    assert code == 1
    assert "MAJOR: " in out
    assert "price.amount" in out


def test_a_reference_by_identifier_leads_to_the_file_beside(tmp_path: Path, capsys: Captured) -> None:
    identifier = "https://example.com/schemas/{}"
    own = order(identifier.format("common#/definitions/money")) | {"$id": identifier.format("orders")}
    shared = money("number", **{"$id": identifier.format("common")})
    path = two(
        tmp_path, {"schemas/orders.json": own, "schemas/common.json": shared},
        {"schemas/orders.json": own | {"required": ["price"]}},
    )  # fmt: skip
    out = checked(path, capsys)[1]
    assert "none is fetched" not in out


@pytest.mark.parametrize(
    "common",
    [
        None,
        "{",
        {**money("number"), "$id": "https://example.com/another.json"},
        {"$ref": "#/definitions/money", **money("number")},
    ],
)
def test_what_is_not_there_or_names_itself_otherwise_stays_unknown(
    tmp_path: Path, common: object, capsys: Captured
) -> None:
    files: dict[str, object] = {"schemas/orders.json": REFERRING}
    if common is not None:
        files["schemas/common.json"] = common
    new = order("other.json#/definitions/money")
    code, out = checked(two(tmp_path, files, {"schemas/orders.json": new}), capsys)
    assert code == 1
    assert "none is fetched" in out


def test_no_reference_leads_out_of_the_repository(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "common.json").write_text('{"definitions": {"money": {"type": "number"}}}')
    outside = order("../../common.json#/definitions/money")
    path = two(tmp_path / "repository", {"schemas/orders.json": outside}, {
        "schemas/orders.json": order("../../common.json#/definitions/money", note={"type": "string"})
    })  # fmt: skip
    assert checked(path, capsys)[0] == 0  # the same unknown on both sides, and a field more


def test_files_named_with_the_question_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "old.json": REFERRING,
        "common.json": money("integer"),
        "new.json": order("#/definitions/money") | money("number"),
    }
    GitRepository(tmp_path).write(files)  # type: ignore[arg-type] # more precise than it asks
    assert main(["decide", "old.json", "new.json"]) == 1
    assert main(["decide", "old.json", "new.json", "--with", "common.json"]) == 0
    assert main(["decide", "new.json", "old.json", "--with", "common.json"]) == 1
    capsys.readouterr()
    main(["check", "old.json", "new.json", "--with", "common.json"])
    assert "none is fetched" not in capsys.readouterr().out
