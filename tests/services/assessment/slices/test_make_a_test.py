"""A test, from an empty bank to its being published."""

from tests.harness.exams import a_choice, a_test, an_essay, an_exam
from tests.harness.platform import Eduflow, School


async def test_a_test_is_made_and_published(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    made = await a_test(exam, [a_choice(points=[2, 1]), an_essay()], policy={"attempts": 3})
    async with eduflow.sql("assessment") as sql:
        row = await sql.fetchrow(
            "SELECT a.state, a.current_number, s.number, s.cause, s.key_set::text,"
            " s.rubric_set::text, s.policy::text, f.points FROM assessments AS a"
            " JOIN scoring_versions AS s ON s.assessment_id = a.id"
            " JOIN assessment_versions AS f ON f.assessment_id = a.id WHERE a.id = $1",
            made.test,
        )
        events = await sql.fetch(
            "SELECT type FROM outbox_events WHERE institution_id = $1", school.institution
        )
    assert (row["state"], row["current_number"], row["number"]) == ("published", 1, 1)
    assert row["points"] == 12
    assert row["key_set"].count(": 1") == 2
    assert made.questions[1] in row["rubric_set"]
    assert '"behaviour": "deferred"' in row["policy"]
    assert [event["type"] for event in events] == ["assessment.published"]
