"""The shape of an answer: as a JSON schema for the vendors, and checked here whatever they promise.

The vendors agree on little: all need every field required and no others allowed; only enumerated
values are enforced by all; a compatible server may ignore the schema altogether.
"""

import re
from typing import Any, TypeVar

import msgspec

from eduflow.kernel.llm.errors import Malformed

T = TypeVar("T")

_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)
_LONGEST = 262_144


def strict_schema(kind: type) -> dict[str, Any] | None:
    """What both vendors' strict modes take; None for plain text."""
    if kind is str:
        return None
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        raise TypeError(f"{kind!r} cannot be asked for: an answer is a struct or str")
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    name = schema["$ref"].rpartition("/")[2]
    root = {**_strict(parts.pop(name))}
    if parts:
        root["$defs"] = {part: _strict(found) for part, found in parts.items()}
    return root


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _strict(value) for key, value in node.items() if key != "title"}
    if isinstance(properties := made.get("properties"), dict):
        if list(properties) != made.get("required", []):
            raise TypeError("a field of an answer has a default; models leave such fields out")
        made["additionalProperties"] = False
    if "enum" in made and "type" not in made:
        kinds = {type(value) for value in made["enum"]}
        if len(kinds) == 1:
            made["type"] = {int: "integer", str: "string"}[kinds.pop()]
    return made


def read_answer(text: str, kind: type[T]) -> T:
    """The answer in its shape; raises Malformed, whose `__str__` is fit to be told to the model."""
    if kind is str:
        if not text.strip():
            raise Malformed("the answer is empty")
        return text  # type: ignore[return-value]  # T is str
    if len(text) > _LONGEST:
        raise Malformed("the answer is far too long")
    fenced = _FENCED.match(text)
    try:
        return msgspec.json.decode(fenced[1] if fenced else text, type=kind)
    except msgspec.ValidationError as fault:
        # Says a place and a rule. A value that it quotes came from the model.
        told = f"it does not fit the schema: {fault}"
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        told = "it is not one JSON value"
    raise Malformed(told[:300])
