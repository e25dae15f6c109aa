"""The pages of docs/ that are derived from the code, each a function that returns its text."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import get_args, get_origin, get_type_hints

import msgspec

import eduflow
from eduflow.directory import DATABASES, PLACES
from eduflow.kernel.problems import Problem
from eduflow.kernel.settings import (
    DatabaseSettings,
    LanguageModels,
    Secret,
    Settings,
    documented,
)
from ops.docs.reference import openapi_page

NOTICE = "<!-- Generated from the code by `nox -s docs`; edit the code. -->\n"
ROOMS = ("eduflow.kernel.", "eduflow.services.")


def settings_page() -> str:
    """Every environment variable, its default and its meaning, from the settings classes."""
    return "\n".join(
        [
            "# Settings",
            "",
            NOTICE,
            "EduFlow reads its settings once, at the start, from environment variables. A variable",
            "that begins with `EDUFLOW_` and is not listed here stops the start.",
            "",
            *_settings_table(Settings),
            "",
            "## Language models",
            "",
            "[How to choose models](how-to/choose-models.md) explains them.",
            "",
            *_settings_table(LanguageModels),
            "",
            "## For each database",
            "",
            f"`{{DB}}` is one of {', '.join(f'`{d.name.upper()}`' for d in DATABASES)}.",
            "",
            *_settings_table(DatabaseSettings),
            "",
        ]
    )


def map_page() -> str:
    """The map of services and databases, from the directory."""
    ports = {database.name: database.port for database in DATABASES}
    return "\n".join(
        [
            "# The map",
            "",
            NOTICE,
            "| service | port | database (port) | owns |",
            "|---|---|---|---|",
            *(
                f"| {p.name} | {p.port} | {p.database} ({ports[p.database]}) | {p.owns} |"
                for p in PLACES
            ),
            "",
        ]
    )


def problems_page() -> str:
    """Every code that an error may carry, from the problem classes of the kernel and services."""
    return "\n".join(
        [
            "# Problems",
            "",
            NOTICE,
            "Errors are `application/problem+json` documents (RFC 9457). Their codes are stable;",
            "the titles may be reworded, and `detail` speaks of one occurrence.",
            "",
            "| code | status | title | when |",
            "|---|---|---|---|",
            *(
                f"| `{kind.code}` | {kind.status} | {kind.title} | {_first_paragraph(kind)} |"
                for kind in sorted(problem_kinds(), key=lambda kind: kind.code)
            ),
            "",
        ]
    )


def problem_kinds() -> set[type[Problem]]:
    """Every problem class that is defined in the kernel or in a service."""
    for module in pkgutil.walk_packages(eduflow.__path__, "eduflow."):
        if module.name.startswith(ROOMS):
            importlib.import_module(module.name)
    return set(_descendants(Problem))


def _descendants(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(ROOMS):
            yield child
            yield from _descendants(child)


def _settings_table(kind: type[msgspec.Struct]) -> Iterator[str]:
    defaults = {field.name: field for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind)
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for name, (variable, meaning) in documented(kind).items():
        default = _default(defaults[name].default)
        allowed = "".join(f" `{choice}`" for choice in _choices(hints[name]))
        sentence = " ".join(inspect.cleandoc(meaning).split())
        suffix = f" One of:{allowed}." if allowed else ""
        yield f"| `{variable}` | {default} | {sentence}{suffix} |"


def _choices(hint: object) -> tuple[object, ...]:
    arguments = get_args(hint)
    return arguments if arguments and str(get_origin(hint)).endswith("Literal") else ()


def _default(value: object) -> str:
    if value is msgspec.NODEFAULT:
        return "must be set"
    if value is None or value in {(), ""}:
        return "none"
    if isinstance(value, Secret):
        return "none" if not value.value else f"`{value.value}`"
    if isinstance(value, tuple):
        return f"`{' '.join(map(str, value))}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _first_paragraph(kind: type[Problem]) -> str:
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


PAGES: dict[str, Callable[[], str]] = {
    "map.md": map_page,
    "openapi.json": openapi_page,
    "problems.md": problems_page,
    "settings.md": settings_page,
}
