"""The result: as tables for people and as JSON for the next comparison."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from ops.bench.freshness import Freshness
from ops.bench.ids import School
from ops.bench.overload import Overload
from ops.bench.runner import Round
from ops.bench.storm import Storm
from ops.bench.usage import Memory

_MB = 1024 * 1024
_HEAD = (
    "| subject | req/s median (min-max) | p50 / p99 ms | bytes | app us | of it worker | db us"
    " | total us | x pgbench's CPU | EduFlow's req/s x | foreign cores | bad |"
)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MB,
        "system": platform.platform(),
        "load": os.getloadavg()[0],
    }


class Report(msgspec.Struct, kw_only=True):
    """One run."""

    machine: dict[str, Any]
    school: School
    options: dict[str, Any]
    date: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    versions: dict[str, str] = {}
    rounds: list[Round] = []
    skipped: dict[str, str] = {}
    notes: dict[str, str] = {}
    """By case."""
    founding: dict[str, float] = {}
    """Seconds that the rows and the first fold took."""
    storm: Storm | None = None
    overload: Overload | None = None
    freshness: list[Freshness] = []
    memory: list[Memory] = []
    memory_after: list[Memory] = []
    idle: dict[str, float] = {}

    def json(self) -> bytes:
        """Everything, each round by itself."""
        return msgspec.json.format(msgspec.json.encode(self, enc_hook=str))

    def text(self, *, limit: str, subject: str) -> str:
        """The tables."""
        m = self.machine
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        head = (
            f"{self.date:%Y-%m-%d %H:%M} UTC, {m['processor']}, {m['cores']} cores,"
            f" load {m['load']:.1f}, {versions};"
            f" {self.school.seats} seats in {self.school.courses} courses"
        )
        parts = [head, *self._comparisons(limit, subject)]
        parts += [f"SKIPPED {case}: {why}" for case, why in self.skipped.items()]
        parts += [part.table() for part in (self.storm, self.overload) if part is not None]
        parts += ["\n".join(self._freshness()), "\n".join(self._memory())]
        return "\n\n".join(part for part in parts if part)

    def _comparisons(self, limit: str, subject: str) -> Iterator[str]:
        for case in dict.fromkeys(r.case for r in self.rounds):
            mine = [r for r in self.rounds if r.case == case]
            subjects = list(dict.fromkeys(r.subject for r in mine))
            totals = {
                s: median(r.app_us + r.database_us for r in mine if r.subject == s)
                for s in subjects
            }
            rates = {
                s: [r.result.good / r.result.seconds for r in mine if r.subject == s]
                for s in subjects
            }
            lines = [
                f"### {case}",
                "",
                _HEAD,
                f"{'|---' * _HEAD.count(' | ')}|---|",
            ]
            for s in subjects:
                of = [r for r in mine if r.subject == s]
                times = limit_ratio = ""
                # pgbench does not tell what it receives.
                size = "" if s == limit else f"{median(r.result.size for r in of):,.0f}"
                if limit in totals:
                    limit_ratio = f"{totals[s] / totals[limit]:.1f}"
                if subject in rates and s != subject:
                    times = f"{median(rates[subject]) / max(1e-9, median(rates[s])):.1f}"
                lines.append(
                    f"| {s} | {median(rates[s]):,.0f} ({min(rates[s]):,.0f}-{max(rates[s]):,.0f})"
                    f" | {median(r.result.p50 for r in of) * 1e3:.1f}"
                    f" / {median(r.result.p99 for r in of) * 1e3:.0f}"
                    f" | {size}"
                    f" | {median(r.app_us for r in of):.0f}"
                    f" | {median(r.worker_us for r in of):.0f}"
                    f" | {median(r.database_us for r in of):.0f}"
                    f" | {totals[s]:.0f} | {limit_ratio} | {times}"
                    f" | {median(r.foreign for r in of):.1f} | {sum(r.result.bad for r in of)} |"
                )
            if case in self.notes:
                lines += ["", self.notes[case]]
            yield "\n".join(lines)

    def _freshness(self) -> Iterator[str]:
        if self.freshness:
            yield "### From the answer of a write until a replica shows it, ms"
            yield ""
            yield (
                "| commands/s | done/s | write p50 / p99 | SQL on the standby p50 / p99"
                " | GET with the position p50 / p99 | stale |"
            )
            yield "|---|---|---|---|---|---|"
        for f in self.freshness:
            yield (
                f"| {f.rate} | {f.done:.0f} | {f.write_p50 * 1e3:.1f} / {f.write_p99 * 1e3:.0f}"
                f" | {f.sql_p50 * 1e3:.1f} / {f.sql_p99 * 1e3:.0f}"
                f" | {f.get_p50 * 1e3:.1f} / {f.get_p99 * 1e3:.0f} | {f.stale} of {f.reads} |"
            )

    def _memory(self) -> Iterator[str]:
        if not self.memory:
            return
        yield "### At rest: memory (PSS) and CPU of everything"
        yield ""
        yield "| part | processes | MB before the load | MB after it | % of a core |"
        yield "|---|---|---|---|---|"
        later = {m.name: m.pss_mb for m in self.memory_after}
        for m in self.memory:
            yield (
                f"| {m.name} | {m.processes} | {m.pss_mb:.0f} | {later.get(m.name, 0):.0f}"
                f" | {self.idle.get(m.name, 0) * 100:.1f} |"
            )
        yield (
            f"| all | {sum(m.processes for m in self.memory)}"
            f" | {sum(m.pss_mb for m in self.memory):.0f} | {sum(later.values()):.0f}"
            f" | {sum(self.idle.values()) * 100:.1f} |"
        )
