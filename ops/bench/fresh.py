"""Servers with empty databases, for what is measured without a site."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from eduflow.embedded.account import server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.ports import free_ports
from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings, read_settings


class Fresh(msgspec.Struct, frozen=True):
    """Durable PostgreSQL without a standby, and a broker."""

    cluster: Cluster
    settings: Settings


@contextlib.asynccontextmanager
async def fresh_servers(folder: Path, services: Sequence[Service]) -> AsyncIterator[Fresh]:
    """With the databases of these services, and of those whose logs they read."""
    names = sorted({s.database for s in services} | {x for s in services for x in s.sources})
    with Cluster(folder / "pg", databases=names, standbys=0, durable=True) as cluster:
        (port,) = free_ports(1)
        broker = Broker(
            folder / "valkey",
            port=port,
            sockets=cluster.sockets,
            password="of-the-bench",  # noqa: S106 (of a server that lives for a minute)
            account=server_account(),
            log=folder / "valkey.log",
        )
        broker.start()
        broker.wait_ready()
        try:
            environment = {"EDUFLOW_SECRET": "s" * 40, "EDUFLOW_BROKER_URL": broker.url}
            for name in names:
                await upgrade_database(name, cluster.dsn(name, "owner"))
                prefix = f"EDUFLOW_{name.upper()}"
                environment[f"{prefix}_DSN"] = cluster.dsn(name, "app")
                environment[f"{prefix}_WORKER_DSN"] = cluster.dsn(name, "worker")
            yield Fresh(cluster, read_settings(environment))
        finally:
            broker.stop()
