"""Where the configuration stands, breaks, moves or goes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.steward.room import MAJOR, MINOR, NOTE, Room, room
from tests.e2e.stage import CONFIG, schema

PATH = ".github/contracts.yml"
BROKEN = CONFIG.replace("files:", "filez:")
DEFAULT = "version: 1\ncontracts:\n  order:\n    files: schemas/order.json\n    enforcement: enforce\n"


def titles(on: Room, files: dict[str, str | None], base: str = "main") -> tuple[str | None, str, str]:
    pull = on.pull(files, base=base)
    on.look(pull)
    (check,) = pull.checks
    body = pull.app_comments[0].body if pull.app_comments else ""
    return check.conclusion, str(check.output["title"]), body


def test_a_broken_configuration_on_the_base_fails_every_pull_request(tmp_path: Path) -> None:
    with room(tmp_path, config=BROKEN) as on:
        conclusion, title, _ = titles(on, {**MINOR})
    assert conclusion == "failure"
    assert "configuration cannot be used" in title


def test_the_pull_request_that_mends_the_configuration_may_pass(tmp_path: Path) -> None:
    with room(tmp_path, config=BROKEN) as on:
        conclusion, _, _ = titles(on, {PATH: CONFIG})
    assert conclusion == "success"


def test_no_contract_slips_past_with_the_mending(tmp_path: Path) -> None:
    with room(tmp_path, config=BROKEN) as on:
        conclusion, title, _ = titles(on, {PATH: CONFIG, **MAJOR})
    assert conclusion == "failure"
    assert title.startswith("MAJOR")


def test_deleting_the_configuration_is_told_and_the_contracts_of_the_base_still_hold(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        conclusion, _, body = titles(on, {PATH: None, **MAJOR})
    assert conclusion == "failure"
    assert "would no longer be guarded" in body


def test_what_was_written_does_not_outlast_the_configuration(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull, quiet = on.pull(MAJOR), on.pull({"README.md": "later\n"}, name="quiet")
        on.look(pull)
        on.repository.commit("main", {PATH: None})
        on.look(pull)
        on.look(quiet)
        assert pull.checks[-1].conclusion == "success"
        assert "MAJOR" not in pull.app_comments[0].body
        assert quiet.checks == ()
        pull.push({"README.md": "hello\n"}, message="Go on")
        on.look(pull)
        assert [one.conclusion for one in pull.checks] == ["success"]


def test_the_first_configuration_is_previewed(tmp_path: Path) -> None:
    with room(tmp_path, config=None) as on:
        conclusion, _, body = titles(on, {PATH: CONFIG})
    assert conclusion == "success"
    assert "would be guarded" in body


def test_a_configuration_may_move_to_its_other_name(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        conclusion, _, body = titles(on, {PATH: None, ".github/contracts.yaml": CONFIG})
    assert conclusion == "success"
    assert "no longer be guarded" not in body


@pytest.mark.parametrize("name", [".github/contracts.yml", ".github/contracts.yaml"])
def test_either_name_is_read(tmp_path: Path, name: str) -> None:
    with room(tmp_path, config=None) as on:
        on.repository.commit("main", {name: CONFIG})
        conclusion, _, _ = titles(on, {**MAJOR})
    assert conclusion == "failure"


def test_an_unreadable_encoding_is_a_broken_configuration(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        pull = on.pull({PATH: CONFIG.encode("utf-16")})
        on.look(pull)
        (check,) = pull.checks
    assert check.conclusion == "failure"


def test_a_default_that_may_not_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    with room(tmp_path) as on:
        on.github.fail(how="403", method="GET", path=r"octo/\.github/contents", times=None)
        pull = on.pull(MAJOR)
        on.look(pull, rounds=4)
        (check,) = pull.checks
    assert check.conclusion == "failure"
    assert "could not judge" in str(check.output["title"])


def test_a_default_that_breaks_leaves_the_last_usable_one_in_force(tmp_path: Path) -> None:
    with room(tmp_path, config=None) as on:
        defaults = on.github.repository("octo/.github")
        defaults.commit("main", {PATH: DEFAULT})
        pull = on.pull({"schemas/order.json": schema(placed=None)})
        on.look(pull)
        defaults.commit("main", {PATH: DEFAULT.replace("files", "filez")})
        on.clock.advance(on.hours(1))
        pull.push({"schemas/order.json": schema(id=NOTE, placed=None)})
        on.look(pull)
        (check,) = pull.checks
    assert str(check.output["title"]).startswith("MAJOR")


def test_a_default_that_was_never_usable_fails_the_check_and_says_where_it_is_mended(tmp_path: Path) -> None:
    with room(tmp_path, config=None) as on:
        defaults = on.github.repository("octo/.github")
        defaults.commit("main", {PATH: DEFAULT.replace("files", "filez")})
        pull = on.pull(MAJOR)
        on.look(pull)
        (check,) = pull.checks
        (comment,) = pull.app_comments
        assert check.conclusion == "failure"
        assert check.annotations == []
        assert "octo/.github/.github/contracts.yml, line 4" in comment.body
        assert "filez" in comment.body
        assert "once that is pushed" in comment.body
        defaults.push("main", {PATH: DEFAULT})
        on.hear()
        assert str(pull.checks[-1].output["title"]).startswith("MAJOR")
        assert "filez" not in comment.body


def test_a_default_that_cannot_be_used_does_not_keep_a_repositorys_own_contracts_from_their_verdict(
    tmp_path: Path,
) -> None:
    with room(tmp_path) as on:
        on.github.repository("octo/.github").commit("main", {PATH: "version: 1\ncontract: {}\n"})
        pull = on.pull(MAJOR)
        on.look(pull)
        (check,) = pull.checks
        assert check.conclusion == "failure"
        assert "MAJOR" in pull.app_comments[0].body
        assert "octo/.github" in pull.app_comments[0].body
