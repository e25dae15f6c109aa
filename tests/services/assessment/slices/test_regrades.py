"""A corrected key reaches everybody who answered, when it is published and not before."""

from typing import Any

import pytest

from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.replaying import (
    BRICK,
    corrected_key,
    handed_in,
    published,
    regraded,
    regraded_by,
    version_of,
)

Json = dict[str, Any]


@pytest.fixture
async def exam(eduflow: Eduflow, school: School) -> Exam:
    made = await an_exam(eduflow, school, students=3)
    return await a_test(made, [a_choice(2), a_choice(3)], policy={"attempts": 5})


async def _scores(eduflow: Eduflow, exam: Exam) -> list[tuple[int, float, bool]]:
    async with eduflow.sql("assessment") as connection:
        rows = await connection.fetch(
            "SELECT scoring_number, score, released_at IS NOT NULL AS released FROM attempts"
            " WHERE assessment_id = $1::text::uuid AND state = 'submitted' ORDER BY id",
            exam.test,
        )
    return [(r["scoring_number"], float(r["score"]), r["released"]) for r in rows]


async def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    await handed_in(exam.students[0], exam, {first: ["a"], second: ["a"]})
    await handed_in(exam.students[1], exam, {first: ["b"], second: ["a"]})
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    assert (run["total"], run["done"], run["changed"], run["unread"]) == (2, 2, 2, 0)
    diffs = (await exam.teacher.get(f"/regrades/{run['id']}/diffs"))["items"]
    told = {d["name"]: (d["old_counts"], d["new_counts"]) for d in diffs}
    assert told == {"Lin L0": (5, 3), "Lin L1": (3, 5)}
    effects: dict[str, tuple[Any, ...]] = {}

    async def is_told() -> bool:
        items = (await exam.teacher.get(f"/regrades/{run['id']}/diffs"))["items"]
        found = {d["name"]: d["course_effect"] for d in items}
        effects.update(
            {n: (e["old_percent"], e["new_percent"]) for n, e in found.items() if e is not None}
        )
        return effects == {"Lin L0": (100, 60), "Lin L1": (60, 100)}

    await until(is_told, what="the gradebook, which hears of results a moment later, tells of both")
    assert await _scores(eduflow, exam) == [(1, 5.0, True), (1, 3.0, True)]
    dropped = await exam.teacher.post(
        f"/regrades/{run['id']}/drop", If_Match=f'"v{run["version"]}"'
    )
    assert dropped["state"] == "dropped"
    assert await _scores(eduflow, exam) == [(1, 5.0, True), (1, 3.0, True)]


async def test_published_it_moves_every_result_and_keeps_what_was_before(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    await handed_in(exam.students[0], exam, {first: ["a"], second: ["a"]})
    await handed_in(exam.students[1], exam, {first: ["b"], second: ["b"]})
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    await published(exam.teacher, run)
    assert await _scores(eduflow, exam) == [(2, 3.0, True), (2, 2.0, True)]
    student = exam.students[0]

    async def both() -> bool:
        return len((await student.get("/users/me/results"))["items"]) > 0

    await until(both)
    async with eduflow.sql("assessment") as connection:
        kept = await connection.fetch(
            "SELECT s.method, n.number FROM item_scores AS s JOIN scoring_versions AS n"
            " ON n.id = s.scoring_version_id WHERE n.assessment_id = $1::text::uuid"
            " ORDER BY n.number, s.method",
            exam.test,
        )
        receipts = await connection.fetchval(
            "SELECT array_agg(g.number ORDER BY g.number) FROM grade_receipts AS g JOIN attempts"
            " AS t ON t.id = g.attempt_id WHERE t.assessment_id = $1::text::uuid",
            exam.test,
        )
        events = await connection.fetch(
            "SELECT type, count(*) FROM outbox_events WHERE (payload ->> 'assessment_id') = $1"
            " GROUP BY type",
            exam.test,
        )
    told = [(r["number"], r["method"]) for r in kept]
    assert told == [(1, "key")] * 4 + [(2, "carried")] * 2 + [(2, "key")] * 2
    assert receipts == [1, 1, 2, 2]
    counted = {r["type"]: r["count"] for r in events}
    assert counted["assessment.items_scored"] == 4
    assert counted["assessment.result_released"] == 4
    assert counted["assessment.regrade_published"] == 1


async def test_whoever_hands_in_afterwards_is_judged_by_the_new_key(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    begun = await exam.students[1].post(f"/assessments/{exam.test}/attempts")
    await handed_in(exam.students[0], exam, {first: ["a"], second: ["a"]})
    await regraded(eduflow, exam, question=first, key=BRICK, dry_run=False)
    graded = await handed_in(exam.students[1], exam, {first: ["b"], second: ["a"]})
    assert begun["id"] == graded["id"]
    assert graded["score"] == 5
    assert await _scores(eduflow, exam) == [(2, 5.0, True), (2, 3.0, True)]


async def test_what_is_handed_in_between_ready_and_publish_is_caught(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    await handed_in(exam.students[0], exam, {first: ["a"], second: ["a"]})
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    await handed_in(exam.students[1], exam, {first: ["b"], second: ["a"]})
    await handed_in(exam.students[0], exam, {first: ["b"], second: ["a"]})
    done = await published(exam.teacher, run)
    assert done["changed"] == 3
    assert await _scores(eduflow, exam) == [(2, 3.0, True), (2, 5.0, True), (2, 5.0, True)]


async def test_one_regrade_of_a_test_is_open_at_a_time(eduflow: Eduflow, exam: Exam) -> None:
    run = await regraded(eduflow, exam, question=exam.questions[0], key=BRICK)
    version, number = await corrected_key(eduflow, exam.questions[1], BRICK)
    body = {"cause": "key", "reason": "R", "keys": {version: number}}
    path = f"/assessments/{exam.test}/regrades"
    assert await exam.teacher.refused("POST", path, body) == (409, "assessment.regrade-open")
    path = f"/regrades/{run['id']}/publish"
    assert await exam.teacher.refused("POST", path) == (428, "kernel.precondition-required")
    stale = await exam.teacher.refused("POST", path, If_Match='"v9"')
    assert stale == (412, "kernel.precondition-failed")


async def test_a_regrade_by_what_counts_already_or_is_not_there_is_refused(
    eduflow: Eduflow, exam: Exam
) -> None:
    version = await version_of(eduflow, exam.questions[0])
    path = f"/assessments/{exam.test}/regrades"
    same = {"cause": "key", "reason": "R", "keys": {version: 1}}
    told = await exam.teacher.refused("POST", path, same)
    assert told == (422, "assessment.nothing-to-regrade")
    unknown = {"cause": "key", "reason": "R", "keys": {version: 7}}
    told = await exam.teacher.refused("POST", path, unknown)
    assert told == (422, "assessment.not-to-regrade-by")


async def test_points_and_rules_are_folded_without_judging_anything(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    student = exam.students[0]
    await handed_in(student, exam, {first: ["a"], second: ["b"]})
    await handed_in(student, exam, {first: ["b"], second: ["b"]})
    points = {await version_of(eduflow, first): [10]}
    rules = {"attempt_counts": "last"}
    run = await regraded_by(exam, cause="points", points=points, policy=rules)
    (diff,) = (await exam.teacher.get(f"/regrades/{run['id']}/diffs"))["items"]
    assert (diff["old_counts"], diff["new_counts"]) == (2, 0)
    assert [(a["new_score"], a["new_points"]) for a in diff["attempts"]] == [(10, 13), (0, 13)]
    await published(exam.teacher, run)
    assert await _scores(eduflow, exam) == [(2, 10.0, True), (2, 0.0, True)]


async def test_an_unread_essay_stays_unread_and_is_not_asked_twice(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [a_choice(2), an_essay()], policy={"reading": "people"})
    first, essay = exam.questions
    await handed_in(exam.students[0], exam, {first: ["a"], essay: "Because"})
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    assert (run["changed"], run["unread"]) == (1, 0)
    await published(exam.teacher, run)
    assert await _scores(eduflow, exam) == [(2, 0.0, False)]
    async with eduflow.sql("assessment") as connection:
        waiting = await connection.fetchval(
            "SELECT count(*) FROM grading_queue WHERE assessment_id = $1::text::uuid", exam.test
        )
    assert waiting == 1


async def test_a_new_form_loses_nothing_that_was_judged_before_it(
    eduflow: Eduflow, exam: Exam
) -> None:
    first, second = exam.questions
    await handed_in(exam.students[0], exam, {first: ["a"], second: ["a"]})
    dropped = await regraded(eduflow, exam, question=first, key=BRICK)
    await exam.teacher.post(f"/regrades/{dropped['id']}/drop", If_Match=f'"v{dropped["version"]}"')
    form = {"sections": [{"items": [{"question_id": first}, {"question_id": second}]}]}
    version = (await exam.teacher.get(f"/assessments/{exam.test}"))["version"]
    await put(exam.teacher, f"/assessments/{exam.test}/form", form, version=version)
    for student in exam.students:
        student.position = exam.teacher.position
    await handed_in(exam.students[1], exam, {first: ["b"], second: ["a"]})
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    assert (run["base_number"], run["scoring_number"]) == (3, 4)
    await published(exam.teacher, run)
    assert await _scores(eduflow, exam) == [(4, 3.0, True), (4, 5.0, True)]
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert (check["receipts"], check["faults"]) == (4, [])


async def _rules(eduflow: Eduflow, exam: Exam) -> tuple[list[Any], list[Any]]:
    """Those of the policy, and those of the scoring version that counts."""
    async with eduflow.sql("assessment") as connection:
        row = await connection.fetchrow(
            "SELECT p.behaviour, p.attempt_counts, p.late_penalty::float8,"
            " n.policy ->> 'behaviour', n.policy ->> 'attempt_counts',"
            " (n.policy ->> 'late_penalty')::float8 FROM assessments AS a"
            " JOIN delivery_policies AS p ON p.assessment_id = a.id JOIN scoring_versions AS n"
            " ON n.assessment_id = a.id AND n.number = a.scoring_number"
            " WHERE a.id = $1::text::uuid",
            exam.test,
        )
    assert row is not None
    return list(row[:3]), list(row[3:])


async def test_rules_move_with_the_policy_and_a_new_form_keeps_them(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school, students=2)
    policy = {"behaviour": "interactive", "attempts": 5}
    exam = await a_test(made, [a_choice([4, 2])], policy=policy)
    (question,) = exam.questions
    begun, student = exam.students
    running = await begun.post(f"/assessments/{exam.test}/attempts")
    path = f"/attempts/{running['id']}/responses/{question}/tries"
    await begun.post(path, {"value": ["b"]})
    await handed_in(student, exam, {question: ["a"]})
    await handed_in(student, exam, {question: ["b"]})
    of_test = f"/assessments/{exam.test}"
    before = await exam.teacher.get(f"{of_test}/policy")
    rules = {"behaviour": "deferred", "attempt_counts": "last", "late_penalty": 0.5}
    run = await regraded_by(exam, cause="policy", policy=rules)
    assert await _rules(eduflow, exam) == (["interactive", "highest", 0],) * 2
    await published(exam.teacher, run)
    assert await _rules(eduflow, exam) == (["deferred", "last", 0.5],) * 2
    after = await exam.teacher.get(f"{of_test}/policy")
    assert {name: after[name] for name in rules} == rules
    assert after["version"] == before["version"] + 1
    # Whoever has seen the policy before cannot put the old rules back without knowing.
    body = {k: v for k, v in before.items() if k not in {"assessment_id", "version"}}
    stale = f'"v{before["version"]}"'
    refused = await exam.teacher.refused("PUT", f"{of_test}/policy", body, If_Match=stale)
    assert refused == (412, "kernel.precondition-failed")
    fresh = f'"v{after["version"]}"'
    refused = await exam.teacher.refused("PUT", f"{of_test}/policy", body, If_Match=fresh)
    assert refused == (409, "assessment.policy-counts")
    body |= {**rules, "time_limit": 600}
    await put(exam.teacher, f"{of_test}/policy", body, version=after["version"])
    version = (await exam.teacher.get(of_test))["version"]
    form = {"sections": [{"items": [{"question_id": question, "points": [4, 2]}]}]}
    await put(exam.teacher, f"{of_test}/form", form, version=version)
    assert await _rules(eduflow, exam) == (["deferred", "last", 0.5],) * 2
    for one in exam.students:
        one.position = exam.teacher.position
    # What has begun goes on as it began, and is scored by what counts: its last answer.
    assert (await begun.get(f"/attempts/{running['id']}"))["behaviour"] == "interactive"
    answers = [{"question_id": question, "value": ["a"]}]
    ended = await begun.post(f"/attempts/{running['id']}/submit", {"answers": answers})
    assert ended["score"] == 4
    anew = await begun.post(f"/assessments/{exam.test}/attempts")
    assert anew["behaviour"] == "deferred"


async def test_a_dropped_change_of_rules_leaves_the_policy_alone(
    eduflow: Eduflow, exam: Exam
) -> None:
    await handed_in(exam.students[0], exam, {exam.questions[0]: ["a"]})
    run = await regraded_by(exam, cause="policy", policy={"late_penalty": 0.25})
    await exam.teacher.post(f"/regrades/{run['id']}/drop", If_Match=f'"v{run["version"]}"')
    assert await _rules(eduflow, exam) == (["deferred", "highest", 0],) * 2
