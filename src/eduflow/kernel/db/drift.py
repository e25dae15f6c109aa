"""Where a migrated database and the classes that describe it disagree, as SQL.

Alembic compares tables, columns, types, nullability, comments, foreign keys, unique constraints and
the columns of indexes. It does not look at CHECK constraints, primary keys, the predicate of a
partial index, a collation or a generated column. It compares a default by running it, so that
`clock_timestamp()` never equals itself; switched off, it no longer sees identity columns. For these
PostgreSQL is asked how it spells both: the classes are made in a schema that is rolled back.
"""

import io
import warnings
from collections.abc import Iterator

import msgspec
from alembic.autogenerate import produce_migrations
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.dialects.postgresql.base import PGDialect

from eduflow.kernel.db.migrate import connected, revisions
from eduflow.kernel.db.tables import PgLsn, PgSnapshot, Xid8

Spelled = dict[tuple[str, str, str], str]
"""(kind, table, name) -> as PostgreSQL writes it."""

_SCRATCH = "eduflow_described"
_SPELLED = text("""
    SELECT 'rule', c.relname, o.conname, pg_get_constraintdef(o.oid)
    FROM pg_constraint AS o JOIN pg_class AS c ON c.oid = o.conrelid
    WHERE o.connamespace = to_regnamespace(:schema) AND o.contype IN ('c', 'p', 'x')
    UNION ALL
    SELECT 'index', c.relname, i.relname,
           replace(pg_get_indexdef(i.oid), format(' ON %I.', CAST(:schema AS text)), ' ON ')
    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
    JOIN pg_class AS c ON c.oid = x.indrelid
    WHERE c.relnamespace = to_regnamespace(:schema)
      AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = i.oid)
    UNION ALL
    SELECT CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generated' END,
           c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attrdef AS d JOIN pg_class AS c ON c.oid = d.adrelid
    JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE c.relnamespace = to_regnamespace(:schema) AND c.relname <> 'alembic_version'
    UNION ALL
    SELECT 'identity', c.relname, a.attname,
           CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = to_regnamespace(:schema) AND a.attidentity <> ''
    UNION ALL
    SELECT 'collation', c.relname, a.attname,
           format('%s COLLATE %I', format_type(a.atttypid, a.atttypmod), l.collname)
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    JOIN pg_collation AS l ON l.oid = a.attcollation
    WHERE c.relnamespace = to_regnamespace(:schema) AND NOT a.attisdropped
      AND c.relname <> 'alembic_version'
""")


def _default(column: str, _: str | None, should: str | None) -> str:
    return f"{column} SET DEFAULT {should};" if should else f"{column} DROP DEFAULT;"


def _identity(column: str, is_: str | None, should: str | None) -> str:
    if not should:
        return f"{column} DROP IDENTITY;"
    return f"{column} {'SET' if is_ else 'ADD'} GENERATED {should}{'' if is_ else ' AS IDENTITY'};"


def _generated(column: str, is_: str | None, should: str | None) -> str:
    # What it held may be needed still: a person decides.
    return f"-- {column}: is generated as {is_}, and should be as {should}."


def _collation(column: str, is_: str | None, should: str | None) -> str:
    # A column that is text on one side only has another type, and Alembic says so.
    return f"{column} TYPE {should};" if is_ and should else ""


_OF_COLUMNS = {
    "collation": _collation,
    "default": _default,
    "generated": _generated,
    "identity": _identity,
}


class Drift(msgspec.Struct, frozen=True):
    """What lies between a database and its description."""

    unapplied: tuple[str, ...]
    """Revisions that have not run; until they have, the statements mean nothing."""
    statements: tuple[str, ...]
    """SQL that would make the database what the classes say. Policies and grants are not in it."""

    def __bool__(self) -> bool:
        return bool(self.unapplied or self.statements)


async def drift(database: str, owner_dsn: str, *, described: MetaData) -> Drift:
    """Compare one database with its classes; changes nothing. Needs CREATE on the database."""
    async with connected(owner_dsn) as connection:
        scripts = ScriptDirectory.from_config(revisions(database, connection).config)

        def compare(sync: Connection) -> Drift:
            reached = MigrationContext.configure(sync).get_current_heads()
            done = {s.revision for s in scripts.iterate_revisions(reached, "base")}
            every = [s.revision for s in scripts.walk_revisions()]
            return Drift(
                unapplied=tuple(revision for revision in reversed(every) if revision not in done),
                statements=tuple(differences(sync, described)),
            )

        return await connection.run_sync(compare)


def differences(connection: Connection, described: MetaData) -> list[str]:
    """The statements of `Drift`. The transaction of the connection is left as it was."""
    _teach_types(connection)
    there, wanted = _spelled(connection), _spelled_by_classes(connection, described)
    changes = list(_changes(connection, described))
    seen_by_alembic = {
        change.index_name for change in changes if isinstance(change, ops.CreateIndexOp)
    }
    columns = _columns_of_both(connection, described)
    drop, add = [], []
    for key in sorted(there.keys() | wanted.keys()):
        kind, table, name = key
        is_, should = there.get(key), wanted.get(key)
        if is_ == should or table not in columns:
            continue
        alter = f"ALTER TABLE {_quoted(connection, table)}"
        quoted = _quoted(connection, name)
        if kind == "rule":
            drop += [f"{alter} DROP CONSTRAINT {quoted};"] if is_ else []
            add += [f"{alter} ADD CONSTRAINT {quoted} {should};"] if should else []
        elif kind == "index" and is_ and should and name not in seen_by_alembic:
            drop.append(f"DROP INDEX {quoted};")
            add.append(f"{should};")
        elif kind in _OF_COLUMNS and name in columns[table]:
            add.append(_OF_COLUMNS[kind](f"{alter} ALTER COLUMN {quoted}", is_, should))
    return [*drop, *_as_sql(changes), *filter(None, add)]


def _columns_of_both(connection: Connection, described: MetaData) -> dict[str, set[str]]:
    """Of tables that exist and are described, the columns of which that is true as well."""
    existing = inspect(connection)
    return {
        name: {c["name"] for c in existing.get_columns(name)} & set(described.tables[name].c.keys())
        for name in existing.get_table_names()
        if name in described.tables
    }


def _spelled(connection: Connection, schema: str = "public") -> Spelled:
    with connection.begin_nested() as moment:
        # Names are written without their schema where they are found without it.
        connection.execute(text(f"SET LOCAL search_path = {schema}, public"))
        rows = connection.execute(_SPELLED, {"schema": schema}).all()
        moment.rollback()
    return {(kind, table, name): said for kind, table, name, said in rows}


def _spelled_by_classes(connection: Connection, described: MetaData) -> Spelled:
    with connection.begin_nested() as moment:
        connection.execute(text(f"CREATE SCHEMA {_SCRATCH}"))
        connection.execute(text(f"SET LOCAL search_path = {_SCRATCH}, public"))
        described.create_all(connection, checkfirst=False)
        spelled = _spelled(connection, _SCRATCH)
        moment.rollback()
    return spelled


def _changes(connection: Connection, described: MetaData) -> Iterator[ops.MigrateOperation]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": False}
    )
    with warnings.catch_warnings():
        # It cannot change a generated column; `differences` says so itself.
        warnings.filterwarnings("ignore", message="Computed default on")
        script = produce_migrations(context, described)
    for change in script.upgrade_ops.ops if script.upgrade_ops else ():
        yield from change.ops if isinstance(change, ops.ModifyTableOps) else (change,)


def _as_sql(changes: list[ops.MigrateOperation]) -> Iterator[str]:
    for change in changes:
        written = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
        )
        Operations(context).invoke(change)
        yield written.getvalue().strip()


def _teach_types(connection: Connection) -> None:
    """Three types of PostgreSQL that SQLAlchemy does not know when it meets them."""
    dialect = connection.dialect
    assert isinstance(dialect, PGDialect)  # noqa: S101 (`connected` makes no other)
    known = {"xid8": Xid8, "pg_snapshot": PgSnapshot, "pg_lsn": PgLsn}
    dialect.ischema_names = {**dialect.ischema_names, **known}


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


__all__ = ["Drift", "differences", "drift"]
