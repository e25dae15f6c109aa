"""How a settings class names its environment variables, and how they become its values."""

import ast
import inspect
import itertools
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """A value that never shows itself in a log, a traceback or a `repr`."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


class Env(msgspec.Struct, frozen=True):
    """Names the environment variable behind a field."""

    name: str


def variables(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field name -> the environment variable behind it."""
    return {
        field: extra.name
        for field, hint in get_type_hints(kind, include_extras=True).items()
        for extra in getattr(hint, "__metadata__", ())
        if isinstance(extra, Env)
    }


def documented(kind: type[msgspec.Struct]) -> dict[str, tuple[str, str]]:
    """Field name -> (variable, docstring), read from the source of a settings class."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 (the source of a class is a class)
    named = variables(kind)
    return {
        statement.target.id: (named[statement.target.id], str(following.value.value))
        for statement, following in itertools.pairwise(body.body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and statement.target.id in named
    }


def read_fields(
    kind: type[msgspec.Struct],
    prefix: str,
    environment: Mapping[str, str],
    faults: list[str],
    seen: set[str],
) -> dict[str, Any]:
    """The fields that are set; what cannot be read is added to `faults`, each name to `seen`."""
    hints = get_type_hints(kind)
    values = {}
    for field, pattern in variables(kind).items():
        name = pattern.replace("{DB}", prefix)
        seen.add(name)
        raw = environment.get(name)
        if raw is None or raw == "":
            continue
        try:
            values[field] = _convert(raw, hints[field])
        except (msgspec.ValidationError, ValueError) as fault:
            faults.append(f"{name}={raw!r}: {fault}")
    return values


def _convert(raw: str, hint: Any) -> Any:
    if Secret in (hint, *get_args(hint)):
        return tuple(map(Secret, raw.split())) if _is_tuple(hint) else Secret(raw)
    if _is_tuple(hint):
        return tuple(raw.split())
    return msgspec.convert(raw, hint, strict=False)


def _is_tuple(hint: Any) -> bool:
    return getattr(hint, "__origin__", None) is tuple
