"""OpenAI's SDK, over its two wires; the older one is what every compatible server speaks."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from eduflow.kernel.environment import Secret
from eduflow.kernel.llm.asking import Usage
from eduflow.kernel.llm.errors import Garbled, LLMError
from eduflow.kernel.llm.wire import RAW, Reply, Wanted, by_type, http_client, translated

_NO_KEY = Secret("none")
_DRAWN = 0.8
"""Temperature of a draw; without a sample number the model's likeliest words are taken."""
_FINISHES = {"stop": "end", "length": "length", "content_filter": "refused"}


class OpenAI:
    """One account at one address. `is_local` servers take a seed, and the older names."""

    def __init__(self, url: str, key: Secret | None, *, is_local: bool, timeout: float) -> None:
        self._url = url
        self._key = key or _NO_KEY
        self._is_local = is_local
        self._timeout = timeout
        self._making = asyncio.Lock()
        self._client: Any = None

    async def ready(self) -> None:
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)

    def _make(self) -> Any:
        import openai  # noqa: PLC0415 (takes a second and 60 MB; most processes ask no model)

        client = openai.AsyncOpenAI(
            api_key=self._key.value,
            base_url=self._url,
            max_retries=0,
            http_client=http_client(self._url, self._key, timeout=self._timeout),
        )
        # The SDK loads the rest of itself when it is first touched.
        _ = client.chat.completions, client.responses
        return client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _messages(self, wanted: Wanted) -> list[dict[str, str]]:
        return [{"role": turn.role, "content": turn.text} for turn in wanted.turns]


class ChatCompletions(OpenAI):
    """The older wire: Chat Completions."""

    def parameters(self, wanted: Wanted) -> dict[str, str | int | float]:
        common: dict[str, str | int | float] = {"wire": "chat", "max_tokens": wanted.max_tokens}
        return {**common, **self._drawing(wanted)}

    def _drawing(self, wanted: Wanted) -> dict[str, int | float]:
        # OpenAI's own models refuse both, and draw anew each time anyway.
        if not self._is_local:
            return {}
        if wanted.sample is None:
            return {"temperature": 0.0, "seed": 0}
        return {"temperature": _DRAWN, "seed": wanted.sample + 1}

    def _body(self, wanted: Wanted) -> dict[str, Any]:
        system = {"role": "system", "content": wanted.all_instructions}
        longest = "max_tokens" if self._is_local else "max_completion_tokens"
        body: dict[str, Any] = {
            "model": wanted.model,
            "messages": [system, *self._messages(wanted)],
            longest: wanted.max_tokens,
            "timeout": wanted.timeout,
            **self._drawing(wanted),
        }
        if not self._is_local:
            body |= {"store": False, "prompt_cache_key": wanted.cache_key}
        if wanted.schema is not None:
            shape = {"name": "answer", "schema": wanted.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    async def reply(self, wanted: Wanted) -> Reply:
        with _ours(wanted.model):
            got = await self._client.chat.completions.create(**self._body(wanted))
            choice = got.choices[0]
            reply = Reply(
                text=_text(choice.message.content),
                finish="refused" if choice.message.refusal else _finish(choice.finish_reason),
                usage=_chat_usage(got.usage),
                model=str(got.model),
                vendor_request=str(got.id),
            )
        return reply  # noqa: RET504 (mypy: a context manager may swallow)

    async def stream(self, wanted: Wanted) -> AsyncGenerator[str | Reply]:
        pieces: list[str] = []
        model = request = ""
        finish = usage = None
        with _ours(wanted.model):
            events = await self._client.chat.completions.create(
                **self._body(wanted), stream=True, stream_options={"include_usage": True}
            )
            async with events:
                async for chunk in events:
                    model, request = str(chunk.model or model), str(chunk.id or request)
                    usage = _chat_usage(chunk.usage) or usage
                    for choice in chunk.choices or ():
                        if choice.delta.refusal:
                            finish = "refused"
                        elif piece := choice.delta.content:
                            pieces.append(piece)
                            yield piece
                        finish = finish or choice.finish_reason
        if finish is not None:
            yield Reply(
                text="".join(pieces),
                finish="refused" if finish == "refused" else _finish(finish),
                usage=usage,
                model=model,
                vendor_request=request,
            )


class Responses(OpenAI):
    """The newer wire: Responses. Nothing is kept at OpenAI (`store` is off)."""

    def parameters(self, wanted: Wanted) -> dict[str, str | int | float]:
        return {"wire": "responses", "max_tokens": wanted.max_tokens}

    def _body(self, wanted: Wanted) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": wanted.model,
            "instructions": wanted.all_instructions,
            "input": self._messages(wanted),
            "max_output_tokens": wanted.max_tokens,
            "store": False,
            "prompt_cache_key": wanted.cache_key,
            "timeout": wanted.timeout,
        }
        if wanted.schema is not None:
            shape = {"type": "json_schema", "name": "answer", "strict": True}
            body["text"] = {"format": {**shape, "schema": wanted.schema}}
        return body

    async def reply(self, wanted: Wanted) -> Reply:
        with _ours(wanted.model):
            reply = _response(await self._client.responses.create(**self._body(wanted)))
        return reply  # noqa: RET504 (mypy: a context manager may swallow)

    async def stream(self, wanted: Wanted) -> AsyncGenerator[str | Reply]:
        with _ours(wanted.model):
            events = await self._client.responses.create(**self._body(wanted), stream=True)
            async with events:
                async for event in events:
                    match event.type:
                        case "response.output_text.delta":
                            yield str(event.delta)
                        case "response.completed" | "response.incomplete":
                            yield _response(event.response)
                        case "response.failed":
                            raise by_type(str(event.response.error.code), wanted.model)
                        case "error":
                            raise by_type(str(event.code), wanted.model)


@contextlib.contextmanager
def _ours(model: str) -> Iterator[None]:
    """Whatever the SDK raises within leaves as an LLMError, with nothing of the raw one on it."""
    import httpx2  # noqa: PLC0415 (comes with the SDK)
    import openai  # noqa: PLC0415 (see above)

    try:
        yield
    except LLMError:
        raise
    except (openai.OpenAIError, httpx2.HTTPError, *RAW) as fault:
        told = translated(fault, model)
    else:
        return
    raise told


def _text(content: Any) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise Garbled("the content is not text")
    return content


def _finish(reason: Any) -> Any:
    return _FINISHES.get(reason, "other")


def _chat_usage(said: Any) -> Usage | None:
    if said is None:
        return None
    details = said.prompt_tokens_details
    return Usage(
        tokens_in=said.prompt_tokens,
        tokens_cached=(details.cached_tokens or 0) if details else 0,
        tokens_out=said.completion_tokens,
    )


def _response(got: Any) -> Reply:
    parts = [part for item in got.output if item.type == "message" for part in item.content]
    finish = {"completed": "end", "incomplete": "length"}.get(got.status, "other")
    reason = got.incomplete_details.reason if got.incomplete_details else None
    if any(part.type == "refusal" for part in parts) or reason == "content_filter":
        finish = "refused"
    if got.status == "failed":
        raise by_type(str(got.error.code if got.error else ""), str(got.model))
    usage = None
    if got.usage is not None:
        details = got.usage.input_tokens_details
        usage = Usage(
            tokens_in=got.usage.input_tokens,
            tokens_cached=(details.cached_tokens or 0) if details else 0,
            tokens_out=got.usage.output_tokens,
        )
    return Reply(
        text="".join(_text(part.text) for part in parts if part.type == "output_text"),
        finish=finish,  # type: ignore[arg-type]  # one of the three above
        usage=usage,
        model=str(got.model),
        vendor_request=str(got.id),
    )
