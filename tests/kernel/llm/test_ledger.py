"""Money is reserved before it is spent, and settled after, whatever becomes of the answer."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from eduflow.kernel.clock import utc_now
from eduflow.kernel.llm.errors import BudgetExhausted, LedgerAway, NoModelAnswered
from eduflow.kernel.llm.ledger import Ledger
from tests.harness.ledgers import LedgerStub
from tests.harness.models import Says, Status, Vendor, Wrong
from tests.kernel.llm.asking import ESSAY, Desk, running_desk


@pytest.fixture
async def paying(vendor: Vendor, ledger: LedgerStub) -> AsyncIterator[Desk]:
    async with running_desk(vendor, ledger) as made:
        yield made


async def test_a_call_is_reserved_asked_recorded_and_settled(
    paying: Desk, ledger: LedgerStub
) -> None:
    answer = await paying.ask(paying.gateway("openai:one", "anthropic:two"), max_tokens=300)
    (wish,) = ledger.reserved
    assert [c["model"] for c in wish["candidates"]] == ["one", "two"]
    assert wish["candidates"][0]["max_tokens_out"] == 300
    assert wish["candidates"][0]["tokens_in"] > len(ESSAY) // 3
    assert wish["prompt"]["key"] == "test.grade"
    assert ESSAY not in str(wish)
    call = answer.call
    told = ledger.settled[str(call.call_id)]
    assert (told["tokens_in"], told["tokens_cached"], told["tokens_out"]) == (100, 40, 20)
    assert told["outcome"] == "answered"
    # 60 fresh, 40 cached and 20 written, in millionths of the currency.
    assert call.cost_micros == 60 * 3 + 40 * 3 // 10 + 20 * 15 == 492
    assert str(call.prompt_version) == wish["call_id"] == str(call.call_id)
    assert paying.settled == {call.call_id: 492}
    assert ledger.callers == {"assessment"}


async def test_the_ledger_chooses_the_model_that_fits(paying: Desk, ledger: LedgerStub) -> None:
    ledger.choose = 1
    answer = await paying.ask(paying.gateway("openai:big", "anthropic:small"))
    assert answer.model == "small"
    assert [heard.model for heard in paying.vendor.asked] == ["small"]


async def test_where_nothing_fits_nobody_is_asked(paying: Desk, ledger: LedgerStub) -> None:
    ledger.is_spent = True
    with pytest.raises(BudgetExhausted) as raised:
        await paying.ask(paying.gateway("openai:one"))
    assert isinstance(raised.value, NoModelAnswered)
    assert (raised.value.scope, raised.value.on_exhaust) == ("course", "queue")
    assert not raised.value.can_wait
    assert paying.vendor.asked == []


async def test_a_model_without_a_price_is_passed_over(paying: Desk, ledger: LedgerStub) -> None:
    ledger.unpriced = {"one", "three"}
    gateway = paying.gateway("openai:one", "anthropic:two", "openai:three")
    assert (await paying.ask(gateway)).model == "two"
    ledger.unpriced = {"one", "two", "three"}
    with pytest.raises(NoModelAnswered) as raised:
        await paying.ask(gateway)
    assert {fault.code for _, fault in raised.value.faults} == {"without-price"}
    assert not raised.value.can_wait
    assert [heard.model for heard in paying.vendor.asked] == ["two"]


@pytest.mark.parametrize("status", [500, 401, 404, 200])
async def test_without_the_ledger_nobody_is_asked(
    paying: Desk, ledger: LedgerStub, status: int
) -> None:
    ledger.status = status
    with pytest.raises(LedgerAway) as raised:
        await paying.ask(paying.gateway("openai:one"))
    assert raised.value.may_pass
    assert paying.vendor.asked == []


async def test_a_ledger_that_is_not_there_is_away(paying: Desk, ledger: LedgerStub) -> None:
    llm = msgspec.structs.replace(ledger.settings.llm, ledger_url="http://127.0.0.1:1")
    ledger.settings = msgspec.structs.replace(ledger.settings, llm=llm)
    with pytest.raises(LedgerAway):
        await paying.ask(paying.gateway("openai:one"))


async def test_what_cannot_be_settled_now_is_used_and_settled_later(
    paying: Desk, ledger: LedgerStub
) -> None:
    ledger.status, ledger.fails_at = 503, "settle"
    answer = await paying.ask(paying.gateway("openai:one"))
    assert answer.value.score == 0
    assert paying.settled == {}
    ledger.status = None
    books = Ledger(ledger.settings, service="assessment", clock=utc_now)
    try:
        # From the database of the service, by then.
        stored = msgspec.json.decode(msgspec.json.encode(answer.call), type=type(answer.call))
        assert await books.settle(stored) == await books.settle(stored) == 492
    finally:
        await books.close()
    assert list(ledger.settled) == [str(answer.call_id)]


async def test_what_was_not_spent_is_released(paying: Desk, ledger: LedgerStub) -> None:
    paying.vendor.always(Status(429, {"retry-after": "300"}), model="one")
    answer = await paying.ask(paying.gateway("openai:one", "anthropic:two"))
    failed, good = answer.calls
    assert ledger.released == [str(failed.call_id)]
    assert list(ledger.settled) == [str(good.call_id)]
    assert (failed.is_free, failed.cost_micros, failed.usage.tokens_in) == (True, 0, 0)


async def test_what_may_have_been_spent_is_settled_by_an_estimate(
    paying: Desk, ledger: LedgerStub
) -> None:
    paying.vendor.next(Wrong.DROPPED, Status(400))
    with pytest.raises(NoModelAnswered):
        await paying.ask(paying.gateway("openai:one"))
    (call,) = paying.calls
    assert call.usage.is_estimated
    assert ledger.released == []
    assert ledger.settled[str(call.call_id)]["tokens_in"] == call.usage.tokens_in > 0


async def test_a_repair_is_a_call_of_its_own(paying: Desk, ledger: LedgerStub) -> None:
    paying.vendor.next(Says("no json"))
    answer = await paying.ask(paying.gateway("openai:one", "anthropic:two"))
    first, second = ledger.reserved
    assert first["call_id"] != second["call_id"]
    assert [c["model"] for c in second["candidates"]] == ["one"]
    assert list(ledger.settled) == [str(call.call_id) for call in answer.calls]


async def test_words_are_paid_for_as_answers_are(paying: Desk, ledger: LedgerStub) -> None:
    async with paying.stream(paying.gateway("anthropic:one")) as said:
        assert [piece async for piece in said]
    assert said.call is not None
    assert ledger.settled[str(said.call.call_id)]["tokens_in"] == 100


async def test_a_record_that_fails_does_not_hide_what_was_spent(
    paying: Desk, ledger: LedgerStub
) -> None:
    async def record(_: object, __: object) -> None:
        raise ConnectionError("the database is away")

    paying.record = record  # type: ignore[method-assign,assignment]
    with pytest.raises(ConnectionError):
        await paying.ask(paying.gateway("openai:one"))
    assert len(ledger.settled) == 1


async def test_who_goes_away_leaves_nothing_unsettled(paying: Desk, ledger: LedgerStub) -> None:
    paying.vendor.always(Wrong.STALLED)
    gateway = paying.gateway("openai:one")
    asking = asyncio.create_task(paying.ask(gateway))
    await paying.vendor.heard()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await gateway.close()
    (told,) = ledger.settled.values()
    assert told["outcome"] == "cancelled"
