"""Anthropic's SDK: Messages."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from eduflow.kernel.environment import Secret
from eduflow.kernel.llm.asking import Usage
from eduflow.kernel.llm.errors import LLMError
from eduflow.kernel.llm.wire import RAW, Reply, Wanted, by_type, http_client, translated

_FINISHES = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}


class Messages:
    """One account at one address.

    This version of the API (2026-10-21) knows neither temperature nor seed: each call is a draw of
    its own, whatever its sample number.
    """

    def __init__(self, url: str, key: Secret, *, timeout: float) -> None:
        self._url = url
        self._key = key
        self._timeout = timeout
        self._making = asyncio.Lock()
        self._client: Any = None

    async def ready(self) -> None:
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)

    def _make(self) -> Any:
        import anthropic  # noqa: PLC0415 (takes seconds and 80 MB; most processes ask no model)

        client = anthropic.AsyncAnthropic(
            api_key=self._key.value,
            base_url=self._url,
            max_retries=0,
            http_client=http_client(self._url, self._key, timeout=self._timeout),
            # Its spans may hold what was said.
            open_telemetry=False,
        )
        # The SDK loads the rest of itself when it is first touched.
        _ = client.messages
        return client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def parameters(self, wanted: Wanted) -> dict[str, str | int | float]:
        return {"wire": "messages", "max_tokens": wanted.max_tokens}

    def _body(self, wanted: Wanted) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": wanted.model,
            "system": _system(wanted),
            "messages": [{"role": turn.role, "content": turn.text} for turn in wanted.turns],
            "max_tokens": wanted.max_tokens,
            "timeout": wanted.timeout,
        }
        if wanted.schema is not None:
            from anthropic import transform_schema  # noqa: PLC0415 (see above)

            shape = {"type": "json_schema", "schema": transform_schema(wanted.schema)}
            body["output_config"] = {"format": shape}
        return body

    async def reply(self, wanted: Wanted) -> Reply:
        with _ours(wanted.model):
            got = await self._client.messages.create(**self._body(wanted))
            reply = Reply(
                text="".join(str(block.text) for block in got.content if block.type == "text"),
                finish=_finish(got.stop_reason),
                usage=_usage(got.usage.model_dump()),
                model=str(got.model),
                vendor_request=str(got.id),
            )
        return reply  # noqa: RET504 (mypy: a context manager may swallow)

    async def stream(self, wanted: Wanted) -> AsyncGenerator[str | Reply]:
        with _ours(wanted.model):
            from anthropic import AsyncStream  # noqa: PLC0415 (see above)

            pieces: list[str] = []
            message: dict[str, Any] = {}
            usage: dict[str, Any] = {}
            reason: str | None = None
            asking = self._client.messages.with_streaming_response
            async with asking.create(**self._body(wanted), stream=True) as answer:
                # Not the SDK's own events: 2.12 leaves out, silently, a piece without `event:`.
                async for raw in AsyncStream.raw_events(answer.http_response):
                    event = _event(raw.data)
                    match event["type"]:
                        case "message_start":
                            message = event["message"]
                            usage |= message["usage"]
                        case "content_block_delta" if event["delta"]["type"] == "text_delta":
                            pieces.append(event["delta"]["text"])
                            yield pieces[-1]
                        case "message_delta":
                            reason = event["delta"]["stop_reason"]
                            usage |= {k: v for k, v in event["usage"].items() if v is not None}
                        case "error":
                            raise by_type(event["error"]["type"], wanted.model)
                        case "message_stop":
                            yield Reply(
                                text="".join(pieces),
                                finish=_finish(reason),
                                usage=_usage(usage),
                                model=message["model"],
                                vendor_request=message["id"],
                            )


@contextlib.contextmanager
def _ours(model: str) -> Iterator[None]:
    """Whatever the SDK raises within leaves as an LLMError, with nothing of the raw one on it."""
    import anthropic  # noqa: PLC0415 (see above)
    import httpx2  # noqa: PLC0415 (comes with the SDK)

    try:
        yield
    except LLMError:
        raise
    except (anthropic.AnthropicError, httpx2.HTTPError, *RAW) as fault:
        told = translated(fault, model)
    else:
        return
    raise told


def _event(data: str) -> dict[str, Any]:
    event = json.loads(data) if data else {"type": "ping"}
    if not isinstance(event, dict):
        raise TypeError("an event is no object")
    return event


def _system(wanted: Wanted) -> list[dict[str, Any]] | str:
    """What many are asked alike goes first, to be kept for five minutes after its last use."""
    if not wanted.is_shared:
        return wanted.all_instructions
    kept = {
        "type": "text",
        "text": wanted.instructions,
        "cache_control": {"type": "ephemeral", "ttl": "5m"},
    }
    own = [{"type": "text", "text": wanted.closing}] if wanted.closing else []
    return [kept, *own]


def _finish(reason: Any) -> Any:
    return _FINISHES.get(reason, "other")


def _usage(said: dict[str, Any]) -> Usage:
    # What was read from, or written to, the cache is not in its `input_tokens`; OpenAI's is.
    read = said.get("cache_read_input_tokens") or 0
    written = said.get("cache_creation_input_tokens") or 0
    return Usage(
        # To write for five minutes costs a quarter more.
        tokens_in=said["input_tokens"] + read + written + -(-written // 4),
        tokens_cached=read,
        tokens_out=said["output_tokens"],
    )
