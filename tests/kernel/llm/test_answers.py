"""A question and its answer over each wire, as it should be."""

import asyncio
import logging

import msgspec
import pytest

from eduflow.kernel.llm.asking import Call, Turn
from eduflow.kernel.llm.errors import NoModelAnswered
from eduflow.kernel.llm.schema import strict_schema
from tests.harness.models import ANTHROPIC_KEY, OPENAI_KEY, Says, Status, Wrong
from tests.harness.wires import TOKENS_CACHED, TOKENS_IN, TOKENS_OUT
from tests.kernel.llm.asking import ESSAY, WIRES, Criterion, Desk, Grade, asked, in_words

GRADE = Grade(3, "good", [Criterion("facts", 2)], None)
GOOD = msgspec.json.encode(GRADE).decode()


@pytest.mark.parametrize("model", [*WIRES, "local"])
async def test_an_answer_comes_in_its_shape_with_what_it_took(desk: Desk, model: str) -> None:
    desk.vendor.answer = lambda _: GOOD
    answer = await desk.ask(desk.gateway(model))
    assert answer.value == GRADE
    assert answer.is_local == answer.is_small == (model == "local")
    usage = answer.usage
    # The vendors count what came from a cache each in their own way; here it is one way.
    assert (usage.tokens_in, usage.tokens_cached) == (TOKENS_IN, TOKENS_CACHED)
    assert (usage.tokens_out, usage.is_estimated) == (TOKENS_OUT, False)
    call = answer.call
    assert call.model_answered == f"{call.model}-2026"
    assert (call.outcome, call.error, call.tries, call.is_free) == ("answered", "", 1, False)
    assert call.prompt_sha256 == asked().prompt.sha256
    assert desk.calls == [call]


@pytest.mark.parametrize("model", WIRES)
async def test_what_somebody_wrote_travels_apart_from_the_instructions(
    desk: Desk, model: str
) -> None:
    before = (Turn("user", "first"), Turn("assistant", "second"))
    await desk.ask(desk.gateway(model), before=before)
    (heard,) = desk.vendor.asked
    assert heard.instructions == "Grade the essay from 0 to 4."
    assert [turn["content"] for turn in heard.turns] == ["first", "second", ESSAY]
    assert heard.schema is not None


@pytest.mark.parametrize("model", WIRES)
async def test_nothing_of_the_environment_goes_to_a_vendor(desk: Desk, model: str) -> None:
    await desk.ask(desk.gateway(model))
    (heard,) = desk.vendor.asked
    key = ANTHROPIC_KEY if heard.wire == "messages" else OPENAI_KEY
    assert heard.headers["authorization"] == f"Bearer {key}"
    told = str(heard.headers)
    assert not any(sign in told for sign in ("spy", "foreign", "org-of", "stainless-os"))


async def test_openai_is_asked_to_keep_nothing(desk: Desk) -> None:
    for model in ("openai:one", "openai/chat:one"):
        await desk.ask(desk.gateway(model))
    assert [heard.body["store"] for heard in desk.vendor.asked] == [False, False]


@pytest.mark.parametrize("model", WIRES)
async def test_an_answer_of_the_wrong_shape_is_repaired_once(desk: Desk, model: str) -> None:
    desk.vendor.next(Says(GOOD.replace("3", "7")))
    desk.vendor.answer = lambda _: GOOD
    answer = await desk.ask(desk.gateway(model))
    assert answer.value == GRADE
    first, second = desk.vendor.asked
    assert [turn["content"] for turn in first.turns] == [ESSAY]
    _, wrong, complaint = (turn["content"] for turn in second.turns)
    assert '"score":7' in wrong
    assert "$.score" in complaint
    assert [call.outcome for call in answer.calls] == ["malformed", "answered"]
    assert answer.calls[0].call_id != answer.calls[1].call_id
    assert answer.calls[0].usage.tokens_out == TOKENS_OUT


async def test_an_empty_answer_is_repaired_without_an_empty_turn(desk: Desk) -> None:
    desk.vendor.next(Says("  "))
    await desk.ask(desk.gateway("anthropic:one"))
    (turn,) = desk.vendor.asked[1].turns
    assert turn["content"].startswith(ESSAY)


@pytest.mark.parametrize("text", [f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```\n", f" {GOOD}\n"])
async def test_a_fence_around_the_answer_is_no_fault(desk: Desk, text: str) -> None:
    desk.vendor.next(Says(text))
    answer = await desk.ask(desk.gateway("openai/chat:one"))
    assert answer.value == GRADE
    assert len(desk.vendor.asked) == 1


@pytest.mark.parametrize("text", [f"{GOOD} {GOOD}", f"Sure! {GOOD}", "[" * 100_000, "\ud800"[:0]])
async def test_a_shape_within_something_else_is_a_fault(desk: Desk, text: str) -> None:
    desk.vendor.always(Says(text))
    with pytest.raises(NoModelAnswered):
        await desk.ask(desk.gateway("openai/chat:one"))


async def test_a_call_is_recorded_before_its_answer_is_returned(desk: Desk) -> None:
    order: list[str] = []

    async def record(call: Call, _: object) -> None:
        await asyncio.sleep(0)
        order.append(f"recorded {call.outcome}")

    gateway = desk.gateway("openai:one", "anthropic:two")
    desk.vendor.always(Status(400), model="one")
    await gateway.ask(asked(), record=record)
    order.append("returned")
    assert order == ["recorded failed", "recorded answered", "returned"]


async def test_an_answer_that_cannot_be_recorded_is_none(desk: Desk) -> None:
    async def record(_: Call, __: object) -> None:
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        await desk.gateway("openai:one").ask(asked(), record=record)


async def test_a_question_that_nobody_waits_for_any_more_is_recorded(desk: Desk) -> None:
    desk.vendor.always(Wrong.STALLED)
    asking = asyncio.create_task(desk.ask(desk.gateway("openai:one")))
    await desk.vendor.heard()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (call,) = desk.calls
    assert (call.outcome, call.is_free, call.usage.is_estimated) == ("cancelled", False, True)
    assert call.usage.tokens_in > 0
    async with asyncio.timeout(5):
        await desk.vendor.gone.wait()


async def test_two_samples_are_two_draws_where_the_model_takes_a_seed(desk: Desk) -> None:
    gateway = desk.gateway("local")
    for sample in (None, 0, 1):
        await desk.ask(gateway, sample=sample)
    drawn = [(a.body["temperature"], a.body["seed"]) for a in desk.vendor.asked]
    assert drawn == [(0.0, 0), (0.8, 1), (0.8, 2)]
    assert len({call.request_sha256 for call in desk.calls}) == 3
    assert desk.calls[2].parameters == {
        "wire": "chat",
        "max_tokens": 1024,
        "temperature": 0.8,
        "seed": 2,
    }


async def test_a_local_model_is_asked_one_thing_at_a_time(desk: Desk) -> None:
    gateway, at_once, most = desk.gateway("local"), 0, 0
    speak = desk.vendor.speak

    async def counting(heard: object, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await speak(heard, writer)  # type: ignore[arg-type]  # what it was called with
        at_once -= 1

    desk.vendor.speak = counting  # type: ignore[method-assign]
    await asyncio.gather(*(desk.ask(gateway) for _ in range(4)))
    assert most <= 1
    assert len(desk.calls) == 4


async def test_all_tries_of_all_models_end_at_one_deadline(desk: Desk) -> None:
    desk.vendor.always(Wrong.STALLED)
    settings = desk.vendor.settings("openai:one", "anthropic:two", "local", timeout=5, deadline=1.0)
    began = asyncio.get_running_loop().time()
    with pytest.raises(NoModelAnswered) as raised:
        await desk.ask(desk.gateway(settings=settings))
    assert asyncio.get_running_loop().time() - began < 4
    assert [fault.code for _, fault in raised.value.faults] == ["timed-out"] * 3
    assert len(desk.vendor.asked) == 1


async def test_a_pause_beyond_the_deadline_is_not_begun(desk: Desk) -> None:
    desk.vendor.always(Status(429, {"retry-after": "15"}))
    settings = desk.vendor.settings("openai:one", deadline=10)
    with pytest.raises(NoModelAnswered):
        await desk.ask(desk.gateway(settings=settings))
    assert desk.slept == []


async def test_without_a_local_server_the_local_model_says_what_to_do(desk: Desk) -> None:
    settings = msgspec.structs.replace(desk.vendor.settings("local"), local_url=None)
    with pytest.raises(NoModelAnswered) as raised:
        await desk.ask(desk.gateway(settings=settings))
    ((_, fault),) = raised.value.faults
    assert "eduflow doctor" in str(fault)


async def test_no_prompt_and_no_answer_is_in_a_log(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    desk.vendor.next(Status(500), Says("no json"))
    answer = await desk.ask(desk.gateway("openai:one"))
    printed = capsys.readouterr()
    told = caplog.text + printed.out + printed.err + repr(answer) + repr(asked()) + repr(in_words())
    assert not any(sign in told for sign in ("diary", "Grade the essay", OPENAI_KEY))


class Loose(msgspec.Struct):
    score: int = 0


def test_a_shape_that_vendors_do_not_enforce_cannot_be_asked_for() -> None:
    with pytest.raises(TypeError, match="default"):
        strict_schema(Loose)
    with pytest.raises(TypeError, match="struct or str"):
        strict_schema(int)


def test_every_object_of_a_schema_is_closed_and_whole() -> None:
    schema = strict_schema(Grade)
    assert schema is not None
    for node in (schema, schema["$defs"]["Criterion"]):
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    assert schema["properties"]["score"] == {"enum": [0, 1, 2, 3, 4], "type": "integer"}


async def test_what_many_are_asked_alike_is_kept_and_costs_a_tenth_the_second_time(
    desk: Desk,
) -> None:
    gateway = desk.gateway("anthropic:one")
    for mark in ("first", "second"):
        await desk.ask(gateway, closing=f"The mark is {mark}.", is_shared=True)
    kept = [asked.body["system"][0] for asked in desk.vendor.asked]
    assert kept[0] == kept[1]
    assert kept[0]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    assert [asked.body["system"][1]["text"][-6:] for asked in desk.vendor.asked] == [
        "first.",
        "econd.",
    ]
    # 40 of 100 tokens are written, a quarter dearer; then they are read.
    assert [(call.usage.tokens_in, call.usage.tokens_cached) for call in desk.calls] == [
        (110, 0),
        (100, 40),
    ]


@pytest.mark.parametrize("model", WIRES)
async def test_what_is_alike_comes_first_and_what_is_not_after_it(desk: Desk, model: str) -> None:
    await desk.ask(desk.gateway(model), closing="Only now.", is_shared=True)
    (asked_,) = desk.vendor.asked
    assert asked_.instructions == "Grade the essay from 0 to 4.\n\nOnly now."
    assert "Only now." not in asked_.data
