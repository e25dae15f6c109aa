"""Makes what is missing of the demo tests, by command."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import PreconditionFailed
from eduflow.scoring.items import Item
from eduflow.services.assessment.commands.create_assessment import CreateAssessment
from eduflow.services.assessment.commands.create_bank import CreateBank
from eduflow.services.assessment.commands.create_question import CreateQuestion
from eduflow.services.assessment.commands.freeze_form import FreezeForm, WantedItem, WantedSection
from eduflow.services.assessment.commands.publish_assessment import PublishAssessment
from eduflow.services.assessment.commands.review_answer import ReviewAnswer
from eduflow.services.assessment.commands.set_policy import SetPolicy
from eduflow.services.assessment.commands.start_attempt import StartAttempt
from eduflow.services.assessment.commands.submit_attempt import Given, SubmitAttempt
from eduflow.services.assessment.demo.reading import written
from eduflow.services.assessment.demo.script import Sitting, TestText
from eduflow.services.assessment.ids import (
    AssessmentId,
    AttemptId,
    BankId,
    CourseId,
    QuestionId,
    ResponseId,
)
from eduflow.services.assessment.model.reviewing import Phases, usual_review
from eduflow.story.hands import Hands, MadeSchool, side_by_side


class _Test(msgspec.Struct):
    """How far its making has come."""

    id: AssessmentId
    state: str
    version: int
    forms: int
    policy_version: int


class _Attempt(msgspec.Struct):
    id: AttemptId
    user_id: UserId
    state: str


_BANKS = "SELECT id, name FROM item_banks WHERE course_id = $1"
_QUESTIONS = "SELECT id, title AS name FROM questions WHERE bank_id = $1"
_TESTS = (
    "SELECT a.id, a.state, a.version, p.version AS policy_version, (SELECT count(*)"
    " FROM assessment_versions AS f WHERE f.assessment_id = a.id) AS forms FROM assessments AS a"
    " JOIN delivery_policies AS p ON p.assessment_id = a.id WHERE a.course_id = $1 AND a.title = $2"
)
_ATTEMPTS = "SELECT id, user_id, state FROM attempts WHERE assessment_id = $1"


_UNREAD = (
    "SELECT r.id, r.question_id, coalesce(w.version, 0) AS version FROM responses AS r"
    " LEFT JOIN grading_queue AS w ON w.response_id = r.id WHERE r.attempt_id = $1 AND NOT EXISTS"
    " (SELECT FROM human_reviews AS h WHERE h.response_id = r.id)"
)


_MOST_CHANGES = 20
"""Of the places of an attempt's answers in the queue, while it is marked."""


class _Unread(msgspec.Struct):
    id: ResponseId
    question_id: QuestionId
    version: int


async def make(hands: Hands, school: MadeSchool) -> None:
    """What is missing of the tests of one school."""
    tests = [test for test in written() if test.school == school.slug]
    await side_by_side(
        *(
            _make(hands, test, CourseId(school.courses[test.course]))
            for test in tests
            # A visitor may have deleted the course.
            if test.course in school.courses
        )
    )


async def _make(hands: Hands, test: TestText, course: CourseId) -> None:
    bank = (await hands.named(_BANKS, course)).get(test.bank)
    if bank is None:
        command = CreateBank(course=course, name=test.bank, visibility="course")
        bank = (await hands.do(command, at=test.made, by=test.teacher)).id
    questions = await _questions(hands, test, BankId(bank))
    assessment = await _published(hands, test, course, questions=questions)
    rows = await hands.rows(_ATTEMPTS, assessment, into=_Attempt)
    there = {row.user_id: row for row in rows}
    await side_by_side(
        *(
            _sit(hands, sitting, test, assessment=assessment, there=there, questions=questions)
            for sitting in test.sittings
        )
    )


async def _questions(hands: Hands, test: TestText, bank: BankId) -> dict[str, QuestionId]:
    """Ids by the names that the file gives them."""
    there = await hands.named(_QUESTIONS, bank)
    found = {}
    for question in test.questions:
        known = there.get(question.title)
        if known is None:
            item = Item(**{name: getattr(question, name) for name in Item.__struct_fields__})
            command = CreateQuestion(bank=bank, item=item, rubric=question.rubric)
            known = (await hands.do(command, at=test.made, by=test.teacher)).id
        found[question.name] = QuestionId(known)
    return found


async def _published(
    hands: Hands, test: TestText, course: CourseId, *, questions: Mapping[str, QuestionId]
) -> AssessmentId:
    """Each step looks at what the one before it left; a change of the form counts a version."""
    found = await hands.rows(_TESTS, course, test.title, into=_Test)
    if found:
        (known,) = found
    else:
        command = CreateAssessment(course=course, title=test.title, kind=test.kind)
        made = await hands.do(command, at=test.made, by=test.teacher)
        known = _Test(made.id, state="draft", version=1, forms=0, policy_version=1)
    if known.forms == 0:
        items = tuple(WantedItem(question_id=question) for question in questions.values())
        form = FreezeForm(
            assessment=known.id,
            expected=known.version,
            instructions=test.instructions,
            sections=(WantedSection(items=items),),
        )
        await hands.do(form, at=test.made, by=test.teacher)
        known.version += 1
    if known.policy_version == 1:
        await hands.do(_policy(hands, test, known.id), at=test.made, by=test.teacher)
    if known.state == "draft":
        publish = PublishAssessment(assessment=known.id, expected=known.version)
        await hands.do(publish, at=test.made, by=test.teacher)
    return known.id


def _policy(hands: Hands, test: TestText, assessment: AssessmentId) -> SetPolicy:
    return SetPolicy(
        assessment=assessment,
        expected=1,
        opens_at=hands.calendar.at(test.opens),
        closes_at=hands.calendar.at(test.closes) if test.closes else None,
        time_limit=test.time_limit * 60 if test.time_limit else None,
        grace=60,
        attempts=test.attempts,
        overdue="submit",
        behaviour="deferred",
        attempt_counts="highest",
        late_penalty=0.0,
        reading="models",
        release="when_final",
        review=_review(test),
    )


def _review(test: TestText) -> Phases:
    usual = usual_review("deferred")
    if not test.comments_at_once:
        return usual
    return msgspec.structs.replace(usual, while_open=(*usual.while_open, "feedback"))


async def _sit(
    hands: Hands,
    sitting: Sitting,
    test: TestText,
    *,
    assessment: AssessmentId,
    there: Mapping[UserId, _Attempt],
    questions: Mapping[str, QuestionId],
) -> None:
    begun = there.get(hands.people[sitting.student])
    if begun is None:
        start = StartAttempt(assessment=assessment)
        attempt = (await hands.do(start, at=sitting.at, by=sitting.student)).id
    else:
        attempt = begun.id
    if begun is None or begun.state == "in_progress":
        each = sitting.minutes * 60 // max(1, len(sitting.answers))
        answers = tuple(
            Given(question_id=questions[name], value=value, seconds=each)
            for name, value in sitting.answers.items()
        )
        ends = hands.calendar.at(sitting.at) + timedelta(minutes=sitting.minutes)
        command = SubmitAttempt(attempt=attempt, answers=answers)
        await hands.do(command, at=ends, by=sitting.student)
    if sitting.marks and sitting.marked is not None:
        await _mark(hands, sitting, attempt, by=test.teacher, at=sitting.marked, of=questions)


async def _mark(
    hands: Hands,
    sitting: Sitting,
    attempt: AttemptId,
    *,
    by: str,
    at: str,
    of: Mapping[str, QuestionId],
) -> None:
    marks = {of[name]: mark for name, mark in sitting.marks.items()}
    changed = 0
    while unread := [
        (answer, mark)
        for answer in await hands.rows(_UNREAD, attempt, into=_Unread)
        if (mark := marks.get(answer.question_id))
    ]:
        answer, mark = unread[0]
        command = ReviewAnswer(
            response=answer.id,
            expected=answer.version,
            points=mark.points,
            fraction=None,
            comment=mark.comment,
            seconds=240,
        )
        try:
            await hands.do(command, at=at, by=by)
        except PreconditionFailed:
            # The models of a worker that runs beside have put it before people meanwhile.
            changed += 1
            if changed > _MOST_CHANGES:
                raise
