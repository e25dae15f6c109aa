"""The process that answers: asked to stop, it ends what it began; killed, a retry tells."""

import asyncio
import contextlib
import random
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import msgspec
import pytest

from eduflow.directory import place
from eduflow.kernel.auth.keys import KeySeal, key_set, new_key
from eduflow.kernel.auth.revocation import revoked_document
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.runtime import open_runtime
from eduflow.services import load_services
from tests.harness.platform import Eduflow, School, published
from tests.harness.processes import Process
from tests.harness.servers import Servers
from tests.harness.things import until

pytestmark = pytest.mark.system


class Served(msgspec.Struct, frozen=True):
    """api_core in a process of its own, with people to talk to it."""

    process: Process
    eduflow: Eduflow
    school: School
    address: str

    async def ready(self) -> None:
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    answer = await client.get(f"{self.address}/health/live")
                    return answer.status_code == 200
                return False

            await until(answers, seconds=30, what="the process answers")


@pytest.fixture
async def served(servers: Servers) -> AsyncIterator[Served]:
    await servers.migrated()
    offset = _free_offset()
    port = place("api_core").port + offset
    address = f"http://127.0.0.1:{port}"
    settings = servers.settings(port=port, gateway=port)
    key = new_key(KeySeal(settings.secret), state="signing", now=datetime.now(UTC))
    signer = TokenSigner(
        KeySeal(settings.secret).open(key),
        kid=key.kid,
        issuer=settings.public_url,
        lifetime=timedelta(seconds=600),
    )
    documents = {
        "/.well-known/jwks.json": key_set([key]),
        "/.well-known/revoked-sessions": revoked_document([], []),
    }
    with published(documents) as identity, _process(servers, identity, port, offset) as process:
        async with open_runtime(settings, load_services(), worker=True) as worker:
            eduflow = Eduflow(
                settings,
                runtime=worker,
                worker=worker,
                signer=signer,
                gateway=address,
                ports={"api_core": port},
                servers=servers,
            )
            made = Served(process, eduflow, await eduflow.school(), address)
            process.start()
            await made.ready()
            try:
                yield made
            finally:
                await eduflow.close()


@contextlib.contextmanager
def _process(servers: Servers, identity: str, port: int, offset: int) -> Iterator[Process]:
    environment = servers.environment(port=port, gateway=port)
    process = Process(
        "serve",
        "api_core",
        "--port-offset",
        str(offset),
        environment={**environment, "EDUFLOW_IDENTITY_URL": identity},
        log=servers.folder / "serve-process.log",
    )
    try:
        yield process
    finally:
        process.stop()


def _free_offset() -> int:
    port = place("api_core").port
    while True:
        offset = random.randrange(1000, 20000)  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port + offset))
            return offset


async def test_asked_to_stop_it_ends_what_is_in_flight_and_begins_nothing_new(
    served: Served,
) -> None:
    admin = served.school.admin
    course = (await admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    lock = await asyncpg.connect(served.eduflow.servers.cluster.admin_dsn("api_core"))
    # Open before the signal: a connection that is kept alive, and asks once more.
    async with httpx.AsyncClient(base_url=served.address) as kept:
        assert (await kept.get("/health/ready")).status_code == 200
        held = lock.transaction()
        await held.start()
        await lock.execute("SELECT 1 FROM courses WHERE id = $1 FOR UPDATE", course)
        slow = asyncio.create_task(
            admin.send("PATCH", f"/courses/{course}", {"title": "New"}, If_Match='"v1"')
        )

        async def waits() -> bool:
            return bool(
                await lock.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"
                )
            )

        await until(waits, what="the request waits for the row")
        served.process.send(signal.SIGTERM)

        async def draining() -> bool:
            answer = await kept.get("/health/ready")
            return answer.status_code == 503

        await until(draining, what="readiness says 503")
        refused = await kept.get("/api/v1/users/me")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert not slow.done()
        await held.rollback()
        answer = await slow
    assert answer.status_code == 200
    assert await served.process.ended() == 0
    await lock.close()


async def test_killed_in_the_middle_of_requests_it_does_each_of_them_once_after_a_retry(
    served: Served,
) -> None:
    admin = served.school.admin
    course = (await admin.post("/courses", {"code": "C", "title": "T"}))["id"]
    people = [await served.eduflow.somebody(served.school) for _ in range(150)]
    answers: dict[str, str] = {}
    retries = 0

    async def enroll(person: object) -> None:
        nonlocal retries
        user = str(person.user)  # type: ignore[attr-defined]
        while True:
            try:
                answer = await admin.send(
                    "POST",
                    f"/courses/{course}/enrollments",
                    {"user_id": user},
                    Idempotency_Key=user,
                    EduFlow_Position="",
                )
            except httpx.TransportError:
                retries += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 503:
                retries += 1
                continue
            assert answer.status_code == 202, answer.text
            answers[user] = answer.json()["id"]
            return

    hands = asyncio.Semaphore(8)

    async def in_turn(person: object) -> None:
        async with hands:
            await enroll(person)

    work = asyncio.gather(*(in_turn(p) for p in people))
    for kills in range(1, 4):

        async def reached(goal: int = kills * 30) -> bool:
            return len(answers) >= goal

        await until(reached, seconds=60)
        served.process.kill()
        served.process.start()
        await served.ready()
    await work
    async with served.eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT id::text, user_id::text FROM enrollments WHERE course_id = $1", course
        )
    assert {r["user_id"]: r["id"] for r in rows} == answers
    assert len(rows) == len(people)
    assert retries > 0
