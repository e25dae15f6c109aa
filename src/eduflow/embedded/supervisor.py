"""Keeps the parts of one platform running: in order, watched, and stopped in reverse order."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

import msgspec

from eduflow.embedded.account import Account
from eduflow.embedded.problems import EmbeddedError, StartFailed
from eduflow.embedded.processes import Part, last_lines, rotate
from eduflow.embedded.state import DataFolder, PartPhase, PartState, State, myself

_LOOK_SECONDS = 0.25
_ROTATE_SECONDS = 60.0
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_HEALTHY_SECONDS = 60.0
"""A part that ran this long has earned a quick restart again."""


class StopAsked(BaseException):
    """Ctrl-C or a SIGTERM arrived. Not an Exception: nothing may swallow it."""


class Watched(msgspec.Struct):
    """A part and what became of it."""

    part: Part
    state: PartState
    delay: float = _FIRST_DELAY
    due: float = 0.0
    """When it is started again, or given up as not ready."""
    since: float = 0.0


class Supervisor:
    """Owns every child process. Use under the lock of its data folder, from the main thread."""

    def __init__(self, folder: DataFolder, *, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._watched: list[Watched] = []
        self.state = State(supervisor=myself())

    def announce(self, doing: str) -> None:
        """Say, and keep in the state file, what the start is at."""
        self.state.doing = doing
        self._folder.write(self.state)
        self._tell(doing)

    def start(self, part: Part) -> None:
        """Spawn without waiting, and write it down."""
        watched = Watched(
            part,
            PartState(
                name=part.name,
                ports=part.ports,
                phase="starting",
                stop_signal=part.stop_signal,
                log=str(part.log),
            ),
        )
        self._watched.append(watched)
        self.state.parts.append(watched.state)
        part.start()
        watched.state.identity = part.identity
        self._folder.write(self.state)

    def wait(self, *parts: Part) -> None:
        """Return when all of these answer."""
        for part in parts:
            part.wait_ready()
            watched = next(w for w in self._watched if w.part is part)
            self._enter(watched, "ready")

    def once(self, argv: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        """Run a step of the start to its end; raises StartFailed with the end of its log."""
        rotate(log)
        with log.open("ab") as output:
            child = subprocess.Popen(  # noqa: S603 (our own programs, no shell)
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )
            try:
                code = child.wait()
            except BaseException:
                child.terminate()
                child.wait()
                raise
        if code:
            raise StartFailed(
                f"`{' '.join(argv[1:])}` failed:\n{last_lines(log)}", advice=f"its log is {log}"
            )

    def watch(self) -> None:
        """Restart what ends, until StopAsked."""
        rotated = time.monotonic()
        for watched in self._watched:
            watched.since = rotated
        while True:
            now = time.monotonic()
            for watched in self._watched:
                self._look_after(watched, now)
            if now - rotated > _ROTATE_SECONDS:
                rotated = now
                for watched in self._watched:
                    rotate(watched.part.log)
            time.sleep(_LOOK_SECONDS)

    def _look_after(self, watched: Watched, now: float) -> None:
        phase, part = watched.state.phase, watched.part
        if phase == "restarting":
            if now >= watched.due:
                self._restart(watched, now)
        elif not part.running():
            if now - watched.since > _HEALTHY_SECONDS:
                watched.delay = _FIRST_DELAY
            self._tell(
                f"{part.name} ended; it is started again in {watched.delay:.1f} s ({part.log})"
            )
            watched.due = now + watched.delay
            watched.delay = min(watched.delay * 2, _LONGEST_DELAY)
            watched.state.identity = None
            self._enter(watched, "restarting")
        elif phase == "starting" and part.is_ready():
            self._enter(watched, "ready")
            self._tell(f"{part.name} is ready again")
        elif phase == "starting" and now >= watched.due:
            part.kill()

    def _restart(self, watched: Watched, now: float) -> None:
        watched.since = now
        watched.state.restarts += 1
        try:
            watched.part.start()
        except (EmbeddedError, OSError) as fault:
            watched.due = now + watched.delay
            watched.delay = min(watched.delay * 2, _LONGEST_DELAY)
            self._tell(f"{watched.part.name} cannot be started: {fault}")
            return
        watched.due = now + watched.part.start_seconds
        watched.state.identity = watched.part.identity
        self._enter(watched, "starting")

    def _enter(self, watched: Watched, phase: PartPhase) -> None:
        watched.state.phase = phase
        self._folder.write(self.state)

    def stop(self) -> None:
        """Stop everything, last started first. A second Ctrl-C does not shorten it."""
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, signal.SIG_IGN)
        if self.state.phase != "failed":
            self.state.phase = "stopping"
        for watched in reversed(self._watched):
            if watched.part.running():
                self.announce(f"stopping {watched.part.name}")
                watched.part.stop()
            watched.state.identity = None
            self._enter(watched, "stopped")

    def finish(self) -> None:
        """The last word in the state file."""
        if self.state.phase != "failed":
            self.state.phase, self.state.doing = "stopped", ""
        self.state.supervisor, self.state.sockets = None, ""
        self._folder.write(self.state)


def stop_when_asked() -> None:
    """From now on Ctrl-C, SIGTERM and a closed terminal raise StopAsked in the main thread."""
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, _raise)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise StopAsked


class Command(Part):
    """A long-running command of EduFlow itself, such as `eduflow serve`."""

    patience = 40.0
    """It drains requests and jobs first."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        ports: Sequence[int],
        log: Path,
        ready: Callable[[], bool],
    ) -> None:
        super().__init__(name, ports=ports, log=log, account=Account())
        self._argv = list(argv)
        self._environment = dict(environment)
        self._ready = ready

    def argv(self) -> list[str]:
        return self._argv

    def environment(self) -> dict[str, str]:
        return self._environment

    def folder(self) -> Path:
        # Relative paths in settings mean what they mean to the person who started us.
        return Path.cwd()

    def is_ready(self) -> bool:
        return self._ready()
