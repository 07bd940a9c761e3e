"""What of a PostgreSQL table a swap touches: recreated on the table that comes, or a reason to refuse."""

# ruff: noqa: S608 statements are made of words of this room

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from bot.migrations.postgres_shape import DEPENDENTS, Connection, Shape, relation_of, rows
from bot.migrations.values import Obstacle, Survey, Target


def survey(connection: Connection, target: Target, shape: Shape) -> Survey:
    """Count the rows and find what a swap touches."""
    relation = relation_of(connection, target)
    table = sql.Identifier(target.schema, target.table)
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    size = connection.execute("SELECT pg_total_relation_size(%s), version()", (relation,)).fetchone()
    assert counted is not None  # both are one row, always
    assert size is not None
    obstacles = tuple(_obstacles(connection, relation))
    return Survey(counted[0], size[0], None, shape.key, obstacles, size[1].split(" on ")[0])


def _obstacles(connection: Connection, relation: int) -> Iterator[Obstacle]:
    for kind, query, refused, sentence in _LOOKED_FOR:
        for (name,) in rows(connection, query, relation):
            yield Obstacle(kind, name, refused, sentence.format(name=name))


_LOOKED_FOR: tuple[tuple[str, str, bool, str], ...] = (
    (
        "foreign keys to it",
        ("SELECT format('%%s on %%s', conname, conrelid::regclass) FROM pg_constraint WHERE confrelid = %(of)s "
        "AND contype = 'f'"),
        True,
        ("the foreign key {name} points at this table and would go on pointing at the old one: drop it for the "
        "migration, "
        "and add it again afterwards (NOT VALID, then VALIDATE)"),
    ),
    (
        "foreign keys from it", ("SELECT conname FROM pg_constraint WHERE conrelid = %(of)s AND contype = 'f' "
        "AND confrelid <> conrelid"), False,
        ("the foreign key {name} is recreated at cutover as NOT VALID; new rows are held to it at once, and VALIDATE "
        "CONSTRAINT checks the others when it suits you"),
    ),
    (
        "views", f"SELECT relname FROM ({DEPENDENTS}) AS v WHERE relkind = 'v' AND reloptions IS NULL", False,
        "the view {name} is recreated at cutover",
    ),
    (
        "views", f"SELECT relname FROM ({DEPENDENTS}) AS v WHERE relkind <> 'v' OR reloptions IS NOT NULL", True,
        ("{name} is a materialised view, a rule or a view with options of its own, and would go on reading the old "
        "table: "
        "drop it for the migration, and make it again afterwards"),
    ),
    (
        "views", (f"SELECT v.relname FROM ({DEPENDENTS}) AS v JOIN pg_class c USING (oid) WHERE v.relkind = 'v' AND "
        "NOT pg_has_role(c.relowner, 'USAGE')"), True,
        "only the owner of the view {name} can recreate it: let the migration's user be a member of the owner's role",
    ),
    (
        "checks", ("SELECT conname FROM pg_constraint WHERE conrelid = %(of)s AND contype = 'c' AND NOT convalidated"),
        True, ("the constraint {name} is NOT VALID, so that rows which break it may be there and could not be copied: "
        "VALIDATE it, or drop it for the migration"),
    ),
    (
        "rules", "SELECT rulename FROM pg_rewrite WHERE ev_class = %(of)s", True,
        "the rule {name} rewrites statements on this table: replace it by a trigger, or drop it for the migration",
    ),
    (
        "triggers", "SELECT tgname FROM pg_trigger WHERE tgrelid = %(of)s AND NOT tgisinternal", False,
        "the trigger {name} is recreated at cutover; it does not fire for rows that the migration writes",
    ),
    (
        "grants", ("SELECT DISTINCT pg_get_userbyid(grantee) FROM pg_class, aclexplode(relacl) WHERE oid = %(of)s AND "
        "grantee <> relowner AND grantee <> 0"), False, "what {name} may do is granted on the new table, too",
    ),
    (
        "grants", "SELECT attname FROM pg_attribute WHERE attrelid = %(of)s AND attacl IS NOT NULL", True,
        "there are grants on the column {name} alone, which are not carried over: grant on the table, or revoke them",
    ),
    (
        "row-level security", ("SELECT relname FROM pg_class WHERE oid = %(of)s AND (relrowsecurity OR "
        "EXISTS (SELECT FROM "
        "pg_policy WHERE polrelid = %(of)s))"), True,
        ("{name} has row-level security: rows that its policies hide would be lost; disable it and drop its policies "
        "for "
        "the migration"),
    ),
    (
        "partitions", "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %(of)s OR inhrelid = %(of)s",
        True, "{name} is part of an inheritance tree or partitioned table: migrate each part by itself, detached",
    ),
    (
        "replication", ("SELECT pubname FROM pg_publication_tables JOIN pg_namespace n ON nspname = schemaname JOIN "
        "pg_class c ON c.relname = tablename AND c.relnamespace = n.oid WHERE c.oid = %(of)s"), True,
        ("the publication {name} sends this table, and would go on with the old one or with tables of the migration: "
        "take the table out of it first, or drop the publication where it is one for all tables"),
    ),
    (
        "replication", "SELECT relname FROM pg_class WHERE oid = %(of)s AND relreplident <> 'd'", True,
        "{name} has a replica identity of its own, which is not carried over: set it to default first",
    ),
    (
        "ownership", "SELECT relname FROM pg_class WHERE oid = %(of)s AND NOT pg_has_role(relowner, 'USAGE')", True,
        "only the owner of {name} can swap it: let the migration's user be a member of the owner's role",
    ),
    (
        "temporary", "SELECT relname FROM pg_class WHERE oid = %(of)s AND relpersistence <> 'p'", True,
        "{name} is temporary or unlogged, so that a crash of the server empties it: make it LOGGED first",
    ),
    (
        "functions", ("SELECT DISTINCT p.proname FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass "
        "AND p.oid = d.objid WHERE d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass) AND d.refobjid IN "
        "(%(of)s, (SELECT reltype FROM pg_class WHERE oid = %(of)s))"), True,
        "the function {name} is bound to this table itself and not to its name: drop it for the migration",
    ),
)  # fmt: skip
"""What a swap touches: the kind, how it is found, whether it is refused, and what is said."""
