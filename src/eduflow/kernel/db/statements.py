"""How a statement carries who is asking, and how many become one.

`authorize` (a function each service's migration defines) sets the identity for the statement that
calls it and answers whether the person may: 0 there is no such thing for them, 1 they may not,
2 they may. Reads and writes are gated by `(SELECT verdict = 2 FROM who)`: a qualification without
columns, which PostgreSQL evaluates once, before it touches a row beneath it, so that the policies
of row-level security always find the identity set (docs/decisions/0005).
"""

import functools
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.problems import Forbidden, NotFound, Unauthorized

ALLOWED = "{allowed}"
"""Stands in a write for the gate; every write must hold it."""
_GATE = "(SELECT verdict = 2 FROM who)"
_RETURNING = re.compile(r"\bRETURNING\b", re.IGNORECASE)
_PARAMETER = re.compile(r"\$(\d+)")
MAY = 2


class Write(msgspec.Struct, frozen=True):
    """One change of rows, to be made together with others."""

    sql: str
    arguments: tuple[Any, ...]
    changes: int | None
    """How many rows it must touch; None: as many as there are."""


def shifted(sql: str, by: int) -> str:
    """The same SQL with its parameters numbered from `by` + 1."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", sql)


def who(first: int) -> str:
    """The clause that sets the identity and asks whether it may; takes five parameters."""
    p = [f"${n}" for n in range(first, first + 5)]
    return (
        "WITH who AS MATERIALIZED (SELECT "
        f"authorize({p[0]}::uuid, {p[1]}::uuid, {p[2]}::text, {p[3]}::text, {p[4]}::uuid) AS"
        " verdict)"
    )


def who_arguments(access: Access) -> tuple[Any, ...]:
    """The five parameters of `who`."""
    known = access.identity
    return (
        known.institution if known else None,
        known.user if known else None,
        access.permission,
        access.kind,
        access.target,
    )


def refuse_unless_allowed(verdict: int | None, access: Access) -> None:
    """Turn the database's verdict into a problem, or into nothing."""
    if verdict == MAY:
        return
    if access.identity is None:
        raise Unauthorized
    if verdict == 0:
        raise NotFound(kind=access.kind)
    raise Forbidden(permission=access.permission)


def gated(sql: str) -> str:
    """A query as a scalar: a JSON array of its rows as text, or NULL where there are none."""
    return f"(SELECT json_agg(q) FROM ({sql}) AS q WHERE {_GATE})::text"


@functools.lru_cache(maxsize=1024)
def composed(writes: tuple[tuple[str, int], ...], *, tail: tuple[tuple[str, int], ...]) -> str:
    """One statement that makes all writes or none.

    `writes` and `tail` are pairs of SQL and its number of parameters. The tail (the events, the
    answer to keep) waits for `required`, which counts what every write touched: so an event takes
    its place in the log while the rows it speaks of are locked, never before.
    Parameters: five of `who`, the expected counts, then those of each write in turn.
    """
    clauses = []
    offset = 6
    for number, (sql, parameters) in enumerate(writes):
        if ALLOWED not in sql:
            raise AssertionError(f"a write without {ALLOWED}: {sql}")
        body = shifted(sql, offset).replace(ALLOWED, _GATE)
        returning = "" if _RETURNING.search(body) else " RETURNING 1"
        clauses.append(f"w{number} AS ({body}{returning})")
        offset += parameters
    counts = ", ".join(f"(SELECT count(*) FROM w{n})" for n in range(len(writes)))
    clauses.append(
        "required AS MATERIALIZED (SELECT eduflow_require("
        f"(SELECT verdict FROM who), ARRAY[{counts}]::bigint[], $6::bigint[]) AS ok)"
    )
    for number, (sql, parameters) in enumerate(tail):
        body = shifted(sql, offset).replace(ALLOWED, "(SELECT ok FROM required)")
        clauses.append(f"t{number} AS ({body})")
        offset += parameters
    return (
        f"{who(1)}, "
        + ", ".join(clauses)
        + " SELECT (SELECT ok FROM required), pg_current_xact_id()::text AS xid,"
        " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline"
    )


def arguments_of(writes: Sequence[Write]) -> list[Any]:
    """The parameters of all writes, in order."""
    return [argument for write in writes for argument in write.arguments]
