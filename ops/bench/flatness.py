"""Whether a read costs the same in a large school as in a small one.

Both schools run at the same time and take turns, so that what else the machine does falls on both.
The same learners ask for the same courses, with the same in them; the large one has more beside.
"""

from pathlib import Path
from statistics import median

import msgspec

from ops.bench.cases import CASES, Case
from ops.bench.ids import BLOCK, School, plan
from ops.bench.runner import EDUFLOW, LIMIT, Round, Runner
from ops.bench.site import running_site
from ops.bench.start import opened

LARGE = 1_000
"""Courses of the large school; the small one has as many as share their learners."""


class Flatness(msgspec.Struct, frozen=True, kw_only=True):
    """All rounds of both."""

    small: School
    large: School
    founding: dict[str, float]
    in_small: list[Round] = []
    in_large: list[Round] = []

    def table(self) -> str:
        """For people."""
        small, large = f"{self.small.seats:,}", f"{self.large.seats:,}"
        lines = [
            f"### A read in a school of {small} and of {large} seats, total CPU in us",
            "",
            f"| | subject | {small} | {large} | ratio | bytes |",
            "|---|---|---|---|---|---|",
        ]
        for case, subject in dict.fromkeys((r.case, r.subject) for r in self.in_small):
            few = _total(self.in_small, case, subject)
            many = _total(self.in_large, case, subject)
            sizes = " / ".join(
                f"{median(r.result.size for r in _of(rounds, case, subject)):.0f}"
                for rounds in (self.in_small, self.in_large)
            )
            sizes = "" if subject == LIMIT else sizes
            lines.append(
                f"| {case} | {subject} | {few:.0f} | {many:.0f} | {many / max(1.0, few):.2f}"
                f" | {sizes} |"
            )
        told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.founding.items())
        return "\n".join((*lines, "", f"The large school: {told}."))


def _of(rounds: list[Round], case: str, subject: str) -> list[Round]:
    return [r for r in rounds if (r.case, r.subject) == (case, subject)]


def _total(rounds: list[Round], case: str, subject: str) -> float:
    return median(r.app_us + r.database_us for r in _of(rounds, case, subject))


async def measure(folder: Path, *, rounds: int, seconds: float) -> Flatness:
    """Found both, and let both take turns; the first round only warms up."""
    small, large = plan(courses=BLOCK, asked=BLOCK), plan(courses=LARGE, asked=BLOCK)
    folders = [folder / name for name in ("small", "large")]
    for place in folders:
        place.mkdir()
    async with running_site(folders[0]) as first, running_site(folders[1]) as second:
        await opened(first, small)
        founding = await opened(second, large)
        found = Flatness(small=small, large=large, founding=founding)
        places = (
            (Runner(first, small, []), found.in_small),
            (Runner(second, large, []), found.in_large),
        )
        reads: list[Case] = [case for case in CASES if case.usual and not case.writes]
        for number in range(rounds + 1):
            for case in reads:
                for subject in (LIMIT, EDUFLOW):
                    for runner, kept in places:
                        turn = await runner.round(case, subject, seconds=seconds)
                        if number:
                            kept.append(turn)
    return found
