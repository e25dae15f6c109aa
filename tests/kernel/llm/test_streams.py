"""An answer in words, as it comes, and what is left of it when it is cut off."""

import asyncio

import pytest

from eduflow.kernel.llm.errors import (
    Garbled,
    LLMError,
    Malformed,
    NoModelAnswered,
    Overloaded,
    RateLimited,
    Refused,
    TimedOut,
    Truncated,
    Unreachable,
)
from tests.harness.models import Behaviour, Says, Status, Wrong
from tests.harness.wires import TOKENS_IN, TOKENS_OUT
from tests.kernel.llm.asking import OTHER, WIRES, Desk

WORDS = "Plants turn light into sugar."


@pytest.mark.parametrize("model", [*WIRES, "local"])
async def test_words_come_one_by_one_and_are_whole(desk: Desk, model: str) -> None:
    async with desk.stream(desk.gateway(model)) as said:
        pieces = [piece async for piece in said]
    assert len(pieces) == 5
    assert "".join(pieces) == said.text == WORDS
    assert said.is_complete
    assert said.call is not None
    assert desk.calls == [said.call]
    assert (said.call.usage.tokens_in, said.call.usage.tokens_out) == (TOKENS_IN, TOKENS_OUT)
    assert said.call.model_answered.endswith("-2026")


@pytest.mark.parametrize("model", WIRES)
async def test_an_event_without_its_name_is_not_lost(desk: Desk, model: str) -> None:
    desk.vendor.next(Wrong.UNNAMED)
    async with desk.stream(desk.gateway(model)) as said:
        assert "".join([piece async for piece in said]) == WORDS
    assert said.is_complete


BROKEN: dict[Wrong, type[LLMError]] = {
    Wrong.STALLED_LATER: TimedOut,
    Wrong.CUT_LATER: Unreachable,
    Wrong.ENDED_LATER: Unreachable,
    Wrong.ERROR_LATER: Overloaded,
    Wrong.GARBLED_LATER: Garbled,
}


@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("wrong", BROKEN)
async def test_what_came_before_a_fault_is_kept_and_marked(
    desk: Desk, model: str, wrong: Wrong
) -> None:
    desk.vendor.next(wrong)
    timeout = 0.5 if wrong is Wrong.STALLED_LATER else 5.0
    settings = desk.vendor.settings(model, OTHER[model], timeout=timeout)
    async with desk.stream(desk.gateway(settings=settings)) as said:
        pieces = [piece async for piece in said]
    assert pieces
    assert WORDS.startswith(said.text)
    assert not said.is_complete
    assert type(said.fault) is BROKEN[wrong]
    assert len(desk.vendor.asked) == 1, "a second model would begin another sentence"
    (call,) = desk.calls
    assert call.error == BROKEN[wrong].code
    assert not call.is_free
    assert call.usage.is_estimated
    assert call.usage.tokens_out > 0


@pytest.mark.parametrize("model", WIRES)
async def test_words_that_end_at_their_longest_are_incomplete(desk: Desk, model: str) -> None:
    desk.vendor.next(Says("Plants turn", "length"))
    async with desk.stream(desk.gateway(model)) as said:
        assert [piece async for piece in said] == ["Plants", " turn"]
    assert not said.is_complete
    assert type(said.fault) is Truncated


BEFORE: dict[str, tuple[Behaviour, type[LLMError]]] = {
    "a refusal": (Says("", "refused"), Refused),
    "nothing": (Says(""), Malformed),
    "overloaded": (Status(529), Overloaded),
    "a limit": (Status(429, {"retry-after": "300"}), RateLimited),
    "hangs up": (Wrong.DROPPED, Unreachable),
}


@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("name", BEFORE)
async def test_before_the_first_word_the_next_model_takes_over(
    desk: Desk, model: str, name: str
) -> None:
    behaviour, expected = BEFORE[name]
    desk.vendor.always(behaviour, model="one")
    async with desk.stream(desk.gateway(model, OTHER[model])) as said:
        assert "".join([piece async for piece in said]) == WORDS
    assert said.is_complete
    assert said.fault is None
    assert [call.error for call in desk.calls] == [expected.code, ""]


async def test_when_no_word_came_a_person_has_to_do_it(desk: Desk) -> None:
    desk.vendor.always(Status(401))
    async with desk.stream(desk.gateway("openai:one")) as said:
        with pytest.raises(NoModelAnswered):
            assert [piece async for piece in said]
    assert said.text == ""


@pytest.mark.parametrize("model", WIRES)
async def test_who_leaves_early_ends_the_work_and_it_is_recorded(desk: Desk, model: str) -> None:
    desk.vendor.next(Wrong.STALLED_LATER)
    async with desk.stream(desk.gateway(model)) as said:
        async for _ in said:
            break
    async with asyncio.timeout(5):
        await desk.vendor.gone.wait()
    (call,) = desk.calls
    assert call.outcome == "cancelled"
    assert not said.is_complete
    assert said.text == "Plants"


async def test_a_stream_that_is_never_iterated_asks_nobody(desk: Desk) -> None:
    async with desk.stream(desk.gateway("openai:one")):
        pass
    assert desk.vendor.asked == []
