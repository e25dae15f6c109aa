"""`eduflow up`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import rich_click as click
from rich.markup import escape

from eduflow.cli.group import Stop, console, data_dir_option, effective_settings
from eduflow.embedded.platform import Options, Platform
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.state import DataFolder

_DETACHED_POLL_SECONDS = 0.1


class Steps:
    """Shows what a start is at, and how long each step took."""

    def __init__(self) -> None:
        self._status = console.status("")
        self._doing = ""
        self._ready = False
        self._since = self._begun = time.monotonic()

    def tell(self, doing: str) -> None:
        now = time.monotonic()
        if self._ready:
            # What happens later is news, not a step of the start.
            if doing:
                console.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {escape(doing)}")
            return
        if self._doing:
            self._status.stop()
            console.print(f"[green]✓[/] {escape(self._doing)} [dim]{now - self._since:.1f} s[/]")
        self._doing, self._since = doing, now
        if doing:
            self._status.update(escape(doing))
            self._status.start()

    def ready(self, summary: list[str]) -> None:
        self.tell("")
        self._ready = True
        console.print(
            f"\n[bold green]EduFlow is ready[/] after {self._since - self._begun:.1f} s\n"
        )
        for line in summary:
            console.print(line, markup=False)

    def close(self) -> None:
        self._status.stop()


@click.command()
@data_dir_option
@click.option("--port-offset", default=0, show_default=True, help="Added to every port of the map.")
@click.option(
    "--detach", is_flag=True, help="Return when everything is ready, and leave it running."
)
@click.option("--demo/--no-demo", default=True, show_default=True, help="Make the demo schools.")
@click.option("--services", default="", metavar="LIST", help="Only these, separated by commas.")
@click.option(
    "--servers-only", is_flag=True, help="Start databases, broker and object store alone."
)
def up(
    *,
    data_dir: Path,
    port_offset: int,
    detach: bool,
    demo: bool,
    services: str,
    servers_only: bool,
) -> None:
    """Start the whole platform on this machine, and stay until Ctrl-C.

    What an `EDUFLOW_*` variable names outside, such as a broker, is used and not started.
    """
    # A misspelt variable is told before anything starts.
    effective_settings(data_dir / "nowhere")
    steps = Steps()
    try:
        options = Options(
            data_dir=data_dir.absolute(),
            port_offset=port_offset,
            demo=demo,
            services=tuple(filter(None, services.replace(",", " ").split())),
            servers_only=servers_only,
        )
        platform = Platform(options, tell=steps.tell)
        if detach:
            _start_detached(platform.folder, steps)
        else:
            platform.run(ready=steps.ready)
            steps.tell("")
            console.print("everything is stopped")
    except EmbeddedError as fault:
        steps.close()
        raise Stop(str(fault), advice=fault.advice) from fault
    except LookupError as fault:
        raise Stop(str(fault.args[0])) from fault
    finally:
        steps.close()


def _start_detached(folder: DataFolder, steps: Steps) -> None:
    """The same command without `--detach`, in a session of its own; waits for its word."""
    if (running := folder.running()) is not None and running.supervisor is not None:
        raise Stop(
            f"EduFlow already runs in {folder.path} (pid {running.supervisor.pid})",
            advice="`eduflow status` shows it, `eduflow down` stops it",
        )
    folder.logs.mkdir(parents=True, exist_ok=True)
    log = folder.logs / "up.log"
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 (our own programs, no shell)
            [sys.executable, "-m", "eduflow", *(a for a in sys.argv[1:] if a != "--detach")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    told = ""
    try:
        while child.poll() is None:
            state = folder.read()
            if state and state.supervisor and state.supervisor.pid == child.pid:
                if state.phase == "ready":
                    steps.ready(state.summary)
                    return
                if state.doing != told and state.phase == "starting":
                    told = state.doing
                    steps.tell(told)
            time.sleep(_DETACHED_POLL_SECONDS)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise Stop("stopped before it was ready") from None
    steps.close()
    sys.stderr.write(log.read_text(errors="replace"))
    raise Stop("EduFlow did not start", advice=f"the reason stands above, and in {log}")
