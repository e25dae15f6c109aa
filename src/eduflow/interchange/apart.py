"""Files read in a process of its own, for those who answer others meanwhile.

Reading holds a processor for as long as the file likes, within the limits of this package. Here it
is bounded by the system too, and whatever becomes of that process, nothing becomes of this one.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from eduflow.interchange.reading import Reading
from eduflow.interchange.reading_worker import Told
from eduflow.interchange.unreadable import Unreadable

_TOO_MUCH = "reading it takes more time or memory than a request has: import it by the command"


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What one file may cost."""

    seconds: int = 20
    """Of computing time; by the clock twice as much, for machines that are busy."""
    memory: int = 1 << 30
    """Bytes of address space."""
    told: int = 32 * 1024 * 1024
    """Bytes of what was found in it, texts of questions included."""


class Apart:
    """One file at a time; who comes meanwhile waits."""

    def __init__(
        self,
        bounds: Bounds = Bounds(),  # noqa: B008 - it is frozen
    ) -> None:
        self._bounds = bounds
        self._free = asyncio.Semaphore(1)

    async def read(self, path: Path) -> Reading:
        """As `read`, but without media. Raises `Unreadable`, and nothing else."""
        async with self._free:
            told = await self._told(path)
        if told is None:
            raise Unreadable(_TOO_MUCH, file=path.name)
        if told.fault is not None:
            raise Unreadable(told.fault.reason, file=told.fault.file, line=told.fault.line)
        return Reading(
            file=path.name,
            format=told.format,
            entries=told.entries,
            tests=told.tests,
            stimuli=told.stimuli,
            findings=told.findings,
        )

    async def _told(self, path: Path) -> Told | None:
        with tempfile.TemporaryDirectory(prefix="eduflow-read-") as folder:
            out = Path(folder) / "told.json"
            bounds = self._bounds
            numbers = (str(one) for one in (bounds.memory, bounds.seconds, bounds.told))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "eduflow.interchange.reading_worker",
                str(path),
                str(out),
                *numbers,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                # No secret of the service goes where somebody's file is worked on.
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": folder},
            )
            try:
                async with asyncio.timeout(2 * bounds.seconds):
                    code = await process.wait()
            except TimeoutError:
                return None
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            return await asyncio.to_thread(_decoded, out) if code == 0 else None


def _decoded(out: Path) -> Told:
    return msgspec.json.decode(out.read_bytes(), type=Told)
