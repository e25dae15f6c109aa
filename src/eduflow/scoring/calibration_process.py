"""Calibrating beside the event loop, in a process that has only so much of the machine."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from eduflow.scoring.calibration import Calibration, TooFew


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one calibration may cost."""

    seconds: int = 120
    """Of computing time; by the clock twice as much, for machines that are busy."""
    memory: int = 4 << 30
    """Bytes of address space, of which the library reserves more than it uses."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the process says."""

    found: Calibration | None = None
    too_few: str | None = None


class NotFitted(Exception):  # noqa: N818 - a state of the answers, or of the machine
    """The process was ended before it had found anything."""


async def calibrated(
    answers: Mapping[str, Sequence[bool | None]], *, limits: Limits
) -> Calibration:
    """As `calibrate`; raises TooFew, or NotFitted where that would cost more than the limits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "eduflow.scoring.calibration_worker",
        str(limits.memory),
        str(limits.seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # No secret of the service goes where a library works; and it gets one core, not all.
        env={
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "NUMBA_NUM_THREADS": "1",
        },
    )
    try:
        async with asyncio.timeout(2 * limits.seconds):
            said, _ = await process.communicate(msgspec.msgpack.encode(answers))
    except TimeoutError:
        said = b""
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if not said:
        raise NotFitted(f"ended with {process.returncode}")
    outcome = msgspec.msgpack.decode(said, type=Outcome)
    if outcome.found is None:
        raise TooFew(outcome.too_few or "")
    return outcome.found
