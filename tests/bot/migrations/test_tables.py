"""Tables as others make them: what is carried over to the last digit, and what is refused with what to do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from bot.cli import main
from tests.postgres import Postgres

STEPS = [{"cast": {"at": "/total", "from": "string", "to": "number"}}]
TEXT = '{"total":"1.5"}'


@dataclass
class Table:
    """A table of somebody else's, and the terminal at which it is migrated."""

    url: str
    folder: Path
    execute: Callable[..., list[Any]]
    capture: pytest.CaptureFixture[str]
    name: str = "things"
    column: str = "doc"
    schema: str = "public"

    def migrate(self, task: str = "run") -> tuple[int, str]:
        entry = {"url": self.url, "table": self.name, "column": self.column, "schema": self.schema}
        (self.folder / "targets.yml").write_text(yaml.safe_dump({"targets": {"things": entry}}), encoding="utf-8")
        for name, kind in (("old", "string"), ("new", "number")):
            schema = {"type": "object", "properties": {"total": {"type": kind}}}
            (self.folder / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
        spec = {"version": 1, "contract": "things", "from": "1", "to": "2", "old": "old.json", "new": "new.json"}
        path = self.folder / "migration.yml"
        path.write_text(yaml.safe_dump({**spec, "steps": STEPS}), encoding="utf-8")
        about = "things" if task == "rollback" else str(path)
        code = main(["migrate", task, about, "--targets", str(self.folder / "targets.yml")])
        return code, "".join(self.capture.readouterr())

    def there_and_back(self) -> list[Any]:
        """Migrate and roll back; gives the rows between, and holds those afterwards to those before."""
        before = self.rows()
        code, said = self.migrate()
        assert code == 0, said
        between = self.rows()
        code, said = self.migrate("rollback")
        assert code == 0, said
        assert self.rows() == before
        return between

    def rows(self) -> list[Any]:
        name = self.name.replace('"', '""')
        where = "" if self.url.startswith("sqlite") else f'"{self.schema}".'
        return sorted(map(repr, self.execute(f'SELECT * FROM {where}"{name}"')))


@pytest.fixture
def lite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Table]:
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    yield Table(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, lambda *one: connection.execute(*one).fetchall(), capsys)
    connection.close()


@pytest.fixture
def heavy(postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Table]:
    with postgres_server.bare() as url:
        yield from _heavy(url, tmp_path, capsys)


def _heavy(url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Table]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:

        def execute(statement: str, values: Any = None) -> list[Any]:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

        yield Table(url, folder, execute, capsys)


# SQLite


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("id blob PRIMARY KEY, doc text", [(b"\x00\xff", TEXT), (b"\x01", TEXT)]),
        ("id PRIMARY KEY, doc text", [(1, TEXT), (2.5, TEXT), ("x", TEXT), (b"z", TEXT), (2**62, TEXT)]),
        ("id text COLLATE NOCASE PRIMARY KEY, doc text", [("A", TEXT), ("b", TEXT), ("C", TEXT)]),
        ("id integer PRIMARY KEY, doc blob", [(1, TEXT.encode()), (2, TEXT)]),
        ("id integer PRIMARY KEY, doc text NOT NULL, n text AS (doc ->> '$.total') UNIQUE", [(1, TEXT)]),
    ],
)
def test_keys_and_documents_of_every_kind_go_there_and_back(table: str, rows: list[Any], lite: Table) -> None:
    lite.execute(f"CREATE TABLE things ({table})")
    for row in rows:
        lite.execute("INSERT INTO things (id, doc) VALUES (?, ?)", row)
    between = lite.there_and_back()
    assert len(between) == len(rows)
    assert all("1.5" in row and '"1.5"' not in row for row in between)


def test_a_table_without_rowids_that_is_strict_goes_there_and_back(lite: Table) -> None:
    lite.name, lite.column = "Order", "User"
    lite.execute('CREATE TABLE "Order" (a text, b integer, "User" text, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID')
    for number in range(50):
        lite.execute('INSERT INTO "Order" VALUES (?, ?, ?)', (f"é{number}", number, TEXT))
    assert len(lite.there_and_back()) == 50


def test_two_rows_that_come_to_one_unique_value_stop_the_run_and_say_so(lite: Table) -> None:
    lite.execute(
        "CREATE TABLE things (id integer PRIMARY KEY, doc text, n text AS (json_extract(doc, '$.total')) UNIQUE)"
    )
    for number, total in enumerate(("1.5", "1.50"), 1):
        lite.execute("INSERT INTO things (id, doc) VALUES (?, ?)", (number, json.dumps({"total": total})))
    code, said = lite.migrate()
    assert code == 1
    assert "two rows come to the same value of a unique index" in said
    assert "Nothing was swapped" in said


def test_a_document_that_names_a_member_twice_loses_neither(lite: Table) -> None:
    lite.execute("CREATE TABLE things (id integer PRIMARY KEY, doc text)")
    lite.execute("INSERT INTO things VALUES (1, ?)", ('{"total":"1","a":1,"a":2}',))
    code, said = lite.migrate()
    assert code == 1
    assert "an object names a member twice" in said


# PostgreSQL


def test_a_database_in_another_encoding_keeps_its_letters(
    postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(postgres_server.url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute("CREATE DATABASE western ENCODING 'LATIN1' TEMPLATE template0")
    try:
        for table in _heavy(postgres_server._named("western"), tmp_path, capsys):
            table.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb, note text)")
            table.execute("INSERT INTO things VALUES (1, %s, 'hé')", (TEXT,))
            assert "hé" in table.there_and_back()[0]
    finally:
        postgres_server.drop("western")


def test_a_role_s_own_settings_take_no_digit_and_stop_nothing(heavy: Table) -> None:
    for setting in ("extra_float_digits = 0", "default_transaction_isolation = 'serializable'", "DateStyle = 'SQL'",
                    "statement_timeout = '100ms'", "IntervalStyle = 'sql_standard'"):  # fmt: skip
        heavy.execute(f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting.replace(chr(39), chr(39) * 2)}', "
                      "current_database()); END $$")  # fmt: skip
    heavy.execute(
        "CREATE TABLE things (f float8, at timestamptz, u uuid, b bytea, words text[], i interval, doc jsonb, "
        "PRIMARY KEY (f, at, u))"
    )
    heavy.execute(
        "INSERT INTO things SELECT random(), now() + i * interval '1.234567 s', gen_random_uuid(), '\\x00ff09', "
        "ARRAY['a' || chr(9), 'c\\d', NULL, chr(10)], '1 mon -3 days 4:05', %s FROM generate_series(1, 300) AS i",
        (TEXT,),
    )
    assert len(heavy.there_and_back()) == 300


def test_names_of_every_kind_are_carried(heavy: Table) -> None:
    heavy.schema, heavy.name, heavy.column = "My Schema", "Order", "User"
    heavy.execute('CREATE SCHEMA "My Schema"')
    heavy.execute(
        'CREATE TABLE "My Schema"."Order" ("Select" int, "50%" text, "a""b{}" text, "User" json, '
        'PRIMARY KEY ("Select", "50%"))'
    )
    heavy.execute(
        'CREATE UNIQUE INDEX "we USING it" ON "My Schema"."Order" (("User" ->> \'total\')) WHERE "50%" > \'a\''
    )
    heavy.execute("INSERT INTO \"My Schema\".\"Order\" VALUES (1, 'x', 'y', %s)", (TEXT,))
    heavy.there_and_back()
    assert "we USING it" in str(heavy.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'Order'"))


def test_a_swap_keeps_options_comment_included_columns_and_the_name_of_an_identity_s_sequence(heavy: Table) -> None:
    heavy.execute(
        "CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY, x int, doc jsonb, PRIMARY KEY (id) INCLUDE (x)) "
        "WITH (fillfactor = 70)"
    )
    heavy.execute("COMMENT ON TABLE things IS 'hello'")
    heavy.execute("INSERT INTO things (doc) VALUES (%s), (%s)", (TEXT, TEXT))
    heavy.there_and_back()
    heavy.migrate()
    kept = heavy.execute(
        "SELECT array_to_string(reloptions, ','), obj_description(oid), (SELECT pg_get_constraintdef(k.oid) FROM "
        "pg_constraint k WHERE conrelid = c.oid), nextval('things_id_seq'), pg_get_serial_sequence('things', 'id') "
        "FROM pg_class c WHERE relname = 'things'"
    )
    assert kept == [("fillfactor=70", "hello", "PRIMARY KEY (id) INCLUDE (x)", 3, "public.things_id_seq")]


def test_what_defaults_grant_on_new_tables_opens_nothing(heavy: Table) -> None:
    heavy.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb)")
    heavy.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC")
    heavy.execute("INSERT INTO things VALUES (1, %s)", (TEXT,))
    assert heavy.migrate()[0] == 0
    open_to = (
        "SELECT relname FROM pg_class, aclexplode(relacl) WHERE grantee = 0 AND relname ~ '^(things|concordat_.*_"
        "(old|back|kept|failing|backup|shadow|log))$'"
    )
    assert heavy.execute(open_to) == []


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["CREATE PUBLICATION everything FOR ALL TABLES"], "the publication everything sends this table"),
        (
            [
                "INSERT INTO things VALUES (2, NULL, -1)",
                "ALTER TABLE things ADD CONSTRAINT more CHECK (n > 0) NOT VALID",
            ],
            "the constraint more is NOT VALID",
        ),
    ],
)
def test_what_could_not_be_carried_is_refused_beforehand(statements: list[str], words: str, heavy: Table) -> None:
    heavy.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb, n int)")
    heavy.execute("INSERT INTO things VALUES (1, %s, 1)", (TEXT,))
    for statement in statements:
        heavy.execute(statement)
    code, said = heavy.migrate("plan")
    assert code == 1
    assert f"REFUSED: {words}" in said


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            "a int, id int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY, doc jsonb",
            "holds id, which the table computes",
        ),
        ("id int PRIMARY KEY DEFERRABLE, doc jsonb", "add one that is NOT DEFERRABLE"),
    ],
)
def test_keys_that_cannot_be_followed_are_refused_with_what_to_do(table: str, words: str, heavy: Table) -> None:
    heavy.execute(f"CREATE TABLE things ({table})")
    code, said = heavy.migrate("plan")
    assert code == 1
    assert words in said


def test_what_a_database_complains_of_quotes_no_row(heavy: Table) -> None:
    heavy.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb CHECK (jsonb_typeof(doc -> 'total') = 'string'))")
    heavy.execute("INSERT INTO things VALUES (1, %s)", ('{"total":"1","mail":"ana@example.com"}',))
    code, said = heavy.migrate()
    assert code == 1
    assert 'violates check constraint "things_doc_check": a constraint of the table refuses the new form' in said
    assert "ana@example.com" not in said
