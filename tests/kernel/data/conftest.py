"""One room for the tests of the data kernel; each test makes its own people, things and models."""

from collections.abc import AsyncIterator

import pytest

from tests.harness.servers import Servers
from tests.harness.things import Room, open_room


@pytest.fixture(scope="session")
async def room(servers: Servers) -> AsyncIterator[Room]:
    async with open_room(servers, "things") as opened:
        yield opened
