"""How often a request asks the database: a read once, a write twice; counted on the wire."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial

import pytest

from eduflow.directory import built_places
from eduflow.services import load_services
from tests.harness.platform import Eduflow, running_platform
from tests.harness.proxy import Wire, wire_to
from tests.harness.servers import Servers
from tests.harness.things import until
from tests.harness.visiting import given, prepared
from tests.harness.visits import BY_OTHER_TESTS, VISITS, routes_of


class WiredServers(Servers, frozen=True):
    """The same servers, with everything the services' role says going over wires that count."""

    wires: tuple[Wire, ...]

    def environment(self, *, database: str = "api_core", port: int, gateway: int) -> dict[str, str]:
        plain = super().environment(database=database, port=port, gateway=gateway)
        ways = iter(wire.dsn for wire in self.wires)
        wired = {
            name: " ".join(next(ways) for _ in plain[name].split())
            for name in _asked_by_apps(plain)
        }
        return {
            **plain,
            **wired,
            # The archives that one route orders are read meanwhile, on nobody's request.
            "EDUFLOW_API_CORE_REPORTS_REPLICAS": plain["EDUFLOW_API_CORE_API_REPLICAS"],
            # One connection each, so that every statement is prepared only once.
            "EDUFLOW_POOL_SIZE": "1",
        }


def _asked_by_apps(environment: dict[str, str]) -> list[str]:
    """The settings that say where the services' role finds its databases, in their order."""
    names = (f"EDUFLOW_{place.database.upper()}" for place in built_places())
    kinds = ("_DSN", "_API_REPLICAS")
    return [
        name + kind for name in dict.fromkeys(names) for kind in kinds if name + kind in environment
    ]


@pytest.fixture(scope="module")
async def wired(servers: Servers) -> AsyncIterator[tuple[Eduflow, tuple[Wire, ...]]]:
    await servers.migrated()
    plain = servers.environment(port=1, gateway=1)
    addresses = [address for name in _asked_by_apps(plain) for address in plain[name].split()]
    async with contextlib.AsyncExitStack() as stack:
        wires = tuple([await stack.enter_async_context(wire_to(a)) for a in addresses])
        through = WiredServers(
            servers.cluster, servers.broker, servers.objects, servers.folder, wires
        )
        yield await stack.enter_async_context(running_platform(through, load_services())), wires


def test_every_route_is_in_the_table(eduflow: Eduflow) -> None:
    listed = VISITS.keys() | BY_OTHER_TESTS
    assert routes_of(eduflow) == listed


async def _is_made(eduflow: Eduflow) -> bool:
    async with eduflow.sql() as sql:
        return not await sql.fetchval(
            "SELECT EXISTS (SELECT FROM jobs WHERE kind = 'make_export'"
            " AND state IN ('waiting', 'running'))"
        )


async def test_a_read_asks_the_database_once_and_a_write_twice(
    wired: tuple[Eduflow, tuple[Wire, ...]],
) -> None:
    eduflow, wires = wired
    world = await given(eduflow)
    faults = {}
    for route, visit in VISITS.items():
        counts = []
        for turn in range(4):  # The first times prepare the statements, on each server.
            person, method, path, body, headers = await prepared(world, route, turn=turn)
            # Of other services they are asked for as requests are, and would be counted.
            made = "every archive that was ordered is made"
            await until(partial(_is_made, eduflow), seconds=60, what=made)
            before = sum(wire.round_trips for wire in wires)
            answer = await person.send(method, path, body, **headers)
            assert answer.is_success, f"{route}: {answer.status_code} {answer.text}"
            counts.append(sum(wire.round_trips for wire in wires) - before)
        if not 1 <= min(counts) <= visit.trips:
            faults[route] = counts
    assert faults == {}
