"""kill -9 of each part in turn, under load: nothing acknowledged is lost, or done twice."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator

import pytest

from eduflow.kernel.runtime import open_runtime
from eduflow.kernel.settings import Settings
from eduflow.services import load_services
from tests.harness.load import Load, loaded
from tests.harness.processes import Process
from tests.harness.servers import Servers

pytestmark = pytest.mark.system
PEOPLE = 4000


@pytest.fixture(scope="module")
def settings(servers: Servers) -> Settings:
    return servers.settings(port=1, gateway=1)


@pytest.fixture
def worker(servers: Servers) -> Iterator[Process]:
    """A worker as an operator starts it; not yet started."""
    environment = servers.environment(port=1, gateway=1)
    process = Process("worker", environment=environment, log=servers.folder / "worker-process.log")
    yield process
    process.stop()


@pytest.fixture
async def load(servers: Servers, settings: Settings) -> AsyncIterator[Load]:
    await servers.migrated()
    async with loaded(settings, servers, people=PEOPLE) as load:
        yield load
        print(dict(load.counts))  # noqa: T201 (shown with -s)


async def proven(load: Load, servers: Servers, settings: Settings) -> None:
    async with open_runtime(settings, load_services(), worker=True) as hands:
        await load.proven(servers, hands)


async def test_a_worker_that_is_killed_between_commit_and_projection_loses_and_doubles_nothing(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    dice = random.Random(11)  # noqa: S311
    worker.start()
    await load.visible(seconds=20)
    async with load.going_on():
        for _ in range(6):
            await load.writes(dice.randrange(20, 120))
            worker.kill()
            await load.writes(20)
            worker.start()
            await load.visible(seconds=20)
    await proven(load, servers, settings)


async def test_two_workers_of_which_one_is_killed_fold_everything_once(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    second = Process(
        "worker",
        environment=servers.environment(port=1, gateway=1),
        log=servers.folder / "second-worker.log",
    )
    worker.start()
    second.start()
    try:
        await load.visible(seconds=20)
        async with load.going_on():
            await load.writes(300)
            second.kill()
            await load.writes(300)
        await proven(load, servers, settings)
    finally:
        second.stop()


async def test_a_broker_that_is_killed_with_messages_in_it_costs_time_and_no_work(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    worker.start()
    await load.visible(seconds=20)
    worker.kill()
    async with load.going_on():
        await load.writes(100)  # Their bells lie in the broker, and nobody hears them.
        servers.broker.kill()
        try:
            await load.writes(100)
            worker.start()
            await load.visible(seconds=20)
            await load.writes(100)
        finally:
            servers.broker.start()
            await asyncio.to_thread(servers.broker.wait_ready)
        await load.visible(seconds=20)
        await load.writes(100)
    await proven(load, servers, settings)


async def test_standbys_that_are_killed_in_turn_fail_no_read_and_show_no_older_world(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    cluster = servers.cluster
    worker.start()
    await load.visible(seconds=20)
    async with load.going_on():
        for number in (1, 2, 1):
            await load.writes(100)
            cluster.kill_standby(number)
            try:
                await load.writes(200)
            finally:
                cluster.standbys[number - 1].start()
                await asyncio.to_thread(cluster.standbys[number - 1].wait_ready)
            await load.writes(100)
    assert load.counts["reads refused"] == 0
    await proven(load, servers, settings)


async def test_a_primary_that_is_killed_keeps_every_acknowledged_write(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    cluster = servers.cluster
    worker.start()
    await load.visible(seconds=20)
    async with load.going_on(writers=10):
        for _ in range(4):
            await load.writes(250)
            cluster.kill_primary()
            await asyncio.sleep(0)
            cluster.primary.start()
            await asyncio.to_thread(cluster.primary.wait_ready)
        await load.visible(seconds=20)
        await load.writes(100)
    assert load.counts["writes in doubt or refused"] > 0
    await proven(load, servers, settings)


async def test_a_primary_that_is_stopped_in_order_fails_nothing_for_long(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    cluster = servers.cluster
    worker.start()
    await load.visible(seconds=20)
    async with load.going_on(writers=10):
        for _ in range(2):
            await load.writes(250)
            await asyncio.to_thread(cluster.primary.stop)
            cluster.primary.start()
            await asyncio.to_thread(cluster.primary.wait_ready)
    await proven(load, servers, settings)


async def test_standbys_that_are_paused_unequally_show_no_session_an_older_world(
    servers: Servers, settings: Settings, worker: Process, load: Load
) -> None:
    cluster = servers.cluster
    worker.start()
    await load.visible(seconds=20)

    async def trouble(number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        while True:
            await asyncio.to_thread(cluster.pause_standby, number)
            await asyncio.sleep(dice.random() * 1.5)
            await asyncio.to_thread(cluster.resume_standby, number)
            await asyncio.sleep(dice.random() * 0.5)

    troubles = [asyncio.create_task(trouble(n)) for n in (1, 2)]
    try:
        async with load.going_on(writers=4, readers=8):
            await load.writes(500)
    finally:
        for task in troubles:
            task.cancel()
        await asyncio.gather(*troubles, return_exceptions=True)
        for number in (1, 2):
            with contextlib.suppress(Exception):
                await asyncio.to_thread(cluster.resume_standby, number)
    await proven(load, servers, settings)
