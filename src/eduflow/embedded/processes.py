"""Processes that outlive no order to stop: started, known again, and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from eduflow.embedded.account import Account, dying_with_parent
from eduflow.embedded.problems import StartFailed

LOG_BYTES = 10_000_000
"""A log file is rotated when it is larger; one older file is kept."""
_POLL_SECONDS = 0.02


class Identity(msgspec.Struct, frozen=True):
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether this very process still runs. A zombie does not."""
        return identify(self.pid) == self


def identify(pid: int) -> Identity | None:
    """Who has this number now; None if nobody has, or only a zombie."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid, _start_mark(process))
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return None


def _start_mark(process: psutil.Process) -> str:
    # Ticks since boot do not move when somebody sets the clock; psutil's create_time does.
    if not sys.platform.startswith("linux"):
        return f"{process.create_time():.2f}"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{boot}:{ticks}"


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again; whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def end(identity: Identity, *, stop_signal: signal.Signals, patience: float) -> None:
    """Ask a process to stop, and kill it when it has not after `patience` seconds."""
    for asked, seconds in ((stop_signal, patience), (signal.SIGKILL, 10.0)):
        if not identity.alive():
            return
        try:
            os.kill(identity.pid, asked)
        except ProcessLookupError:
            return
        if wait_until(lambda: not identity.alive(), seconds):
            return


def processes_in(*folders: Path) -> list[psutil.Process]:
    """Processes whose working folder is one of these: servers work in their data."""
    wanted = {str(folder.resolve()) for folder in folders}
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() in wanted and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue
    return found


def rotate(log: Path) -> None:
    """Keep a log below `LOG_BYTES`. The writer appends, so it goes on at the new end."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace")[-20_000:].splitlines()[-count:])


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a server sees: nothing of the caller's PG*, EDUFLOW_* or locale."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LD_LIBRARY_PATH"}}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **extra}


def run(
    argv: Sequence[str], *, account: Account, environment: Mapping[str, str], stdin: str = ""
) -> str:
    """Run a tool to its end and return what it printed; raises StartFailed with its complaint."""
    done = subprocess.run(  # noqa: S603 (our own programs, no shell)
        [*account.prefix, *argv],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(environment),
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
        cwd="/",
    )
    if done.returncode:
        raise StartFailed(f"{Path(argv[0]).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout.strip()


class Part:
    """One process of the platform. Subclasses say how to start it and when it is ready."""

    stop_signal = signal.SIGTERM
    patience = 15.0
    """Seconds it is given to stop before it is killed."""
    start_seconds = 60.0
    """Seconds it is given to become ready."""

    def __init__(self, name: str, *, ports: Iterable[int], log: Path, account: Account) -> None:
        self.name = name
        self.ports = tuple(ports)
        self.log = log
        self.account = account
        self.process: subprocess.Popen[bytes] | None = None
        self.identity: Identity | None = None

    def prepare(self) -> None:
        """What must be done before each start."""

    def argv(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return clean_environment({})

    def is_ready(self) -> bool:
        raise NotImplementedError

    def folder(self) -> Path:
        """The working folder of the process."""
        return Path("/")

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start without waiting. Call from the main thread: the child dies with the caller's."""
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 (our own programs, no shell)
                [*dying_with_parent(self.stop_signal), *self.account.prefix, *self.argv()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                cwd=self.folder(),
                user=self.account.uid,
                group=self.account.gid,
                extra_groups=None if self.account.uid is None else [],
                start_new_session=True,
            )
        self.identity = identify(self.process.pid)

    def wait_ready(self) -> None:
        """Return when it answers; raises StartFailed when it ended or took too long."""
        settled = wait_until(lambda: not self.running() or self.is_ready(), self.start_seconds)
        if not self.running():
            raise StartFailed(f"{self.name} ended while starting:\n{last_lines(self.log)}")
        if not settled:
            raise StartFailed(
                f"{self.name} was not ready after {self.start_seconds:.0f} s:\n"
                f"{last_lines(self.log)}",
                advice=f"its log is {self.log}",
            )

    def stop(self) -> None:
        """Ask, wait, and kill at last."""
        if self.process is None or self.identity is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        if self.process is None:
            return
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        known = [found for child in family if (found := identify(child.pid)) is not None]
        self.process.kill()
        for child in known:
            end(child, stop_signal=signal.SIGKILL, patience=10)
        self.process.wait()
        self.process = None
