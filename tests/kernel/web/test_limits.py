import asyncio
from time import perf_counter
from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY

from eduflow.kernel.settings import Settings
from eduflow.kernel.web import Limiter, Rule
from eduflow.kernel.web.gate import address_finder

from .conftest import Valkey, make_app, served, until

RULES = {"read": Rule(5, 3600), "write": Rule(2, 3600)}


async def test_every_answer_says_how_much_is_left_and_a_refusal_says_when(valkey: Valkey) -> None:
    limiter = Limiter(valkey.url, rules=RULES)
    async with served(make_app(limiter=limiter)) as client:
        answers = [await client.get("/api/v1/public") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert [a.headers["ratelimit"].split(";")[1] for a in answers[:5]] == [
            "r=4", "r=3", "r=2", "r=1", "r=0",
        ]  # fmt: skip
        for answer in answers:
            assert answer.headers["ratelimit-policy"] == '"read";q=5;w=3600'
        refused = answers[-1]
        assert refused.json()["type"] == "/problems/kernel.too-many-requests"
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit"].endswith(f"t={refused.headers['retry-after']}")
        # Another class of routes, and another caller, have buckets of their own.
        assert (await client.patch(f"/api/v1/courses/{uuid4()}")).status_code == 428
        user = {"x-user": str(uuid4())}
        assert (await client.get("/api/v1/public", headers=user)).status_code == 200
        assert (await client.get("/health/live")).status_code == 200
    await limiter.aclose()


async def test_two_processes_count_as_one(valkey: Valkey) -> None:
    first, second = (Limiter(valkey.url, rules={"read": Rule(50, 3600)}) for _ in range(2))
    verdicts = await asyncio.gather(
        *(limiter.hit("read", "somebody") for limiter in (first, second) for _ in range(60))
    )
    assert sum(verdict.allowed for verdict in verdicts if verdict) == 50
    await first.aclose()
    await second.aclose()


async def test_without_its_store_everybody_passes_at_once_and_counting_comes_back(
    valkey: Valkey,
) -> None:
    limiter = Limiter(valkey.url, rules=RULES)
    uncounted = REGISTRY.get_sample_value("eduflow_http_limits_uncounted_total") or 0
    async with served(make_app(limiter=limiter)) as client:
        assert "ratelimit" in (await client.get("/api/v1/public")).headers
        valkey.stop()
        await client.get("/api/v1/public")
        begun = perf_counter()
        for _ in range(20):
            answer = await client.get("/api/v1/public")
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
        assert perf_counter() - begun < 1
        counted = REGISTRY.get_sample_value("eduflow_http_limits_uncounted_total") or 0
        assert counted == uncounted + 21
        await valkey.start()
        await until(lambda: limiter.counting)
        assert "ratelimit" in (await client.get("/api/v1/public")).headers
    await limiter.aclose()


async def test_a_store_that_hangs_delays_only_the_first_and_then_counts_right(
    valkey: Valkey,
) -> None:
    limiter = Limiter(valkey.url, rules={"read": Rule(100, 3600)})
    assert [await limiter.hit("read", "a") for _ in range(2)][-1].remaining == 98  # type: ignore[union-attr]
    valkey.freeze()
    begun = perf_counter()
    assert [await limiter.hit("read", "a") for _ in range(50)] == [None] * 50
    assert perf_counter() - begun < 1.5
    valkey.thaw()
    await until(lambda: limiter.counting)
    counts = await asyncio.gather(*(limiter.hit("read", who) for who in "bbbcc"))
    assert [count.remaining for count in counts if count] == [99, 98, 97, 99, 98]
    await limiter.aclose()


async def test_many_at_once_share_messages_and_are_all_counted(valkey: Valkey) -> None:
    limiter = Limiter(valkey.url, rules={"read": Rule(1000, 3600)})
    verdicts = await asyncio.gather(*(limiter.hit("read", "a") for _ in range(500)))
    assert sorted(v.remaining for v in verdicts if v) == list(range(500, 1000))
    await limiter.aclose()


async def test_far_from_a_large_limit_a_process_counts_and_tells_the_others(
    valkey: Valkey,
) -> None:
    rules = {"read": Rule(400, 3600)}
    first, second = (Limiter(valkey.url, rules=rules) for _ in range(2))
    told: list[int] = []
    for limiter in (first, second):
        for _ in range(90):
            verdict = await limiter.hit("read", "a")
            assert verdict is not None
            assert verdict.allowed
            left = verdict.remaining
        told.append(left)
        await limiter.aclose()  # Whoever ends tells what is left to tell.
    # The second had asked once, and so knew of the first's.
    assert told == [310, 220]
    third = Limiter(valkey.url, rules=rules)
    verdicts = [await third.hit("read", "a") for _ in range(300)]
    assert [v.remaining for v in verdicts[:220] if v] == list(range(219, -1, -1))
    assert [v.allowed for v in verdicts if v] == [True] * 220 + [False] * 80
    await third.aclose()


async def test_a_count_that_could_not_be_told_is_told_of(valkey: Valkey) -> None:
    limiter = Limiter(valkey.url, rules={"read": Rule(400, 3600)})
    before = REGISTRY.get_sample_value("eduflow_http_limits_uncounted_total") or 0
    assert [(await limiter.hit("read", "a")) is None for _ in range(5)] == [False] * 5
    valkey.stop()
    await until(lambda: not limiter.counting)
    assert REGISTRY.get_sample_value("eduflow_http_limits_uncounted_total") == before + 4
    await valkey.start()
    await until(lambda: limiter.counting)
    assert await limiter.hit("read", "a") is not None
    await limiter.aclose()


def test_only_our_own_proxies_are_believed() -> None:
    find = address_finder(Settings(trusted_proxies=("10.0.0.0/8",)).trusted_proxies)

    def of(client: str, told: str = "") -> str:
        headers = [(b"x-forwarded-for", told.encode())] if told else []
        scope: Any = {"client": (client, 1), "headers": headers}
        return find(scope)

    assert of("192.0.2.9", "198.51.100.1") == "192.0.2.9"
    assert of("10.0.0.1", "198.51.100.1") == "198.51.100.1"
    assert of("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2") == "198.51.100.1"
    assert of("10.0.0.1") == "10.0.0.1"
    assert of("2001:db8::1") == of("2001:db8::ffff") == "2001:db8::/64"
