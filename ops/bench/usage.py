"""What processes cost: CPU of whole trees from /proc/<pid>/stat, memory from smaps_rollup."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

_TICK = os.sysconf("SC_CLK_TCK")
_PARENT, _FIRST_TIME, _TIMES = 1, 11, 4
"""Places in /proc/<pid>/stat behind the name: parent; utime, stime, cutime, cstime."""


class Memory(msgspec.Struct, frozen=True):
    """Proportional set size: what is shared is divided by the number of those who share it."""

    name: str
    processes: int
    pss_mb: float


def _stat(pid: int) -> list[str] | None:
    try:
        # The name is in parentheses and may hold anything, parentheses too.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def tree(roots: Iterable[int]) -> Iterator[int]:
    """The processes and all their descendants, as far as they live now."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 (hot: once before and after each case)
        if entry.isdigit() and (stat := _stat(int(entry))) is not None:
            children.setdefault(int(stat[_PARENT]), []).append(int(entry))
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU used so far by the trees, with that of descendants which have ended."""
    ticks = 0
    for pid in tree(roots):
        if (stat := _stat(pid)) is not None:
            ticks += sum(map(int, stat[_FIRST_TIME : _FIRST_TIME + _TIMES]))
    return ticks / _TICK


def machine_busy_seconds() -> float:
    """CPU that everything on the machine used so far, ours and foreign."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / _TICK


def memory(name: str, root: int) -> Memory:
    """What a tree holds at this moment."""
    kilobytes = count = 0
    for pid in tree([root]):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        count += 1
        kilobytes += next(
            int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
        )
    return Memory(name, count, kilobytes / 1024)
