"""Both vendors of language models on one loopback address: they answer as told, or misbehave.

    async with running_vendor() as vendor:
        vendor.answer = lambda asked: '{"score": 4}' if "full marks" in asked.data else '…'
        settings = vendor.settings("anthropic:big", "openai:other")

What it says comes from `answer`, a function of the request, so a test can make a model that obeys
whatever a submission says. `vendor.next(…)` and `vendor.always(…)` make it misbehave.
"""

import asyncio
import contextlib
import enum
from collections import deque
from collections.abc import AsyncIterator, Callable

import msgspec

from eduflow.kernel.environment import Secret
from eduflow.kernel.llm.settings import LanguageModels
from tests.harness.loopback import Heard, begin_stream, chunk, listening, whole
from tests.harness.wires import (
    TOKENS_CACHED,
    Asked,
    Finish,
    answer_body,
    answer_events,
    complaint,
    error_body,
    error_event,
    fitting,
    read_request,
)

OPENAI_KEY, ANTHROPIC_KEY = "sk-openai-secret", "sk-ant-secret"


class Status(msgspec.Struct, frozen=True):
    """A refusal by HTTP."""

    code: int
    headers: dict[str, str] = {}
    kind: str = "api_error"
    message: str = "no"
    html: bool = False


class Says(msgspec.Struct, frozen=True):
    """Words of the model, whatever it was asked."""

    text: str
    finish: Finish = "end"


class Waits(msgspec.Struct, frozen=True):
    """A good answer, once something has happened."""

    until: asyncio.Event


class Wrong(enum.Enum):
    """Other ways to fail."""

    HTML = "a page, with status 200"
    HALF = "JSON that ends in the middle"
    EMPTY = "an empty object"
    STALLED = "nothing, for ever"
    DROPPED = "the connection ends before an answer"
    STALLED_LATER = "two pieces, then nothing"
    CUT_LATER = "two pieces, then the connection ends"
    ENDED_LATER = "two pieces, and a clean end without the model's"
    ERROR_LATER = "two pieces, then an error event"
    GARBLED_LATER = "two pieces, then something that is no JSON"
    UNNAMED = "every event without its name"


_END: Finish = "end"
Behaviour = Status | Says | Waits | Wrong
_LATER = {w for w in Wrong if w.name.endswith("_LATER")}


class Vendor:
    """What listens there."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], str] = lambda asked: fitting(asked.schema)
        self.gone = asyncio.Event()
        """Set when a caller hung up before its answer was whole."""
        self.lets_go = asyncio.Event()
        """Cleared, whoever asks waits until it is set."""
        self.lets_go.set()
        self._heard = asyncio.Event()
        self._kept: set[str] = set()
        self._next: deque[Behaviour | None] = deque()
        self._always: dict[str, Behaviour] = {}

    def next(self, *behaviours: Behaviour | None) -> None:
        """Do these at the next requests, one each; None is a good answer."""
        self._next.extend(behaviours)

    def always(self, behaviour: Behaviour, *, model: str = "") -> None:
        """Do this at every request, or at every one for a model."""
        self._always[model] = behaviour

    async def heard(self) -> None:
        """Return when it was asked for the first time."""
        async with asyncio.timeout(20):
            await self._heard.wait()

    def settings(
        self, *models: str, timeout: float = 5.0, deadline: float = 20.0
    ) -> LanguageModels:
        """Settings by which these models are asked here."""
        return LanguageModels(
            models=models,
            openai_key=Secret(OPENAI_KEY),
            openai_url=f"{self.url}/v1",
            anthropic_key=Secret(ANTHROPIC_KEY),
            anthropic_url=self.url,
            local_url=f"{self.url}/v1",
            timeout_seconds=timeout,
            deadline_seconds=deadline,
        )

    async def speak(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        asked = read_request(heard)
        self.asked.append(asked)
        self._heard.set()
        await self.lets_go.wait()
        behaviour = self._next.popleft() if self._next else None
        if behaviour is None:
            behaviour = self._always.get(asked.model, self._always.get(""))
        if behaviour is None and (why := self._refusal(asked)):
            behaviour = why
        match behaviour:
            case Status():
                body = error_body(asked.wire, behaviour.kind, behaviour.message)
                kind = {"content-type": "text/html"} if behaviour.html else {}
                page = b"<html>Bad gateway</html>" if behaviour.html else body
                headers = {**kind, **behaviour.headers}
                whole(writer, page, status=behaviour.code, headers=headers)
            case Wrong.HTML:
                whole(writer, b"<html>Log in</html>", headers={"content-type": "text/html"})
            case Wrong.EMPTY:
                whole(writer, b"{}")
            case Wrong.STALLED:
                await self._stall(heard)
            case Wrong.DROPPED:
                writer.transport.abort()
            case Wrong.HALF:
                body = msgspec.json.encode(answer_body(asked, "half", "end"))
                whole(writer, body[: len(body) // 2])
            case _ if behaviour in _LATER:
                await self._fail_later(asked, heard, writer, behaviour)
            case _:
                await self._say(asked, writer, behaviour)

    def _refusal(self, asked: Asked) -> Status | None:
        key = ANTHROPIC_KEY if asked.wire == "messages" else OPENAI_KEY
        known = {f"Bearer {key}", "Bearer none"}
        if asked.headers.get("authorization") not in known:
            return Status(401, kind="authentication_error")
        if why := complaint(asked):
            return Status(400, kind="invalid_request_error", message=why)
        return None

    async def _say(
        self,
        asked: Asked,
        writer: asyncio.StreamWriter,
        behaviour: Behaviour | None,
    ) -> None:
        if isinstance(behaviour, Waits):
            await behaviour.until.wait()
        text, finish = self.answer(asked), _END
        if isinstance(behaviour, Says):
            text, finish = behaviour.text, behaviour.finish
        if not asked.streams:
            body = answer_body(asked, text, finish)
            if asked.kept is not None:
                body["usage"] |= self._cached(asked.kept)
            whole(writer, msgspec.json.encode(body))
            return
        begin_stream(writer)
        for each in answer_events(asked, _pieces(text), finish):
            named = each.partition("\n")[2] if behaviour is Wrong.UNNAMED else each
            chunk(writer, named if named.startswith("data:") else each)
            await writer.drain()
        chunk(writer, "")

    def _cached(self, text: str) -> dict[str, int]:
        """What is asked to be kept is written the first time, and read from then on."""
        is_known = text in self._kept
        self._kept.add(text)
        return {
            "cache_creation_input_tokens": 0 if is_known else TOKENS_CACHED,
            "cache_read_input_tokens": TOKENS_CACHED if is_known else 0,
        }

    async def _fail_later(
        self,
        asked: Asked,
        heard: Heard,
        writer: asyncio.StreamWriter,
        wrong: Behaviour | None,
    ) -> None:
        begin_stream(writer)
        for each in answer_events(asked, _pieces(self.answer(asked)), "end")[:3]:
            chunk(writer, each)
        await writer.drain()
        match wrong:
            case Wrong.STALLED_LATER:
                await self._stall(heard)
            case Wrong.CUT_LATER:
                # What was written arrives first; then the chunk that was announced does not.
                writer.write(b"ff\r\nhalf")
            case Wrong.ENDED_LATER:
                chunk(writer, "")
            case Wrong.ERROR_LATER:
                chunk(writer, error_event(asked))
                chunk(writer, "")
            case Wrong.GARBLED_LATER:
                chunk(writer, "event: content_block_delta\ndata: {not json\n\n")
                chunk(writer, "")

    async def _stall(self, heard: Heard) -> None:
        await heard.hung_up()
        self.gone.set()


def _pieces(text: str) -> list[str]:
    """Word by word, each but the first with the blank before it."""
    first, *others = text.split(" ")
    return [piece for piece in (first, *(f" {word}" for word in others)) if piece]


@contextlib.asynccontextmanager
async def running_vendor() -> AsyncIterator[Vendor]:
    """A vendor on a free port."""
    vendor = Vendor()
    async with listening(vendor.speak) as url:
        vendor.url = url
        yield vendor
