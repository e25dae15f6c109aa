"""The process that `Apart` starts: reads one file, writes down what was in it, ends."""

import sys
from pathlib import Path

import msgspec

from eduflow.interchange.door import read
from eduflow.interchange.reading import Finding, Format, ReadItem, Stimulus, Test
from eduflow.interchange.unreadable import Unreadable


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file could not be read at all."""

    reason: str
    file: str
    line: int | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A `Reading` without what cannot leave the process: its media."""

    format: Format = "qti3"
    entries: tuple[ReadItem, ...] = ()
    tests: tuple[Test, ...] = ()
    stimuli: tuple[Stimulus, ...] = ()
    findings: tuple[Finding, ...] = ()
    fault: Fault | None = None


def _bound(memory: int, seconds: int, told: int) -> None:
    # Not on every system; where it is missing, the clock of the process that asks remains.
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (told, told))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def main(path: Path, out: Path, *bounds: int) -> None:
    _bound(*bounds)
    try:
        with read(path) as reading:
            told = Told(
                format=reading.format,
                entries=reading.entries,
                tests=reading.tests,
                stimuli=reading.stimuli,
                findings=reading.findings,
            )
    except Unreadable as wrong:
        told = Told(fault=Fault(reason=wrong.reason, file=wrong.file, line=wrong.line))
    out.write_bytes(msgspec.json.encode(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *(int(number) for number in sys.argv[3:]))
