"""Tests in the gradebook: their columns, their results, and what people say above them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.gradebook import gradebook
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given_grading import GivenClass, a_class, an_assignment, gradebook_row
from tests.services.api_core.given_results import CLOSES, GivenTest, a_test, happened


async def cell(given: GivenClass, student: Person) -> Any:
    """The only one of a student."""
    (found,) = (await gradebook_row(given, student))["cells"]
    return found


async def score(given: GivenClass, student: Person) -> tuple[Any, ...]:
    found = await cell(given, student)
    return found["score"], found["source"], found["state"]


async def a_quiz(
    eduflow: Eduflow, school: School, *, students: int = 1
) -> tuple[GivenClass, GivenTest]:
    given = await a_class(eduflow, school, students=students)
    quiz = a_test(school, given)
    await happened(eduflow, quiz.published())
    return given, quiz


async def told_of_grades(eduflow: Eduflow, student: Person) -> int:
    async with eduflow.sql() as sql:
        found: int = await sql.fetchval(
            "SELECT count(*) FROM notifications WHERE user_id = $1 AND kind = 'graded'",
            student.user,
        )
    return found


async def test_a_quiz_has_a_column_that_is_as_the_quiz_is(eduflow: Eduflow, school: School) -> None:
    given, quiz = await a_quiz(eduflow, school)
    column = await quiz.column()
    assert (column["title"], column["points"], column["state"]) == ("Quiz 1", 10, "published")
    assert (column["group_id"], column["submission_types"]) == (given.group, ["test"])
    assert column["due_at"] == CLOSES.isoformat().replace("+00:00", "Z")
    path = f"/assignments/{column['id']}"
    other = {"name": "Exams", "weight": 0}
    group = await given.teacher.post(f"/courses/{given.course.id}/assignment-groups", other)
    mine = {"group_id": group["id"], "posting": "manual"}
    await given.teacher.patch(path, mine, version=1)
    refused = await given.teacher.refused("PATCH", path, {"points": 5}, If_Match='"v2"')
    assert refused == (409, "api_core.decided-in-test")
    later = CLOSES + timedelta(days=1)
    await happened(eduflow, quiz.published(title="Quiz one", points=Decimal(12), closes_at=later))
    column = await quiz.column()
    assert (column["title"], column["points"], column["group_id"]) == ("Quiz one", 12, group["id"])
    assert column["posting"] == "manual"


async def test_practice_and_surveys_have_none_and_their_results_are_no_grades(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    practice = a_test(school, given)
    result = practice.released(given.students[0], 5)
    await happened(eduflow, practice.published(kind="practice"), result)
    assert await practice.column() is None
    async with eduflow.sql() as sql:
        failed = "SELECT count(*) FROM projection_failures WHERE consumer = 'results'"
        assert (
            await sql.fetchval(
                failed + " AND event->>'institution_id' = $1::text", str(school.institution)
            )
            == 0
        )


async def test_a_course_without_groups_gets_one_for_its_tests(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    async with eduflow.sql() as sql:
        await sql.execute("DELETE FROM assignment_groups WHERE id = $1::text::uuid", given.group)
    quiz = a_test(school, given)
    await happened(eduflow, quiz.published())
    groups = await given.teacher.get(f"/courses/{given.course.id}/assignment-groups")
    assert [g["name"] for g in groups["items"]] == ["Tests"]


async def test_a_released_result_is_a_grade_and_no_late_policy_touches_it(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    await happened(eduflow, quiz.submitted(student))
    assert await score(given, student) == (None, None, "submitted")
    result = quiz.released(student, 7, submitted_at=CLOSES + timedelta(hours=1), late=True)
    await happened(eduflow, result)
    found = await cell(given, student)
    assert (found["score"], found["source"], found["state"]) == (7, "assessment", "graded")
    assert (found["late"], found["missing"]) == (True, False)
    student.position = None
    (mine,) = (await student.get("/users/me/grades"))["items"]
    assert mine["percent"] == 70


async def test_a_regrade_moves_the_grade_and_what_is_older_never_does(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    first = quiz.released(student, 4)
    await happened(eduflow, first)
    regraded = quiz.released(student, 6, attempt_id=first.attempt_id, scoring_number=2)
    await happened(eduflow, regraded, regraded, first)
    assert await score(given, student) == (6, "assessment", "graded")
    assert await told_of_grades(eduflow, student) == 2
    again = quiz.released(student, 6, attempt_id=first.attempt_id, scoring_number=3)
    await happened(eduflow, again)
    assert await told_of_grades(eduflow, student) == 2
    async with eduflow.sql() as sql:
        given_scores = await sql.fetch(
            "SELECT score, actor_id FROM grade_events WHERE user_id = $1 ORDER BY version",
            student.user,
        )
    assert [(g["score"], g["actor_id"]) for g in given_scores] == [(4, None), (6, None)]


async def test_of_a_regrade_of_several_attempts_a_student_is_told_once(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=2)
    ann, ben = given.students
    sat = [(who, n, quiz.released(who, 4, number=n)) for who in (ann, ben) for n in (1, 2, 3)]
    await happened(eduflow, *(one for _, _, one in sat))
    before = {who.user: await told_of_grades(eduflow, who) for who in (ann, ben)}
    regraded = [
        quiz.released(who, 6, number=n, attempt_id=one.attempt_id, scoring_number=2)
        for who, n, one in sat
    ]
    await happened(eduflow, *regraded)
    for who in (ann, ben):
        assert await score(given, who) == (6, "assessment", "graded")
        assert await told_of_grades(eduflow, who) == before[who.user] + 1


async def test_a_further_attempt_waits_until_its_own_result(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    await happened(eduflow, quiz.submitted(student), quiz.released(student, 8))
    await happened(eduflow, quiz.submitted(student, number=2))
    assert await score(given, student) == (8, "assessment", "resubmitted")
    await happened(eduflow, quiz.released(student, 8, number=2))
    assert await score(given, student) == (8, "assessment", "graded")
    await happened(eduflow, quiz.released(student, 9, number=1, scoring_number=2))
    assert await score(given, student) == (9, "assessment", "graded")


async def test_an_override_and_an_excuse_stay_until_they_are_taken_back(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=2)
    ann, ben = given.students
    await happened(eduflow, quiz.released(ann, 4), quiz.released(ben, 4))
    path = f"/assignments/{(await quiz.column())['id']}/grades"
    plain = {"user_id": str(ann.user), "version": 1, "score": 9}
    refused = await given.teacher.refused("POST", path, plain)
    assert refused == (409, "api_core.graded-by-test")
    above = {**plain, "source": "override", "reason": "The fire alarm went off"}
    await given.teacher.post(path, above)
    await given.teacher.post(path, {"user_id": str(ben.user), "version": 1, "excused": True})
    regraded = [quiz.released(who, 5, scoring_number=2) for who in (ann, ben)]
    await happened(eduflow, *regraded)
    assert await score(given, ann) == (9, "override", "graded")
    assert (await score(given, ben))[2] == "excused"
    for who in (ann, ben):
        back = {"user_id": str(who.user), "version": 2, "source": "assessment"}
        await given.teacher.post(path, back)
        assert await score(given, who) == (5, "assessment", "graded")


async def test_with_other_points_a_result_is_the_same_share_of_them(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    await happened(eduflow, quiz.released(student, 8))
    await happened(eduflow, quiz.published(points=Decimal(20)))
    assert (await score(given, student))[0] == 16
    shorter = quiz.released(student, 3, number=2, counts_points=Decimal(4))
    await happened(eduflow, shorter)
    assert (await score(given, student))[0] == 15
    below = quiz.released(student, -2, number=3)
    await happened(eduflow, below)
    assert (await score(given, student))[0] == 0


async def test_posted_by_hand_a_result_is_seen_and_told_when_it_is_posted(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    path = f"/assignments/{(await quiz.column())['id']}"
    await given.teacher.patch(path, {"posting": "manual"}, version=1)
    await happened(eduflow, quiz.released(student, 7))
    student.position = given.teacher.position
    (mine,) = (await student.get("/users/me/grades", EduFlow_Strict="true"))["items"]
    assert (mine["percent"], mine["cells"][0]["score"]) == (None, None)
    assert await told_of_grades(eduflow, student) == 0
    await given.teacher.post(f"{path}/post-grades")

    async def told() -> bool:
        return await told_of_grades(eduflow, student) == 1

    await until(told, what="a notice")


async def test_nothing_is_handed_in_for_a_test_and_nobody_reviews_it(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    path = f"/assignments/{(await quiz.column())['id']}"
    student.position = given.teacher.position
    sent = await student.send("POST", f"{path}/submissions", {"body": "Mine"})
    assert sent.status_code == 409
    assert sent.json()["assessment_id"] == str(quiz.id)
    dates = {"user_id": str(student.user), "extra_minutes": 30}
    refused = await given.teacher.refused("POST", f"{path}/overrides", dates)
    assert refused == (409, "api_core.decided-in-test")
    review = (f"{path}/peer-review", {"reviews": 1})
    refused = await given.teacher.refused("PUT", *review, If_Match='"v0"')
    assert refused == (409, "api_core.sat-as-test")
    essay = await an_assignment(given)
    assert essay["assessment_id"] is None


async def test_results_of_who_is_no_student_of_the_course_are_no_grades(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    other = await eduflow.school()
    stranger = await eduflow.somebody(other)
    mine = quiz.released(given.students[0], 5)
    theirs = GivenTest(other, given, quiz.id).released(given.students[0], 9)
    results = [quiz.released(who, 5) for who in (given.teacher, stranger)]
    await happened(eduflow, *results, theirs, mine)
    async with eduflow.sql() as sql:
        rows = await sql.fetch(
            "SELECT user_id FROM test_results AS r JOIN assignments AS a ON a.id = r.assignment_id"
            " WHERE a.assessment_id = $1",
            quiz.id,
        )
    assert [row["user_id"] for row in rows] == [given.students[0].user]
    assert await score(given, given.students[0]) == (5, "assessment", "graded")


async def test_a_result_that_comes_before_its_test_is_set_aside_and_counts_later(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    quiz = a_test(school, given)
    await happened(eduflow, quiz.released(student, 5))
    assert await quiz.column() is None
    await happened(eduflow, quiz.published())
    async with eduflow.sql() as sql:
        await sql.execute(
            "UPDATE projection_failures SET retry_at = now() WHERE consumer = 'results'"
            " AND event->>'institution_id' = $1",
            str(school.institution),
        )
    eduflow.worker.bell.ring("api_core")

    async def there() -> bool:
        async with eduflow.sql() as sql:
            return bool(
                await sql.fetchval(
                    "SELECT EXISTS (SELECT FROM grade_events WHERE user_id = $1)", student.user
                )
            )

    await until(there, what="it is tried again")
    await happened(eduflow, quiz.published(title="Again"))
    assert await score(given, student) == (5, "assessment", "graded")


async def test_an_archived_test_keeps_its_results_and_is_due_no_more(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school)
    (student,) = given.students
    untaken = a_test(school, given)
    await happened(eduflow, untaken.published(title="Nobody's"), quiz.released(student, 5))
    await happened(eduflow, quiz.archived(), untaken.archived(), quiz.published())
    await happened(eduflow, quiz.archived())
    assert (await quiz.column())["due_at"] is None
    assert (await untaken.column())["state"] == "draft"
    assert await score(given, student) == (5, "assessment", "graded")


async def test_the_gradebook_with_tests_in_it_is_rebuilt_the_same(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=2)
    ann, ben = given.students
    await happened(eduflow, quiz.submitted(ann), quiz.released(ann, 4), quiz.released(ben, 8))
    await happened(eduflow, quiz.published(points=Decimal(30)), quiz.released(ann, 6, number=2))
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(gradebook, source=home, home=home, progress=lambda *_: None)
    assert set(rebuilt.differing.values()) == {0}
    assert (await score(given, ann))[0] == 18
    assert (await score(given, ben))[0] == 24


async def test_points_that_the_test_hides_are_posted_when_it_shows_them(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=1)
    (student,) = given.students
    quiz = a_test(school, given)
    await happened(eduflow, quiz.published(points_shown=False))
    assert (await quiz.column())["posting"] == "manual"
    await happened(eduflow, quiz.submitted(student), quiz.released(student, 7))
    hidden = await cell(given, student)
    assert (hidden["score"], hidden["posted"], await told_of_grades(eduflow, student)) == (
        7,
        False,
        0,
    )
    await happened(eduflow, quiz.published(points_shown=True))
    await happened(eduflow, quiz.published(points_shown=True, title="Quiz one"))
    column = await quiz.column()
    assert column["posted_at"] is not None

    async def is_told() -> bool:
        shown = await cell(given, student)
        return shown["posted"] is True and await told_of_grades(eduflow, student) == 1

    await until(is_told, what="posted, and the student was told once")
    await happened(eduflow, quiz.published(points_shown=False))
    assert (await quiz.column())["posted_at"] is None
    rebuilt = await rebuild(
        gradebook,
        source=eduflow.worker.databases["api_core"].primary,
        home=eduflow.worker.databases["api_core"].primary,
        progress=lambda *_: None,
    )
    assert set(rebuilt.differing.values()) == {0}


async def test_what_a_teacher_posts_by_hand_stays_until_the_test_says_otherwise(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=1)
    quiz = a_test(school, given)
    await happened(eduflow, quiz.published(points_shown=False))
    column = await quiz.column()
    await given.teacher.post(f"/assignments/{column['id']}/post-grades")
    before = (await quiz.column())["posted_at"]
    await happened(eduflow, quiz.published(points_shown=False, title="Quiz one"))
    assert (await quiz.column())["posted_at"] == before is not None
    await happened(eduflow, quiz.published(points_shown=True))
    assert (await quiz.column())["posted_at"] == before
