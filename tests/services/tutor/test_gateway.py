"""The gateway's own client against the real ledger: they must mean the same by every word."""

from typing import Any, Literal

import msgspec
import pytest

from eduflow.kernel.clock import utc_now
from eduflow.kernel.ids import new_id
from eduflow.kernel.llm.asking import Call, Prompt, Request
from eduflow.kernel.llm.errors import BudgetExhausted, NoModelAnswered
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.ledger import Ledger
from tests.harness.models import Status, Vendor
from tests.harness.platform import Eduflow, School

DEAR, CHEAP = "anthropic:claude-opus-5-5", "openai:gpt-5.4-mini"


class Grade(msgspec.Struct, frozen=True):
    score: Literal[0, 1, 2]


def books(eduflow: Eduflow) -> Ledger:
    settings = eduflow.settings
    url = f"http://127.0.0.1:{eduflow.ports['tutor']}"
    llm = msgspec.structs.replace(settings.llm, ledger_url=url)
    settings = msgspec.structs.replace(settings, llm=llm)
    return Ledger(settings, service="assessment", clock=utc_now)


async def ask(
    eduflow: Eduflow, school: School, vendor: Vendor, *models: str
) -> tuple[list[Call], dict[Any, int]]:
    """The calls that one question led to, and what the ledger says they cost."""
    calls: list[Call] = []
    costs: dict[Any, int] = {}

    async def record(call: Call, _: Any) -> None:
        calls.append(call)

    async def settled(call_id: Any, cost: int) -> None:
        costs[call_id] = cost

    request = Request(
        purpose="grading",
        prompt=Prompt("test.gateway", "Grade."),
        instructions="Grade.",
        data="Plants eat light.",
        answer=Grade,
        institution=school.institution,
        user=None,
        course=None,
        max_tokens=100,
    )
    gateway = Gateway(vendor.settings(*models), ledger=books(eduflow), clock=utc_now)
    try:
        await gateway.ask(request, record=record, settled=settled)
    finally:
        await gateway.close()
    return calls, costs


async def test_both_sides_count_the_same_cost(
    eduflow: Eduflow, school: School, vendor: Vendor
) -> None:
    for model in (DEAR, CHEAP, "local"):
        (call,), costs = await ask(eduflow, school, vendor, model)
        assert costs == {call.call_id: call.cost_micros}
        assert (call.cost_micros == 0) == (model == "local")
        assert call.prompt_version is not None


async def test_a_budget_leads_down_the_ladder_and_then_to_a_person(
    eduflow: Eduflow, school: School, vendor: Vendor
) -> None:
    limit = {"scope_type": "institution", "period": "total", "limit_micros": 1_000}
    await school.admin.post("/ai/budgets", limit)
    (call,), _ = await ask(eduflow, school, vendor, DEAR, CHEAP)
    assert f"{call.provider}:{call.model}" == CHEAP
    with pytest.raises(BudgetExhausted) as raised:
        await ask(eduflow, school, vendor, DEAR)
    assert raised.value.scope == "institution"
    (free,), _ = await ask(eduflow, school, vendor, DEAR, "local")
    assert free.provider == "local"


async def test_what_failed_for_nothing_is_given_back(
    eduflow: Eduflow, school: School, vendor: Vendor
) -> None:
    limit = {"scope_type": "institution", "period": "total", "limit_micros": 5_000}
    await school.admin.post("/ai/budgets", limit)
    vendor.always(Status(401))
    for _ in range(5):
        with pytest.raises(NoModelAnswered) as raised:
            await ask(eduflow, school, vendor, DEAR)
        assert not isinstance(raised.value, BudgetExhausted)


async def test_a_model_that_the_catalogue_does_not_know_is_passed_over(
    eduflow: Eduflow, school: School, vendor: Vendor
) -> None:
    (call,), _ = await ask(eduflow, school, vendor, f"openai:unknown-{new_id()}", CHEAP)
    assert f"{call.provider}:{call.model}" == CHEAP
