"""Real PostgreSQL with standbys, and a real broker, for one test process."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

from eduflow.directory import built_places
from eduflow.embedded.account import Account, server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.objects import Objects
from eduflow.embedded.ports import free_ports, is_free
from eduflow.embedded.problems import StartFailed
from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.settings import Settings, read_settings

SECRET = "of the tests, and of nothing else: 0123456789abcdef"


class Servers(msgspec.Struct, frozen=True):
    """The servers, and where they are."""

    cluster: Cluster
    broker: Broker
    objects: Objects
    folder: Path

    def environment(self, *, database: str = "api_core", port: int, gateway: int) -> dict[str, str]:
        """Settings of a platform on these servers, as environment variables."""
        standbys = range(1, len(self.cluster.standbys) + 1)
        named = {place.database: place.database for place in built_places()} | {
            "api_core": database
        }
        where: dict[str, str] = {}
        for service, name in named.items():
            prefix = f"EDUFLOW_{service.upper()}"
            where[f"{prefix}_DSN"] = self.cluster.dsn(name, "app")
            where[f"{prefix}_WORKER_DSN"] = self.cluster.dsn(name, "worker")
            where[f"{prefix}_OWNER_DSN"] = self.cluster.dsn(name, "owner")
            where[f"{prefix}_API_REPLICAS"] = " ".join(
                self.cluster.standby_dsn(n, name, "app") for n in standbys
            )
        return {
            "EDUFLOW_SECRET": SECRET,
            "EDUFLOW_BCRYPT_COST": "4",
            "EDUFLOW_LOG_FORMAT": "text",
            "EDUFLOW_MAIL_FOLDER": str(self.folder / "mail"),
            "EDUFLOW_BROKER_URL": self.broker.url,
            "EDUFLOW_S3_URL": self.objects.url,
            "EDUFLOW_S3_ACCESS_KEY": "eduflow",
            "EDUFLOW_S3_SECRET_KEY": SECRET,
            "EDUFLOW_RATE_LIMITS": "false",
            # Longer than in life: a busy machine shall make tests slower, not answers stale.
            "EDUFLOW_WAIT_MS": "1500",
            "EDUFLOW_IDENTITY_URL": f"http://127.0.0.1:{port}",
            "EDUFLOW_PUBLIC_URL": f"http://127.0.0.1:{gateway}",
            **where,
        }

    def settings(self, *, database: str = "api_core", port: int, gateway: int) -> Settings:
        """The same, read."""
        return read_settings(self.environment(database=database, port=port, gateway=gateway))

    async def migrated(self, database: str = "api_core") -> None:
        """Bring the databases to the newest revision, on standbys too; api_core's by that name."""
        for service in dict.fromkeys(place.database for place in built_places()):
            name = database if service == "api_core" else service
            await upgrade_database(service, self.cluster.dsn(name, "owner"))
        self.cluster.catch_up()


@contextlib.contextmanager
def running_servers(folder: Path, *, standbys: int = 1) -> Iterator[Servers]:
    """Start them on free ports; fsync is off, so their data outlives a kill and not a power cut."""
    account = server_account()
    databases = list(dict.fromkeys(place.database for place in built_places()))
    with Cluster(folder / "pg", databases=databases, standbys=standbys, durable=False) as cluster:
        (port,) = free_ports(1)
        broker = Broker(
            folder / "valkey",
            port=port,
            sockets=cluster.sockets,
            password="broker-of-the-tests",
            account=account,
            log=folder / "valkey.log",
        )
        objects = None
        try:
            broker.start()
            broker.wait_ready()
            objects = _started_objects(folder, cluster.sockets, account)
            yield Servers(cluster, broker, objects, folder)
        finally:
            if objects is not None:
                objects.stop()
            broker.stop()


def _started_objects(folder: Path, sockets: Path, account: Account) -> Objects:
    """On ports that nobody else took between being found free and being used."""
    while True:
        objects = _objects(folder, sockets, account)
        try:
            objects.start()
            objects.wait_ready()
        except StartFailed as fault:
            objects.stop()
            if "is not available" not in str(fault):
                raise
        else:
            return objects


def _objects(folder: Path, sockets: Path, account: Account) -> Objects:
    # Its internal ports follow one another, and each has a companion 10,000 above, which too
    # stays below what connections that go out are given.
    firsts = random.sample(range(21_700, 22_700, 20), 50)
    internal = next(
        first
        for first in firsts
        if all(is_free(port) for port in (*range(first, first + 12), first + 10_010))
    )
    return Objects(
        folder / "objects",
        port=free_ports(1)[0],
        internal_port=internal,
        admin_port=internal + 10,
        sockets=sockets,
        access_key="eduflow",
        secret_key=SECRET,
        bucket="eduflow",
        account=account,
        log=folder / "objects.log",
    )
