"""What completes a lesson: one rule, and the same number on every page."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduflow.kernel.projections import Run, Tables
from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.course_progress import course_progress
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_course, a_person, a_seat
from tests.services.api_core.given_grading import GivenClass, a_class, an_assignment, handed_in

SPACE = UUID("00000000-0000-7000-8000-000000000000")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def lessons_of(given: GivenClass, *titles: str) -> list[str]:
    teacher = given.teacher
    path = f"/modules/{given.course.module}/lessons"
    return [(await teacher.post(path, {"title": title}))["id"] for title in titles]


async def ruled(person: Person, lesson: str, version: int = 0, **rule: Any) -> Any:
    path = f"/lessons/{lesson}/completion-rule"
    answer = await person.send("PUT", path, rule, If_Match=f'"v{version}"')
    assert answer.is_success, answer.text
    return answer.json()


async def completed(given: GivenClass, student: Person) -> int:
    """How many lessons a student has completed, as every page tells it."""
    teacher = given.teacher
    everywhere = []
    for reader in (student, teacher):
        if reader is teacher:
            path = f"/courses/{given.course.id}/progress"
            page = await teacher.get(path, EduFlow_Strict="true")
            row = next(r for r in page["items"] if r["user_id"] == str(student.user))
            figures = await teacher.get(
                f"/courses/{given.course.id}/dashboard", EduFlow_Strict="true"
            )
            if figures["learners"] == 1:
                assert figures["average_percent"] == row["percent"]
        else:
            (row,) = (await student.get("/users/me/progress", EduFlow_Strict="true"))["items"]
            assert len(row["completed_lessons"]) == row["completed"]
            (card,) = (await student.get("/users/me/dashboard", EduFlow_Strict="true"))["courses"]
            everywhere.append((card["completed"], card["total"], card["percent"]))
        everywhere.append((row["completed"], row["total"], row["percent"]))
    assert len(set(everywhere)) == 1, everywhere
    return int(everywhere[0][0])


async def test_each_rule_completes_by_itself_and_on_every_page_alike(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    teacher = given.teacher
    said, seen, work, score = await lessons_of(given, "Said", "Seen", "Work", "Score")
    essay = await an_assignment(given)
    await ruled(teacher, seen, rule="viewed")
    await ruled(teacher, work, rule="submitted", assignment_id=essay["id"])
    await ruled(teacher, score, rule="scored", assignment_id=essay["id"], threshold=6.5)

    student.position = teacher.position
    assert await completed(given, student) == 0
    for lesson, kind, expected in (
        (said, "viewed", 0),
        (work, "completed", 0),
        (score, "completed", 0),
        (said, "completed", 1),
        (seen, "viewed", 2),
        (seen, "reopened", 2),
        (said, "reopened", 1),
        (said, "completed", 2),
    ):
        await student.post(f"/lessons/{lesson}/progress", {"kind": kind})
        teacher.position = student.position
        assert await completed(given, student) == expected, (lesson, kind)
    made = await handed_in(given, essay, student)
    assert await completed(given, student) == 3
    for version, grade, expected in (
        (1, {"score": 6.4999}, 3),
        (2, {"score": 6.5}, 4),
        (3, {"score": 0}, 3),
        (4, {"excused": True}, 4),
    ):
        path = f"/submissions/{made['id']}/grades"
        await teacher.post(path, {"version": version, **grade})
        student.position = teacher.position
        assert await completed(given, student) == expected, grade
    again = await ruled(teacher, score, 1, rule="said")
    assert again["version"] == 2
    student.position = teacher.position
    assert await completed(given, student) == 4
    await ruled(teacher, seen, 1, rule="said")
    student.position = teacher.position
    assert await completed(given, student) == 3
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(course_progress, source=home, home=home, progress=lambda *_: None)
    assert rebuilt.differing == dict.fromkeys(course_progress.tables, 0)


async def test_a_score_completes_nothing_before_the_student_sees_it(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    (lesson,) = await lessons_of(given, "L")
    essay = await an_assignment(given, posting="manual")
    rule = {"rule": "scored", "assignment_id": essay["id"], "threshold": 5}
    await ruled(given.teacher, lesson, **rule)
    body = {"user_id": str(student.user), "version": 0, "score": 5}
    await given.teacher.post(f"/assignments/{essay['id']}/grades", body)
    for step, expected in ((None, 0), ("post-grades", 1), ("hide-grades", 0), ("post-grades", 1)):
        if step is not None:
            await given.teacher.post(f"/assignments/{essay['id']}/{step}")
        student.position = given.teacher.position
        assert await completed(given, student) == expected, step


async def test_a_rule_set_afterwards_judges_what_was_before(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    (lesson,) = await lessons_of(given, "L")
    essay = await an_assignment(given)
    body = {"user_id": str(student.user), "version": 0, "score": 5}
    await given.teacher.post(f"/assignments/{essay['id']}/grades", body)
    rule = {"rule": "scored", "assignment_id": essay["id"]}
    for version, (threshold, expected) in enumerate(((5, 1), (5.5, 0), (0, 1))):
        await ruled(given.teacher, lesson, version, **rule, threshold=threshold)
        student.position = given.teacher.position
        assert await completed(given, student) == expected


async def test_a_rule_is_refused_that_is_not_whole_or_not_of_the_course(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    (lesson,) = await lessons_of(given, "L")
    essay = await an_assignment(given)
    other = await a_course(school, code="OTHER")
    group = await school.admin.post(f"/courses/{other.id}/assignment-groups", {"name": "G"})
    foreign = await school.admin.post(
        f"/courses/{other.id}/assignments", {"group_id": group["id"], "title": "T", "points": 1}
    )
    given.teacher.position = school.admin.position
    path = f"/lessons/{lesson}/completion-rule"
    ours = {"assignment_id": essay["id"]}
    for body, refusal in (
        ({"rule": "submitted"}, (422, "api_core.rule-unclear")),
        ({"rule": "scored", **ours}, (422, "api_core.rule-unclear")),
        ({"rule": "scored", "threshold": 1}, (422, "api_core.rule-unclear")),
        ({"rule": "viewed", **ours}, (422, "api_core.rule-unclear")),
        ({"rule": "viewed", "threshold": 1}, (422, "api_core.rule-unclear")),
        ({"rule": "submitted", **ours, "threshold": 1}, (422, "api_core.rule-unclear")),
        (
            {"rule": "submitted", "assignment_id": foreign["id"]},
            (422, "api_core.no-such-assignment"),
        ),
        ({"rule": "scored", **ours, "threshold": -1}, (422, "kernel.invalid")),
        ({"rule": "guessed"}, (422, "kernel.invalid")),
    ):
        told = await given.teacher.refused("PUT", path, body, If_Match='"v0"')
        assert told == refusal, body
    body = {"rule": "viewed"}
    assert (await given.teacher.refused("PUT", path, body))[0] == 428
    await ruled(given.teacher, lesson, rule="viewed")
    assert (await given.teacher.refused("PUT", path, body, If_Match='"v0"'))[0] == 412
    student.position = given.teacher.position
    assert (await student.refused("PUT", path, body, If_Match='"v1"'))[0] == 403
    assert (await student.get(path))["rule"] == "viewed"
    stranger = await a_person(eduflow, school, "Stran Ger")
    assert (await stranger.refused("GET", path))[0] == 403


def event(seq: int, name: str, **payload: Any) -> tuple[str, dict[str, Any]]:
    body = {"institution_id": SPACE, "course_id": uuid5(SPACE, "course"), **payload}
    envelope = {"seq": seq, "at": NOW, "actor_id": None, "institution_id": SPACE}
    return f"api_core.{name}", {**envelope, "payload": msgspec.json.encode(body).decode()}


PEOPLE, LESSONS, WORKS = range(2), range(3), range(2)
HAPPENED = st.one_of(
    st.tuples(
        st.just("lesson"),
        st.sampled_from(PEOPLE),
        st.sampled_from(LESSONS),
        st.sampled_from(["viewed", "completed", "reopened"]),
    ),
    st.tuples(st.just("work"), st.sampled_from(PEOPLE), st.sampled_from(WORKS), st.just(None)),
    st.tuples(
        st.just("grade"),
        st.sampled_from(PEOPLE),
        st.sampled_from(WORKS),
        st.sampled_from([None, 0, 5, 10]),
    ),
    st.tuples(st.just("by hand"), st.sampled_from(WORKS), st.booleans(), st.booleans()),
    st.tuples(st.just("posted"), st.sampled_from(WORKS), st.booleans(), st.just(None)),
    st.tuples(
        st.just("rule"),
        st.sampled_from(LESSONS),
        st.sampled_from(["said", "viewed", "submitted", "scored"]),
        st.sampled_from(WORKS),
    ),
)


def named(kind: str, number: int) -> UUID:
    return uuid5(SPACE, f"{kind} {number}")


def told(seq: int, happened: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    kind, one, two, three = happened
    if kind == "lesson":
        ids = {"user_id": named("user", one), "lesson_id": named("lesson", two)}
        return event(seq, "lesson_progressed", **ids, kind=three, occurred_at=NOW)
    if kind == "rule":
        of_work = two in {"submitted", "scored"}
        return event(
            seq,
            "completion_rule_set",
            lesson_id=named("lesson", one),
            rule=two,
            assignment_id=named("work", three) if of_work else None,
            threshold=5 if two == "scored" else None,
        )
    if kind == "by hand":
        posting = "manual" if three else "automatic"
        name = "assignment_added" if two else "assignment_changed"
        return event(seq, name, assignment_id=named("work", one), posting=posting)
    if kind == "posted":
        name = "grades_posted" if two else "grades_hidden"
        return event(seq, name, assignment_id=named("work", one))
    ids = {"user_id": named("user", one), "assignment_id": named("work", two)}
    if kind == "work":
        return event(seq, "submission_made", **ids, submitted_at=NOW)
    return event(seq, "grade_given", **ids, score=three)


def plainly(happened: list[tuple[Any, ...]]) -> dict[UUID, set[UUID]]:
    """Who has completed what, said plainly."""
    rules: dict[int, tuple[str, int]] = {}
    said, viewed, works = {}, set(), set()
    scores: dict[tuple[int, int], int | None] = {}
    by_hand: dict[int, bool] = {}
    posted: dict[int, bool] = {}
    for kind, one, two, three in happened:
        if kind == "lesson":
            viewed |= {(one, two)} if three != "reopened" else set()
            if three != "viewed":
                said[one, two] = three == "completed"
        elif kind == "work":
            works.add((one, two))
        elif kind == "grade":
            scores[one, two] = three
        elif kind == "by hand":
            by_hand[one] = three
        elif kind == "posted":
            posted[one] = two
        else:
            rules[one] = (two, three)
    done: dict[UUID, set[UUID]] = {}
    for user, lesson in itertools.product(PEOPLE, LESSONS):
        rule, work = rules.get(lesson, ("said", 0))
        seen = posted.get(work, False) or not by_hand.get(work, False)
        excused = seen and (user, work) in scores and scores[user, work] is None
        is_done = {
            "said": said.get((user, lesson), False),
            "viewed": (user, lesson) in viewed,
            "submitted": (user, work) in works or excused,
            "scored": excused or (seen and (scores.get((user, work)) or -1) >= 5),
        }[rule]
        if is_done:
            done.setdefault(named("user", user), set()).add(named("lesson", lesson))
    return done


async def folded(
    eduflow: Eduflow, runs: list[list[tuple[str, dict[str, Any]]]]
) -> dict[str, list[Any]]:
    async with eduflow.sql() as connection, connection.transaction():
        for table in course_progress.tables:
            await connection.execute(
                f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP"
            )
        for run in runs:
            for name, group in itertools.groupby(run, key=lambda e: e[0]):
                fold = course_progress.folds[name]
                await fold(Run([e for _, e in group]), Tables(connection))
        return {
            table: [
                dict(r) for r in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
            ]
            for table in course_progress.tables
        }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happened=st.lists(HAPPENED, max_size=20), seed=st.integers(0, 1000))
async def test_completion_is_the_plain_rule_in_whatever_order_it_is_folded(
    eduflow: Eduflow, happened: list[tuple[Any, ...]], seed: int
) -> None:
    events = [told(seq, one) for seq, one in enumerate(happened, 1)]
    tables = await folded(eduflow, [[one] for one in events])
    found: dict[UUID, set[UUID]] = {}
    for row in tables["lesson_completions"]:
        if row["completed"]:
            user = UUID(int=row["user_id"].int)
            found.setdefault(user, set()).add(UUID(int=row["lesson_id"].int))
    assert found == plainly(happened)
    counts = {UUID(int=r["user_id"].int): r["completed"] for r in tables["course_progress"]}
    assert {user: n for user, n in counts.items() if n} == {u: len(s) for u, s in found.items()}
    shuffled = random.Random(seed).sample(events, len(events))  # noqa: S311
    middle = len(events) // 2
    assert await folded(eduflow, [shuffled[:middle], shuffled[middle:]]) == tables


async def test_only_who_may_write_the_course_sets_rules(eduflow: Eduflow, school: School) -> None:
    course = await a_course(school, lessons=1)
    assistant = await a_person(eduflow, school, "Ta Ta")
    await a_seat(school, course, assistant, role="ta")
    path = f"/lessons/{course.lessons[0]}/completion-rule"
    assert (await assistant.refused("PUT", path, {"rule": "viewed"}, If_Match='"v0"'))[0] == 403
    await school.admin.send("PUT", path, {"rule": "viewed"}, If_Match='"v0"')
    assert "api_core.completion_rule_set" in await eduflow.events(school.institution)
