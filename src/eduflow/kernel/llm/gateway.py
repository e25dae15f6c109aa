"""Asks the models of a purpose, one after the other, until one gives an answer of the asked shape.

A model has three tries for what may pass, and one repair round for an answer of the wrong shape.
Every round is a call of its own: reserved, recorded and settled by itself.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import TypeVar

from eduflow.kernel.clock import Clock
from eduflow.kernel.llm.asking import Answer, Record, Request, Settled, Turn
from eduflow.kernel.llm.errors import (
    LLMError,
    Malformed,
    NoModelAnswered,
    Refused,
    Truncated,
)
from eduflow.kernel.llm.ledger import Ledger
from eduflow.kernel.llm.models import Models
from eduflow.kernel.llm.patience import Sleep
from eduflow.kernel.llm.rounds import Asking, Round, Rounds, Rung, clean
from eduflow.kernel.llm.schema import read_answer, strict_schema
from eduflow.kernel.llm.settings import LanguageModels
from eduflow.kernel.llm.streams import Stream
from eduflow.kernel.llm.wire import Reply

T = TypeVar("T")

_REPAIR = (
    "That answer cannot be used: {why}. Answer the same question again, with one JSON value that"
    " fits the schema, and nothing before or after it."
)


class Gateway:
    """The models of the settings. One for a process; its clients are made at the first use."""

    def __init__(
        self,
        settings: LanguageModels,
        *,
        ledger: Ledger | None,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._deadline = settings.deadline_seconds
        self._ledger = ledger
        self._rounds = Rounds(ledger, clock=clock, timeout=settings.timeout_seconds)
        self._models = Models(settings, self._rounds, sleep=sleep)

    async def ask(
        self, request: Request[T], *, record: Record, settled: Settled | None = None
    ) -> Answer[T]:
        """An answer in the asked shape, recorded before it is returned.

        Raises NoModelAnswered: a person has to do it (BudgetExhausted: since nothing may be spent
        any more); LedgerAway: nobody was asked, wait.
        """
        asking = self._asking(request, record, settled)
        rungs: Sequence[Rung] = self._models.ladder(request.purpose, asking)
        turns = (*request.before, Turn("user", request.data))
        while rungs := self._models.fit(rungs, asking):
            made = await self._models.begin(asking, rungs, turns)
            rungs = rungs[rungs.index(made.rung) + 1 :]
            value, fault = await self._round(made)
            if isinstance(fault, Malformed) and asking.left() > 0:
                made = await self._models.begin(
                    asking, [made.rung], _told(request, made.text, fault)
                )
                value, fault = await self._round(made)
            if fault is None:
                calls = tuple(asking.calls)
                return Answer(value=value, call=calls[-1], calls=calls)  # type: ignore[arg-type]
            asking.faults.append((str(made.rung), fault))
        raise NoModelAnswered(tuple(asking.faults))

    def stream(
        self, request: Request[str], *, record: Record, settled: Settled | None = None
    ) -> Stream:
        """An answer in words, as they come: `async with gateway.stream(…) as said: async for …`.

        What came before a fault is kept, and marked incomplete.
        """
        asking = self._asking(request, record, settled)
        rungs = self._models.ladder(request.purpose, asking)
        return Stream(self._models, asking, rungs)

    async def close(self) -> None:
        """End what is being recorded, and let go of all connections."""
        await self._rounds.close()
        await self._models.close()
        if self._ledger is not None:
            await self._ledger.close()

    def _asking(self, request: Request[T], record: Record, settled: Settled | None) -> Asking:
        return Asking(
            request=request,
            schema=strict_schema(request.answer),
            deadline=time.monotonic() + self._deadline,
            record=record,
            settled=settled,
        )

    async def _round(self, made: Round) -> tuple[object, LLMError | None]:
        reply: Reply | None = None
        fault: LLMError | None = None
        value: object = None
        try:
            async with self._models.turn(made):
                reply = await self._models.tried(made, lambda: made.rung.adapter.reply(made.wanted))
            made.text = reply.text
            value = _read(reply, made.asking.request.answer)
        except LLMError as raised:
            fault = clean(raised)
        except asyncio.CancelledError:
            await self._rounds.end(made, reply=reply, fault=None, cancelled=True)
            raise
        await self._rounds.end(made, reply=reply, fault=fault, value=value)
        return value, fault


def _told(request: Request[T], text: str, fault: Malformed) -> tuple[Turn, ...]:
    """The conversation with what was wrong about the answer."""
    repair = _REPAIR.format(why=fault)
    if not text.strip():
        return (*request.before, Turn("user", f"{request.data}\n\n{repair}"))
    asked = Turn("user", request.data)
    return (*request.before, asked, Turn("assistant", text.strip()), Turn("user", repair))


def _read(reply: Reply, kind: type[T]) -> T:
    match reply.finish:
        case "refused":
            raise Refused
        case "length":
            raise Truncated
        case "other":
            raise Malformed("it ended in an unforeseen way")
        case "end":
            return read_answer(reply.text, kind)
