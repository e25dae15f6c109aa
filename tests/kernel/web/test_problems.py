from typing import Any
from uuid import UUID

import pytest
from litestar.testing import AsyncTestClient

from eduflow.kernel.settings import Settings
from eduflow.kernel.web import WebApp, problem_registry, problems_markdown
from eduflow.kernel.web.faults import pointer

from .conftest import make_app

Client = AsyncTestClient[WebApp]


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"/problems/{code}"
    assert found["status"] == status
    assert found["title"]
    assert found["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    return found


async def test_a_problem_of_a_service_carries_its_facts(client: Client) -> None:
    found = check(await client.get("/api/v1/full"), 409, "example.course-full")
    assert (found["course"], found["seats"]) == ("c-1", 30)


async def test_a_path_nobody_has_is_404(client: Client) -> None:
    check(await client.get("/api/v1/nowhere"), 404, "kernel.not-found")


async def test_a_method_nobody_has_is_405_and_says_which_there_are(client: Client) -> None:
    answer = await client.delete("/api/v1/courses")
    check(answer, 405, "kernel.method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_an_uncaught_error_tells_nothing_of_itself(client: Client) -> None:
    answer = await client.get("/api/v1/secret")
    check(answer, 500, "kernel.fault")
    assert "hunter2" not in answer.text


async def test_who_is_not_known_learns_how_to_log_in(client: Client) -> None:
    answer = await client.get("/api/v1/private")
    check(answer, 401, "kernel.unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer realm="eduflow", error="invalid_token"'


async def test_numbers_of_four_decimals_are_taken(client: Client) -> None:
    body = {"title": "a", "worth": 9.9999, "tries": {"x": [0.1, 1e-4, 7]}}
    assert (await client.post("/api/v1/courses", json=body)).status_code == 201


async def test_a_finer_number_is_told_which_would_do(client: Client) -> None:
    answer = await client.post("/api/v1/courses", json={"title": "a", "worth": 0.12345678})
    [error] = check(answer, 422, "kernel.invalid")["errors"]
    assert error["message"] == "Points have at most four decimals: send 0.1235"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"title": 3}', "/title"),
        (b'{"title": " "}', "/title"),
        (b'{"title": "a\\u0000"}', "/title"),
        (b'{"title": "a", "parts": [{"score": 1}, {"score": "x"}]}', "/parts/1/score"),
        (b'{"title": "a", "parts": [{}]}', "/parts/0/score"),
        (b'{"title": "a", "parts": [{"score": 1, "s/~": 1}]}', "/parts/0/s~1~0"),
        (b'{"title": "a", "marks": {"x": "y"}}', "/marks"),
        (b'{"title": "a", "worth": 1.00001}', "/worth"),
        (b'{"title": "a", "worth": 1e-5}', "/worth"),
        (b'{"title": "a", "worth": 11}', "/worth"),
        (
            b'{"title": "a", "parts": [{"score": 1}, {"score": 1, "share": 0.00001}]}',
            "/parts/1/share",
        ),
        (b'{"title": "a", "tries": {"x": [1, 0.12345]}}', "/tries/x/1"),
        (b'{"title": "a", "tries": {"x - /`": [1, 0.12345]}}', "/tries"),
        (b'{"title": "a", "other": 1}', "/other"),
        (b'{"title": "a", "begins": "0001-01-01T00:00:00+14:00"}', "/begins"),
        (b'{"title": "a", "begins": "9999-12-31T23:59:59-12:00"}', "/begins"),
        (b"{}", "/title"),
        (b"[]", ""),
        (b"", ""),
    ],
)
async def test_wrong_input_is_422_with_a_pointer(client: Client, body: bytes, where: str) -> None:
    answer = await client.post(
        "/api/v1/courses", content=body, headers={"content-type": "application/json"}
    )
    [error] = check(answer, 422, "kernel.invalid")["errors"]
    assert error["pointer"] == where
    assert error["message"]
    assert "regex" not in error["message"]


@pytest.mark.parametrize(
    "body", [b"{", b'{"title": "\xff"}', b'{"title": "\\ud800"}', b"[" * 1900], ids=repr
)
async def test_a_body_that_is_no_json_is_400(client: Client, body: bytes) -> None:
    answer = await client.post(
        "/api/v1/courses", content=body, headers={"content-type": "application/json"}
    )
    check(answer, 400, "kernel.malformed")


async def test_a_body_nested_without_end_is_400() -> None:
    async with AsyncTestClient(make_app(Settings())) as client:
        for body in (b"[" * 100_000, b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
            answer = await client.post(
                "/api/v1/courses", content=body, headers={"content-type": "application/json"}
            )
            check(answer, 400, "kernel.malformed")


async def test_another_kind_of_body_is_415(client: Client) -> None:
    answer = await client.post("/api/v1/courses", data={"title": "a"})
    assert check(answer, 415, "kernel.unsupported-media")["expects"] == "application/json"


@pytest.mark.parametrize(
    ("path", "name", "where"),
    [
        ("/api/v1/courses/not-a-uuid", "course_id", "path"),
        ("/api/v1/courses/0b8b1d8b-9a95-41f4-ada5-8769d91a8f5a?depth=deep", "depth", "query"),
        ("/api/v1/courses/0b8b1d8b-9a95-41f4-ada5-8769d91a8f5a?depth=0", "depth", "query"),
        ("/api/v1/courses/0b8b1d8b-9a95-41f4-ada5-8769d91a8f5a?kind=0", "kind", "query"),
        ("/api/v1/needed", "word", "query"),
        ("/api/v1/courses?limit=101", "limit", "query"),
        ("/api/v1/courses?limit=none", "limit", "query"),
    ],
)
async def test_a_wrong_parameter_is_422_and_named(
    client: Client, path: str, name: str, where: str
) -> None:
    [error] = check(await client.get(path), 422, "kernel.invalid")["errors"]
    assert (error["parameter"], error["in"]) == (name, where)


@pytest.mark.parametrize("path", ["/api/v1/needed?word=a%00", "/api/v1/courses/a%00b"])
async def test_an_address_with_a_nul_is_refused_before_a_database_sees_it(
    client: Client, path: str
) -> None:
    check(await client.get(path), 400, "kernel.malformed")


async def test_a_request_id_of_the_callers_own_is_kept_if_it_is_a_uuid(client: Client) -> None:
    mine = "0b8b1d8b-9a95-41f4-ada5-8769d91a8f5a"
    answer = await client.get("/api/v1/public", headers={"x-request-id": mine})
    assert answer.headers["x-request-id"] == mine
    answer = await client.get("/api/v1/public", headers={"x-request-id": 'x"; evil: 1'})
    assert UUID(answer.headers["x-request-id"]).version == 7


async def test_every_type_leads_to_a_page_that_explains_it(client: Client) -> None:
    page = await client.get("/problems/kernel.forbidden")
    assert page.json()["about"] == "The caller is known, and may not."
    page = await client.get("/problems/kernel.forbidden", headers={"accept": "text/html"})
    assert "<h1>You may not do this</h1>" in page.text
    assert "kernel.forbidden" in (await client.get("/problems")).text
    check(await client.get("/problems/no.such"), 404, "kernel.not-found")


def test_codes_are_unique_and_every_one_is_in_the_page_for_the_docs() -> None:
    codes = problem_registry()
    assert {"kernel.not-found", "kernel.fault", "kernel.too-large"} <= codes.keys()
    assert all(f"`/problems/{code}`" in problems_markdown() for code in codes)


def test_pointers_escape_what_rfc_6901_says() -> None:
    assert pointer("a[0].b") == "/a/0/b"
    assert pointer("a[...].b") == "/a"
    assert pointer("", "Object contains unknown field `x/~y`") == "/x~1~0y"
