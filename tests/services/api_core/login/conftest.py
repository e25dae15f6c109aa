"""A platform that asks itself for keys and revoked sessions, and a second one beside it."""

from collections.abc import AsyncIterator

import pytest

from eduflow.embedded.ports import free_ports
from eduflow.serve import serving
from eduflow.services import load_services
from eduflow.worker import working
from tests.harness.servers import Servers
from tests.services.api_core.login.door import Door


@pytest.fixture(scope="module")
async def door(servers: Servers) -> AsyncIterator[Door]:
    await servers.migrated()
    services = load_services(["api_core"])
    here, there = free_ports(2)
    # The letters' folder is everybody's: any worker on these servers may send any letter.
    settings = servers.settings(port=here, gateway=here)
    async with (
        working(settings, services) as worker,
        serving(settings, services, ports={"api_core": here}) as runtime,
        serving(settings, services, ports={"api_core": there}),
    ):
        door = Door(
            settings,
            runtime=runtime,
            worker=worker,
            here=f"http://127.0.0.1:{here}",
            there=f"http://127.0.0.1:{there}",
            servers=servers,
        )
        yield door
        await door.close()
