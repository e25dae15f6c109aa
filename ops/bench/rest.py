"""What everything costs while nobody asks for anything."""

import asyncio

from ops.bench.site import DATABASE, Site
from ops.bench.usage import Memory, cpu_seconds, memory

_QUIET_SECONDS = 5.0
_BEHIND = (
    "SELECT count(*) FROM projection_checkpoints"
    " WHERE target IS NOT NULL OR pg_snapshot_xmin(snapshot)::text::bigint < {written}"
)


async def until_folded(site: Site, *, written: int, seconds: float) -> None:
    """Return when every read model knows all that is older than that transaction."""
    behind = _BEHIND.format(written=written)
    for _ in range(int(seconds * 10)):
        there = await asyncio.to_thread(
            site.cluster.ask, "SELECT count(*) FROM projection_checkpoints", DATABASE
        )
        if int(there) > 1 and await asyncio.to_thread(site.cluster.ask, behind, DATABASE) == "0":
            # Else every plan changes in the middle of the run, when autovacuum comes round.
            await asyncio.to_thread(site.cluster.ask, "VACUUM (ANALYZE)", DATABASE)
            await asyncio.to_thread(site.cluster.catch_up)
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"the read models are not folded after {seconds:.0f} s")


async def at_rest(site: Site) -> tuple[list[Memory], dict[str, float]]:
    """Memory of every process tree, and the share of a core that it uses."""
    parts = {**site.app, **site.stores}
    before = {name: cpu_seconds([pid]) for name, pid in parts.items()}
    await asyncio.sleep(_QUIET_SECONDS)
    idle = {
        name: (cpu_seconds([pid]) - before[name]) / _QUIET_SECONDS for name, pid in parts.items()
    }
    found = [memory(name, pid) for name, pid in parts.items()]
    return found, idle
