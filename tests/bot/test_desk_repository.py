"""`concordat check --base`: the contracts of a real repository, changed in the ways that people change them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.cli import main
from tests.repositories import GitRepository

Captured = pytest.CaptureFixture[str]

ORDER = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
WIDER = {**ORDER, "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
BREAKING = {**ORDER, "properties": {"id": {"type": "integer"}}}
PUBLISHED = json.loads((Path(__file__).parents[2] / "docs/schemas/check.schema.json").read_text(encoding="utf-8"))
CONFIG = """\
version: 1
contracts:
  order:
    files: schemas/order.json
    owners: {teams: [acme/shop]}
  podio:
    files: podio/podio-schema-v*.json
    version: semver-file
    owners: {teams: [acme/shop]}
  "rota.{name}":
    files: oncall/{name}.schema.json
    version: name-vn
    manifest: oncall/{name}.manifest.json
    data: oncall/{name}.json
    owners: {teams: [acme/shop]}
"""
ROTA = {
    "schema_version": "rota_v1",
    "type": "object",
    "properties": {"people": {"type": "array", "items": {"type": "string"}}},
    "required": ["people"],
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """Make a repository with a space and an umlaut in its path, and stand in it."""
    made = GitRepository.create(tmp_path / "mein Lädchen")
    made.commit({
        ".github/contracts.yml": CONFIG,
        "schemas/order.json": ORDER,
        "podio/podio-schema-v1.0.json": ORDER,
        "oncall/duty.schema.json": ROTA,
        "README.md": "hello\n",
    })  # fmt: skip
    monkeypatch.chdir(made.path)
    return made


def check(*options: str) -> int:
    return main(["check", "--base", "HEAD~1", *options])


def told(capsys: Captured) -> str:
    """Give what was printed, without its line breaks."""
    return " ".join(capsys.readouterr().out.split())


def test_where_no_contract_changed_it_says_so(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"README.md": "bye\n"})
    assert check() == 0
    assert capsys.readouterr() == ("No contract changed.\n", "")


@pytest.mark.parametrize("form", ["markdown", "github"])
def test_where_no_contract_changed_the_formats_for_people_say_so(
    repository: GitRepository, form: str, capsys: Captured
) -> None:
    repository.commit({"README.md": "bye\n"})
    assert check("--format", form) == 0
    assert capsys.readouterr().out == "No contract changed.\n"


@pytest.mark.parametrize(("new", "code"), [(WIDER, 0), (BREAKING, 1)])
def test_a_contract_without_a_version_passes_up_to_minor(repository: GitRepository, new: object, code: int) -> None:
    repository.commit({"schemas/order.json": new})
    assert check() == code
    assert check("--allow", "major") == 0


def test_it_works_from_a_folder_within_the_repository(
    repository: GitRepository, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"schemas/order.json": BREAKING})
    monkeypatch.chdir(repository.path / "schemas")
    assert check("--format", "json") == 1
    (contract,) = json.loads(capsys.readouterr().out)["contracts"]
    assert contract["new_path"] == "schemas/order.json"


def test_a_new_version_file_is_compared_with_the_one_before_it(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"podio/podio-schema-v1.1.json": WIDER})
    assert check() == 0
    assert "podio/podio-schema-v1.0.json -> podio/podio-schema-v1.1.json MINOR" in told(capsys)
    repository.commit({"podio/podio-schema-v1.2.json": BREAKING})
    assert check() == 1
    assert "lowest accepted: 2.0" in told(capsys)


def test_a_move_to_the_archive_is_no_change(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"podio/podio-schema-v1.1.json": WIDER})
    (repository.path / "podio/archive").mkdir()
    repository.git("mv", "podio/podio-schema-v1.0.json", "podio/archive/podio-schema-v1.0.json")
    repository.commit({})
    assert check() == 0
    assert told(capsys) == "No contract changed."


def test_a_contract_that_is_deleted_is_a_major_change(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"schemas/order.json": None})
    assert check() == 1
    assert "order: schemas/order.json -> nothing MAJOR" in told(capsys)


def test_a_version_that_is_deleted_beside_another_is_not_said_to_end_the_contract(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({"podio/podio-schema-v1.1.json": WIDER})
    repository.commit({"podio/podio-schema-v1.0.json": None})
    assert check() == 1
    said = told(capsys)
    assert "this change ends a version of the contract, and whoever depends on it loses it" in said
    assert "Version removed" in said
    assert "`podio/podio-schema-v1.1.json` stays as it is" in said


def test_a_contract_that_begins_is_no_change_for_anybody(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"podio/podio-schema-v1.0.json": None, "schemas/order.json": None})
    repository.commit({"schemas/order.json": ORDER})
    assert check() == 0
    assert "order: nothing -> schemas/order.json NONE" in told(capsys)


def test_the_on_call_policy_is_enforced(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"oncall/rota.schema.json": ROTA, "oncall/rota.json": {"people": []}})
    assert main(["manifest", "check"]) == 1
    assert main(["manifest", "refresh"]) == 0
    assert main(["manifest", "check"]) == 0
    repository.commit({})
    assert main(["check", "--base", "HEAD~2"]) == 0
    capsys.readouterr()
    people = {"people": {"type": "array", "items": {"type": "string"}, "minItems": 1}}
    repository.commit({"oncall/rota.schema.json": {**ROTA, "properties": people, "schema_version": "rota_v2"}})
    assert check() == 1
    said = told(capsys)
    assert "To do: The manifest does not fit the schema" in said
    assert "To do: A data file does not fit the schema (oncall/rota.json" in said
    assert main(["manifest", "refresh"]) == 0
    repository.commit({"oncall/rota.json": {"people": ["sarah"]}})
    assert main(["check", "--base", "HEAD~2"]) == 0


def test_a_head_that_cannot_be_read_is_named_beside_the_verdicts_of_the_others(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({"schemas/order.json": '{"type": ', "podio/podio-schema-v1.1.json": WIDER})
    assert check("--format", "json") == 2
    out, err = capsys.readouterr()
    verdicts = {one["contract"]: (one["verdict"], one["new_path"]) for one in json.loads(out)["contracts"]}
    assert verdicts == {
        "order": (None, "schemas/order.json"),
        "podio": ("MINOR", "podio/podio-schema-v1.1.json"),
    }
    assert err.startswith("concordat: schemas/order.json:1:")


def test_a_change_that_mends_a_broken_contract_can_pass(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"schemas/order.json": '{"type": '})
    repository.commit({"schemas/order.json": ORDER})
    assert check() == 1
    assert "the version before this change is unreadable" in told(capsys)
    assert check("--allow", "major") == 0


def test_a_mended_contract_with_a_version_passes_by_that_version_and_not_by_leave(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({"podio/podio-schema-v1.0.json": "[]"})
    repository.commit({"podio/podio-schema-v1.1.json": ORDER})
    assert check("--allow", "major") == 1
    assert "Nothing is proven of this change, so it counts as MAJOR" in told(capsys)
    repository.commit({"podio/podio-schema-v1.1.json": None, "podio/podio-schema-v2.0.json": ORDER})
    assert main(["check", "--base", "HEAD~2"]) == 0


def test_a_contract_that_ends_needs_leave_since_no_version_can_declare_it(repository: GitRepository) -> None:
    repository.commit({"podio/podio-schema-v1.0.json": None})
    assert check() == 1
    assert check("--allow", "major") == 0


def test_the_configuration_of_the_base_counts_and_an_edit_of_it_is_named(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": "version: 1\ncontracts: {}\n", "schemas/order.json": BREAKING})
    assert check() == 1
    assert "the head edits the configuration; the base's was used" in capsys.readouterr().err


BROKEN_EDIT = "version: 1\ncontrats: {}\n"


def test_a_broken_edit_of_the_configuration_cannot_pass_though_the_base_holds(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": BROKEN_EDIT, "schemas/order.json": WIDER})
    assert check() == 2
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "To do: The configuration has an unknown key (.github/contracts.yml:2)" in said
    assert "This edit cannot be merged as it is, and the configuration of the base branch still holds: " in said
    assert "Did you mean `contracts`?" in said
    assert "MINOR: this change adds" in said
    assert err.startswith("concordat: .github/contracts.yml:2: ")


def test_a_broken_edit_of_the_configuration_is_remarked_on_at_its_line(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": BROKEN_EDIT})
    assert check("--format", "github") == 2
    assert capsys.readouterr().out.startswith("::error file=.github/contracts.yml,line=2,title=The configuration has")
    assert check("--format", "json") == 2
    report = json.loads(capsys.readouterr().out)
    Draft202012Validator(PUBLISHED).validate(report)
    assert [(one["code"], one["line"], one["blocking"]) for one in report["problems"]] == [
        ("config_unknown_key", 2, True)
    ]
    assert check("--format", "sarif") == 2
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("config_unknown_key", "error")
    assert check("--format", "markdown") == 2
    assert "`.github/contracts.yml:2`" in capsys.readouterr().out


def test_a_simulation_tells_of_a_broken_edit_and_previews_one_that_holds(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": BROKEN_EDIT})
    assert main(["simulate", "--base", "HEAD~1"]) == 0
    out = capsys.readouterr().out
    assert "The check run: failure, " in out
    assert "configuration of the base branch still holds" in out
    repository.commit({".github/contracts.yml": CONFIG.replace("acme/shop", "acme/orders", 1)})
    assert main(["simulate", "--base", "HEAD~2"]) == 0
    assert "`order` would change in its owners" in capsys.readouterr().out


def test_a_change_that_mends_the_configuration_can_pass_and_slips_no_contract_past(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": BROKEN_EDIT})
    repository.commit({".github/contracts.yml": CONFIG})
    assert check() == 0
    assert "this edit mends it, and was used" in told(capsys)
    repository.commit({"schemas/order.json": BREAKING})
    assert main(["check", "--base", "HEAD~2"]) == 1


def test_a_broken_configuration_is_refused_with_every_line(repository: GitRepository, capsys: Captured) -> None:
    broken = CONFIG.replace("version: semver-file", "version: semver").replace("owners", "ownres", 1)
    repository.commit({".github/contracts.yml": broken})
    assert main(["check", "--base", "HEAD"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[2] for line in lines] == ["5", "8"]
    assert "Did you mean semver-file?" in lines[1]


def test_a_configuration_that_only_the_head_or_the_folder_has_is_used_and_named(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": None})
    repository.write({".github/contracts.yml": CONFIG})
    assert main(["check", "--base", "HEAD", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["contracts"] == []
    assert err == "concordat: note: the base has no .github/contracts.yml; the folder's was used\n"
    repository.commit({})
    assert check() == 0
    assert capsys.readouterr().err == "concordat: note: the base has no .github/contracts.yml; the head's was used\n"


def test_without_any_configuration_init_is_named(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({".github/contracts.yml": None})
    assert main(["check", "--base", "HEAD"]) == 2
    assert "has no .github/contracts.yml; `concordat init` writes a first one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "own.yml cannot be read: no such file"), (b"\xff\xfe\x00", "own.yml:"), (b"version: 2\n", "own.yml:1: ")],
)
def test_a_configuration_named_by_hand_that_cannot_be_used_is_refused(
    repository: GitRepository, content: bytes | None, said: str, capsys: Captured
) -> None:
    if content is not None:
        (repository.path / "own.yml").write_bytes(content)
    assert main(["check", "--base", "HEAD", "--config", "own.yml"]) == 2
    assert capsys.readouterr().err.startswith(f"concordat: {said}")


def test_a_configuration_that_names_no_contract_is_remarked_on(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({".github/contracts.yml": "version: 1\n"})
    assert main(["check", "--base", "HEAD"]) == 0
    assert capsys.readouterr().err == "concordat: note: .github/contracts.yml names no contract\n"


def test_edits_that_are_not_committed_are_named_and_not_judged(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"README.md": "bye\n"})
    repository.write({"schemas/order.json": BREAKING, "podio/podio-schema-v2.0.json": ORDER, "README.md": "x\n"})
    assert check() == 0
    out, err = capsys.readouterr()
    assert out == "No contract changed.\n"
    assert err == (
        "concordat: note: podio/podio-schema-v2.0.json, schemas/order.json are not committed, "
        "and so not part of what was judged (HEAD)\n"
    )


def test_edits_in_the_folder_are_no_matter_where_another_commit_is_judged(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({"README.md": "bye\n"})
    repository.write({"schemas/order.json": BREAKING})
    assert check("--head", "HEAD~1") == 0
    assert capsys.readouterr().err == ""


def test_a_pattern_that_matches_nothing_is_remarked_on_at_its_line(repository: GitRepository, capsys: Captured) -> None:
    idle = CONFIG.replace("schemas/order.json", "[schemas/order.json, schemas/ordre.json, 'schema/*.json']")
    repository.commit({".github/contracts.yml": idle})
    repository.commit({"README.md": "bye\n"})
    assert check() == 0
    out = capsys.readouterr().out
    assert "Advice: A pattern matches no file (.github/contracts.yml:4)" in out
    assert "`schemas/ordre.json` matches no file, so `order` is not guarded by it." in " ".join(out.split())
    assert out.endswith("\nNo contract changed.\n")
    assert check("--format", "github") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("::")[1] for line in lines] == [
        "warning file=.github/contracts.yml,line=4,title=A pattern matches no file"
    ] * 2
    repository.commit({"schemas/order.json": None, "schemas/ordre.json": ORDER, "schema/a.json": ORDER})
    assert check("--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["problems"] == []


def test_an_edit_of_the_configuration_is_previewed_with_patterns_that_match_nothing(
    repository: GitRepository, capsys: Captured
) -> None:
    edited = CONFIG.replace("schemas/order.json", "\n    - schemas/order.json\n    - schemas/ordre.json")
    repository.commit({".github/contracts.yml": edited})
    assert main(["simulate", "--base", "HEAD~1"]) == 0
    preview = "1 file at this head matches; `schemas/ordre.json` (line 6) matches none, so check the pattern."
    assert preview in capsys.readouterr().out
    assert check("--format", "github") == 0
    assert capsys.readouterr().out.startswith("::warning file=.github/contracts.yml,line=6,")


def test_a_declared_change_of_a_contract_without_owners_asks_for_owners(
    repository: GitRepository, capsys: Captured
) -> None:
    repository.commit({".github/contracts.yml": CONFIG.replace("    owners: {teams: [acme/shop]}\n", "")})
    repository.commit({"podio/podio-schema-v2.0.json": BREAKING})
    assert check() == 0
    assert "Advice: Nobody owns the contract (.github/contracts.yml:5)" in told(capsys)


def test_a_revision_that_does_not_exist_is_named(repository: GitRepository, capsys: Captured) -> None:
    assert main(["check", "--base", "v9"]) == 2
    assert "'v9' is no commit of" in capsys.readouterr().err
    assert main(["check", "--base", "HEAD", "--head=--exec=x"]) == 2
    assert "'--exec=x' is no commit of" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "github"])
def test_a_revision_that_does_not_exist_is_told_to_programs(
    repository: GitRepository, form: str, capsys: Captured
) -> None:
    assert main(["check", "--base", "v9", "--format", form]) == 2
    out = capsys.readouterr().out
    if form == "json":
        report = json.loads(out)
        Draft202012Validator(PUBLISHED).validate(report)
        assert "'v9' is no commit of" in report["problems"][0]["sentence"]
    else:
        assert out.startswith("::error title=The input cannot be used::'v9' is no commit of")


def test_a_shallow_clone_says_how_to_fetch_the_rest(
    repository: GitRepository, tmp_path: Path, capsys: Captured
) -> None:
    repository.commit({"README.md": "bye\n"})
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", repository.path.as_uri(), str(clone)], check=True)
    assert check("--repo", str(clone)) == 2
    assert "the clone is shallow: fetch what is missing (git fetch --unshallow" in capsys.readouterr().err


def test_a_repository_without_a_commit_says_so(tmp_path: Path, capsys: Captured) -> None:
    GitRepository.create(tmp_path / "new")
    assert main(["check", "--base", "HEAD", "--repo", str(tmp_path / "new")]) == 2
    assert "it has no commit yet" in capsys.readouterr().err


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path, capsys: Captured) -> None:
    assert main(["check", "--base", "HEAD", "--repo", str(tmp_path)]) == 2
    assert f"{tmp_path} is not a git repository, nor in one" in capsys.readouterr().err
    assert main(["check", "--base", "HEAD", "--repo", str(tmp_path / "none")]) == 2
    assert f"{tmp_path / 'none'} is no folder" in capsys.readouterr().err


def test_a_local_simulation_prints_the_comment_and_the_check(repository: GitRepository, capsys: Captured) -> None:
    repository.commit({"schemas/order.json": BREAKING})
    assert main(["simulate", "--base", "HEAD~1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The comment:\n<!-- concordat:review -->\n")
    assert "\nThe check run: neutral, MAJOR" in out
    repository.commit({"README.md": "bye\n"})
    assert main(["simulate", "--base", "HEAD~1"]) == 0
    assert capsys.readouterr().out.startswith("No comment.\n\nThe check run: success, ")


def test_the_way_out_names_awkward_paths_so_that_they_can_be_copied(
    repository: GitRepository, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    config = CONFIG.replace("podio/podio-schema", "pod io/a|b `c`").replace("oncall/", "on call/")
    moved = {"pod io/a|b `c`-v1.0.json": ORDER, "on call/duty.schema.json": ROTA}
    repository.commit({".github/contracts.yml": config, **moved})
    changed = {**ROTA, "properties": {"people": True}}
    repository.commit({"pod io/a|b `c`-v1.1.json": BREAKING, "on call/duty.schema.json": changed})
    assert check() == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("`` pod io/a|b `c`-v2.0.json ``" in line or "``pod io/a|b `c`-v2.0.json``" in line for line in lines)
    assert any("`concordat manifest refresh 'on call/duty.schema.json'`" in line for line in lines)
    assert check("--format", "markdown") == 1
    text = capsys.readouterr().out
    assert "``pod io/a|b `c`-v2.0.json``" in text
    assert "`concordat manifest refresh 'on call/duty.schema.json'`" in text
