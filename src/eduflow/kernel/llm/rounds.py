"""One call of one model: reserved before, recorded and settled after, whatever becomes of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from eduflow.kernel.clock import Clock
from eduflow.kernel.ids import new_id
from eduflow.kernel.llm.asking import Call, Outcome, Record, Request, Settled, Turn, Usage
from eduflow.kernel.llm.breaker import Breaker
from eduflow.kernel.llm.errors import (
    LedgerAway,
    LLMError,
    Malformed,
    Misconfigured,
    NotReserved,
    RateLimited,
    Refused,
    TimedOut,
    Truncated,
)
from eduflow.kernel.llm.ledger import Candidate, Ledger, Reservation, Wish
from eduflow.kernel.llm.patience import LONGEST_WAIT
from eduflow.kernel.llm.settings import Model
from eduflow.kernel.llm.wire import Adapter, Reply, Wanted

log = structlog.get_logger()

T = TypeVar("T")

_MISCONFIGURED_REST = 60.0
_BYTES_PER_TOKEN = 3
"""Fewer than in any language that we teach in, so that what is reserved is enough."""


class Rung:
    """A model of a ladder, with its wire and what is known of its health."""

    def __init__(self, model: Model, adapter: Adapter, *, now: Callable[[], float]) -> None:
        self.model = model
        self.adapter = adapter
        self.breaker = Breaker(now)
        # A local server answers one after the other anyway; a try's time begins with its turn.
        self.turn = asyncio.Semaphore(1 if model.provider == "local" else 64)

    def __str__(self) -> str:
        return str(self.model)


class Asking(msgspec.Struct):
    """A request on its way, over all its rounds."""

    request: Request[Any]
    schema: dict[str, Any] | None
    deadline: float
    record: Record
    settled: Settled | None
    calls: list[Call] = []
    faults: list[tuple[str, LLMError]] = []

    def left(self) -> float:
        """Seconds until the deadline of everything."""
        return self.deadline - time.monotonic()


class Round(msgspec.Struct):
    """One call that is being made."""

    asking: Asking
    rung: Rung
    wanted: Wanted
    reservation: Reservation
    at: datetime
    began: float
    tokens_in: int
    """An estimate, from above."""
    tries: int = 0
    has_spent: bool = False
    """Whether a try that failed may have cost something."""
    text: str = ""
    """What a stream has brought so far."""

    async def attempt(self, ask: Callable[[], Coroutine[Any, Any, T]], limit: float) -> T:
        """One try within `limit` seconds and what is left; tells the breaker how it went."""
        seconds = min(limit, self.asking.left())
        if seconds <= 0:
            raise self.no_time()
        self.tries += 1
        self.rung.breaker.begin()
        try:
            async with asyncio.timeout(seconds):
                got = await ask()
        except LLMError as raised:
            fault = raised
        except TimeoutError:
            fault = TimedOut(f"{self.rung}: no answer in {seconds:.0f} s")
        except BaseException:
            self.rung.breaker.abandon()
            raise
        else:
            self.rung.breaker.succeed()
            return got
        self.failed(fault)
        raise clean(fault)

    def no_time(self) -> TimedOut:
        return TimedOut(f"{self.rung}: no time is left")

    def failed(self, fault: LLMError) -> None:
        """Remember what a failed try means for the money and for the model's health."""
        self.has_spent |= not fault.is_free
        breaker, wait = self.rung.breaker, fault.retry_after or 0.0
        if isinstance(fault, Misconfigured):
            breaker.fail(rest=_MISCONFIGURED_REST)
        elif isinstance(fault, RateLimited) and wait > LONGEST_WAIT:
            breaker.fail(rest=wait)
        elif fault.may_pass:
            breaker.fail(rest=None)
        else:
            breaker.succeed()

    def call(self, reply: Reply | None, fault: LLMError | None, *, cancelled: bool) -> Call:
        request, model = self.asking.request, self.rung.model
        is_free = reply is None and not self.has_spent and not cancelled and not self.text
        usage = reply.usage if reply else None
        if usage is None:
            said = reply.text if reply else self.text
            guess = Usage(
                tokens_in=self.tokens_in, tokens_out=estimated_tokens(said), is_estimated=True
            )
            usage = Usage() if is_free else guess
        prices = self.reservation.prices
        return Call(
            call_id=self.reservation.call_id,
            purpose=request.purpose,
            institution=request.institution,
            user=request.user,
            course=request.course,
            prompt_key=request.prompt.key,
            prompt_sha256=request.prompt.sha256,
            prompt_version=self.reservation.prompt_version_id,
            request_sha256=request.sha256,
            provider=model.provider,
            model=model.name,
            model_answered=reply.model if reply else "",
            vendor_request=reply.vendor_request if reply else "",
            parameters=self.rung.adapter.parameters(self.wanted),
            usage=usage,
            prices=prices,
            cost_micros=prices.cost(usage),
            latency_ms=round((time.monotonic() - self.began) * 1000),
            tries=self.tries,
            outcome="cancelled" if cancelled else _outcome(fault),
            error=fault.code if fault else "",
            is_free=is_free,
            is_small=model.is_small,
            at=self.at,
        )


def clean(fault: LLMError) -> LLMError:
    """Without what it was made from: an SDK's exception holds the request, and so the prompt."""
    fault.__cause__ = fault.__context__ = None
    return fault


def _outcome(fault: LLMError | None) -> Outcome:
    match fault:
        case None:
            return "answered"
        case Malformed():
            return "malformed"
        case Refused():
            return "refused"
        case Truncated():
            return "truncated"
        case _:
            return "failed"


def estimated_tokens(text: str) -> int:
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


class Rounds:
    """Begins and ends rounds: with money of the ledger, and with a record in a database."""

    def __init__(self, ledger: Ledger | None, *, clock: Clock, timeout: float) -> None:
        self._ledger = ledger
        self._clock = clock
        self._timeout = timeout
        self._ending: set[asyncio.Task[Call]] = set()

    async def begin(
        self, asking: Asking, rungs: Sequence[Rung], *, turns: tuple[Turn, ...]
    ) -> Round:
        """Reserve for the first of these that fits; raises BudgetExhausted or LedgerAway."""
        request, call_id = asking.request, new_id()
        shape = str(asking.schema or "")
        tokens_in = 64 + sum(
            map(
                estimated_tokens,
                (request.instructions, request.closing, shape, *(turn.text for turn in turns)),
            )
        )
        reservation = Reservation(call_id=call_id, candidate=0)
        if self._ledger is not None:
            offered = tuple(
                Candidate(
                    provider=rung.model.provider,
                    model=rung.model.name,
                    # Of which a part may be written to a cache, at a quarter more.
                    tokens_in=tokens_in * 5 // 4 if request.is_shared else tokens_in,
                    max_tokens_out=request.max_tokens,
                )
                for rung in rungs
            )
            wish = Wish(
                call_id=call_id,
                institution=request.institution,
                user=request.user,
                course=request.course,
                purpose=request.purpose,
                prompt=request.prompt,
                candidates=offered,
            )
            reservation = await self._ledger.reserve(wish)
        rung = rungs[reservation.candidate]
        wanted = Wanted(
            model=rung.model.name,
            instructions=request.instructions,
            closing=request.closing,
            is_shared=request.is_shared,
            turns=turns,
            schema=asking.schema,
            max_tokens=request.max_tokens,
            sample=request.sample,
            cache_key=request.cache_key,
            timeout=self._timeout,
        )
        return Round(
            asking=asking,
            rung=rung,
            wanted=wanted,
            reservation=reservation,
            at=self._clock(),
            began=time.monotonic(),
            tokens_in=tokens_in,
        )

    async def end(
        self,
        made: Round,
        *,
        reply: Reply | None,
        fault: LLMError | None,
        value: object = None,
        cancelled: bool = False,
    ) -> Call:
        """Record, then settle. Once begun it is done, also when whoever asked has gone away."""
        call = made.call(reply, fault, cancelled=cancelled)
        made.asking.calls.append(call)
        task = asyncio.ensure_future(self._write(made.asking, call, value))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return await asyncio.shield(task)

    async def _write(self, asking: Asking, call: Call, value: object) -> Call:
        try:
            await asking.record(call, value)
        finally:
            # The money was spent, also where it could not be written down.
            await self._settle(asking, call)
        return call

    async def _settle(self, asking: Asking, call: Call) -> None:
        if self._ledger is None:
            return
        try:
            cost = await self._ledger.settle(call)
        except (LedgerAway, NotReserved) as fault:
            log.warning("llm_call_unsettled", call=str(call.call_id), reason=str(fault))
            return
        if asking.settled is not None:
            await asking.settled(call.call_id, cost)

    async def close(self) -> None:
        """Let what is being written be written."""
        if self._ending:
            await asyncio.wait(self._ending)
