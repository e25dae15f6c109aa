"""The limit: the same rows by the same SQL, with nothing but PostgreSQL and pgbench."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from eduflow.embedded.binaries import PostgresBinaries
from ops.bench.load import LoadResult

CLIENTS = 16
_PLANS = "-c plan_cache_mode=force_generic_plan"
"""Its connections are new in each round; without this they would plan more than they execute."""
_SAMPLED = 0.2
"""Share of the transactions whose time is written down; the writing is pgbench's own CPU."""
_DONE = re.compile(r"number of transactions actually processed: (\d+)")


async def pgbench(
    binaries: PostgresBinaries,
    server: dict[str, str],
    script: str,
    *,
    seconds: float,
    first: int,
) -> LoadResult:
    """Run the script for whole seconds, prepared, on a few connections."""
    whole = max(1, round(seconds))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        await asyncio.to_thread(file.write_text, script)
        options = f"-n -M prepared -c {CLIENTS} -j 1 -T {whole} -l --sampling-rate={_SAMPLED}"
        variables = f"-D first={first} -D clients={CLIENTS} -D k=0"
        run = await asyncio.create_subprocess_exec(
            binaries.tool("pgbench"),
            *options.split(),
            *variables.split(),
            *("-f", str(file)),
            cwd=folder,
            env={"PATH": os.environ["PATH"], **binaries.libraries, **server, "PGOPTIONS": _PLANS},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, complaint = await run.communicate()
        done = _DONE.search(out.decode())
        if run.returncode or done is None:
            raise RuntimeError(f"pgbench: {complaint.decode()[:500]}")
        times = await asyncio.to_thread(_times, Path(folder))
    return LoadResult(
        good=int(done[1]),
        bad=0,
        seconds=whole,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
        longest=times[-1],
        statuses={},
        # Some connections get further than others, and each counts for itself.
        asked=int(done[1]) * 2,
    )


def _times(folder: Path) -> list[float]:
    """Of the sampled transactions, in seconds, shortest first."""
    logs = [log.read_text() for log in folder.glob("pgbench_log.*")]
    times = [int(line.split()[2]) / 1e6 for log in logs for line in log.splitlines()]
    return sorted(times) or [0.0]
