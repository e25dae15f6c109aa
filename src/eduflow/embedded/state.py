"""What `up` has started, on disk, so that `down`, `status` and the next `up` know it."""

import fcntl
import os
import shutil
import signal
from pathlib import Path
from typing import Literal, Self

import msgspec

from eduflow.embedded.problems import AlreadyRunning, EmbeddedError
from eduflow.embedded.processes import Identity, end, identify, processes_in
from eduflow.embedded.secrets import write_private

Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]
PartPhase = Literal["starting", "ready", "restarting", "stopped"]


class PartState(msgspec.Struct, kw_only=True):
    """One process as it was last seen."""

    name: str
    ports: tuple[int, ...]
    phase: PartPhase
    identity: Identity | None = None
    stop_signal: int = signal.SIGTERM
    restarts: int = 0
    log: str = ""


class State(msgspec.Struct, kw_only=True):
    """One start of the platform."""

    phase: Phase = "starting"
    supervisor: Identity | None = None
    port_offset: int = 0
    sockets: str = ""
    doing: str = ""
    """What the start is at, in words for people; the reason, when it failed."""
    advice: str = ""
    parts: list[PartState] = []
    summary: list[str] = []
    """What is printed when everything is ready."""


class DataFolder:
    """The folder an installation lives in; at most one `eduflow up` holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def environment(self) -> Path:
        """The settings of the services that run here, one `NAME=value` a line."""
        return self.path / "environment"

    @property
    def demo_logins(self) -> Path:
        return self.path / "demo-logins.txt"

    def read(self) -> State | None:
        """The last start, if there was one."""
        try:
            return msgspec.json.decode((self.path / "state.json").read_bytes(), type=State)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def write(self, state: State) -> None:
        encoded = msgspec.json.encode(state)
        write_private(self.path / "state.json", msgspec.json.format(encoded, indent=1))

    def make(self, *, mode: int) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(mode)
            self.logs.mkdir(exist_ok=True, mode=0o700)
            (self.path / ".gitignore").write_text("*\n")
        except OSError as fault:
            raise EmbeddedError(
                f"the data folder {self.path} cannot be written: {fault.strerror}",
                advice="pass --data-dir with a folder that is yours",
            ) from fault

    def __enter__(self) -> Self:
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunning(
                f"{self._who()} is already using {self.path}",
                advice=f"`eduflow down --data-dir {self.path}` stops it; for a second one beside "
                "it use another --data-dir and --port-offset",
            ) from None
        self._lock = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _who(self) -> str:
        state = self.read()
        if state is None or state.supervisor is None:
            return "another `eduflow up`"
        return f"another `eduflow up` (pid {state.supervisor.pid})"

    def clear_leftovers(self) -> list[str]:
        """End what a killed start left running, last started first. Call with the lock held."""
        state = self.read()
        if state is None:
            return []
        ended = []
        for part in reversed(state.parts):
            if part.identity is not None and part.identity.alive():
                end(part.identity, stop_signal=signal.Signals(part.stop_signal), patience=15)
                ended.append(part.name)
            part.phase, part.identity = "stopped", None
        # Whatever was started and killed before it could be written down works in its data.
        apart = (self.path / name for name in ("broker", "objects", "model"))
        places = [*apart, *(self.path / "postgres").glob("*")]
        for process in processes_in(*places):
            if (found := identify(process.pid)) is not None:
                end(found, stop_signal=signal.SIGINT, patience=15)
                ended.append(f"process {process.pid}")
        if state.sockets and Path(state.sockets).name.startswith("eduflow-"):
            shutil.rmtree(state.sockets, ignore_errors=True)
        state.phase, state.supervisor, state.sockets = "stopped", None, ""
        self.write(state)
        return ended

    def running(self) -> State | None:
        """The start that is alive now; None when there is none, or it was killed."""
        state = self.read()
        if state is None or state.supervisor is None or not state.supervisor.alive():
            return None
        return state


def myself() -> Identity:
    """The process that asks."""
    found = identify(os.getpid())
    assert found is not None  # noqa: S101 (we run)
    return found
