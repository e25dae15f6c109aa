"""A platform in this process: answers on free ports, folds, works, and has people."""

import contextlib
import http.server
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from eduflow.embedded.ports import free_ports
from eduflow.kernel.addresses import trust
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.auth.keys import KeySeal, key_set, new_key
from eduflow.kernel.auth.revocation import revoked_document
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings
from eduflow.serve import serving
from eduflow.services.api_core.commands.found_institution import FoundInstitution
from eduflow.worker import working
from tests.harness.servers import Servers


class Person:
    """Somebody logged in. Sends what a good client sends: the token, and the newest position."""

    def __init__(self, base: str, token: str, *, user: UserId, institution: InstitutionId) -> None:
        self.user = user
        self.institution = institution
        self.position: str | None = None
        self.token = token
        self.client = httpx.AsyncClient(
            base_url=f"{base}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            verify=trust(base),
        )

    async def send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """One request; header names with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.position is not None and "EduFlow-Position" not in sent:
            sent["EduFlow-Position"] = self.position
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await self.client.request(method, path, headers=sent, **content)
        self.position = answer.headers.get("EduFlow-Position", self.position)
        return answer

    async def get(self, path: str, **headers: str) -> Any:
        """The body of an answer that must be good."""
        return self._good(await self.send("GET", path, **headers))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The same."""
        return self._good(await self.send("POST", path, body or {}, **headers))

    async def patch(self, path: str, body: Any, *, version: int) -> Any:
        """The same, made on a version."""
        return self._good(await self.send("PATCH", path, body, If_Match=f'"v{version}"'))

    async def refused(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, str]:
        """Status and problem code of an answer that must be a refusal."""
        answer = await self.send(method, path, body, **headers)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        document = answer.json()
        return answer.status_code, document["type"].rsplit("/", 1)[-1]

    async def close(self) -> None:
        await self.client.aclose()

    def _good(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None


class School(msgspec.Struct, frozen=True):
    """A fresh institution, so that tests do not meet, and its administrator."""

    institution: InstitutionId
    admin: Person


class Eduflow:
    """The platform, as a test sees it."""

    def __init__(
        self,
        settings: Settings,
        *,
        runtime: Runtime,
        worker: Runtime,
        signer: TokenSigner,
        gateway: str,
        ports: Mapping[str, int],
        servers: Servers,
    ) -> None:
        self.settings = settings
        self.runtime = runtime
        self.worker = worker
        self.signer = signer
        self.gateway = gateway
        self.ports = ports
        """Where each service listens by itself."""
        self.servers = servers
        self._people: list[Person] = []

    async def school(self) -> School:
        """Found an institution the way an operator does."""
        institution, user = InstitutionId(new_id()), UserId(new_id())
        slug = f"school-{institution.hex[-12:]}"
        command = FoundInstitution(
            institution=institution,
            administrator=user,
            slug=slug,
            name=f"School {slug}",
            email=f"admin@{slug}.test",
            display_name="Ada Admin",
        )
        access = Access(identity(user, institution), "")
        receipt = await self.worker.commands["api_core"].execute(command, access=access)
        admin = self.person(user, institution)
        # Services beside api_core hear of the administrator a moment later, and must wait for it.
        admin.position = self.runtime.positions.seal([receipt.position])
        return School(institution, admin)

    def person(
        self, user: UserId, institution: InstitutionId, *, base: str | None = None
    ) -> Person:
        """Log somebody in by a token that is signed like api_core's own."""
        who = identity(user, institution)
        signed = self.signer.sign(
            user=user, institution=institution, session=who.session, now=datetime.now(UTC)
        )
        person = Person(base or self.gateway, signed.token, user=user, institution=institution)
        self._people.append(person)
        return person

    async def somebody(self, school: School, name: str = "Sam Student") -> Person:
        """One more person of a school, without any role."""
        user = UserId(new_id())
        async with self.sql() as connection:
            await connection.execute(
                "INSERT INTO users (id, institution_id, email, display_name, sortable_name,"
                " created_at)"
                " VALUES ($1, $2, $3, $4, $4, now())",
                user,
                school.institution,
                f"{user.hex}@school.test",
                name,
            )
        return self.person(user, school.institution)

    @contextlib.asynccontextmanager
    async def sql(self, database: str = "api_core") -> AsyncIterator[asyncpg.Connection]:
        """The primary as superuser, whom no policy binds."""
        connection = await asyncpg.connect(self.servers.cluster.admin_dsn(database))
        try:
            yield connection
        finally:
            await connection.close()

    async def events(self, institution: UUID) -> list[str]:
        """What the log says happened in an institution, oldest first."""
        async with self.sql() as connection:
            rows = await connection.fetch(
                "SELECT type FROM outbox_events WHERE institution_id = $1 ORDER BY seq", institution
            )
        return [row["type"] for row in rows]

    async def close(self) -> None:
        for person in self._people:
            await person.close()


def identity(user: UserId, institution: InstitutionId) -> Identity:
    """Somebody, in a session of their own."""
    return Identity(user, institution, SessionId(new_id()), datetime.now(UTC) + timedelta(hours=1))


@contextlib.contextmanager
def published(documents: dict[str, bytes]) -> Iterator[str]:
    """Serve fixed documents over real HTTP, as api_core publishes its keys; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Working = Callable[[Settings, Sequence[Service]], contextlib.AbstractAsyncContextManager[Runtime]]


@contextlib.asynccontextmanager
async def running_platform(
    servers: Servers, services: Sequence[Service], *, work: Working = working
) -> AsyncIterator[Eduflow]:
    """Serve in this process, and work in it too if `work` is nothing else, until the block ends."""
    ports = dict(
        zip([*(s.name for s in services), "gateway"], free_ports(len(services) + 1), strict=True)
    )
    settings = servers.settings(port=ports["api_core"], gateway=ports["gateway"])
    urls = tuple(f"{s.name}=http://127.0.0.1:{ports[s.name]}" for s in services)
    settings = msgspec.structs.replace(settings, service_urls=urls)
    if "tutor" in ports:
        ledger = f"http://127.0.0.1:{ports['tutor']}"
        llm = msgspec.structs.replace(settings.llm, ledger_url=ledger)
        settings = msgspec.structs.replace(settings, llm=llm)
    key = new_key(KeySeal(settings.secret), state="signing", now=datetime.now(UTC))
    documents = {
        "/.well-known/jwks.json": key_set([key]),
        "/.well-known/revoked-sessions": revoked_document([], []),
    }
    with published(documents) as address:
        settings = msgspec.structs.replace(settings, identity_url=address)
        signer = TokenSigner(
            KeySeal(settings.secret).open(key),
            kid=key.kid,
            issuer=settings.public_url,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        )
        async with (
            work(settings, services) as worker,
            serving(settings, services, ports=ports) as runtime,
        ):
            eduflow = Eduflow(
                settings,
                runtime=runtime,
                worker=worker,
                signer=signer,
                gateway=f"http://127.0.0.1:{ports['gateway']}",
                ports=ports,
                servers=servers,
            )
            try:
                yield eduflow
            finally:
                await eduflow.close()
