"""While an appeal waits nobody of the staff is told what the answer got, by whatever road."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import msgspec
import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.web import View
from eduflow.services.assessment.under_appeal import ANSWER, ATTEMPT, STUDENT
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.appealing import HIDDEN, TOLD, Case, Json, around, case, wrong_once
from tests.services.assessment.replaying import handed_in

__all__ = ["case"]


async def test_the_attempt_keeps_back_its_score_and_how_the_answer_was_judged(case: Case) -> None:
    async def look(person: Person) -> Any:
        shown = await person.get(f"/attempts/{case.attempt}")
        names = ("under_appeal", "correct", "fraction", "feedback", "comment")
        by_question = {a["question_id"]: [a[n] for n in names] for a in shown["answers"]}
        first, second = (by_question[q] for q in case.exam.questions)
        return (shown["under_appeal"], shown["score"]), first, second

    found = await around(case, look)
    right = [False, True, 1, [], None]
    wrong = [False, 0, ["That is for building"], None]
    for how in ("before", "withdrawn"):
        assert found[how] == (((False, 3), [wrong[0], *wrong], right),) * 2
    for how in HIDDEN:
        staff, student = found[how]
        assert staff == ((True, None), [True, None, None, [], None], right)
        assert student == ((True, 3), [True, *wrong], right)
    assert [one[0] for one in found["decided"]] == [(False, 4)] * 2
    assert [one[1][2] for one in found["decided"]] == [0.5] * 2


async def test_whoever_knew_the_attempt_is_not_told_that_nothing_has_changed(case: Case) -> None:
    path, teacher = f"/attempts/{case.attempt}", case.teacher
    known = (await teacher.send("GET", path)).headers["etag"]
    again = await teacher.send("GET", path, **{"If-None-Match": known})
    assert again.status_code == 304
    appeal = await case.raised()
    kept = await teacher.send("GET", path, **{"If-None-Match": known})
    assert (kept.status_code, kept.json()["score"]) == (200, None)
    assert "etag" not in kept.headers
    await case.student.post(f"{appeal}/withdraw")
    teacher.position = case.student.position
    assert (await teacher.get(path))["score"] == 3


async def test_results_keep_back_the_score_and_what_counts_over_all_attempts(case: Case) -> None:
    student = case.student
    first, second = case.exam.questions
    await handed_in(student, case.exam, {first: ["b"], second: ["b"]})

    async def look(person: Person) -> Any:
        found = (await person.get(f"/assessments/{case.exam.test}/results"))["items"]
        names = ("score", "under_appeal", "counts", "counts_under_appeal")
        return [tuple(one[n] for n in names) for one in found]

    async def own(person: Person) -> Any:
        found = (await person.get("/users/me/results"))["items"]
        return [(one["score"], one["counts"]) for one in reversed(found)]

    found = await around(case, look, own=own)
    for how in ("before", "withdrawn"):
        assert found[how] == ([(3, False, 3, False), (0, False, 3, False)], [(3, 3), (0, 3)])
    for how in HIDDEN:
        staff, told = found[how]
        assert staff == [(None, True, None, True), (0, False, None, True)]
        assert told == [(3, 3), (0, 3)]
    assert [one[0] for one in found["decided"][0]] == [4, 0]


async def test_receipts_keep_back_scores_links_and_digests_of_every_release(case: Case) -> None:
    async def look(person: Person) -> Any:
        found = (await person.get(f"/attempts/{case.attempt}/receipts"))["items"]
        names = ("score", "links", "digest", "previous")
        return [(one["under_appeal"], [one[n] is not None for n in names]) for one in found]

    found = await around(case, look)
    for how in HIDDEN:
        assert found[how] == ([(True, [False] * 4)], [(True, [True] * 4)])
    for how in TOLD:
        for told in found[how]:
            assert told == [(False, [True] * 4)] * (2 if how == "decided" else 1)


async def _releases(person: Person, attempt: str) -> AsyncGenerator[Json, None]:
    """What whoever watches from the beginning is told of each release."""
    headers, kind = {"EduFlow-Position": person.position or ""}, ""
    told: Json = {}
    path = f"/attempts/{attempt}/events"
    async with person.client.stream("GET", path, headers=headers) as stream:
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            kind = value if name == "event" else kind
            told = msgspec.json.decode(value) if name == "data" else told
            if not line and kind == "released":
                yield told
                kind = ""


async def test_whoever_watches_is_told_of_a_release_without_its_score(case: Case) -> None:
    async def look(person: Person) -> Any:
        async with contextlib.aclosing(_releases(person, case.attempt)) as releases:
            told = await anext(releases)
        return told.get("score"), told.get("items") is not None, told.get("under_appeal", False)

    found = await around(case, look)
    for how in HIDDEN:
        assert found[how] == ((None, False, True), (3, True, False))
    for how in TOLD:
        assert found[how] == ((3, True, False),) * 2


async def test_whoever_has_watched_since_before_the_appeal_is_told_no_more_either(
    school: School, case: Case
) -> None:
    async with contextlib.aclosing(_releases(case.teacher, case.attempt)) as releases:
        assert (await anext(releases))["score"] == 3
        await case.raised()
        school.admin.position = case.student.position
        review = f"/responses/{case.response}/reviews"
        made = await school.admin.post(review, {"fraction": 1}, If_Match='"v0"')
        assert made["under_appeal"]
        async with asyncio.timeout(20):
            told = await anext(releases)
    assert (told.get("score"), told.get("items"), told["under_appeal"]) == (None, None, True)


async def test_staff_who_appeal_go_on_seeing_their_own(case: Case) -> None:
    own = await wrong_once(case.exam, case.teacher)
    claim = {"claim": "Mine"}
    await case.teacher.post(f"/responses/{own.response}/appeals", claim)
    shown = await case.teacher.get(f"/attempts/{own.attempt}")
    assert (shown["score"], shown["under_appeal"]) == (3, True)
    (receipt,) = (await case.teacher.get(f"/attempts/{own.attempt}/receipts"))["items"]
    assert receipt["score"] == 3
    results = (await case.teacher.get(f"/assessments/{case.exam.test}/results"))["items"]
    assert [(one["score"], one["under_appeal"]) for one in results] == [(3, False)] * 2


@pytest.mark.parametrize("saw_scores", [True, False])
async def test_that_a_grader_had_seen_the_score_is_kept_and_told_once_it_is_decided(
    eduflow: Eduflow, case: Case, *, saw_scores: bool
) -> None:
    listed = f"/assessments/{case.exam.test}/appeals"
    path = await case.raised()
    (line,) = (await case.teacher.get(listed))["items"]
    assert (line["saw_scores"], line["outcome"]) == (None, None)
    await case.decided(path, **({"saw_scores": True} if saw_scores else {}))
    (line,) = (await case.teacher.get(listed))["items"]
    assert (line["saw_scores"], line["outcome"]) == (saw_scores, "raised")
    async with eduflow.sql("assessment") as sql:
        blind = await sql.fetchval(
            "SELECT blind FROM human_reviews WHERE response_id = $1", case.response
        )
    assert blind is not saw_scores
    # What an earlier appeal came to leans too.
    await case.raised()
    (line, _) = (await case.teacher.get(listed))["items"]
    assert (line["outcome"], line["under_appeal"], line["saw_scores"]) == (None, True, saw_scores)


WORTH = {"score", "fraction", "correct", "counts", "old_score", "new_counts", "thoughts", "outcome"}
WORTH |= {"p_value", "mean", "links", "comment"}
OPEN_TO_ALL = {
    # To whoever gave the answer.
    "Graded",
    "GradedItem",
    "OwnAppeal",
    "OwnResult",
    "Tried",
    # Parts of one that says so.
    "ReceiptLink",
    "Thoughts",
    # When it is over.
    "Decided",
    # About no student's answer.
    "ImportFinding",
    "Preview",
}


def _views(kind: type[View]) -> Iterator[type[View]]:
    for view in kind.__subclasses__():
        yield view
        yield from _views(view)


async def test_whatever_tells_of_scores_says_where_they_are_under_appeal(eduflow: Eduflow) -> None:
    ours = {
        view.__name__: set(view.__struct_fields__)
        for view in _views(View)
        if view.__module__.startswith("eduflow.services.assessment")
    }
    telling = {name for name, fields in ours.items() if fields & WORTH}
    assert telling - OPEN_TO_ALL == {n for n in telling if "under_appeal" in ours[n]}
    assert telling >= OPEN_TO_ALL


_MANY = (
    "INSERT INTO appeals (id, institution_id, course_id, assessment_id, attempt_id, response_id,"
    " user_id, claim, asked_at, state) SELECT gen_random_uuid(), $1, $1, gen_random_uuid(),"
    " gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Why?', now(),"
    " CASE WHEN n % 10 = 0 THEN 'open' ELSE 'decided' END FROM generate_series(1, 20_000) AS n"
)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (ANSWER.format("t.id"), "appeals_one_open"),
        (ATTEMPT.format("t.id"), "appeals_open_of_attempt"),
        (STUDENT.format("t"), "appeals_open_of_student"),
    ],
)
async def test_what_is_under_appeal_is_found_by_an_index_through_the_walls(
    eduflow: Eduflow, asked: str, index: str
) -> None:
    async with eduflow.sql("assessment") as sql:
        trial = sql.transaction()
        await trial.start()
        # As many as a school has after years; of a few rows any plan will do.
        await sql.execute("SET LOCAL session_replication_role = replica")
        await sql.execute(_MANY, new_id())
        await sql.execute("ANALYZE appeals")
        await sql.execute("SET LOCAL ROLE assessment_app")
        plan = await sql.fetch(
            f"EXPLAIN SELECT {asked} FROM attempts AS t WHERE t.id = gen_random_uuid()"
        )
        await trial.rollback()
    assert index in "\n".join(row[0] for row in plan)
