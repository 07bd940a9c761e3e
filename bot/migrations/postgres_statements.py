"""Statements on a PostgreSQL target that are made once, and the text that COPY takes."""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

from collections.abc import Sequence

from bot.migrations.values import Key


def after_key(source: str, after: Key | None) -> str:
    """Select rows in key order, those after a key where one is given."""
    where = "WHERE ({t_key}) > ({typed})" if after else ""
    return f"SELECT {{texts}} FROM {source} {where} ORDER BY {{t_key}} LIMIT %s"


def copied(value: str | None) -> str:
    """Write a value as COPY's text format has it (postgresql.org/docs/current/sql-copy.html)."""
    if value is None:
        return r"\N"
    if "\\" in value:
        value = value.replace("\\", r"\\")
    if value.isprintable():
        return value
    return value.replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def copied_rows(rows: Sequence[Sequence[str | None]]) -> str:
    """Write rows as COPY's text format has them; at once where no value of them needs to be escaped."""
    try:
        text = "\n".join(["\t".join(row) for row in rows])  # type: ignore[arg-type]  # NULL is what TypeError is for
    except TypeError:
        return _copied_each(rows)
    plain = not ("\\" in text or "\r" in text) and text.count("\n") == len(rows) - 1
    if plain and text.count("\t") == sum(map(len, rows)) - len(rows):
        return text + "\n"
    return _copied_each(rows)


def _copied_each(rows: Sequence[Sequence[str | None]]) -> str:
    return "".join(["\t".join([copied(value) for value in row]) + "\n" for row in rows])


TRIGGER = """CREATE OR REPLACE FUNCTION {log}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $concordat$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN INSERT INTO {log} DEFAULT VALUES; RETURN NULL; END IF;
  IF TG_OP <> 'INSERT' THEN INSERT INTO {log} VALUES ({old_key}); END IF;
  IF TG_OP = 'INSERT' THEN INSERT INTO {log} VALUES ({new_key}); END IF;
  IF TG_OP = 'UPDATE' AND ROW({new_key}) IS DISTINCT FROM ROW({old_key}) THEN
    INSERT INTO {log} VALUES ({new_key});
  END IF;
  RETURN NULL;
END $concordat$"""

LOAD = """SELECT
    count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend'),
    count(*) FILTER (WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()),
    (SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication),
    (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
    (SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()),
    (SELECT blks_read FROM pg_stat_database WHERE datname = current_database()), pg_current_wal_lsn() - '0/0'::pg_lsn
    FROM pg_stat_activity"""
LOADED = ("active", "waiting", "lag", "committed", "rolled_back", "read", "written")
