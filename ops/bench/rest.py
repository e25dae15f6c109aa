"""What everything costs while nobody asks for anything."""

import asyncio

from ops.bench.site import DATABASE, Site
from ops.bench.usage import Memory, cpu_seconds, memory

_QUIET_SECONDS = 5.0
_BEHIND = (
    "SELECT count(*) FROM projection_checkpoints AS c, pg_current_snapshot() AS now"
    " WHERE c.target IS NOT NULL OR EXISTS (SELECT FROM outbox_events AS e"
    " WHERE pg_visible_in_snapshot(e.xid, now) AND NOT pg_visible_in_snapshot(e.xid, c.snapshot))"
)


async def until_folded(site: Site, *, seconds: float) -> None:
    """Return when every read model has caught up with the log."""
    for _ in range(int(seconds * 10)):
        there = await asyncio.to_thread(
            site.cluster.ask, "SELECT count(*) FROM projection_checkpoints", DATABASE
        )
        if there != "0" and await asyncio.to_thread(site.cluster.ask, _BEHIND, DATABASE) == "0":
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
