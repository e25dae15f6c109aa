from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar, Request, Response, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.testing import AsyncTestClient

from eduflow.kernel.auth.guards import (
    GuardedRoute,
    UnguardedRouteError,
    access_of,
    access_rule,
    guarded_routes,
    logged_in,
    may,
    provide_access,
    provide_identity,
    security_of,
)
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.auth.middleware import WhoIsAsking, bearer, public
from eduflow.kernel.auth.problems import TokenRefused
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Problem
from tests.kernel.auth.forge import Mint


class Seen(msgspec.Struct):
    user: UUID | None
    permission: str = ""
    kind: str = "institution"
    target: UUID | None = None


def seen(access: Access) -> Seen:
    user = access.identity.user if access.identity else None
    return Seen(user, access.permission, access.kind, access.target)


@get("/courses/{course_id:uuid}/roster", guards=[may("roster:read", on="course")])
async def roster(course_id: FromPath[UUID], access: NamedDependency[Access]) -> Seen:
    return seen(access)


@post("/courses", guards=[may("course:write")])
async def make_course(access: NamedDependency[Access]) -> Seen:
    return seen(access)


@get("/users/me", guards=[logged_in])
async def me(identity: NamedDependency[Identity]) -> Seen:
    return Seen(identity.user)


@get("/greeting", opt=public)
async def greeting(request: Request[Any, Any, Any]) -> Seen:
    return seen(access_of(request))


@delete("/forgotten")
async def forgotten() -> None:
    raise AssertionError("nobody may come here")


@get("/lost", guards=[may("lesson:read", on="lesson")])
async def lost() -> None: ...


@get("/torn", guards=[logged_in], opt=public)
async def torn() -> None: ...


def show(_: Request[Any, Any, Any], problem: Problem) -> Response[dict[str, Any]]:
    challenge = getattr(problem, "challenge", None)
    return Response(
        {"code": problem.code, **problem.facts},
        status_code=problem.status,
        headers={"WWW-Authenticate": challenge} if challenge else {},
    )


def app_of(mint: Mint, *handlers: BaseRouteHandler) -> Litestar:
    return Litestar(
        [Router("/api/v1", route_handlers=list(handlers))],
        middleware=[WhoIsAsking(mint.verifier, check_service=None)],
        dependencies={
            "access": Provide(provide_access),
            "identity": Provide(provide_identity),
        },
        exception_handlers={Problem: show},
        openapi_config=None,
    )


@pytest.fixture
def mint() -> Mint:
    return Mint()


@pytest.fixture
async def client(mint: Mint) -> AsyncIterator[AsyncTestClient[Litestar]]:
    app = app_of(mint, roster, make_course, me, greeting, forgotten)
    async with AsyncTestClient(app) as client:
        yield client


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_the_guard_notes_the_permission_and_the_thing_in_the_path(
    mint: Mint, client: AsyncTestClient[Litestar]
) -> None:
    course = new_id()
    answer = await client.get(f"/api/v1/courses/{course}/roster", headers=bearing(mint.good()))
    assert answer.json() == {
        "user": str(mint.user),
        "permission": "roster:read",
        "kind": "course",
        "target": str(course),
    }


async def test_on_the_institution_it_is_the_callers_own(
    mint: Mint, client: AsyncTestClient[Litestar]
) -> None:
    answer = await client.post("/api/v1/courses", headers=bearing(mint.good()))
    assert answer.json()["target"] is None
    assert (await client.get("/api/v1/users/me", headers=bearing(mint.good()))).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "bearertoken"},
    ],
)
async def test_without_a_token_one_has_to_log_in(
    client: AsyncTestClient[Litestar], headers: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/users/me", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"code": "auth.not-logged-in"})
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="eduflow"'


async def test_a_refused_token_says_why_in_one_word(
    mint: Mint, client: AsyncTestClient[Litestar]
) -> None:
    for authorization in (b"Bearer", b"Bearer ", b"Bearer x", b"Bearer \xe9", b"BEARER a b"):
        answer = await client.get("/api/v1/users/me", headers={b"Authorization": authorization})
        assert answer.status_code == 401
    token = mint.good()
    mint.clock.advance(minutes=10)
    answer = await client.get("/api/v1/users/me", headers=bearing(token))
    assert answer.json() == {"code": "auth.token-refused", "reason": "expired"}
    assert 'error_description="expired"' in answer.headers["WWW-Authenticate"]


def test_two_authorization_headers_are_none() -> None:
    first, second = ((b"authorization", b"Bearer " + token) for token in (b"one", b"two"))
    assert bearer([first, (b"accept", b"*/*")]) == "one"
    with pytest.raises(TokenRefused):
        bearer([first, second])


async def test_the_guard_stands_even_where_the_middleware_was_forgotten(mint: Mint) -> None:
    app = app_of(mint, me, roster)
    bare = Litestar([me, roster], exception_handlers={Problem: show}, dependencies=app.dependencies)
    async with AsyncTestClient(bare) as client:
        for path in ("/users/me", f"/courses/{new_id()}/roster"):
            answer = await client.get(path, headers=bearing(mint.good()))
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.not-logged-in")


async def test_a_public_route_sees_a_good_token_and_no_bad_one(
    mint: Mint, client: AsyncTestClient[Litestar]
) -> None:
    expected = {"": None, mint.good(): str(mint.user), "rubbish": None}
    for token, user in expected.items():
        headers = bearing(token) if token else {}
        assert (await client.get("/api/v1/greeting", headers=headers)).json()["user"] == user


async def test_a_route_whose_guard_was_forgotten_is_closed_to_strangers(
    client: AsyncTestClient[Litestar],
) -> None:
    assert (await client.delete("/api/v1/forgotten")).status_code == 401
    assert (await client.get("/api/v1/nowhere")).status_code == 404


def test_every_route_can_be_listed_with_its_rule(mint: Mint) -> None:
    app = app_of(mint, roster, make_course, me, greeting)
    assert sorted(guarded_routes(app), key=lambda route: route.path) == [
        GuardedRoute("POST", "/api/v1/courses", "course:write on institution"),
        GuardedRoute("GET", "/api/v1/courses/{course_id:uuid}/roster", "roster:read on course"),
        GuardedRoute("GET", "/api/v1/greeting", "public"),
        GuardedRoute("GET", "/api/v1/users/me", "logged in"),
    ]


@pytest.mark.parametrize("handler", [forgotten, lost, torn], ids=["none", "no target", "two"])
def test_a_route_without_exactly_one_rule_is_found(mint: Mint, handler: BaseRouteHandler) -> None:
    with pytest.raises(UnguardedRouteError):
        list(guarded_routes(app_of(mint, handler)))


def test_the_rule_is_told_to_readers_of_the_api(mint: Mint) -> None:
    app = app_of(mint, roster, greeting)
    by_rule = {
        access_rule(handler): security_of(handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if "OPTIONS" not in handler.http_methods
    }
    assert by_rule == {"roster:read on course": [{"bearer": []}], "public": []}


@pytest.mark.parametrize("permission", ["", "roster", "roster:", "Roster:Read", "a:b:c", "a b:c"])
def test_a_permission_is_service_and_verb(permission: str) -> None:
    with pytest.raises(ValueError, match="service:verb"):
        may(permission)
