"""A model that only fails is left alone, and tried again by one at a time."""

import pytest

from eduflow.kernel.llm.breaker import Breaker
from eduflow.kernel.llm.errors import NoModelAnswered
from tests.harness.models import Says, Status, Wrong
from tests.kernel.llm.asking import Desk


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker(watch)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.begin()
        breaker.fail(rest=None)


def test_five_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 4)
    assert breaker.rest == 0
    fail(breaker, 1)
    assert breaker.rest == 30


def test_a_success_between_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 4)
    breaker.succeed()
    fail(breaker, 4)
    assert breaker.rest == 0


def test_after_the_rest_one_may_try(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 5)
    watch.now += 30
    assert breaker.rest == 0
    breaker.begin()
    assert breaker.rest > 0, "the others wait for that one"
    breaker.succeed()
    assert breaker.rest == 0


def test_one_that_fails_after_the_rest_begins_another(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 5)
    watch.now += 30
    fail(breaker, 1)
    assert breaker.rest == 30


def test_one_that_was_given_up_lets_the_next_try(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 5)
    watch.now += 30
    breaker.begin()
    breaker.abandon()
    assert breaker.rest == 0


def test_a_rest_that_is_asked_for_begins_at_once_and_is_bounded(breaker: Breaker) -> None:
    breaker.fail(rest=120)
    assert breaker.rest == 120
    breaker.fail(rest=86_400)
    assert breaker.rest == 600


async def test_a_model_that_rests_is_not_asked_and_the_next_one_is(desk: Desk) -> None:
    desk.vendor.always(Status(500), model="one")
    gateway = desk.gateway("openai:one", "anthropic:two")
    for _ in range(4):
        assert (await desk.ask(gateway)).model == "two"
    asked = [heard.model for heard in desk.vendor.asked]
    # Twice three tries; the fifth failure opened, and the sixth was under way.
    assert asked.count("one") == 6
    assert asked.count("two") == 4


async def test_what_a_request_did_wrong_is_not_the_models_fault(desk: Desk) -> None:
    gateway = desk.gateway("openai:one")
    desk.vendor.next(*[Status(400)] * 6, *[Says("no json")] * 4)
    for _ in range(8):
        with pytest.raises(NoModelAnswered):
            await desk.ask(gateway)
    assert len(desk.vendor.asked) == 10
    await desk.ask(gateway)


async def test_when_all_rest_waiting_helps(desk: Desk) -> None:
    desk.vendor.always(Wrong.DROPPED)
    gateway = desk.gateway("openai:one")
    for _ in range(3):
        with pytest.raises(NoModelAnswered) as raised:
            await desk.ask(gateway)
    assert raised.value.can_wait
    assert raised.value.retry_after == pytest.approx(30, abs=5)
    assert raised.value.faults[0][1].code == "resting"
