"""The page of the service tells of every route, event, read model and permission."""

import re
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from eduflow.contracts import Event, tutor
from eduflow.services.tutor import service

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/services/tutor.md").read_text(encoding="utf-8")


def _routes(handlers: object) -> set[str]:
    assert isinstance(handlers, list)
    return {
        f"{method} {re.sub(':(uuid|str)', '', path)}"
        for handler in handlers
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    }


def test_every_route_is_told_of() -> None:
    told = set(re.findall(r"^\| `([A-Z]+ /[^?`]*)", PAGE, re.MULTILINE))
    assert told == _routes(service.routes)


def test_every_internal_route_is_told_of() -> None:
    told = set(re.findall(r"^- `([A-Z]+) /internal/v1(/[^?`]*)", PAGE, re.MULTILINE))
    assert {" ".join(one) for one in told} == _routes(service.internal)


def test_every_event_and_read_model_is_told_of() -> None:
    for event in vars(tutor).values():
        if isinstance(event, type) and issubclass(event, Event) and event is not Event:
            assert f"| `{event.__struct_config__.tag}` |" in PAGE
    for model in service.models:
        assert f"| `{model.name}` |" in PAGE


def test_every_permission_is_given_to_somebody_and_told_of() -> None:
    given = (ROOT / "migrations/tutor/0001_ledger.sql").read_text(encoding="utf-8")
    for permission in ("ai_usage:read", "ai_budget:read", "ai_budget:write", "ai_model:write"):
        assert f"'{permission}'" in given
        assert f"`{permission}`" in PAGE
