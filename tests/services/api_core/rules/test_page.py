"""The page of the service tells of every route, every event and every read model."""

import re
from pathlib import Path

from eduflow.contracts import Event, api_core, api_core_completion, api_core_grading, discussion
from eduflow.services.api_core import service

PAGE = (Path(__file__).parents[4] / "docs/services/api_core.md").read_text(encoding="utf-8")


def test_every_route_is_told_of() -> None:
    told = set(re.findall(r"^\| `([A-Z]+ /[^?`]*)", PAGE, re.MULTILINE))
    there = {
        f"{method} {re.sub(':(uuid|str)', '', path)}"
        for handler in service.routes
        for path in handler.paths  # type: ignore[union-attr]
        for method in handler.http_methods  # type: ignore[union-attr]
    }
    assert told == there


def test_every_event_is_told_of() -> None:
    published = (api_core, api_core_completion, api_core_grading, discussion)
    for event in (thing for module in published for thing in vars(module).values()):
        if isinstance(event, type) and issubclass(event, Event) and event is not Event:
            assert str(event.__struct_config__.tag).removeprefix("api_core.") in PAGE


def test_every_read_model_is_told_of() -> None:
    for model in service.models:
        assert f"| `{model.name}` |" in PAGE
        for name in model.folds:
            assert name.removeprefix("api_core.") in PAGE
