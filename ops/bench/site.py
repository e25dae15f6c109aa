"""Everything that runs while it is measured: servers, EduFlow's two processes, and the rivals."""

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec

from eduflow import directory
from eduflow.embedded.account import server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.objects import Objects
from eduflow.kernel.auth.keys import KeySeal, key_set, new_key
from eduflow.kernel.auth.revocation import revoked_document
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.settings import Secret
from ops.bench.wire import Connection, request

ROOT = Path(__file__).resolve().parents[2]
SERVICE = DATABASE = "api_core"
"""What is measured where nothing else is said."""
HOST = "127.0.0.1"
SECRET = Secret("of the bench, and of nothing else: 0123456789abcdef")
_TOKEN_SECONDS = 3600


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is, and under which process numbers."""

    cluster: Cluster
    signer: TokenSigner
    ports: dict[str, int]
    """Of each built service, by name."""
    app: dict[str, int]
    """EduFlow's processes by name."""
    stores: dict[str, int]
    """The servers' by name: primary, standby-1, broker, objects."""
    folder: Path

    @property
    def port(self) -> int:
        """Of api_core."""
        return self.ports[SERVICE]

    @property
    def databases(self) -> list[int]:
        """Process numbers of PostgreSQL's trees."""
        return [pid for name, pid in self.stores.items() if name.startswith(("primary", "standby"))]

    def superuser(self, *, standby: bool, database: str = DATABASE) -> dict[str, str]:
        """The environment in which libpq connects as somebody whom no policy binds."""
        server = self.cluster.standbys[0] if standby else self.cluster.primary
        return {
            "PGHOST": str(server.address.sockets),
            "PGPORT": str(server.address.port),
            "PGUSER": "postgres",
            "PGPASSWORD": self.cluster.secrets.get("postgres"),
            "PGDATABASE": database,
        }

    def superuser_dsn(self, *, standby: bool, database: str = DATABASE) -> str:
        """The same as an address."""
        v = self.superuser(standby=standby)
        place = f"host={quote(v['PGHOST'], safe='/')}&port={v['PGPORT']}"
        return f"postgresql://postgres:{quote(v['PGPASSWORD'])}@/{database}?{place}"


@contextlib.asynccontextmanager
async def running_site(folder: Path) -> AsyncIterator[Site]:
    """Start all of it, migrated and empty, with fsync on; stop all of it at the end."""
    offset = _free_offset()
    with _servers(folder, offset) as (cluster, broker, objects):
        for database in built_databases():
            await upgrade_database(database, cluster.dsn(database, "owner"))
        cluster.catch_up()
        key = new_key(KeySeal(SECRET), state="signing", now=datetime.now(UTC))
        documents = {
            "/.well-known/jwks.json": key_set([key]),
            "/.well-known/revoked-sessions": revoked_document([], []),
        }
        async with _publishing(documents) as identity_url:
            ports = {p.name: p.port + offset for p in directory.PLACES if p.built}
            environment = _environment(
                cluster, broker, folder, identity_url=identity_url, ports=ports
            )
            signer = TokenSigner(
                KeySeal(SECRET).open(key),
                kid=key.kid,
                issuer=environment["EDUFLOW_PUBLIC_URL"],
                lifetime=timedelta(seconds=_TOKEN_SECONDS),
            )
            with (
                process(
                    ["-m", "eduflow", "serve", "--port-offset", str(offset)],
                    environment,
                    folder / "serve.log",
                ) as serve,
                process(["-m", "eduflow", "worker"], environment, folder / "worker.log") as worker,
            ):
                for port in ports.values():
                    await until_answers(port, serve, path="/health/ready")
                stores = {
                    s.name: s.process.pid
                    for s in (cluster.primary, *cluster.standbys, broker, objects)
                    if s.process
                }
                yield Site(
                    cluster=cluster,
                    signer=signer,
                    ports=ports,
                    app={"serve": serve.pid, "worker": worker.pid},
                    stores=stores,
                    folder=folder,
                )


@contextlib.contextmanager
def _servers(folder: Path, offset: int) -> Iterator[tuple[Cluster, Broker, Objects]]:
    account = server_account()
    with Cluster(folder / "pg", databases=built_databases(), standbys=1, durable=True) as cluster:
        broker = Broker(
            folder / "valkey",
            port=directory.BROKER_PORT + offset,
            sockets=cluster.sockets,
            password="broker-of-the-bench",  # noqa: S106 (as above)
            account=account,
            log=folder / "valkey.log",
        )
        objects = Objects(
            folder / "objects",
            port=directory.S3_PORT + offset,
            internal_port=directory.S3_INTERNAL_PORT + offset,
            admin_port=directory.S3_ADMIN_PORT + offset,
            sockets=cluster.sockets,
            access_key="eduflow",
            secret_key="objects-of-the-bench",  # noqa: S106 (as above)
            bucket="eduflow",
            account=account,
            log=folder / "objects.log",
        )
        try:
            for part in (broker, objects):
                part.start()
            for part in (broker, objects):
                part.wait_ready()
            yield cluster, broker, objects
        finally:
            objects.stop()
            broker.stop()


def built_databases() -> list[str]:
    """Each once: tiers share api_core's."""
    return list(dict.fromkeys(place.database for place in directory.PLACES if place.built))


def _environment(
    cluster: Cluster,
    broker: Broker,
    folder: Path,
    *,
    identity_url: str,
    ports: Mapping[str, int],
) -> dict[str, str]:
    where: dict[str, str] = {}
    for database in built_databases():
        where |= cluster.settings(database)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EDUFLOW_", "PG"))}
    return {
        **kept,
        "EDUFLOW_SECRET": SECRET.value,
        "EDUFLOW_MAIL_FOLDER": str(folder / "mail"),
        "EDUFLOW_BROKER_URL": broker.url,
        "EDUFLOW_IDENTITY_URL": identity_url,
        "EDUFLOW_PUBLIC_URL": f"http://{HOST}:{ports[SERVICE]}",
        # Who logs in does so from an address of their own, of which the load generator tells.
        "EDUFLOW_TRUSTED_PROXIES": f"{HOST}/32",
        "EDUFLOW_ACCESS_TOKEN_SECONDS": str(_TOKEN_SECONDS),
        **where,
    }


@contextlib.contextmanager
def process(
    arguments: list[str], environment: Mapping[str, str], log: Path, *, python: str = sys.executable
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of this checkout, ended with the block."""
    with log.open("ab") as out:
        started = subprocess.Popen(  # noqa: S603 (our own)
            [python, *arguments], env=environment, cwd=ROOT, stdout=out, stderr=out
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


async def until_answers(port: int, started: subprocess.Popen[bytes], *, path: str) -> None:
    """Return when the path answers 200; the process must not end before."""
    asking = request("GET", path, headers={})
    connection = Connection(HOST, port)
    for _ in range(600):
        if (code := started.poll()) is not None:
            raise RuntimeError(f"what should answer on port {port} ended with {code}")
        if (await connection.ask(asking)).status == 200:  # noqa: PLR2004 (OK)
            connection.close()
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"port {port} does not answer")


@contextlib.asynccontextmanager
async def _publishing(documents: Mapping[str, bytes]) -> AsyncIterator[str]:
    """Answer for what api_core publishes, so that the bench itself can sign the tokens."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = documents.get(head.split(b" ", 2)[1].decode(), b"")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def _free_offset() -> int:
    """An offset at which every port of the map is free at this moment."""
    ports = [
        *(p.port for p in directory.PLACES),
        *(directory.GATEWAY_PORT, directory.BROKER_PORT, directory.S3_PORT),
        *range(directory.S3_INTERNAL_PORT, directory.S3_ADMIN_PORT + 1),
        directory.S3_ADMIN_PORT + 10_000,
    ]
    for _ in range(100):
        offset = random.randrange(10_000, 24_000)  # noqa: S311 (no secret)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in ports:
                held.enter_context(socket.socket()).bind((HOST, port + offset))
            return offset
    raise RuntimeError("no free ports were found")


def remove(folder: Path) -> None:
    """The servers' folder, when they have ended."""
    shutil.rmtree(folder, ignore_errors=True)
