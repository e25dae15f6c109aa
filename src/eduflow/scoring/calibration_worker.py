"""The process in which answers are calibrated: one question on its input, one answer, the end.

Compiled code of a library, over numbers that a class has given: its memory and its computing time
are bounded by the system, and nobody else's event loop waits for it.
"""

import sys

import msgspec

from eduflow.scoring.calibration import TooFew, calibrate
from eduflow.scoring.calibration_process import Outcome


def _bound(memory: int, seconds: int) -> None:
    # Not on every system; where it is missing, the clock of the process that asks remains.
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(memory: int, seconds: int) -> None:
    _bound(memory, seconds)
    answers = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=dict[str, list[bool | None]])
    try:
        outcome = Outcome(found=calibrate(answers))
    except TooFew as few:
        outcome = Outcome(too_few=str(few))
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
