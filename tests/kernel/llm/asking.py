"""A gateway as a test uses it, and the question that all of them ask."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Literal
from uuid import UUID

import msgspec

from eduflow.kernel.clock import utc_now
from eduflow.kernel.ids import InstitutionId, new_id
from eduflow.kernel.llm.asking import Answer, Call, Prompt, Request
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.ledger import Ledger
from eduflow.kernel.llm.settings import LanguageModels
from eduflow.kernel.llm.streams import Stream
from tests.harness.ledgers import LedgerStub
from tests.harness.models import Vendor

ESSAY = "Plants eat sunlight. My secret diary says so."
WIRES = ("openai:one", "openai/chat:one", "anthropic:one")
OTHER = {"openai:one": "anthropic:two", "openai/chat:one": "openai:two", "anthropic:one": "local"}


class Criterion(msgspec.Struct, frozen=True):
    name: str
    score: Literal[0, 1, 2, 3, 4]


class Grade(msgspec.Struct, frozen=True):
    score: Literal[0, 1, 2, 3, 4]
    reason: str
    parts: list[Criterion]
    quote: str | None


def asked(**changed: Any) -> Request[Grade]:
    request = Request(
        purpose="grading",
        prompt=Prompt("test.grade", "Grade {item} by {rubric}."),
        instructions="Grade the essay from 0 to 4.",
        data=ESSAY,
        answer=Grade,
        institution=InstitutionId(new_id()),
        user=None,
        course=None,
    )
    return msgspec.structs.replace(request, **changed)


def in_words(**changed: Any) -> Request[str]:
    """The same for a stream."""
    replaced: Any = asked(answer=str, **changed)
    request: Request[str] = replaced
    return request


class Desk:
    """Keeps what a service would keep."""

    def __init__(self, vendor: Vendor, ledger: LedgerStub | None) -> None:
        self.vendor = vendor
        self.calls: list[Call] = []
        self.settled: dict[UUID, int] = {}
        self.slept: list[float] = []
        self._ledger = ledger
        self._open: list[Gateway] = []

    def gateway(self, *models: str, settings: LanguageModels | None = None) -> Gateway:
        async def no_sleep(seconds: float) -> None:
            self.slept.append(seconds)

        books = None
        if self._ledger is not None:
            books = Ledger(self._ledger.settings, service="assessment", clock=utc_now)
        chosen = settings or self.vendor.settings(*models)
        made = Gateway(chosen, ledger=books, clock=utc_now, sleep=no_sleep)
        self._open.append(made)
        return made

    async def record(self, call: Call, _: Any) -> None:
        self.calls.append(call)

    async def settle(self, call_id: UUID, cost: int) -> None:
        self.settled[call_id] = cost

    async def ask(self, gateway: Gateway, **changed: Any) -> Answer[Grade]:
        return await gateway.ask(asked(**changed), record=self.record, settled=self.settle)

    def stream(self, gateway: Gateway, **changed: Any) -> Stream:
        return gateway.stream(in_words(**changed), record=self.record, settled=self.settle)

    async def close(self) -> None:
        for gateway in self._open:
            await gateway.close()


@contextlib.asynccontextmanager
async def running_desk(vendor: Vendor, ledger: LedgerStub | None = None) -> AsyncIterator[Desk]:
    made = Desk(vendor, ledger)
    try:
        yield made
    finally:
        await made.close()
