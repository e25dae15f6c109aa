"""When a person is erased the ledger keeps what was paid for, under an id that leads to nobody."""

from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.tutor.given import Service, a_class


async def test_the_name_goes_and_the_sums_stay(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    student = given.students[0]
    cost = await Service(eduflow).spend(school, user=student.user, course=given.course)
    await school.admin.post(f"/users/{student.user}/erasure", {"reason": "asked for"})

    async def nameless() -> bool:
        async with eduflow.sql("tutor") as connection:
            row = await connection.fetchrow(
                "SELECT display_name, state FROM people WHERE user_id = $1", student.user
            )
        return row is not None and (row["display_name"], row["state"]) == (
            "Erased person",
            "deleted",
        )

    await until(nameless, seconds=30)
    path = f"/ai/usage?of=institution&user_id={student.user}"

    async def counted() -> bool:
        return bool((await school.admin.get(path))["totals"]["cost_micros"] == cost)

    await until(counted)
    budget = {
        "scope_type": "user",
        "scope_id": str(student.user),
        "period": "day",
        "limit_micros": 1,
    }
    refused = await school.admin.refused("POST", "/ai/budgets", budget)
    assert refused == (404, "tutor.no-such-scope")
