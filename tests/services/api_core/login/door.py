"""People who come to the door, and what a test can know of them."""

import asyncio
import email.policy
import re
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from eduflow.kernel.addresses import trust
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.settings import Settings
from eduflow.services.api_core.login.desk import LoginDesk
from tests.harness.servers import Servers

GOOD = "a long walk by the river"
OTHER = "another walk, in the hills"


class Somebody:
    """A person with an account, and their password if they have one."""

    def __init__(self, user: UserId, institution: InstitutionId, *, slug: str, mail: str) -> None:
        self.user = user
        self.institution = institution
        self.slug = slug
        self.mail = mail


class Door:
    def __init__(
        self,
        settings: Settings,
        *,
        runtime: Runtime,
        worker: Runtime,
        here: str,
        there: str,
        servers: Servers,
    ) -> None:
        self.settings = settings
        self.runtime = runtime
        self.worker = worker
        self.desk: LoginDesk = runtime.resources["api_core"]
        self.servers = servers
        self.here = httpx.AsyncClient(base_url=f"{here}/api/v1", timeout=30, verify=trust(here))
        self.there = httpx.AsyncClient(base_url=f"{there}/api/v1", timeout=30, verify=trust(here))

    async def close(self) -> None:
        await self.here.aclose()
        await self.there.aclose()

    async def sql(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.servers.cluster.admin_dsn("api_core"))
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
            return rows
        finally:
            await connection.close()

    async def somebody(
        self,
        *,
        password: str | None = GOOD,
        mail: str | None = None,
        role: str | None = None,
        institution: InstitutionId | None = None,
    ) -> Somebody:
        user = UserId(new_id())
        if institution is None:
            institution = InstitutionId(new_id())
            await self.sql(
                "INSERT INTO institutions (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
                institution,
                f"school-{institution.hex[-12:]}",
            )
        mail = mail or f"p-{user.hex[-12:]}@school.test"
        await self.sql(
            "INSERT INTO users (id, institution_id, email, display_name, sortable_name, time_zone,"
            " created_at) VALUES ($1, $2, $3, 'Sam <b>O''Neil</b>', 'O', 'Europe/Berlin', now())",
            user,
            institution,
            mail,
        )
        if password is not None:
            await self.sql(
                "INSERT INTO credentials (user_id, institution_id, password_hash, changed_at)"
                " VALUES ($1, $2, $3, now())",
                user,
                institution,
                await self.desk.passwords.hash(password),
            )
        if role is not None:
            await self.sql(
                "INSERT INTO role_assignments (id, institution_id, user_id, role, context_type,"
                " context_id, created_at) VALUES ($1, $2, $3, $4, 'institution', $2, now())",
                new_id(),
                institution,
                user,
                role,
            )
        return Somebody(user, institution, slug=f"school-{institution.hex[-12:]}", mail=mail)

    async def try_login(self, mail: str, password: str = GOOD, **more: Any) -> httpx.Response:
        self.here.cookies.clear()
        body = {"email": mail, "password": password, **more}
        return await self.here.post("/auth/login", json=body)

    async def login(self, mail: str, password: str = GOOD, **more: Any) -> dict[str, Any]:
        answer = await self.try_login(mail, password, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refresh(self, token: str) -> httpx.Response:
        return await self.here.post("/auth/refresh", json={"refresh_token": token})

    async def knows(
        self, tokens: dict[str, Any], *, client: httpx.AsyncClient | None = None
    ) -> bool:
        """Whether the access token is accepted."""
        answer = await (client or self.here).get("/auth/sessions", headers=bearer(tokens))
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    async def letters(self, mail: str, *, count: int = 1) -> list[EmailMessage]:
        """The letters to an address, when there are as many."""
        found: list[EmailMessage] = []

        async def arrived() -> bool:
            found[:] = await asyncio.to_thread(self._read, mail)
            return len(found) >= count

        await eventually(arrived)
        return found

    async def jobs_are_done(self) -> None:
        async def done() -> bool:
            rows = await self.sql(
                "SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')"
                " AND kind IN ('send_mail', 'find_password_reset')"
            )
            return bool(rows[0][0] == 0)

        await eventually(done)

    def _read(self, mail: str) -> list[EmailMessage]:
        parser = BytesParser(EmailMessage, policy=email.policy.default)
        files = sorted(Path(self.settings.mail_folder).glob("*.eml"))
        letters = [parser.parsebytes(file.read_bytes()) for file in files]
        return [letter for letter in letters if mail in str(letter["To"])]


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


def told(answer: httpx.Response) -> dict[str, Any]:
    """All it says but which request it was."""
    document: dict[str, Any] = answer.json()
    document.pop("instance")
    return document


def token_in(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    found = re.search(r"#token=(\S+)", part.get_content())
    assert found is not None
    return found[1]


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 10.0) -> float:
    """Seconds until it held; fails when it does not in time."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < within, "it did not come to pass"
        await asyncio.sleep(0.02)
    return time.monotonic() - began
