"""`eduflow status`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
import rich_click as click
from rich.table import Table

from eduflow.cli.database_state import DatabaseState, checked_at, database_states
from eduflow.cli.group import console, data_dir_option, effective_settings
from eduflow.embedded.state import DataFolder, PartState, State


class ProcessState(msgspec.Struct, kw_only=True):
    """One process and its children."""

    name: str
    pid: int | None
    state: str
    ports: tuple[int, ...] = ()
    restarts: int = 0
    memory_mb: float | None = None
    log: str = ""


class Status(msgspec.Struct, kw_only=True):
    """What `--json` prints."""

    at: str
    data_dir: str
    state: str
    processes: list[ProcessState] = []
    databases: list[DatabaseState] = []


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, data_dir: Path, as_json: bool) -> None:
    """Show each process, each database with its standbys, and how far behind they are.

    Ends with 1 when something that should run does not.
    """
    folder = DataFolder(data_dir)
    state = folder.running()
    found = Status(
        at=checked_at(),
        data_dir=str(folder.path),
        state=state.phase if state else "stopped",
        processes=_processes(state) if state else [],
        databases=database_states(effective_settings(data_dir)),
    )
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        _show(found)
    well = all(p.state == "ready" for p in found.processes) and all(
        d.up and all(r.up for r in d.replicas) for d in found.databases
    )
    if not well or not (found.processes or found.databases):
        sys.exit(1)


def _processes(state: State) -> list[ProcessState]:
    own = state.supervisor.pid if state.supervisor else None
    supervisor = ProcessState(name="supervisor", pid=own, state="ready", memory_mb=_memory(own, []))
    return [supervisor, *map(_process, state.parts)]


def _process(part: PartState) -> ProcessState:
    alive = part.identity is not None and part.identity.alive()
    pid = part.identity.pid if part.identity and alive else None
    phase = part.phase if alive or part.phase == "restarting" else "down"
    children = psutil.Process(pid).children(recursive=True) if pid else []
    return ProcessState(
        name=part.name,
        pid=pid,
        state=phase,
        ports=part.ports,
        restarts=part.restarts,
        memory_mb=_memory(pid, children),
        log=part.log,
    )


def _memory(pid: int | None, children: Sequence[psutil.Process]) -> float | None:
    """Proportional set size of a family: what shared pages cost is counted once over all."""
    if pid is None:
        return None
    total = 0
    try:
        for process in (psutil.Process(pid), *children):
            total += getattr(process.memory_full_info(), "pss", 0)
    except psutil.Error:
        return None
    return round(total / 1_000_000, 1)


def _show(found: Status) -> None:
    console.print(f"EduFlow in {found.data_dir}: [bold]{found.state}[/]")
    if found.processes:
        table = Table(
            "process", "pid", "state", "ports", "MB", "restarts", box=None, padding=(0, 2)
        )
        for each in found.processes:
            table.add_row(
                each.name,
                str(each.pid or "-"),
                each.state,
                _few(each.ports),
                "-" if each.memory_mb is None else f"{each.memory_mb:.0f}",
                str(each.restarts),
            )
        console.print(table)
    elif not found.databases:
        console.print(f"start it with `eduflow up --data-dir {os.path.relpath(found.data_dir)}`")
    if found.databases:
        table = Table("database", "server", "state", "behind", box=None, padding=(0, 2))
        for database in found.databases:
            table.add_row(database.name, database.address, database.fault or "up", "")
            for replica in database.replicas:
                known = replica.lag_seconds is not None
                behind = f"{replica.lag_seconds:.1f} s, {replica.lag_bytes} bytes" if known else "?"
                table.add_row("", replica.address, replica.fault or "up", behind)
            for consumer, seconds in database.projections.items():
                table.add_row("", f"projection {consumer}", "", f"{seconds:.1f} s")
        console.print(table)


def _few(ports: Sequence[int]) -> str:
    most = 3
    shown = " ".join(map(str, ports[:most]))
    return shown if len(ports) <= most else f"{shown} … {ports[-1]}"
