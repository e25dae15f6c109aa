import asyncio

from litestar.testing import AsyncTestClient

from eduflow.kernel.web import Check, WebApp, openapi_document

from .conftest import make_app

Client = AsyncTestClient[WebApp]


async def good() -> Check:
    return Check(ok=True)


async def behind() -> Check:
    return Check(ok=False, needed=False, detail="12 s behind")


async def broken() -> Check:
    raise ConnectionError("postgres://user:hunter2@db")


async def test_readiness_names_what_failed_and_no_secret() -> None:
    async with AsyncTestClient(make_app(readiness={"db": good, "replica": behind})) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    async with AsyncTestClient(make_app(readiness={"db": broken, "other": good})) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert answer.json()["checks"]["db"]["detail"] == "ConnectionError"
        assert "hunter2" not in answer.text
        assert (await client.get("/health/live")).status_code == 200


async def test_however_many_ask_the_checks_run_once_a_second() -> None:
    asked = []

    async def count() -> Check:
        asked.append(1)
        return Check(ok=True)

    async with AsyncTestClient(make_app(readiness={"db": count})) as client:
        await asyncio.gather(*(client.get("/health/ready") for _ in range(10)))
    assert len(asked) == 1


async def test_metrics_count_by_route_and_never_by_path(client: Client) -> None:
    await client.get("/api/v1/public")
    await client.get("/api/v1/made-up-by-somebody")
    text = (await client.get("/metrics")).text
    labels = 'method="GET",route="/api/v1/public",service="example",status="200"'
    assert f"eduflow_http_requests_total{{{labels}}}" in text
    assert 'route="unknown"' in text
    assert "made-up" not in text
    assert "eduflow_event_loop_lag_seconds" in text
    assert "eduflow_http_in_flight" in text


async def test_the_reference_is_served_without_any_other_server(client: Client) -> None:
    page = await client.get("/api/docs")
    assert page.status_code == 200
    assert "http" not in page.text.replace("<!doctype html>", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for part in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
        answer = await client.get(f"/api/docs/{part}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
    assert (await client.get("/api/docs/other.js")).status_code == 404
    assert (await client.get("/api/schema")).status_code == 404
    assert (await client.get("/api/openapi.json")).json()["openapi"].startswith("3.1")


def test_the_openapi_file_tells_problems_and_security_as_they_are() -> None:
    found = openapi_document(make_app())
    problem = {"$ref": "#/components/schemas/Problem"}
    for path, operations in found["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    assert response["content"] == {"application/problem+json": {"schema": problem}}
    assert {"SliceOfCourseView", "CourseView", "Problem"} <= found["components"]["schemas"].keys()
    paths = found["paths"]
    private = paths["/api/v1/private"]["get"]
    assert private["security"] == [{"bearer": []}]
    assert "example.course-full" in private["responses"]["409"]["description"]
    assert paths["/api/v1/public"]["get"]["security"] == []
    assert {"400", "413", "415", "422"} <= paths["/api/v1/courses"]["post"]["responses"].keys()
    names = {parameter["name"] for parameter in paths["/api/v1/courses"]["get"]["parameters"]}
    assert names == {"limit", "cursor"}
    change = paths["/api/v1/courses/{course_id}"]["patch"]
    assert "If-Match" in {parameter["name"] for parameter in change["parameters"]}
    assert {"412", "428"} <= change["responses"].keys()
    assert not {"409", "412", "428"} & paths["/api/v1/courses"]["get"]["responses"].keys()
