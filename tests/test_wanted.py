"""What the tests do where the machine lacks what they want."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store
from tests import postgres
from tests.wanted import REQUIRE, absent


@pytest.mark.parametrize("required", ["", "browser", "postgresql"])
def test_what_is_not_required_is_skipped_with_its_advice(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv(REQUIRE, required)
    with pytest.raises(pytest.skip.Exception, match="install postgresql"):
        absent("postgres", postgres.ADVICE)


@pytest.mark.parametrize("required", ["postgres", "browser, postgres"])
def test_what_is_required_fails_with_its_advice(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv(REQUIRE, required)
    with pytest.raises(pytest.fail.Exception, match="install postgresql"):
        absent("postgres", postgres.ADVICE)


def test_the_advice_is_one_line() -> None:
    assert len(postgres.ADVICE.splitlines()) == 1


@pytest.mark.postgres
def test_a_server_that_the_variable_names_is_used(
    postgres_server: postgres.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(postgres.URL, postgres_server.url)
    with postgres.server() as named, named.database() as url:
        assert named.url == postgres_server.url
        Store.open(url).close()


def test_a_named_server_that_does_not_answer_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.URL, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(postgres.NoPostgres, match=postgres.URL), postgres.server():
        pass


def test_without_any_binaries_there_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> Iterator[Path]:
        return iter(())

    monkeypatch.delenv(postgres.URL, raising=False)
    monkeypatch.setattr(postgres, "_binaries", nothing)
    with pytest.raises(postgres.NoPostgres, match="no initdb and postgres"), postgres.server():
        pass
