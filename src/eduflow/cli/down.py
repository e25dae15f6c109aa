"""`eduflow down`."""

import os
import signal
from pathlib import Path

import rich_click as click

from eduflow.cli.group import Stop, console, data_dir_option
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import Identity, end, wait_until
from eduflow.embedded.state import DataFolder

_PATIENCE_SECONDS = 120.0
"""Every part in turn may take its own time; together never this long."""


@click.command()
@data_dir_option
def down(*, data_dir: Path) -> None:
    """Stop everything that `eduflow up` started, also what a killed one left running."""
    folder = DataFolder(data_dir)
    if not (folder.path / "state.json").exists():
        console.print(f"nothing has been started in {folder.path}")
        return
    running = folder.running()
    if running is not None and running.supervisor is not None:
        _stop(folder, running.supervisor)
    try:
        with folder:
            left = folder.clear_leftovers()
    except EmbeddedError as fault:
        raise Stop(str(fault), advice=fault.advice) from fault
    for name in left:
        console.print(f"ended {name}, left by a start that was killed", markup=False)
    console.print(
        "everything is stopped" if running or left else f"nothing was running in {folder.path}"
    )


def _stop(folder: DataFolder, supervisor: Identity) -> None:
    with console.status("stopping") as status:

        def gone() -> bool:
            if (state := folder.read()) is not None and state.doing:
                status.update(state.doing)
            return not supervisor.alive()

        os.kill(supervisor.pid, signal.SIGTERM)
        if not wait_until(gone, _PATIENCE_SECONDS):
            end(supervisor, stop_signal=signal.SIGKILL, patience=10)
