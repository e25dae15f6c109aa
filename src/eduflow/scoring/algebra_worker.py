"""The process that `FormulaJudge` keeps: reads questions, answers verdicts, may be killed.

One line of JSON each way. Its memory and its computing time are bounded by the system, not by good
will; it opens nothing, and ends when its input does.
"""

import sys

import msgspec

from eduflow.scoring.algebra import Question, decide

_READY = b"ready\n"
# What sympy is known to raise where it cannot go on. Anything else ends the process, and whoever
# asked takes that for undecided too.
_STUMBLES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _bound(memory: int) -> None:
    # Not on every system; where it is missing, the clock of the process that asks remains.
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _allow(seconds: int) -> None:
    """So much computing time from here on; the system ends the process when it is used up."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answer(line: bytes) -> bytes:
    try:
        return decide(msgspec.json.decode(line, type=Question)).encode()
    except _STUMBLES:
        return b"undecided"


def main(memory: int, seconds: int) -> None:
    _bound(memory)
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        _allow(seconds)
        sys.stdout.buffer.write(_answer(line) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
