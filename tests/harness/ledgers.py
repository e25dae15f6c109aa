"""The ledger's protocol on loopback, with as much of a ledger behind it as a client can see."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

from eduflow.kernel.auth.services import check_service_token
from eduflow.kernel.clock import utc_now
from eduflow.kernel.settings import Settings
from tests.harness.loopback import Heard, listening, whole

PRICES = {
    "in_micros_per_mtok": 3_000_000,
    "cached_micros_per_mtok": 300_000,
    "out_micros_per_mtok": 15_000_000,
    "valid_from": "2026-01-01T00:00:00Z",
}


class LedgerStub:
    """What it was told, and what it answers."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.reserved: list[dict[str, Any]] = []
        self.settled: dict[str, dict[str, Any]] = {}
        self.released: list[str] = []
        self.choose = 0
        """Which candidate fits."""
        self.is_spent = False
        self.unpriced: set[str] = set()
        """Models that the catalogue does not know."""
        self.status: int | None = None
        """An answer of this status instead of every other."""
        self.fails_at: str = ""
        """`settle`: only this step has that status."""
        self.callers: set[str] = set()

    async def speak(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        token = heard.headers["authorization"].removeprefix("Bearer ")
        secret = self.settings.secret
        self.callers.add(check_service_token(secret, token, audience="tutor", now=utc_now()))
        *_, call, step = heard.path.split("/")
        if self.status is not None and self.fails_at in heard.path:
            whole(writer, b"<html>", status=self.status)
        elif step == "reservations":
            self._reserve(heard.json(), writer)
        elif step == "settle":
            self.settled[call] = heard.json()
            whole(writer, b'{"cost_micros": 492}')
        else:
            self.released.append(call)
            whole(writer, b"{}")

    def _reserve(self, told: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        self.reserved.append(told)
        for candidate in told["candidates"]:
            if candidate["model"] in self.unpriced:
                named = {key: candidate[key] for key in ("provider", "model")}
                problem = {
                    "type": "/api/problems/tutor.model-without-price",
                    "status": 422,
                    **named,
                }
                whole(writer, msgspec.json.encode(problem), status=422)
                return
        if self.is_spent:
            problem = {
                "type": "/api/problems/tutor.budget-exhausted",
                "status": 402,
                "scope": "course",
                "on_exhaust": "queue",
            }
            whole(writer, msgspec.json.encode(problem), status=402)
            return
        index = min(self.choose, len(told["candidates"]) - 1)
        answer = {
            "call_id": told["call_id"],
            "candidate": index,
            "model": told["candidates"][index]["model"],
            "prompt_version_id": told["call_id"],
            "reserved_micros": 1000,
            "expires_at": "2026-11-22T00:00:00Z",
            "prices": PRICES,
        }
        whole(writer, msgspec.json.encode(answer), status=201)


@contextlib.asynccontextmanager
async def running_ledger() -> AsyncIterator[LedgerStub]:
    """A ledger on a free port; `settings` name it."""
    stub = LedgerStub()
    async with listening(stub.speak) as url:
        llm = msgspec.structs.replace(stub.settings.llm, ledger_url=url)
        stub.settings = msgspec.structs.replace(stub.settings, llm=llm)
        yield stub


class Way:
    """The way to the real ledger, on which steps can fail or be waited for in vain."""

    def __init__(self, ledger: str) -> None:
        self.url = ""
        self._ledger = ledger
        self.fails: set[str] = set()
        """`reservations`, `settle`, `release`: answered with 503, and the ledger hears nothing."""
        self.stalls: set[str] = set()
        """Not answered at all."""
        self.lost: set[str] = set()
        """Done by the ledger, and its answer lost."""
        self.reached = asyncio.Event()
        """Set when something stalls, or is lost."""

    async def speak(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        step = heard.path.rpartition("/")[2]
        if step in self.fails:
            whole(writer, b"{}", status=503)
            return
        if step in self.stalls:
            self.reached.set()
            await heard.hung_up()
            return
        headers = {name: heard.headers[name] for name in ("authorization", "content-type")}
        async with httpx.AsyncClient() as client:
            told = await client.post(
                f"{self._ledger}{heard.path}", content=heard.body, headers=headers
            )
        if step in self.lost:
            self.reached.set()
            await heard.hung_up()
            return
        whole(writer, told.content, status=told.status_code)


@contextlib.asynccontextmanager
async def way_to(ledger: str) -> AsyncIterator[Way]:
    """An address that leads to the ledger as long as nothing is said against it."""
    way = Way(ledger)
    async with listening(way.speak) as url:
        way.url = url
        yield way
