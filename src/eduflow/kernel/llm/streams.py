"""An answer in words, as they come. What came before a fault is kept, and marked incomplete."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from eduflow.kernel.llm.asking import Call, Turn
from eduflow.kernel.llm.errors import (
    LLMError,
    Malformed,
    NoModelAnswered,
    Refused,
    Truncated,
    Unreachable,
)
from eduflow.kernel.llm.models import Models
from eduflow.kernel.llm.rounds import Asking, Round, Rung, clean
from eduflow.kernel.llm.wire import Reply


class Stream:
    """Iterate once, within `async with`; leaving early ends the model's work.

    The call is recorded when the words end, before the iteration does. Until the first word has
    come, the next model takes over from one that fails; after it, nobody can. Raises what
    `Gateway.ask` raises where no word came at all.
    """

    def __init__(self, models: Models, asking: Asking, rungs: Sequence[Rung]) -> None:
        self._models = models
        self._asking = asking
        self._rungs = list(rungs)
        self._pieces: AsyncGenerator[str] | None = None
        self.text = ""
        self.is_complete = False
        """Whether the model came to its end. Known when the iteration has ended."""
        self.fault: LLMError | None = None
        """Why it is not complete."""
        self.call: Call | None = None
        """The call that brought the words."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pieces is not None:
            await self._pieces.aclose()

    def __aiter__(self) -> AsyncIterator[str]:
        if self._pieces is not None:
            raise RuntimeError("a stream is iterated once")
        self._pieces = self._run()
        return self._pieces

    async def _run(self) -> AsyncGenerator[str]:
        rungs, asking = self._rungs, self._asking
        request = asking.request
        turns = (*request.before, Turn("user", request.data))
        while rungs := self._models.fit(rungs, asking):
            made = await self._models.begin(asking, rungs, turns)
            rungs = rungs[rungs.index(made.rung) + 1 :]
            async with contextlib.aclosing(self._round(made)) as pieces:
                async for piece in pieces:
                    yield piece
            if self.is_complete or made.text:
                return
            if self.fault is not None:
                asking.faults.append((str(made.rung), self.fault))
        raise NoModelAnswered(tuple(asking.faults))

    async def _round(self, made: Round) -> AsyncGenerator[str]:
        reply: Reply | None = None
        fault: LLMError | None = None
        try:
            async with self._models.turn(made):
                opened, item = await self._open(made)
                try:
                    while isinstance(item, str):
                        made.text += item
                        self.text = made.text
                        yield item
                        item = await self._next(made, opened)
                    reply = item
                finally:
                    await opened.aclose()
            fault = _end(reply)
        except LLMError as raised:
            fault = clean(raised)
        except (asyncio.CancelledError, GeneratorExit):
            self.call = await self._models.rounds.end(made, reply=reply, fault=None, cancelled=True)
            raise
        self.fault, self.is_complete = fault, fault is None
        self.call = await self._models.rounds.end(made, reply=reply, fault=fault)

    async def _open(self, made: Round) -> tuple[AsyncGenerator[str | Reply], str | Reply]:
        """The words and the first of them, from one of the model's tries."""

        async def once() -> tuple[AsyncGenerator[str | Reply], str | Reply]:
            opened = made.rung.adapter.stream(made.wanted)
            try:
                return opened, await anext(opened)
            except StopAsyncIteration:
                pass
            except BaseException:
                await opened.aclose()
                raise
            raise Unreachable(f"{made.rung}: the stream ended before its first word")

        return await self._models.tried(made, once)

    async def _next(self, made: Round, opened: AsyncGenerator[str | Reply]) -> str | Reply:
        try:
            async with asyncio.timeout(max(0.0, made.asking.left())):
                return await anext(opened)
        except StopAsyncIteration:
            fault: LLMError = Unreachable(f"{made.rung}: the stream ended before its end")
        except TimeoutError:
            fault = made.no_time()
        except LLMError as raised:
            fault = raised
        made.failed(fault)
        raise clean(fault)


def _end(reply: Reply | None) -> LLMError | None:
    match reply:
        case Reply(finish="end", text=text) if text.strip():
            return None
        case Reply(finish="refused"):
            return Refused()
        case Reply(finish="length"):
            return Truncated()
        case _:
            return Malformed("it is empty, or ended in an unforeseen way")
