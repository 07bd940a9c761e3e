"""Documents that are more than anybody reviews, and paths that are no files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.sources.gather import MAX_CONFIG
from bot.steward import observe, reading
from bot.steward.child import Limits
from rules.documents import DocumentError
from tests.bot.steward.room import MAJOR, Room, room
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.people import Files, Link, Pull, Submodule
from tests.fakes.github.state import CheckRun

PATH = "schemas/order.json"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("reading")) as made:
        yield made


def refused(on: Room, files: Files, name: str) -> str:
    """Look at a pull request that has to fail for want of a document; what it is told."""
    pull = on.pull(files, name=name)
    on.look(pull)
    (check,) = pull.checks
    assert check.conclusion == "failure"
    return pull.app_comments[0].body


def test_a_contract_that_becomes_a_link_is_no_file_whatever_it_leads_to(shared: Room) -> None:
    body = refused(shared, {"other.json": schema(), PATH: Link("../other.json")}, "link")
    assert "a link, a folder or a submodule" in body


def test_a_link_to_nowhere_and_a_submodule_are_no_files(shared: Room) -> None:
    assert "a link, a folder or a submodule" in refused(shared, {PATH: Link("/etc/passwd")}, "nowhere")
    assert "a link, a folder or a submodule" in refused(shared, {PATH: Submodule("5" * 40)}, "submodule")


def test_a_contract_of_many_megabytes_is_refused_with_a_sentence(shared: Room) -> None:
    large = schema()[:-2] + ', "x": "' + "y" * 5_000_000 + '"}'
    assert "JSON is read up to 5 MB" in refused(shared, {PATH: large}, "large")
    huge = schema()[:-2] + ', "x": "' + "y" * 21_000_000 + '"}'
    assert "larger than 20 MB" in refused(shared, {PATH: huge}, "huge")


def test_a_document_of_a_megabyte_is_read_and_judged(shared: Room) -> None:
    text = json.loads(schema("1.1.0", placed=None))
    text["description"] = "y" * 1_000_000
    assert "MAJOR" in refused(shared, {PATH: json.dumps(text)}, "megabyte")


@pytest.mark.parametrize(
    ("path", "data", "why"),
    [
        ("a.json", b"[" + b"1," * 400_000 + b"1]", "more than 300,000 values"),
        ("a.json", b" " * 6_000_000, "6.0 MB"),
        ("a.yml", b"- 1\n" * 300_000, "1.2 MB"),
        ("a.yml", b"- " * 50_000 + b"1", "levels"),
        ("a.json", b"[" * 200_000, "levels"),
        ("a.json", b'{"a": ' + b"1" * 200_000 + b"}", "too long"),
    ],
)
def test_what_is_more_than_is_read_is_a_problem_of_the_document(path: str, data: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        reading.read(path, data)


def test_reading_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LIMITS", Limits(seconds=0.0))
    with pytest.raises(DocumentError, match="took longer than 0 s"):
        reading.read("a.json", b"[" + b"1234567890123456, " * 250_000 + b"1]")


def test_a_configuration_that_is_too_large_is_refused(shared: Room) -> None:
    body = refused(shared, {".github/contracts.yml": CONFIG + "#" * MAX_CONFIG}, "config")
    assert "a configuration may have 256" in body


def test_contracts_beyond_those_that_are_read_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "MOST_CONTRACTS", 2)
    config = "version: 1\ncontracts:\n  '{name}':\n    files: schemas/{name}.json\n    enforcement: enforce\n"
    files: Mapping[str, str] = {f"schemas/{name}.json": schema() for name in "abcd"}
    with room(tmp_path, config=config) as on:
        on.repository.commit("main", files)
        body = refused(on, {path: schema("1.1.0", extra={"type": "string"}) for path in files}, "many")
    assert "`schemas/c.json` was not read" in body
    assert "`schemas/b.json` was not read" not in body


def test_yaml_contracts_are_judged_and_their_lines_marked(tmp_path: Path) -> None:
    config = "version: 1\ncontracts:\n  order:\n    files: schemas/order.yaml\n    enforcement: enforce\n"
    before = "type: object\nproperties:\n  id:\n    type: string\n  placed:\n    type: string\nrequired: [id]\n"
    with room(tmp_path, config=config) as on:
        on.repository.commit("main", {"schemas/order.yaml": before})
        pull = on.pull({"schemas/order.yaml": before.replace("string\nrequired", "integer\nrequired")})
        on.look(pull)
        (check,) = pull.checks
        assert check.conclusion == "failure"  # a MAJOR change whose papers its author has yet to write
        lines = {one["start_line"] for one in check.annotations if one["path"] == "schemas/order.yaml"}
        assert lines & {5, 6}
        pull.push({"schemas/order.yaml": "type: [object\n"}, message="Broken")
        on.look(pull)
        assert check_of(pull).conclusion == "failure"
        assert check_of(pull).annotations[0]["path"] == "schemas/order.yaml"


def check_of(pull: Pull) -> CheckRun:
    (check,) = pull.checks
    return check


def test_nothing_of_a_link_is_kept_for_the_file_that_it_leads_to(shared: Room) -> None:
    pull = shared.pull({PATH: Link("../other.json"), "other.json": schema("9.0.0")}, name="kept")
    shared.look(pull)
    pull.push({**MAJOR}, message="A file again")
    shared.look(pull)
    assert "a link" not in pull.app_comments[0].body
