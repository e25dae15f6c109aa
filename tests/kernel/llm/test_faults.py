"""Everything that a vendor does wrong, over each wire: what becomes of the question."""

import traceback

import pytest

from eduflow.kernel.llm.errors import (
    Garbled,
    LLMError,
    Malformed,
    Misconfigured,
    NoModelAnswered,
    Overloaded,
    RateLimited,
    Refused,
    Rejected,
    TimedOut,
    TooLong,
    Truncated,
    Unreachable,
)
from tests.harness.models import ANTHROPIC_KEY, OPENAI_KEY, Behaviour, Says, Status, Wrong
from tests.kernel.llm.asking import ESSAY, OTHER, WIRES, Desk

GOOD = '{"score": 3, "reason": "good", "parts": [], "quote": null}'
MATRIX: dict[str, tuple[Behaviour, type[LLMError], int]] = {
    # name: what the vendor does always, what it is called, how many tries it is worth
    "a limit for five minutes": (Status(429, {"retry-after": "300"}), RateLimited, 1),
    "a limit for a second": (Status(429, {"retry-after": "1"}), RateLimited, 3),
    "a limit until a date": (
        Status(429, {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}),
        RateLimited,
        1,
    ),
    "a limit with nonsense": (Status(429, {"retry-after": "soon"}), RateLimited, 3),
    "overloaded": (Status(529, kind="overloaded_error"), Overloaded, 3),
    "500": (Status(500), Overloaded, 3),
    "a gateway's page": (Status(502, html=True), Overloaded, 3),
    "a wrong key": (Status(401, kind="authentication_error"), Misconfigured, 1),
    "no such model": (Status(404, kind="not_found_error"), Misconfigured, 1),
    "a redirect": (Status(307, {"location": "http://127.0.0.1:1/"}), Misconfigured, 1),
    "a request it does not take": (Status(400, kind="invalid_request_error"), Rejected, 1),
    "too long": (Status(400, message="prompt exceeds the context window"), TooLong, 1),
    "too many bytes": (Status(413), TooLong, 1),
    "a page with status 200": (Wrong.HTML, Garbled, 3),
    "half an answer": (Wrong.HALF, Garbled, 3),
    "an empty object": (Wrong.EMPTY, Garbled, 3),
    "hangs up": (Wrong.DROPPED, Unreachable, 3),
    "no answer": (Wrong.STALLED, TimedOut, 3),
    "a refusal": (Says("", "refused"), Refused, 1),
    "an answer cut at its length": (Says('{"score": 3, "rea', "length"), Truncated, 1),
    "no JSON": (Says("I would give it a 3."), Malformed, 2),
    "nothing": (Says(""), Malformed, 2),
    "a score that there is not": (Says(GOOD.replace("3", "9")), Malformed, 2),
    "a field that is missing": (Says('{"score": 3}'), Malformed, 2),
}


@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("name", MATRIX)
async def test_a_fault_has_one_name_over_every_wire(desk: Desk, model: str, name: str) -> None:
    behaviour, expected, tries = MATRIX[name]
    desk.vendor.always(behaviour)
    timeout = 0.3 if behaviour is Wrong.STALLED else 5.0
    gateway = desk.gateway(settings=desk.vendor.settings(model, timeout=timeout))
    with pytest.raises(NoModelAnswered) as raised:
        await desk.ask(gateway)
    ((_, fault),) = raised.value.faults
    assert type(fault) is expected
    assert len(desk.vendor.asked) == tries
    assert desk.calls[-1].error == expected.code
    assert raised.value.can_wait == expected.may_pass
    told = "".join(traceback.format_exception(raised.value)) + repr(fault) + repr(desk.calls)
    assert not any(secret in told for secret in (OPENAI_KEY, ANTHROPIC_KEY, ESSAY, "diary"))
    assert fault.__cause__ is fault.__context__ is None


@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("name", [n for n in MATRIX if n != "no answer"])
async def test_after_a_fault_the_next_model_answers(desk: Desk, model: str, name: str) -> None:
    behaviour, expected, _ = MATRIX[name]
    desk.vendor.always(behaviour, model="one")
    answer = await desk.ask(desk.gateway(model, OTHER[model]))
    assert answer.value.score == 0
    assert f"{answer.provider}:{answer.model}" in {OTHER[model], "local:smollm2-135m-instruct"}
    assert answer.calls[0].error == expected.code
    assert list(answer.calls) == desk.calls


@pytest.mark.parametrize("model", WIRES)
async def test_what_passes_is_waited_for_and_asked_again(desk: Desk, model: str) -> None:
    desk.vendor.next(Status(500), Status(500))
    answer = await desk.ask(desk.gateway(model))
    assert answer.call.tries == 3
    assert len(desk.slept) == 2
    assert answer.call.outcome == "answered"


@pytest.mark.parametrize("model", WIRES)
@pytest.mark.parametrize("header", [{"retry-after": "7"}, {"retry-after-ms": "7000"}])
async def test_a_pause_that_is_asked_for_is_kept(
    desk: Desk, model: str, header: dict[str, str]
) -> None:
    desk.vendor.next(Status(429, header))
    await desk.ask(desk.gateway(model))
    assert desk.slept[0] >= 7


@pytest.mark.parametrize("model", WIRES)
async def test_a_model_that_wants_a_long_pause_is_left_alone_for_it(desk: Desk, model: str) -> None:
    desk.vendor.next(Status(429, {"retry-after": "300"}))
    gateway = desk.gateway(model)
    for _ in range(2):
        with pytest.raises(NoModelAnswered) as raised:
            await desk.ask(gateway)
    assert len(desk.vendor.asked) == 1
    assert desk.slept == []
    assert raised.value.can_wait
    assert raised.value.retry_after == pytest.approx(300, abs=5)


async def test_a_server_that_is_not_there_is_unreachable(desk: Desk) -> None:
    desk.vendor.url = "http://127.0.0.1:1"
    with pytest.raises(NoModelAnswered) as raised:
        await desk.ask(desk.gateway("openai:one", "anthropic:one"))
    assert [type(fault) for _, fault in raised.value.faults] == [Unreachable, Unreachable]
