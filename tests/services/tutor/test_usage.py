"""What was spent is shown, at once, to those who may know, and to nobody else."""

from uuid import uuid4

from eduflow.kernel.ids import new_id
from eduflow.kernel.repair import rebuild
from eduflow.services.tutor.projections.usage import token_usage_daily
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.tutor.given import Service, a_class, reservation

_COST = 1_050


async def _spent(person: Person, path: str, *, calls: int) -> None:
    """Services send no positions: their use is seen when it is folded."""

    async def seen() -> bool:
        return bool((await person.get(path))["totals"]["calls"] == calls)

    await until(seen)


async def test_use_is_counted_by_day_model_and_purpose(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    service = Service(eduflow)
    first, second = (s.user for s in given.students)
    for user, purpose, model in (
        (first, "grading", "claude-haiku-5-5"),
        (first, "tutoring", "claude-haiku-5-5"),
        (second, "grading", "claude-haiku-5-5"),
        (second, "grading", "small"),
        (None, "grading", "small"),
    ):
        await service.spend(school, user=user, course=given.course, purpose=purpose, model=model)
    await service.spend(school, user=first)
    admin, teacher, student = school.admin, given.teacher, given.students[0]
    whole = "/ai/usage?of=institution"
    await _spent(admin, whole, calls=6)
    found = await admin.get(whole)
    assert found["totals"] == {
        "calls": 6,
        "tokens_in": 6_000,
        "tokens_cached": 0,
        "tokens_out": 60,
        "cost_micros": 4 * _COST,
    }
    assert [(m["model"], m["calls"], m["cost_micros"]) for m in found["by_model"]] == [
        ("claude-haiku-5-5", 4, 4 * _COST),
        ("small", 2, 0),
    ]
    assert [(i["purpose"], i["model"], i["calls"]) for i in found["items"]] == [
        ("grading", "claude-haiku-5-5", 3),
        ("grading", "small", 2),
        ("tutoring", "claude-haiku-5-5", 1),
    ]
    of_course = f"/ai/usage?of=course&course_id={given.course}"
    for person, path, calls in (
        (student, "/ai/usage", 3),
        (given.students[1], "/ai/usage", 2),
        (teacher, "/ai/usage", 0),
        (teacher, of_course, 5),
        (admin, of_course, 5),
        (teacher, f"{of_course}&user_id={first}", 2),
        (teacher, f"{of_course}&purpose=tutoring", 1),
        (admin, f"{whole}&model=small", 2),
        (admin, f"{whole}&user_id={first}", 3),
        (admin, f"{whole}&since=2020-01-01&until=2020-12-31", 0),
        (admin, f"{whole}&course_id={uuid4()}", 0),
        (student, f"/ai/usage?user_id={second}", 3),
    ):
        assert (await person.get(path))["totals"]["calls"] == calls, path


async def test_use_is_told_page_by_page_and_the_totals_are_of_all(
    eduflow: Eduflow, school: School
) -> None:
    service = Service(eduflow)
    for n in range(7):
        await service.spend(school, purpose=f"purpose-{n % 5}")
    path = "/ai/usage?of=institution"
    await _spent(school.admin, path, calls=7)
    seen, cursor = [], ""
    while True:
        page = await school.admin.get(f"{path}&limit=2{cursor}")
        assert page["totals"]["calls"] == 7
        seen += [item["purpose"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"purpose-{n}" for n in range(5)]


async def test_who_may_not_know_is_told_so(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    other = await eduflow.school()
    theirs = await a_class(eduflow, other)
    student, teacher = given.students[0], given.teacher
    forbidden, unknown = (403, "kernel.forbidden"), (404, "kernel.not-found")
    for thing in ("usage", "budgets"):
        for person, path, told in (
            (student, "?of=institution", forbidden),
            (teacher, "?of=institution", forbidden),
            (student, f"?of=course&course_id={given.course}", forbidden),
            (given.stranger, f"?of=course&course_id={given.course}", forbidden),
            (teacher, f"?of=course&course_id={theirs.course}", unknown),
            (school.admin, f"?of=course&course_id={theirs.course}", unknown),
            (school.admin, f"?of=course&course_id={uuid4()}", unknown),
            (school.admin, "?of=course", (422, "kernel.invalid")),
        ):
            assert await person.refused("GET", f"/ai/{thing}{path}") == told, path


async def test_a_day_too_far_away_is_refused_by_its_name(school: School) -> None:
    for name, day in (("since", "0001-01-01"), ("until", "9999-12-31")):
        answer = await school.admin.send("GET", f"/ai/usage?{name}={day}")
        assert answer.status_code == 422, answer.text
        assert [fault["parameter"] for fault in answer.json()["errors"]] == [name]
    assert (await school.admin.send("GET", "/ai/usage?since=1900-01-01")).status_code == 200


async def test_one_school_sees_nothing_of_what_another_spends(
    eduflow: Eduflow, school: School
) -> None:
    other = await eduflow.school()
    await Service(eduflow).spend(other)
    path = "/ai/usage?of=institution"
    await _spent(other.admin, path, calls=1)
    assert (await school.admin.get(path))["totals"]["calls"] == 0


async def test_use_counted_again_from_the_log_is_the_same(eduflow: Eduflow, school: School) -> None:
    for n in range(5):
        await Service(eduflow).spend(school, purpose=f"purpose-{n % 2}")
    await _spent(school.admin, "/ai/usage?of=institution", calls=5)
    pool = eduflow.worker.databases["tutor"].primary
    rebuilt = await rebuild(
        token_usage_daily, source=pool, home=pool, progress=lambda _folded, _total: None
    )
    assert rebuilt.events >= 5
    assert rebuilt.differing == {"token_usage_daily": 0}


async def test_what_a_service_that_died_has_held_is_freed_by_the_workers(
    eduflow: Eduflow, school: School
) -> None:
    limit = {"scope_type": "institution", "period": "total", "limit_micros": 12_500}
    await school.admin.post("/ai/budgets", limit)
    call = new_id()
    held = await Service(eduflow).ask("/reservations", reservation(school, call=call))
    assert held.status_code == 201
    async with eduflow.sql("tutor") as connection:
        # As if it had been 15 minutes, and the minute of the periodic job were over.
        await connection.execute(
            "UPDATE budget_reservations SET expires_at = now() WHERE call_id = $1", call
        )
        await connection.execute(
            "UPDATE job_schedules SET next_at = now() WHERE name = 'free_holds'"
        )

    async def freed() -> bool:
        body = reservation(school, call=new_id())
        return (await Service(eduflow).ask("/reservations", body)).status_code == 201

    await until(freed, seconds=20)
