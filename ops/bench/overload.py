"""What is left of the best that can be done when five times as much is asked for."""

from statistics import median

import msgspec

from ops.bench.cases import DASHBOARD, Attempt
from ops.bench.flood import FloodResult
from ops.bench.runner import Runner, generate, run_with

TIMES = 5
_CONNECTIONS = 1_000
_TURNS = 3
_HEAD = (
    "| peak/s | offered/s | sent/s | answered/s | of the peak | accepted p50 / p99 ms"
    " | refused/s | refusal p50 / p99 ms | lost | generator's cores |"
)


class Overload(msgspec.Struct, frozen=True, kw_only=True):
    """The peak is that of the closed loop; each turn is a peak and a flood of `TIMES` as much."""

    peaks: list[float]
    floods: list[FloodResult]

    def table(self) -> str:
        """For people."""
        lines = [
            f"### GET /users/me/dashboard, {TIMES} times as often as can be answered",
            "",
            _HEAD,
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for peak, flood in zip(self.peaks, self.floods, strict=True):
            lines.append(
                f"| {peak:,.0f} | {flood.offered:,.0f} | {flood.sent:,.0f} | {flood.good:,.0f}"
                f" | {flood.good / max(1.0, peak):.0%}"
                f" | {flood.good_p50 * 1e3:.0f} / {flood.good_p99 * 1e3:.0f}"
                f" | {flood.refused:,.0f}"
                f" | {flood.refused_p50 * 1e3:.1f} / {flood.refused_p99 * 1e3:.1f}"
                f" | {flood.lost} | {flood.cores:.2f} |"
            )
        share = median(f.good / max(1.0, p) for p, f in zip(self.peaks, self.floods, strict=True))
        answers = sorted({status for flood in self.floods for status in flood.statuses})
        lines += ["", f"Median {share:.0%} of the peak; statuses {', '.join(map(str, answers))}."]
        return "\n".join(lines)


async def measure(runner: Runner, *, seconds: float) -> Overload:
    """Each turn finds its own peak, so that what else the machine does falls on both."""
    peaks, floods = [], []
    for _ in range(_TURNS):
        closed = await runner.load(DASHBOARD, Attempt(seconds=seconds, port=runner.site.port))
        result = await generate(closed)
        peaks.append(result.good / result.seconds)
        flood = msgspec.structs.replace(
            closed, connections=_CONNECTIONS, rate=TIMES * max(1.0, peaks[-1])
        )
        out = await run_with("ops.bench.flood", flood)
        floods.append(msgspec.json.decode(out, type=FloodResult))
    return Overload(peaks=peaks, floods=floods)
