"""A crash forgets which transaction ids were used for nothing, and gives them out again."""

import asyncio
from typing import Any

import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.outbox import NOTHING_SEEN, Cursor, read_new
from tests.harness.servers import Servers
from tests.harness.things import TYPE, append, open_room

pytestmark = pytest.mark.system


async def test_a_reader_elsewhere_misses_no_event_whose_number_it_saw_used_for_nothing(
    servers: Servers,
) -> None:
    """Such a reader's checkpoint outlives the crash, though what it saw does not."""
    kind: dict[str, Any] = {"types": [TYPE], "shard": 0, "shards": 1, "limit": 1000}
    cluster = servers.cluster
    async with open_room(servers, "numbers") as room:
        cursor = Cursor(NOTHING_SEEN)
        for _ in range(5):
            async with room.sql() as writer:
                await append(writer, new_id(), 1)
                for _ in range(5):
                    transaction = writer.transaction()
                    await transaction.start()
                    await append(writer, new_id(), 1)
                    await transaction.rollback()
                cursor = (await read_new(writer, cursor, **kind)).after
            cluster.kill_primary()
            cluster.primary.start()
            await asyncio.to_thread(cluster.primary.wait_ready)
            thing = new_id()
            async with room.sql() as writer:
                await append(writer, thing, 1)
                batch = await read_new(writer, cursor, **kind)
            assert [event["aggregate_id"] for event in batch.events] == [thing]
            cursor = batch.after
