"""What the two vendors' three wires carry: requests read alike, answers written as each does."""

import json
from typing import Any, Literal

import msgspec

from tests.harness.loopback import Heard

Wire = Literal["chat", "responses", "messages"]
Finish = Literal["end", "length", "refused"]

PATHS: dict[str, Wire] = {
    "/v1/chat/completions": "chat",
    "/v1/responses": "responses",
    "/v1/messages": "messages",
}
TOKENS_IN, TOKENS_CACHED, TOKENS_OUT = 100, 40, 20
"""What every answer is said to have taken, in each vendor's own way of counting."""


class Asked(msgspec.Struct, frozen=True):
    """One request to a model."""

    wire: Wire
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def instructions(self) -> str:
        match self.wire:
            case "chat":
                return str(self.body["messages"][0]["content"])
            case "responses":
                return str(self.body["instructions"])
            case "messages":
                said = self.body["system"]
                if isinstance(said, str):
                    return said
                return "\n\n".join(str(block["text"]) for block in said)

    @property
    def kept(self) -> str | None:
        """What is to be kept in Anthropic's cache."""
        said = self.body.get("system")
        blocks = said if isinstance(said, list) else []
        return next((str(b["text"]) for b in blocks if "cache_control" in b), None)

    @property
    def turns(self) -> list[dict[str, str]]:
        """Of the conversation, as `role` and `content`."""
        match self.wire:
            case "chat":
                return list(self.body["messages"][1:])
            case "responses":
                return list(self.body["input"])
            case "messages":
                return list(self.body["messages"])

    @property
    def data(self) -> str:
        """What the last turn says."""
        return self.turns[-1]["content"]

    @property
    def schema(self) -> dict[str, Any] | None:
        """Of the answer that is wanted."""
        match self.wire:
            case "chat":
                found = self.body.get("response_format", {}).get("json_schema", {}).get("schema")
            case "responses":
                found = self.body.get("text", {}).get("format", {}).get("schema")
            case "messages":
                found = self.body.get("output_config", {}).get("format", {}).get("schema")
        return found if found is None else dict(found)


def read_request(heard: Heard) -> Asked:
    return Asked(PATHS[heard.path], heard.headers, heard.json())


def complaint(asked: Asked) -> str | None:
    """Why the real vendor would refuse the request."""
    body = asked.body
    if asked.wire == "messages" and {"temperature", "top_p", "top_k"} & body.keys():
        return "temperature: not supported by this version"
    if asked.wire == "responses" and body.get("store") is not False:
        return "these tests let nobody keep anything"
    return None if asked.schema is None else _wrong_schema(asked.schema)


def _wrong_schema(node: Any) -> str | None:
    if isinstance(node, list):
        return next((wrong for each in node if (wrong := _wrong_schema(each))), None)
    if not isinstance(node, dict):
        return None
    if "properties" in node:
        if node.get("additionalProperties") is not False:
            return "additionalProperties must be false"
        if set(node.get("required", ())) != set(node["properties"]):
            return "every property must be required"
    return _wrong_schema(list(node.values()))


def fitting(schema: dict[str, Any] | None) -> str:
    """The least answer that has the wanted shape."""
    if schema is None:
        return "Plants turn light into sugar."
    return json.dumps(_fit(schema, schema.get("$defs", {})))


def _fit(node: dict[str, Any], parts: dict[str, Any]) -> Any:
    if "$ref" in node:
        return _fit(parts[node["$ref"].rpartition("/")[2]], parts)
    if "enum" in node:
        return node["enum"][0]
    if "anyOf" in node:
        return _fit(node["anyOf"][0], parts)
    match node["type"]:
        case "object":
            return {name: _fit(each, parts) for name, each in node["properties"].items()}
        case "array":
            return []
        case kind:
            return {"string": "text", "integer": 0, "number": 0.0, "boolean": False}.get(kind)


def answer_body(asked: Asked, text: str, finish: Finish) -> dict[str, Any]:
    """The answer in one piece."""
    match asked.wire:
        case "chat":
            refusal = "I cannot help with that." if finish == "refused" else None
            said: dict[str, Any] = {"content": None if refusal else text, "refusal": refusal}
            message = {"role": "assistant", **said}
            reason = "length" if finish == "length" else "stop"
            return {
                **_chat(asked, "chat.completion"),
                "choices": [{"index": 0, "message": message, "finish_reason": reason}],
                "usage": _chat_usage(),
            }
        case "responses":
            return _response(asked, text, finish)
        case "messages":
            reasons = {"end": "end_turn", "length": "max_tokens", "refused": "refusal"}
            content = [] if finish == "refused" else [{"type": "text", "text": text}]
            return {**_message(asked), "content": content, "stop_reason": reasons[finish]}


def answer_events(asked: Asked, pieces: list[str], finish: Finish) -> list[str]:
    """The answer piece by piece: the beginning, one event a piece, and the end."""
    match asked.wire:
        case "chat":
            return _chat_events(asked, pieces, finish)
        case "responses":
            done = _response(asked, "".join(pieces), finish)
            kind = "response.incomplete" if finish == "length" else "response.completed"
            begun = {**_response(asked, "", "end"), "status": "in_progress", "usage": None}
            where = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
            bodies: list[dict[str, Any]] = [
                {"type": "response.created", "response": begun},
                *({"type": "response.output_text.delta", "delta": p, **where} for p in pieces),
                {"type": kind, "response": done},
            ]
            numbered = ({**body, "sequence_number": n} for n, body in enumerate(bodies))
            return [event(body["type"], body) for body in numbered]
        case "messages":
            whole = answer_body(asked, "", finish)
            usage = {**whole["usage"], "output_tokens": 1}
            begun = {**whole, "content": [], "stop_reason": None, "usage": usage}
            ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
            bodies = [
                {"type": "message_start", "message": begun},
                *(
                    {
                        "type": "content_block_delta",
                        "index": 0,
                        "delta": {"type": "text_delta", "text": piece},
                    }
                    for piece in pieces
                ),
                {
                    "type": "message_delta",
                    "delta": ended,
                    "usage": {"output_tokens": TOKENS_OUT},
                },
                {"type": "message_stop"},
            ]
            return [event(body["type"], body) for body in bodies]


def error_event(asked: Asked) -> str:
    """What a vendor says in the middle of a stream when it can no more."""
    if asked.wire == "chat":
        return _data({"error": {"type": "server_error", "message": "overloaded", "code": None}})
    if asked.wire == "responses":
        told = {"type": "error", "code": "server_error", "message": "overloaded", "param": None}
        return event("error", {**told, "sequence_number": 9})
    return event("error", {"type": "error", "error": {"type": "overloaded_error", "message": "x"}})


def error_body(wire: Wire, kind: str, message: str) -> bytes:
    """What a vendor says instead of an answer."""
    error = {"type": kind, "message": message}
    told = {"type": "error", "error": error} if wire == "messages" else {"error": error}
    return json.dumps(told).encode()


def event(name: str, body: dict[str, Any]) -> str:
    return f"event: {name}\n{_data(body)}"


def _data(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _chat_events(asked: Asked, pieces: list[str], finish: Finish) -> list[str]:
    common = _chat(asked, "chat.completion.chunk")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"refusal": "No."}] if finish == "refused" else [{"content": p} for p in pieces]
    reason = "length" if finish == "length" else "stop"
    choices: list[Any] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices += [{"index": 0, "delta": {}, "finish_reason": reason}]
    bodies = [{**common, "choices": [choice]} for choice in choices]
    bodies += [{**common, "choices": [], "usage": _chat_usage()}]
    return [*map(_data, bodies), "data: [DONE]\n\n"]


def _chat(asked: Asked, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": f"{asked.model}-2026"}


def _chat_usage() -> dict[str, Any]:
    return {
        "prompt_tokens": TOKENS_IN,
        "completion_tokens": TOKENS_OUT,
        "total_tokens": TOKENS_IN + TOKENS_OUT,
        "prompt_tokens_details": {"cached_tokens": TOKENS_CACHED},
    }


def _response(asked: Asked, text: str, finish: Finish) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if finish == "refused":
        said = {"type": "refusal", "refusal": "I cannot help with that."}
    message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "incomplete" if finish == "length" else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if finish == "length" else None,
        "error": None,
        "model": f"{asked.model}-2026",
        "output": [{**message, "content": [said]}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": TOKENS_IN,
            "input_tokens_details": {"cached_tokens": TOKENS_CACHED},
            "output_tokens": TOKENS_OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        },
    }


def _message(asked: Asked) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": f"{asked.model}-2026",
        "stop_sequence": None,
        "usage": {
            # What comes from the cache is apart: the sum is TOKENS_IN.
            "input_tokens": TOKENS_IN - TOKENS_CACHED,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": TOKENS_CACHED,
            "output_tokens": TOKENS_OUT,
        },
    }
