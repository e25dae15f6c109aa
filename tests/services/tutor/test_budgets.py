"""Budgets are set by who may, hold everybody to them, and are seen by those they are for."""

from uuid import uuid4

from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, School
from tests.services.tutor.given import Service, a_class, a_person, reservation, settlement

_BUDGET = {"scope_type": "institution", "period": "month", "limit_micros": 1_000_000}


async def test_a_budget_is_set_changed_and_lifted(eduflow: Eduflow, school: School) -> None:
    admin = school.admin
    made = await admin.send("POST", "/ai/budgets", _BUDGET)
    budget = made.json()
    assert (made.status_code, made.headers["ETag"]) == (201, '"v1"')
    assert budget["scope_id"] == str(school.institution)
    assert budget["on_exhaust"] == "smaller_model"
    path = f"/ai/budgets/{budget['id']}"
    changed = await admin.patch(path, {"limit_micros": 5}, version=1)
    assert (changed["limit_micros"], changed["version"]) == (5, 2)
    stale = await admin.refused("PATCH", path, {"limit_micros": 6}, If_Match='"v1"')
    assert stale == (412, "kernel.precondition-failed")
    assert (await admin.refused("PATCH", path, {"limit_micros": 6}))[0] == 428
    call = reservation(school, call=new_id())
    assert (await Service(eduflow).ask("/reservations", call)).status_code == 402
    lifted = await admin.patch(path, {"state": "lifted"}, version=2)
    assert (lifted["state"], lifted["version"]) == ("lifted", 3)
    assert (await Service(eduflow).ask("/reservations", call)).status_code == 201
    same = await admin.patch(path, {"state": "lifted"}, version=3)
    assert same["version"] == 3


async def test_there_is_one_budget_for_a_scope_and_period(school: School) -> None:
    await school.admin.post("/ai/budgets", _BUDGET)
    again = await school.admin.refused("POST", "/ai/budgets", _BUDGET)
    assert again == (409, "tutor.budget-exists")
    await school.admin.post("/ai/budgets", {**_BUDGET, "period": "day"})


async def test_a_budget_is_for_somebody_or_something_of_the_institution(
    eduflow: Eduflow, school: School
) -> None:
    other = await eduflow.school()
    theirs = await a_class(eduflow, other)
    mine = await a_class(eduflow, school)
    admin = school.admin
    for scope, wrong, right in (
        ("course", theirs.course, mine.course),
        ("user", str(theirs.students[0].user), str(mine.students[0].user)),
        ("course", str(uuid4()), mine.course),
        ("user", None, str(mine.teacher.user)),
    ):
        body = {**_BUDGET, "scope_type": scope, "period": "total" if wrong else "day"}
        refused = await admin.refused("POST", "/ai/budgets", {**body, "scope_id": wrong})
        assert refused == (404, "tutor.no-such-scope")
        answer = await admin.send("POST", "/ai/budgets", {**body, "scope_id": right})
        assert answer.status_code in {201, 409}
    foreign = {**_BUDGET, "scope_id": str(other.institution)}
    assert await admin.refused("POST", "/ai/budgets", foreign) == (422, "tutor.budget-of-another")


async def test_what_is_used_and_held_is_seen_by_those_it_is_for(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    admin, student = school.admin, given.students[0]
    own = {**_BUDGET, "scope_type": "user", "scope_id": str(student.user)}
    await admin.post("/ai/budgets", own)
    await admin.post("/ai/budgets", {**_BUDGET, "scope_type": "course", "scope_id": given.course})
    service, calls = Service(eduflow), [new_id(), new_id()]
    for call in calls:
        body = reservation(school, call=call)
        body |= {"user_id": str(student.user), "course_id": given.course}
        assert (await service.ask("/reservations", body)).status_code == 201
    await service.ask(f"/reservations/{calls[0]}/settle", settlement())
    for person in (student, given.teacher):
        person.position = admin.position
    of_course = f"/ai/budgets?of=course&course_id={given.course}"
    eduflow.servers.cluster.catch_up()
    for person, path in ((student, "/ai/budgets"), (given.teacher, of_course)):
        (budget,) = (await person.get(path))["items"]
        assert (budget["used_micros"], budget["reserved_micros"]) == (1_050, 12_500)
        assert budget["limit_micros"] == 1_000_000
        assert budget["starts_on"].endswith("-01")
    assert len((await admin.get("/ai/budgets?of=institution"))["items"]) == 2
    assert (await given.teacher.get("/ai/budgets"))["items"] == []
    assert (await given.stranger.get("/ai/budgets"))["items"] == []


async def test_only_administrators_set_budgets_and_prices(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    made = await school.admin.post("/ai/budgets", _BUDGET)
    price = {
        "provider": "anthropic",
        "model": "claude-haiku-5-5",
        "in_micros_per_mtok": 1,
        "cached_micros_per_mtok": 1,
        "out_micros_per_mtok": 1,
    }
    path = f"/ai/budgets/{made['id']}"
    for person in (given.teacher, given.students[0], given.stranger):
        for method, where, body in (
            ("POST", "/ai/budgets", {**_BUDGET, "period": "day"}),
            ("PATCH", path, {"limit_micros": 1}),
            ("POST", "/ai/models", price),
        ):
            refused = await person.refused(method, where, body, If_Match='"v1"')
            assert refused == (403, "kernel.forbidden")
    other = await eduflow.school()
    for where in (path, f"/ai/budgets/{uuid4()}"):
        gone = await other.admin.refused("PATCH", where, {"limit_micros": 1}, If_Match='"v1"')
        assert gone == (404, "kernel.not-found")


async def test_an_own_price_holds_for_ones_own_institution_from_its_moment_on(
    eduflow: Eduflow, school: School
) -> None:
    admin, other = school.admin, await eduflow.school()
    price = {
        "provider": "anthropic",
        "model": "claude-haiku-5-5",
        "in_micros_per_mtok": 2_000_000,
        "cached_micros_per_mtok": 1,
        "out_micros_per_mtok": 0,
    }
    later = {**price, "in_micros_per_mtok": 7_000_000, "valid_from": "2999-01-01T00:00:00Z"}
    past = {**price, "valid_from": "2020-01-01T00:00:00Z"}
    assert await admin.refused("POST", "/ai/models", past) == (422, "tutor.price-backdated")
    await admin.post("/ai/models", price)
    await admin.post("/ai/models", later)
    assert await admin.refused("POST", "/ai/models", later) == (409, "tutor.price-taken")

    async def seen(person: object) -> dict[str, object]:
        rows = (await person.get("/ai/models"))["items"]  # type: ignore[attr-defined]
        (row,) = [r for r in rows if r["model"] == "claude-haiku-5-5"]
        found: dict[str, object] = row
        return found

    mine, theirs = await seen(admin), await seen(other.admin)
    assert (mine["in_micros_per_mtok"], mine["own"]) == (2_000_000, True)
    assert (theirs["in_micros_per_mtok"], theirs["own"]) == (1_000_000, False)
    assert await Service(eduflow).spend(school) == 2_000
    assert await Service(eduflow).spend(other) == 1_050


async def test_everybody_sees_what_models_cost_and_the_local_one_is_free(
    eduflow: Eduflow, school: School
) -> None:
    student = await a_person(school, eduflow)
    rows = (await student.get("/ai/models?limit=3"))["items"]
    assert [row["provider"] for row in rows] == ["anthropic"] * 3
    every = (await student.get("/ai/models"))["items"]
    (local,) = [row for row in every if row["provider"] == "local"]
    assert (local["model"], local["in_micros_per_mtok"], local["out_micros_per_mtok"]) == (
        "*",
        0,
        0,
    )


async def test_a_budget_asked_for_twice_with_a_key_is_one(school: School) -> None:
    first = await school.admin.post("/ai/budgets", _BUDGET, Idempotency_Key="one")
    assert await school.admin.post("/ai/budgets", _BUDGET, Idempotency_Key="one") == first
