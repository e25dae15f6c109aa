"""What all commands share: the group, the options, and how a failure is told."""

import importlib
import keyword
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from rich.console import Console

from eduflow.kernel.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from eduflow.kernel.problems import Problem

F = TypeVar("F", bound=Callable[..., Any])
COMMANDS = (
    "up", "down", "status", "doctor", "serve", "worker", "migrate", "rebuild", "keys",
    "institution", "import", "export", "seed", "audit", "verify-receipts",
)  # fmt: skip
"""In the order of the help. Each is a module of this package with a command of the same name.

Python's own words have an underscore behind them, hyphens are underscores.
"""
DATA_DIR = Path(".eduflow")
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class Stop(Exception):  # noqa: N818 (it is how a command ends)
    """A failure that people can do something about: what happened, and what to do next."""

    def __init__(self, message: str, *, advice: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.advice = advice
        self.code = code

    def show(self) -> None:
        """On standard error, for people."""
        errors.print("[bold red]error[/]", end=" ")
        errors.print(str(self), markup=False)
        if self.advice:
            errors.print("[bold]next[/] ", end=" ")
            errors.print(self.advice, markup=False)


_NEXT = {
    401: "log in anew",
    403: "name somebody with --by who may do this there, or have an administrator give them a role",
    404: "look whether the ids and codes given exist there: those named may see nothing else",
    422: "mend what was sent; what was taken already is not taken twice",
}


def refused(problem: "Problem") -> Stop:
    """The end of an import that was refused as a whole."""
    again = "run it again: what was taken is not taken twice"
    return Stop(str(problem), advice=_NEXT.get(problem.status, again))


class LazyGroup(click.RichGroup):
    """Imports `eduflow.cli.<command>` when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name.replace("-", "_")
        found = getattr(importlib.import_module(f"eduflow.cli.{name}"), name)
        assert isinstance(found, click.Command)  # noqa: S101 (each module holds its command)
        return found

    def invoke(self, ctx: click.Context) -> object:
        """A `Stop` is told without a traceback; everything else is a bug and keeps its own."""
        try:
            return super().invoke(ctx)
        except Stop as stop:
            stop.show()
            ctx.exit(stop.code)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eduflow")
def commands() -> None:
    """EduFlow: a learning platform whose reads never show an older world.

    `eduflow up` starts everything on this machine; `eduflow doctor` says what is wrong with it.
    """


def data_dir_option(command: F) -> F:
    """`--data-dir`, the same everywhere."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="EDUFLOW_DATA_DIR",
        default=DATA_DIR,
        show_default=True,
        help="The folder everything is kept in.",
    )(command)


def effective_environment(data_dir: Path | None = None) -> Mapping[str, str]:
    """The caller's variables, over those of the platform that runs in the data folder, if one does.

    So `eduflow rebuild` beside `eduflow up` needs no settings. Once the caller names a database of
    their own, or production, only their variables count.
    """
    outside = os.environ.get("EDUFLOW_PROFILE") == "production" or any(
        name.startswith("EDUFLOW_") and name.endswith("_DSN") for name in os.environ
    )
    folder = data_dir or Path(os.environ.get("EDUFLOW_DATA_DIR", DATA_DIR))
    kept = folder / "environment"
    if outside or not kept.exists():
        return os.environ
    pairs = (line.partition("=") for line in kept.read_text().splitlines())
    return {**{name: shlex.split(value)[0] for name, _, value in pairs}, **os.environ}


def effective_settings(data_dir: Path | None = None) -> Settings:
    """Settings for a command; a fault in them ends it with the whole list."""
    try:
        return read_settings(effective_environment(data_dir))
    except SettingsError as fault:
        raise Stop(
            str(fault), advice="`eduflow doctor --settings` lists every setting there is"
        ) from fault


def settings_with_databases() -> Settings:
    """As `effective_settings`, for commands that are nothing without a database."""
    settings = effective_settings()
    if not settings.databases:
        raise Stop(
            "no database is named, and no platform runs in the data folder",
            advice="`eduflow up` starts one here; else set EDUFLOW_API_CORE_DSN and its like "
            "(`eduflow doctor --settings`)",
        )
    return settings
