"""The ledger over HTTP: for services alone, on the service's own port alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from eduflow.kernel.auth.services import service_token
from eduflow.kernel.ids import new_id
from eduflow.kernel.settings import Secret
from tests.harness.platform import Eduflow, School
from tests.services.tutor.given import Service, reservation, settlement


async def test_a_call_is_reserved_settled_and_told_the_same_again(
    eduflow: Eduflow, school: School
) -> None:
    service, call = Service(eduflow), new_id()
    body = reservation(school, call=call)
    answers = [await service.ask("/reservations", body) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    held = answers[0].json()
    assert held == answers[1].json()
    assert (held["call_id"], held["candidate"], held["model"]) == (
        str(call),
        0,
        "claude-haiku-5-5",
    )
    # 10,000 tokens at a dollar and 500 at five dollars a million.
    assert held["reserved_micros"] == 12_500
    assert held["prices"]["out_micros_per_mtok"] == 5_000_000
    expires = datetime.fromisoformat(held["expires_at"])
    assert timedelta(0) < expires - datetime.now(UTC) < timedelta(hours=1)
    for _ in range(2):
        settled = await service.ask(f"/reservations/{call}/settle", settlement())
        assert (settled.status_code, settled.json()) == (200, {"cost_micros": 1_050})


async def test_what_is_released_is_not_held(eduflow: Eduflow, school: School) -> None:
    service = Service(eduflow)
    limit = {"scope_type": "institution", "period": "total", "limit_micros": 12_500}
    await school.admin.post("/ai/budgets", limit)
    call = new_id()
    assert (await service.ask("/reservations", reservation(school, call=call))).status_code == 201
    refused = await service.ask("/reservations", reservation(school, call=new_id()))
    assert refused.status_code == 402
    problem = refused.json()
    assert problem["type"].endswith("/tutor.budget-exhausted")
    assert (problem["scope"], problem["on_exhaust"]) == ("institution", "smaller_model")
    assert (await service.ask(f"/reservations/{call}/release")).status_code == 204
    assert (
        await service.ask("/reservations", reservation(school, call=new_id()))
    ).status_code == 201
    local = await service.ask("/reservations", reservation(school, call=new_id(), model="small"))
    assert (local.status_code, local.json()["reserved_micros"]) == (201, 0)


async def test_of_100_over_http_as_many_succeed_as_the_budget_is_for(
    eduflow: Eduflow, school: School
) -> None:
    limit = {"scope_type": "institution", "period": "day", "limit_micros": 37 * 12_500}
    await school.admin.post("/ai/budgets", limit)
    service = Service(eduflow)
    bodies = [reservation(school, call=new_id()) for _ in range(100)]
    answers = await asyncio.gather(*(service.ask("/reservations", body) for body in bodies))
    counted = [a.status_code for a in answers]
    assert (counted.count(201), counted.count(402)) == (37, 63)


BAD: dict[str, dict[str, Any]] = {
    "another hash": {
        "prompt": {"key": "k", "sha256": "0" * 64, "body": "Another text"},
    },
    "no candidate": {"candidates": []},
    "an unknown member": {"secret": 1},
    "fewer tokens than none": {
        "candidates": [{"provider": "local", "model": "m", "tokens_in": -1, "max_tokens_out": 1}]
    },
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
async def test_a_bad_request_is_refused(
    eduflow: Eduflow, school: School, change: dict[str, Any]
) -> None:
    body = reservation(school, call=new_id()) | change
    assert (await Service(eduflow).ask("/reservations", body)).status_code == 422


async def test_a_model_without_a_price_is_refused_by_name(eduflow: Eduflow, school: School) -> None:
    body = reservation(school, call=new_id(), model="nobody-knows-it")
    refused = await Service(eduflow).ask("/reservations", body)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/tutor.model-without-price")
    assert refused.json()["model"] == "nobody-knows-it"


async def test_nobody_but_a_service_asks_the_ledger(eduflow: Eduflow, school: School) -> None:
    service, call = Service(eduflow), new_id()
    secret, now = eduflow.settings.secret, datetime.now(UTC)
    refused = {
        "nothing": None,
        "a person's": school.admin.token,
        "expired": service_token(
            secret, service="assessment", audience="tutor", now=now - timedelta(minutes=2)
        ),
        "for another": service_token(secret, service="assessment", audience="content", now=now),
        "another installation's": service_token(
            Secret("x" * 40), service="assessment", audience="tutor", now=now
        ),
    }
    paths = ("", f"/{call}/settle", f"/{call}/release")
    async with httpx.AsyncClient(base_url=service.base) as client:
        for name, token in refused.items():
            for path in paths:
                answer = await client.post(
                    f"/internal/v1/ledger/reservations{path}",
                    json=reservation(school, call=call),
                    headers={"Authorization": f"Bearer {token}"} if token else {},
                )
                assert answer.status_code == 401, (name, path, answer.text)
    good = service_token(secret, service="assessment", audience="tutor", now=now)
    for base in (eduflow.gateway, service.base):
        async with httpx.AsyncClient(base_url=base) as client:
            answer = await client.get(
                "/api/v1/ai/usage", headers={"Authorization": f"Bearer {good}"}
            )
            assert answer.status_code == 401, "a service is no person"


async def test_the_gateway_has_no_internal_routes_and_no_description_lists_them(
    eduflow: Eduflow, school: School
) -> None:
    service = Service(eduflow)
    token = service_token(
        eduflow.settings.secret, service="assessment", audience="tutor", now=datetime.now(UTC)
    )
    core = f"http://127.0.0.1:{eduflow.ports['api_core']}"
    for base in (eduflow.gateway, core):
        async with httpx.AsyncClient(base_url=base) as client:
            answer = await client.post(
                "/internal/v1/ledger/reservations",
                json=reservation(school, call=new_id()),
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code == 404
    for base in (eduflow.gateway, service.base):
        async with httpx.AsyncClient(base_url=base) as client:
            document = (await client.get("/api/openapi.json")).json()
            assert "/api/v1/ai/usage" in document["paths"]
            assert not [path for path in document["paths"] if "internal" in path]


async def test_a_call_of_another_service_does_not_exist(eduflow: Eduflow, school: School) -> None:
    call = new_id()
    await Service(eduflow).ask("/reservations", reservation(school, call=call))
    other = Service(eduflow, "content")
    for end, body in (("settle", settlement()), ("release", None)):
        answer = await other.ask(f"/reservations/{call}/{end}", body)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/tutor.no-such-reservation")
