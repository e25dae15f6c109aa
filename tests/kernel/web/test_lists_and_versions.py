from typing import Any
from uuid import uuid4

from litestar.testing import AsyncTestClient

from eduflow.kernel.settings import Secret, Settings
from eduflow.kernel.web import WebApp

from .conftest import make_app

Client = AsyncTestClient[WebApp]


async def test_pages_follow_one_another_and_end(client: Client) -> None:
    path, seen = "/api/v1/courses?limit=50&x=1", []
    while path:
        answer = await client.get(path)
        found = answer.json()
        seen += [item["id"] for item in found["items"]]
        link = answer.headers.get("link", "")
        assert bool(link) == (found["next_cursor"] is not None)
        path = link.removeprefix("<").removesuffix('>; rel="next"')
        assert not path or "x=1" in path
    assert seen == list(range(120))


async def test_a_cursor_fits_only_where_it_was_given_out(client: Client) -> None:
    cursor = (await client.get("/api/v1/courses")).json()["next_cursor"]
    assert (await client.get(f"/api/v1/courses?cursor={cursor}")).status_code == 200
    for bad in (cursor[:-2] + "AA", "A" + cursor, "", "é", "%00", cursor + "=" * 3, cursor[:20]):
        answer = await client.get("/api/v1/courses", params={"cursor": bad})
        assert answer.status_code == 422, bad
        assert answer.json()["errors"][0]["parameter"] == "cursor"
    assert (await client.get(f"/api/v1/others?cursor={cursor}")).status_code == 422


async def test_a_cursor_of_another_installation_is_refused(client: Client) -> None:
    cursor = (await client.get("/api/v1/courses")).json()["next_cursor"]
    async with AsyncTestClient(make_app(Settings(secret=Secret("s" * 40)))) as other:
        assert (await other.get(f"/api/v1/courses?cursor={cursor}")).status_code == 422


async def change(client: Client, **headers: str) -> Any:
    return await client.patch(f"/api/v1/courses/{uuid4()}", headers=headers)


async def test_a_change_must_say_what_it_was_made_on(client: Client) -> None:
    assert (await change(client)).status_code == 428
    assert (await change(client, **{"if-match": "*"})).status_code == 428
    assert (await change(client, **{"if-match": "7"})).status_code == 422
    assert (await change(client, **{"if-match": '"v7", "v8"'})).status_code == 422
    assert (await change(client, **{"if-match": '"v7"'})).status_code == 200
    assert (await change(client, **{"if-match": 'W/"v7"'})).status_code == 200


async def test_a_change_of_something_else_shows_both_versions(client: Client) -> None:
    answer = await change(client, **{"if-match": '"v6"'})
    assert answer.status_code == 412
    assert (answer.json()["yours"], answer.json()["current"]) == ('"v6"', '"v7"')


async def test_a_document_somebody_has_is_not_sent_again(client: Client) -> None:
    answer = await client.get("/api/v1/document")
    assert (answer.headers["etag"], answer.content) == ('"v3"', b'{"a":1}')
    assert answer.headers["cache-control"] == "private, no-cache"
    for known in ('"v3"', 'W/"v3"', '"v1", "v3"', "*"):
        answer = await client.get("/api/v1/document", headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == '"v3"'
    answer = await client.get("/api/v1/document", headers={"if-none-match": '"v2"'})
    assert answer.status_code == 200
