"""What a PostgreSQL table is made of, and how two tables change places so that nobody can tell.

Recreated on the table that takes the place: indexes and constraints under their names, outgoing foreign keys, triggers,
views, owner, grants, sequences. Refused, with the reason: everything that would go on pointing at the table that
leaves.
"""

# ruff: noqa: S608 statements are made of words of this room and of quoted names

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from bot.migrations.errors import Refused
from bot.migrations.values import Names, Target

Connection = psycopg.Connection[Any]
DOCUMENT_TYPES = frozenset({"json", "jsonb", "text", "character varying"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its full type, and whether the table computes it."""

    name: str
    type: str
    generated: bool


@dataclass(frozen=True, slots=True)
class Extra:
    """An index or a constraint beside the primary key; `place` is its place among them, by name.

    The definition is what follows the names: of an index from USING on.
    """

    place: int
    name: str
    definition: str
    constraint: bool
    unique: bool

    def made(self, run: str) -> str:
        """Name it as it is called on the table that is not in use."""
        return f"concordat_{run}_x{self.place}"

    def statement(self, schema: str, table: str, run: str) -> sql.Composed:
        """Build it on another table, under the name that it has there."""
        name, on = sql.Identifier(self.made(run)), sql.Identifier(schema, table)
        if self.constraint:
            return sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(on, name, sql.SQL(self.definition))
        how = sql.SQL("UNIQUE " if self.unique else "")
        return sql.SQL("CREATE {}INDEX {} ON {}{}").format(how, name, on, sql.SQL(self.definition))


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns (those that can be written), its key, its document, and what stands beside the key.

    `keyed` is the primary key's definition, as ALTER TABLE ADD takes it.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    document: int
    primary: str
    keyed: str
    extras: tuple[Extra, ...]

    def with_names(self, change: Callable[[str], str]) -> Shape:
        """Give it with other names for its columns."""
        columns = tuple(replace(column, name=change(column.name)) for column in self.columns)
        return replace(self, columns=columns, key=tuple(map(change, self.key)))

    @property
    def key_places(self) -> tuple[int, ...]:
        """The places of the key's columns among the columns."""
        names = [column.name for column in self.columns]
        return tuple(names.index(name) for name in self.key)


def read(connection: Connection, target: Target) -> Shape:
    """Read a table's shape; `Refused` where it is no table with a primary key and the document's column."""
    relation = relation_of(connection, target)
    columns = tuple(Column(*row) for row in rows(connection, _COLUMNS, relation))
    written = tuple(column for column in columns if not column.generated)
    names = [column.name for column in written]
    where = f"{target.schema}.{target.table}"
    if target.column not in names:
        raise Refused(
            f"{where} has no column {target.column!r}; it has {', '.join(names)}: name one of them as `column`"
        )
    document = names.index(target.column)
    if written[document].type.split("(")[0] not in DOCUMENT_TYPES:
        raise Refused(f"{where}.{target.column} is {written[document].type}: documents are json, jsonb or text")
    primary = rows(connection, _PRIMARY, relation)
    if not primary:
        raise Refused(
            f"{where} has no primary key that is checked at once: rows could not be followed while they change; add "
            "one that is NOT DEFERRABLE"
        )
    name, key, keyed = primary[0]
    computed = sorted(set(key) - set(names))
    if computed:
        raise Refused(
            f"the primary key of {where} holds {computed[0]}, which the table computes: rows could not be written "
            "under their keys; make it an ordinary column first"
        )
    if target.column in key:
        raise Refused(
            f"the primary key of {where} holds the document itself; it has to stay the same while that changes"
        )
    return Shape(written, tuple(key), document, name, keyed, _extras(connection, relation))


def relation_of(connection: Connection, target: Target) -> int:
    """Give a table's number in the catalogue; `Refused` where it is no ordinary table."""
    query = """SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = %s AND relname = %s"""
    found = connection.execute(query, (target.schema, target.table)).fetchone()
    where = f"{target.schema}.{target.table}"
    if found is None:
        raise Refused(f"there is no table {where} in this database, or this user may not see it")
    if found[1] not in ("r", b"r"):
        kind = _KINDS.get(str(found[1]), "no ordinary table")
        raise Refused(f"{where} is {kind}: a swap needs an ordinary table; migrate its parts one by one")
    return int(found[0])


_KINDS = {"p": "partitioned", "v": "a view", "m": "a materialised view", "f": "a foreign table"}


def _extras(connection: Connection, relation: int) -> tuple[Extra, ...]:
    return tuple(Extra(place, *row) for place, row in enumerate(_qualified(connection, (_EXTRAS,), relation)[0]))


def fingerprint(connection: Connection, target: Target) -> str:
    """Hash all that a swap carries over."""
    relation = relation_of(connection, target)
    queries = (_COLUMNS, _PRIMARY, _EXTRAS, _FOREIGN, _TRIGGERS, _VIEWS, _OWNER, _STATE)
    found = _qualified(connection, queries, relation)
    return hashlib.sha256(repr(found).encode()).hexdigest()[:32]


def swap(connection: Connection, target: Target, shape: Shape, run: str) -> None:
    """Put the shadow in the table's place; the table becomes the run's `old`."""
    names = Names(run)
    _exchange(connection, target, shape, run, away=names.old, coming=names.shadow)


def swap_back(connection: Connection, target: Target, shape: Shape, run: str) -> None:
    """Put the old table back; the one that was in its place becomes the run's `undone`."""
    names = Names(run)
    _exchange(connection, target, shape, run, away=names.undone, coming=names.old)


def _exchange(  # noqa: PLR0913 two tables, and what is known of them
    connection: Connection, target: Target, shape: Shape, run: str, *, away: str, coming: str
) -> None:
    relation = relation_of(connection, target)
    queries = (_FOREIGN, _TRIGGERS, _VIEWS, _OWNER, _GRANTS, _OPTIONS, _SEQUENCES)
    foreign, triggers, views, owner, grants, options, sequences = _qualified(connection, queries, relation)
    do = _Doing(connection, target.schema)
    for name, *_rest in foreign:
        do("ALTER TABLE {} DROP CONSTRAINT {}", target.table, name=name)
    for name, definition in _names_of(connection, target, shape, run, coming):
        do("ALTER INDEX {} RENAME TO {}", name, name="concordat_between")
        do("ALTER INDEX {} RENAME TO {}", definition, name=name)
        do("ALTER INDEX {} RENAME TO {}", "concordat_between", name=definition)
    do("ALTER TABLE {} RENAME TO {}", target.table, name=away)
    do("ALTER TABLE {} RENAME TO {}", coming, name=target.table)
    do("ALTER TABLE {} DISABLE TRIGGER USER", away)
    for (name,) in rows(connection, _TRIGGER_NAMES, relation_of(connection, target)):
        do("DROP TRIGGER {name} ON {}", target.table, name=name)
    do("ALTER TABLE {} OWNER TO {}", target.table, name=owner[0][0])
    shut(connection, target.schema, target.table)  # of what a default grants on new tables nothing was granted here
    for words in (*grants, *options, *foreign, *triggers, *views):
        connection.execute(sql.SQL(words[-1]))
    for column, sequence in sequences:
        _carry_sequence(connection, do, target, column, sequence)


@dataclass(frozen=True, slots=True)
class _Doing:
    """Runs a statement on a table of one schema, and another name."""

    connection: Connection
    schema: str

    def __call__(self, statement: str, table: str, *, name: str = "") -> None:
        on, other = sql.Identifier(self.schema, table), sql.Identifier(name or table)
        self.connection.execute(sql.SQL(statement).format(on, other, name=other))


def _names_of(connection: Connection, target: Target, shape: Shape, run: str, coming: str) -> Iterator[tuple[str, str]]:
    """Pair each index of the table in use with the name of its twin on the table that comes."""
    twin = rows(connection, _PRIMARY_OF, (target.schema, coming))
    yield shape.primary, twin[0][0]
    for extra in shape.extras:
        yield extra.name, extra.made(run)


def _carry_sequence(connection: Connection, do: _Doing, target: Target, column: str, sequence: str) -> None:
    """Let a column's sequence go on from where it is: an identity has its own, a serial column shares one."""
    table = sql.Identifier(target.schema, target.table).as_string(connection)
    own = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).fetchone()
    if own is not None and own[0] and own[0] != sequence:
        query = "SELECT setval({}, last_value, is_called) FROM {}"
        connection.execute(sql.SQL(query).format(sql.Literal(own[0]), sql.SQL(sequence)))
        _exchange_names(connection, do.schema, sequence, own[0])
    else:
        owned = sql.Identifier(target.schema, target.table, column)
        connection.execute(sql.SQL("ALTER SEQUENCE {} OWNED BY {}").format(sql.SQL(sequence), owned))


def _exchange_names(connection: Connection, schema: str, one: str, other: str) -> None:
    """Let two sequences change names: whoever asks for the next number by name asks the one that is in use."""
    query = (
        "SELECT a.relname, b.relname FROM pg_class a, pg_class b WHERE a.oid = %s::regclass AND b.oid = %s::regclass"
    )
    found = connection.execute(query, (one, other)).fetchone()
    assert found is not None  # both are there
    between = "concordat_between"
    for before, after in ((found[0], between), (found[1], found[0]), (between, found[1])):
        names = sql.Identifier(schema, before), sql.Identifier(after)
        connection.execute(sql.SQL("ALTER SEQUENCE {} RENAME TO {}").format(*names))


def shut(connection: Connection, schema: str, table: str) -> None:
    """Take from everybody but its owner what defaults granted on a new table."""
    query = """SELECT format('REVOKE ALL ON %%I.%%I FROM %%s', nspname, relname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE
        quote_ident(pg_get_userbyid(grantee)) END) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace,
        aclexplode(relacl) WHERE nspname = %s AND relname = %s AND grantee <> relowner"""
    for (revoke,) in rows(connection, query, (schema, table)):
        connection.execute(sql.SQL(revoke))


def _qualified(connection: Connection, queries: Sequence[str], relation: int) -> list[list[Any]]:
    """Run queries of the catalogue so that the definitions they give name every schema."""
    with connection.transaction():
        before = connection.execute("SELECT current_setting('search_path')").fetchone()
        assert before is not None  # one row
        connection.execute("SET LOCAL search_path = ''")
        found = [rows(connection, query, relation) for query in queries]
        connection.execute("SELECT set_config('search_path', %s, true)", before)
    return found


def rows(connection: Connection, query: str, about: int | Sequence[str]) -> list[Any]:
    """Ask the catalogue about a table by its number, or by schema and name."""
    parameters = {"of": about} if isinstance(about, int) else list(about)
    return connection.execute(query, parameters).fetchall()


_COLUMNS = """SELECT attname, format_type(atttypid, atttypmod), attgenerated <> '' FROM pg_attribute
    WHERE attrelid = %(of)s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
_PRIMARY = """SELECT conname, (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS
    k(number, place) JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
    pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %(of)s AND contype = 'p' AND NOT condeferrable"""
_PRIMARY_OF = """SELECT conname FROM pg_constraint JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON
    n.oid = c.relnamespace WHERE contype = 'p' AND nspname = %s AND relname = %s"""
_EXTRAS = """SELECT i.relname, coalesce(pg_get_constraintdef(k.oid), substr(pg_get_indexdef(x.indexrelid), 1 + length(
    format('CREATE %%sINDEX %%I ON %%s', CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END, i.relname,
    x.indrelid::regclass)))), k.oid IS NOT NULL, x.indisunique FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('u', 'x')
    WHERE x.indrelid = %(of)s AND NOT x.indisprimary AND x.indisvalid ORDER BY i.relname"""
_FOREIGN = """SELECT conname, format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s%%s', conrelid::regclass, conname,
    replace(pg_get_constraintdef(oid), ' NOT VALID', ''), ' NOT VALID')
    FROM pg_constraint WHERE conrelid = %(of)s AND contype = 'f' ORDER BY conname"""
_TRIGGERS = """SELECT pg_get_triggerdef(oid) || CASE tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %%s %%s
    TRIGGER
    %%I', tgrelid::regclass, CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS'
    END, tgname) END FROM pg_trigger WHERE tgrelid = %(of)s AND NOT tgisinternal AND tgname NOT LIKE 'concordat\\_%%'
    ORDER BY tgname"""
_TRIGGER_NAMES = "SELECT tgname FROM pg_trigger WHERE tgrelid = %(of)s AND NOT tgisinternal"
DEPENDENTS = """SELECT DISTINCT v.oid, v.relkind, v.reloptions, v.relname FROM pg_depend d JOIN pg_rewrite r ON
    d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = %(of)s AND v.oid <> %(of)s"""
_VIEWS = f"""SELECT format('CREATE OR REPLACE VIEW %%s AS %%s', oid::regclass, pg_get_viewdef(oid))
    FROM ({DEPENDENTS}) AS v WHERE relkind = 'v' ORDER BY relname"""
_OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = %(of)s"
_GRANTS = """SELECT format('GRANT %%s ON %%s TO %%s%%s', privilege_type, oid::regclass, CASE grantee WHEN 0 THEN
    'PUBLIC'
    ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class, aclexplode(relacl) WHERE oid = %(of)s ORDER BY 1"""
_OPTIONS = """SELECT format('ALTER TABLE %%s SET (%%s)', oid::regclass, array_to_string(reloptions, ', ')) FROM pg_class
    WHERE oid = %(of)s AND reloptions IS NOT NULL UNION ALL SELECT format('COMMENT ON TABLE %%s IS %%L', oid::regclass,
    obj_description(oid, 'pg_class')) FROM pg_class WHERE oid = %(of)s AND obj_description(oid, 'pg_class') IS NOT
    NULL"""
_STATE = "SELECT relrowsecurity, relreplident, relacl::text FROM pg_class WHERE oid = %(of)s"
_SEQUENCES = """SELECT attname, s.oid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND
    s.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = %(of)s AND d.classid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i')"""
