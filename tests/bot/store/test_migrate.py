"""Opening a database: fresh, up to date, newer than the release, by several at once, or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from bot.store import Store, StoreError, StoreNewer
from bot.store.engine import begun, make_engine
from bot.store.migrate import REVISIONS
from bot.store.tables import metadata
from tests.bot.store.moments import fact

NEWEST = max(path.stem[:4] for path in (REVISIONS / "versions").glob("[0-9]*.py"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database that nothing was done to yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    with request.getfixturevalue("postgres_server").bare() as url:
        yield url


@pytest.fixture
def engine(bare_url: str) -> Iterator[Engine]:
    """Give another way into the bare database."""
    made = make_engine(bare_url)
    yield made
    made.dispose()


def test_a_fresh_database_gets_exactly_the_tables_that_the_code_knows(bare_url: str, engine: Engine) -> None:
    Store.open(bare_url).close()
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_was_kept_is_there_when_it_is_opened_again(bare_url: str) -> None:
    store = Store.open(bare_url)
    with store.transaction() as transaction:
        transaction.append("a", [fact("1")])
    store.close()
    store = Store.open(bare_url)
    with store.reading() as transaction:
        assert len(transaction.events("a")) == 1
    store.close()


def test_a_database_that_is_newer_is_refused_in_words_and_left_alone(bare_url: str, engine: Engine) -> None:
    Store.open(bare_url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreNewer) as refused:
        Store.open(bare_url)
    assert (refused.value.found, refused.value.known) == ("9999", NEWEST)
    assert "at revision 9999" in str(refused.value)
    assert f"up to {NEWEST}" in str(refused.value)
    assert "start the release that migrated it" in str(refused.value)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


_STARTER = """
import sys
from bot.store import Store
from bot.store import migrate
print("ready", flush=True)
sys.stdin.readline()
Store.open(sys.argv[1]).close()
"""


def test_starters_that_race_all_find_the_database_ready(bare_url: str, engine: Engine) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", _STARTER, bare_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdout
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin
        starter.stdin.write("go\n")
        starter.stdin.flush()
    for starter in starters:
        starter.communicate()
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [NEWEST]


def test_a_database_with_foreign_tables_of_our_names_is_not_taken_over(bare_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE job (x INTEGER)"))
    with pytest.raises(StoreError, match="job"):
        Store.open(bare_url)
    with engine.connect() as connection:
        # All of it or nothing: the tables that came before the one that failed are not there either.
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() is None
        connection.execute(text("SELECT x FROM job"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "cannot be read"),
        ("concordat.db", "cannot be read"),
        ("mysql://u:secret@h/d", "'mysql' is not supported"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////nowhere/at/all/x.db", "check DATABASE_URL"),
        ("postgresql://u:secret@127.0.0.1:1/d", "check DATABASE_URL"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_what_to_do_and_without_its_password(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as refused:
        Store.open(url)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("this is a text of some length and no database\n" * 50)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path / 'x.db'}")


def test_sqlite_keeps_what_it_confirmed_and_lets_readers_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    Store.open(url).close()
    engine = make_engine(url)
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_reader_is_not_kept_out_by_a_writer(store: Store) -> None:
    with store.transaction() as writer:
        writer.append("a", [fact("1")])
        with store.reading() as reader:
            assert reader.events("a") == ()


def test_a_database_that_was_open_lacks_nothing_until_it_falls_behind(store: Store) -> None:
    assert store.lacks() is None
    with begun(store._engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "revision 0001" in str(store.lacks())
    with begun(store._engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of a later release'"))
    assert store.lacks() is None
    with begun(store._engine) as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert store.lacks() == "the database does not answer"
