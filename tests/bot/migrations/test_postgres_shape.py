"""What a PostgreSQL table carries is carried over a swap and back; what cannot be is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.migrations.house import House
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres

DEFAULT = [{"set-default": {"at": "/currency", "value": "USD"}}]
WHOLE = """
CREATE TABLE owners (id int PRIMARY KEY);
INSERT INTO owners VALUES (1);
CREATE TABLE log (what text);
CREATE TABLE things (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number serial, tag text UNIQUE, owner int REFERENCES owners,
    price numeric(10, 2) DEFAULT 1.50 CHECK (price > 0), at timestamptz DEFAULT now(), raw bytea, parts text[],
    double numeric GENERATED ALWAYS AS (price * 2) STORED, doc jsonb NOT NULL);
CREATE INDEX things_kind ON things ((doc ->> 'kind')) WHERE owner IS NOT NULL;
CREATE VIEW kinds AS SELECT id, doc ->> 'kind' AS kind FROM things;
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER things_told AFTER INSERT OR DELETE ON things FOR EACH ROW EXECUTE FUNCTION told();
INSERT INTO things (tag, owner, raw, parts, doc) VALUES
    ('a', 1, '\\x00ff', ARRAY['x', E'tab\\t"quoted" \\\\ slash', NULL], '{"kind": "k", "n": 1.10}'),
    ('b', NULL, NULL, '{}', '{"kind": "line\\n"}');
"""


@pytest.fixture
def home(postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    with postgres_server.bare() as url:
        yield House(url, tmp_path, capsys)


def shape(home: House) -> Any:
    """Tell what the catalogue says of the table, by name."""
    return [
        home.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'things' ORDER BY 1"),
        home.execute("SELECT conname, contype FROM pg_constraint WHERE conrelid = 'things'::regclass ORDER BY 1"),
        home.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'things'::regclass AND NOT tgisinternal "
                     "AND tgname NOT LIKE 'concordat%' ORDER BY 1"),
        home.execute("SELECT column_name, data_type, column_default, is_nullable, is_identity FROM "
                     "information_schema.columns WHERE table_name = 'things' ORDER BY ordinal_position"),
        home.execute("SELECT relacl::text FROM pg_class WHERE oid = 'things'::regclass"),
    ]  # fmt: skip


def rows(home: House) -> Any:
    return home.execute(
        "SELECT id, number, tag, owner, price, at, raw, parts, double, doc - 'currency' FROM things ORDER BY id"
    )


def test_indexes_keys_triggers_views_grants_and_sequences_are_carried_over_and_back(home: House) -> None:
    home.execute(WHOLE)
    home.execute("GRANT SELECT ON things TO pg_monitor")
    before, content = shape(home), rows(home)
    code, out, err = home.migrate("run", home.spec(DEFAULT))
    assert (code, err) == (0, ""), out
    assert shape(home) == before
    assert rows(home) == content
    assert home.execute("SELECT kind FROM kinds ORDER BY id") == [("k",), ("line\n",)]
    assert home.execute("SELECT count(*) FROM log") == [(2,)]
    home.execute('INSERT INTO things (tag, owner, doc) VALUES (\'c\', 1, \'{"kind": "new", "currency": "USD"}\')')
    assert home.execute("SELECT max(id), max(number) FROM things") == [(3, 3)]
    code, out, err = home.migrate("rollback", "things")
    assert (code, err) == (0, ""), out
    assert shape(home) == before
    assert rows(home)[:2] == content
    assert home.execute("SELECT count(*) FROM kinds") == [(3,)]
    home.execute("INSERT INTO things (tag, doc) VALUES ('d', '{}')")
    assert home.execute("SELECT max(id), max(number) FROM things") == [(4, 4)]
    assert home.execute("SELECT count(*) FROM log") == [(4,)]
    home.execute("DELETE FROM things")
    home.execute("DELETE FROM owners")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("CREATE TABLE part (thing int REFERENCES things)", "drop it for the migration, and add it again"),
        ("CREATE MATERIALIZED VIEW v AS SELECT doc FROM things", "make it again afterwards"),
        ("CREATE RULE r AS ON DELETE TO things DO INSTEAD NOTHING", "replace it by a trigger"),
        ("ALTER TABLE things ENABLE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER TABLE things REPLICA IDENTITY FULL", "replica identity"),
        ("GRANT SELECT (id) ON things TO pg_monitor", "grants on the column"),
        ("CREATE PUBLICATION p FOR TABLE things", "take the table out of it"),
        ("CREATE TABLE child () INHERITS (things)", "migrate each part by itself"),
        ("CREATE FUNCTION f(things) RETURNS int LANGUAGE sql AS 'SELECT 1'", "drop it for the migration"),
    ],
)
def test_what_would_go_on_pointing_at_the_old_table_is_refused(extra: str, words: str, home: House) -> None:
    home.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb)")
    home.execute("INSERT INTO things VALUES (1, '{}')")
    home.execute(extra)
    code, out, _ = home.migrate("run", home.spec(DEFAULT))
    assert code == 1
    assert words in out


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("CREATE TABLE things (id int, doc jsonb)", "no primary key"),
        ("CREATE TABLE things (id int PRIMARY KEY, body jsonb)", "no column 'doc'"),
        ("CREATE TABLE things (id int PRIMARY KEY, doc int)", "json, jsonb or text"),
        ("CREATE TABLE things (id int PRIMARY KEY, doc jsonb) PARTITION BY RANGE (id)", "partitioned"),
        ("CREATE VIEW things AS SELECT 1 AS id, '{}'::jsonb AS doc", "a view"),
        ("SELECT 1", "there is no table"),
    ],
)
def test_a_table_that_cannot_be_followed_is_refused(table: str, words: str, home: House) -> None:
    home.execute(table)
    code, _, err = home.migrate("run", home.spec(DEFAULT))
    assert code == 1
    assert words in err


def test_a_lock_holder_that_never_lets_go_pauses_the_run_and_loses_nothing(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg  # noqa: PLC0415

    monkeypatch.setattr("bot.migrations.running._CUTOVER_ATTEMPTS", 3)
    home.execute("CREATE TABLE things (id int PRIMARY KEY, doc jsonb)")
    home.execute("INSERT INTO things VALUES (1, '{}')")
    assert home.migrate("run", home.spec(DEFAULT), "--until", "cutover")[0] == 0
    with psycopg.connect(home.url.replace("+psycopg", "")) as holder:
        holder.execute("UPDATE things SET doc = '{\"held\": 1}'")
        code, out, _ = home.migrate("resume", "things")
        assert (code, "another transaction held public.things" in out) == (1, True)
        holder.commit()
    assert home.migrate("resume", "things")[0] == 0
    assert home.read() == {1: {"held": 1, "currency": "USD"}}
