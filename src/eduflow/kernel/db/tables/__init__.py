"""The words in which a service writes down its tables, as classes of advanced-alchemy.

They describe what the migrations make, and are compared with it (`eduflow migrate --check`).
Nothing that serves or works imports them: commands and queries speak SQL (decision 0009).
"""

import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from advanced_alchemy.base import CommonTableAttributes, create_registry
from advanced_alchemy.mixins import UUIDv7PrimaryKey
from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import UserDefinedType

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}
"""What PostgreSQL calls a constraint that was given no name."""


def own_registry() -> registry:
    """A registry and a MetaData for one database, which no other database shares.

    It is advanced-alchemy's: `UUID` is its GUID and `datetime` its DateTimeUTC. Text is `text`, as
    PostgreSQL advises, and not `varchar`. JSON is PostgreSQL's own type: advanced-alchemy 1.12's
    JsonB has a variant for Oracle that calls what SQLAlchemy 2.1 no longer has.
    """
    made = create_registry(
        {
            str: Text(),
            list[str]: ARRAY(Text()),
            dict[str, Any]: JSONB(),
            timedelta: INTERVAL(),
        }
    )
    made.metadata = MetaData(naming_convention=_NAMES)
    return made


class Described(CommonTableAttributes):
    """Named after its class in snake case; the docstring is the comment of the table."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = cls.__dict__.get("__table__")
        if isinstance(table, Table) and cls.__doc__:
            table.comment = " ".join(inspect.cleandoc(cls.__doc__).split())


class Keyed(UUIDv7PrimaryKey):
    """`id`, a UUIDv7 made by whoever writes the row.

    Without advanced-alchemy's `sa_orm_sentinel`: it orders what an ORM session inserts in bulk,
    and would be a column of every table.
    """

    _sentinel = None  # type: ignore[assignment]


class Xid8(UserDefinedType[str]):
    """The number of a transaction, which never comes round again."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "XID8"


class PgSnapshot(UserDefinedType[str]):
    """Which transactions were visible at one moment."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "PG_SNAPSHOT"


class PgLsn(UserDefinedType[int]):
    """A place in the write-ahead log."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "PG_LSN"


def refers(*columns: str, to: str, name: str | None = None) -> ForeignKeyConstraint:
    """A key into table `to`, whose columns have the same names there, but the last, which is `id`.

    So `refers("institution_id", "user_id", to="users")` lets no row point into another school.
    """
    there = [f"{to}.{column}" for column in (*columns[:-1], "id")]
    return ForeignKeyConstraint(columns, there, name=name)


def one_of(column: str, values: Sequence[str], *, name: str) -> CheckConstraint:
    """The column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=name)


__all__ = [
    "DeclarativeBase",
    "Described",
    "Keyed",
    "PgLsn",
    "PgSnapshot",
    "Xid8",
    "one_of",
    "own_registry",
    "refers",
]
