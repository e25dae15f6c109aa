"""What every service database forgets by itself."""

from datetime import timedelta
from typing import Any

import asyncpg

from eduflow.kernel.jobs import Done, Held, JobKind, Outcome

KEPT_ANSWERS = timedelta(hours=24)
"""How long an `Idempotency-Key` stands for its answer, at least."""
KEPT_JOBS = timedelta(days=7)
"""How long a finished job can be looked at. Those that were given up wait for a person."""
_AT_ONCE = 5000
_OLD_ANSWERS = (
    "DELETE FROM idempotency_keys WHERE (principal, key) IN (SELECT principal, key"
    " FROM idempotency_keys WHERE at < clock_timestamp() - $1::interval LIMIT $2)"
)
_OLD_JOBS = (
    "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state = 'done'"
    " AND finished_at < clock_timestamp() - $1::interval LIMIT $2)"
)


async def delete_old(pool: asyncpg.Pool, sql: str, *arguments: Any) -> int:
    """Delete what `sql` finds, few rows at a time so that nobody waits.

    Its last parameter is how many at once.
    """
    deleted = 0
    while True:
        status = await pool.execute(sql, *arguments, _AT_ONCE)
        count = int(status.rpartition(" ")[2])
        deleted += count
        if count < _AT_ONCE:
            return deleted


def housekeeping(database: str) -> JobKind:
    """The periodic job that each service database needs; the worker adds it by itself."""

    async def clean(_: Held, runtime: Any) -> Outcome:
        pool = runtime.databases[database].primary
        await delete_old(pool, _OLD_ANSWERS, KEPT_ANSWERS)
        await delete_old(pool, _OLD_JOBS, KEPT_JOBS)
        return Done()

    return JobKind(name="housekeeping", run=clean, every=timedelta(hours=1))
