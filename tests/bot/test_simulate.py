"""`concordat simulate --pr`: the App's plan for a pull request on GitHub, printed and not carried out."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import main
from bot.store import Store
from tests.fakes.github import GitHubDouble

Captured = pytest.CaptureFixture[str]
CONFIG = "version: 1\ncontracts:\n  order:\n    files: schemas/order.json\n    owners: {teams: [octo/data]}\n"
ORDER = {"type": "object", "properties": {"id": {"type": "string"}}}


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubDouble]:
    """Run a GitHub with one breaking pull request, and its App's settings in the environment."""
    with GitHubDouble() as double:
        repository = double.repository("octo/orders", private=True)
        repository.commit("main", {".github/contracts.yml": CONFIG, "schemas/order.json": json.dumps(ORDER)})
        repository.branch("topic")
        repository.commit("topic", {"schemas/order.json": json.dumps({**ORDER, "required": ["id"]})})
        repository.open_pull("Ask for the id", head="topic")
        settings = {
            **double.environment(),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'concordat.db'}",
            "BASE_URL": "http://concordat.example.org",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        double.forget_requests()
        yield double


def test_the_plan_is_printed_and_nothing_is_written(github: GitHubDouble, capsys: Captured) -> None:
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 0
    out = capsys.readouterr().out
    assert "create the comment:\n<!-- concordat:review -->" in out
    assert "MAJOR" in out
    assert "create the check run on " in out
    assert out.endswith("3 writes in all; nothing was written.\n")
    assert github.writes == 0
    pull = github.repository("octo/orders").pull(1)
    assert (list(pull.app_comments), list(pull.checks)) == ([], [])


def test_the_database_of_the_app_stays_as_it_is(github: GitHubDouble, tmp_path: Path) -> None:
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 0
    assert not (tmp_path / "concordat.db").exists()
    Store.open(f"sqlite:///{tmp_path / 'concordat.db'}").close()
    before = (tmp_path / "concordat.db").read_bytes()
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 0
    assert (tmp_path / "concordat.db").read_bytes() == before


def test_a_database_of_an_older_release_is_left_alone_and_said_so(
    github: GitHubDouble, tmp_path: Path, capsys: Captured
) -> None:
    Store.open(f"sqlite:///{tmp_path / 'concordat.db'}").close()
    with closing(sqlite3.connect(tmp_path / "concordat.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 2
    err = capsys.readouterr().err
    assert "is at revision 0001, which is older than this release reads" in err


@pytest.mark.parametrize("where", [("9", "octo/orders"), ("1", "octo/unknown"), ("1", "no-such-name")])
def test_what_github_does_not_have_is_named_in_a_sentence(
    github: GitHubDouble, where: tuple[str, str], capsys: Captured
) -> None:
    number, name = where
    assert main(["simulate", "--pr", number, "--repository", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"concordat: {name}#{number} cannot be read: ")
    assert github.writes == 0


def test_a_github_that_does_not_answer_is_named_in_a_sentence(
    github: GitHubDouble, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 2
    assert capsys.readouterr().err.startswith("concordat: octo/orders#1 cannot be read: ")
    assert github.writes == 0


def test_a_database_that_cannot_be_used_is_named_in_a_sentence(
    github: GitHubDouble, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.db").write_text("this is no database, and long enough to be seen as none\n" * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'text.db'}")
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("concordat: ")
    assert "fault in Concordat" not in err
    assert github.writes == 0


def test_settings_that_are_missing_are_all_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GITHUB_") or name in ("DATABASE_URL", "BASE_URL"):
            monkeypatch.delenv(name)
    assert main(["simulate", "--pr", "1", "--repository", "octo/orders"]) == 2
    err = capsys.readouterr().err
    assert "GITHUB_APP_ID" in err
    assert "GITHUB_WEBHOOK_SECRET" in err


@pytest.mark.parametrize(
    "arguments", [(), ("--pr", "1"), ("--repository", "a/b"), ("--base", "HEAD", "--pr", "1", "--repository", "a/b")]
)
def test_it_asks_for_one_of_the_two_ways(arguments: tuple[str, ...], capsys: Captured) -> None:
    assert main(["simulate", *arguments]) == 2
    assert capsys.readouterr().err.startswith("concordat: name --pr N with --repository OWNER/NAME, or --base REV")
