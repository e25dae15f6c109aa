"""From empty servers to a school that can be asked."""

import sys
import time

from ops.bench import rest
from ops.bench.ids import School
from ops.bench.school import found
from ops.bench.site import SECRET, Site

_FIRST_FOLD_SECONDS = 900
"""For 200,000 seats; those of the usual school are folded in a few."""


async def opened(site: Site, school: School) -> dict[str, float]:
    """Found the school and wait until it is folded; how long each took, in seconds."""
    say(f"founding a school of {school.people} people and {school.seats} seats")
    began = time.monotonic()
    written = await found(school, site.superuser_dsn(standby=False), secret=SECRET)
    rows = time.monotonic() - began
    await rest.until_folded(site, written=written, seconds=_FIRST_FOLD_SECONDS)
    folds = time.monotonic() - began - rows
    say(f"written in {rows:.0f} s, folded {folds:.0f} s later")
    return {"written in": rows, "folded after": folds}


def say(line: str) -> None:
    """For whoever waits; the result alone is on the standard output."""
    print(line, file=sys.stderr, flush=True)
