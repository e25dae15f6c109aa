"""A second service: its own database on its own servers, folding what api_core publishes.

It takes the place of analytics in the directory. This file and the SQL beside it are all it needs.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from eduflow.embedded.cluster import Cluster
from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.projections import ReadModel, fold_with
from eduflow.kernel.service import Service
from eduflow.kernel.web import View
from tests.harness.servers import Servers

_COUNTED = fold_with("""
    INSERT INTO seat_counts (course_id, institution_id, seats)
    SELECT course_id, min(institution_id::text)::uuid, count(*)
    FROM jsonb_to_recordset($1::jsonb) AS e(course_id uuid, institution_id uuid)
    GROUP BY course_id
    ON CONFLICT (course_id) DO UPDATE SET seats = seat_counts.seats + excluded.seats
""")
seat_counts = ReadModel(
    name="seat_counts",
    tables=("seat_counts",),
    source="api_core",
    shards=2,
    folds={"api_core.learner_enrolled": _COUNTED},
)


class Seats(View, kw_only=True):
    """How many were ever given in a course."""

    seats: int


@get("/analytics/seats/{course_id:uuid}", guards=[logged_in])
async def seats(course_id: FromPath[UUID], replica: NamedDependency[ReadSession]) -> Seats:
    """How many seats were given in a course."""
    sql = "SELECT seats FROM seat_counts WHERE course_id = $1"
    return await replica.row(sql, course_id, into=Seats, of="seat_counts")


service = Service(name="analytics", database="analytics", routes=[seats], models=(seat_counts,))


class TwoClusters(Servers, frozen=True):
    """api_core's servers, and others on which analytics has its database."""

    second: Cluster

    def environment(self, *, database: str = "api_core", port: int, gateway: int) -> dict[str, str]:
        name = "EDUFLOW_ANALYTICS"
        return {
            **super().environment(database=database, port=port, gateway=gateway),
            f"{name}_DSN": self.second.dsn("analytics", "app"),
            f"{name}_WORKER_DSN": self.second.dsn("analytics", "worker"),
            f"{name}_API_REPLICAS": self.second.standby_dsn(1, "analytics", "app"),
        }


@contextlib.asynccontextmanager
async def two_clusters(servers: Servers, folder: Path) -> AsyncIterator[TwoClusters]:
    """A second primary with a standby beside the servers there are, migrated."""
    with Cluster(folder / "second", databases=["analytics"], standbys=1, durable=False) as second:
        second.ask('GRANT TEMPORARY ON DATABASE analytics TO "analytics_worker"')
        owner = second.dsn("analytics", "owner")
        await upgrade_database("analytics", owner)
        connection = await asyncpg.connect(owner)
        try:
            await connection.execute(Path(__file__).with_suffix(".sql").read_text())
        finally:
            await connection.close()
        second.catch_up()
        yield TwoClusters(servers.cluster, servers.broker, servers.folder, second)
