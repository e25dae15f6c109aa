"""What everything costs while nobody asks for anything."""

import asyncio

from ops.bench.site import Site, built_databases
from ops.bench.usage import Memory, cpu_seconds, memory

_QUIET_SECONDS = 5.0
_THERE = "SELECT count(*) FROM projection_checkpoints"
_FILLED = "SELECT relid::regclass FROM pg_stat_user_tables WHERE n_live_tup > 0"
_BEHIND = (
    "SELECT count(*) FROM projection_checkpoints"
    " WHERE target IS NOT NULL OR pg_snapshot_xmin(snapshot)::text::bigint < {written}"
)


async def until_folded(site: Site, *, written: int, seconds: float) -> None:
    """Return when every read model of every database knows all that is older than that."""
    async with asyncio.timeout(seconds):
        for database in built_databases():
            await _until_folded(site, database, written=written)
    await asyncio.to_thread(site.cluster.catch_up)


async def _until_folded(site: Site, database: str, *, written: int) -> None:
    behind = _BEHIND.format(written=written)
    while True:
        there = await asyncio.to_thread(site.cluster.ask, _THERE, database)
        if int(there) > 1 and await asyncio.to_thread(site.cluster.ask, behind, database) == "0":
            # Else every plan changes in the middle of the run, when autovacuum comes round. A table
            # that is known to be empty is read whole, and goes on being read so when it is not
            # empty any more; in life nobody vacuums it, and it is taken for one of some pages.
            tables = await asyncio.to_thread(site.cluster.ask, _FILLED, database)
            wanted = ", ".join(tables.split())
            await asyncio.to_thread(site.cluster.ask, f"VACUUM (ANALYZE) {wanted}", database)
            return
        await asyncio.sleep(0.1)


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
