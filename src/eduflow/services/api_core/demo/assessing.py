"""Sets a course's assignments, hands in what its students wrote, and grades it."""

from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.add_assignment import AddAssignment
from eduflow.services.api_core.commands.add_assignment_group import AddAssignmentGroup
from eduflow.services.api_core.commands.comment_on_submission import CommentOnSubmission
from eduflow.services.api_core.commands.create_rubric import CreateRubric
from eduflow.services.api_core.commands.giving import GivenGrade, GivenMark
from eduflow.services.api_core.commands.grade_student import GradeStudent
from eduflow.services.api_core.commands.grade_submission import GradeSubmission
from eduflow.services.api_core.commands.override_dates import OverrideDates
from eduflow.services.api_core.commands.rubric_rows import NewCriterion, NewRating
from eduflow.services.api_core.commands.submit_work import SubmitWork
from eduflow.services.api_core.demo.script import Given, Said, Subject, Task, Work
from eduflow.services.api_core.grading_views import Credit, CreditStep
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    GroupId,
    RubricVersionId,
    SectionId,
    SubmissionId,
)
from eduflow.story.hands import Hands, side_by_side


class _Line(msgspec.Struct):
    """A criterion as it is kept: its id, and those of its levels by label."""

    id: UUID
    levels: dict[str, UUID]


class _Rubric(msgspec.Struct):
    title: str
    version_id: RubricVersionId
    criteria: list[_Line]


class _Handed(msgspec.Struct):
    """How far a student's work is, and what is known of it."""

    assignment_id: UUID
    user_id: UserId
    id: SubmissionId
    attempts: int
    version: int
    grades: int
    replies: int


class _Other(msgspec.Struct):
    assignment_id: UUID
    whose: UUID


_RUBRICS = (
    "SELECT r.title, v.id AS version_id, (SELECT json_agg(json_build_object('id', c.id, 'levels',"
    " coalesce((SELECT json_object_agg(l.label, l.id) FROM rubric_ratings AS l"
    " WHERE l.criterion_id = c.id), '{}')) ORDER BY c.position) FROM rubric_criteria AS c"
    " WHERE c.rubric_version_id = v.id) AS criteria FROM rubrics AS r"
    " JOIN rubric_versions AS v ON v.rubric_id = r.id AND v.number = 1 WHERE r.course_id = $1"
)
_GROUPS = "SELECT id, name FROM assignment_groups WHERE course_id = $1"
_TASKS = "SELECT id, title AS name FROM assignments WHERE course_id = $1"
_OTHERS = (
    "SELECT assignment_id, coalesce(user_id, section_id) AS whose FROM assignment_overrides"
    " WHERE course_id = $1"
)
_HANDED = (
    "SELECT s.assignment_id, s.user_id, s.id, s.current_attempt AS attempts, s.version,"
    " (SELECT count(*) FROM grade_events AS g WHERE g.submission_id = s.id) AS grades,"
    " (SELECT count(*) FROM submission_comments AS c WHERE c.submission_id = s.id"
    " AND c.author_id = s.user_id) AS replies FROM submissions AS s WHERE s.course_id = $1"
)


async def assess(
    hands: Hands, subject: Subject, course: CourseId, sections: dict[str, SectionId]
) -> None:
    """Everything between the rubrics and what a student said to the grade."""
    rubrics = await _rubrics(hands, subject, course)
    groups = await _groups(hands, subject, course)
    tasks = await _tasks(hands, subject, course, groups=groups, rubrics=rubrics)
    others = {(o.assignment_id, o.whose) for o in await hands.rows(_OTHERS, course, into=_Other)}
    rows = await hands.rows(_HANDED, course, into=_Handed)
    handed = {(row.assignment_id, row.user_id): row for row in rows}
    for task in subject.assignments:
        assignment = tasks[task.title]
        for other in task.other_dates:
            person = hands.people[other.student] if other.student else None
            section = sections[other.section] if other.section else None
            if (assignment, person or section) not in others:
                command = OverrideDates(
                    assignment=assignment,
                    expected=0,
                    user_id=person,
                    section_id=section,
                    unlock_at=None,
                    due_at=hands.calendar.at(other.due) if other.due else None,
                    lock_at=None,
                    extra_minutes=other.extra_minutes,
                )
                await hands.do(command, at=subject.opens, by=subject.teacher)
    await side_by_side(
        *(
            _task(hands, subject, task, assignment=tasks[task.title], rubrics=rubrics, seen=handed)
            for task in subject.assignments
        )
    )


async def _rubrics(hands: Hands, subject: Subject, course: CourseId) -> dict[str, _Rubric]:
    rubrics = {r.title: r for r in await hands.rows(_RUBRICS, course, into=_Rubric)}
    for text in subject.rubrics:
        if text.title not in rubrics:
            criteria = tuple(
                NewCriterion(
                    description=c.description,
                    points=c.points,
                    grader_note=c.note,
                    ratings=tuple(NewRating(level.label, level.points) for level in c.levels),
                )
                for c in text.criteria
            )
            command = CreateRubric(course=course, title=text.title, criteria=criteria)
            made = (await hands.do(command, at=subject.opens, by=subject.teacher)).versions[0]
            lines = [_Line(c.id, {r.label: r.id for r in c.ratings}) for c in made.criteria]
            rubrics[text.title] = _Rubric(text.title, made.id, lines)
    return rubrics


async def _groups(hands: Hands, subject: Subject, course: CourseId) -> dict[str, GroupId]:
    there = await hands.named(_GROUPS, course)
    groups = {name: GroupId(group) for name, group in there.items()}
    for place, wanted in enumerate(subject.groups, 1):
        if wanted.name not in groups:
            command = AddAssignmentGroup(
                course=course,
                name=wanted.name,
                weight=wanted.weight,
                drop_lowest=wanted.drop_lowest,
                position=place,
            )
            groups[wanted.name] = (await hands.do(command, at=subject.opens, by=subject.teacher)).id
    return groups


async def _tasks(
    hands: Hands,
    subject: Subject,
    course: CourseId,
    *,
    groups: dict[str, GroupId],
    rubrics: dict[str, _Rubric],
) -> dict[str, AssignmentId]:
    there = await hands.named(_TASKS, course)
    tasks = {title: AssignmentId(task) for title, task in there.items()}
    for place, task in enumerate(subject.assignments, 1):
        if task.title not in tasks:
            command = AddAssignment(
                course=course,
                group_id=groups[task.group],
                title=task.title,
                instructions=task.instructions.strip(),
                points=task.points,
                submission_types=["paper"] if task.paper else ["text"],
                max_attempts=None,
                anonymous=task.anonymous,
                unlock_at=None,
                due_at=hands.calendar.at(task.due),
                lock_at=hands.calendar.at(task.closes) if task.closes else None,
                rubric_version_id=rubrics[task.rubric].version_id if task.rubric else None,
                team_set_id=None,
                credit=_credit(task),
                position=place,
                posting=None,
                state="published",
            )
            tasks[task.title] = (await hands.do(command, at=subject.opens, by=subject.teacher)).id
    return tasks


def _credit(task: Task) -> Credit | None:
    if not task.early and not task.late:
        return None
    early, late = (
        [CreditStep(minutes=step.minutes, percent=step.percent) for step in steps]
        for steps in (task.early, task.late)
    )
    return Credit(early=early, late=late)


async def _task(
    hands: Hands,
    subject: Subject,
    task: Task,
    *,
    assignment: AssignmentId,
    rubrics: dict[str, _Rubric],
    seen: dict[tuple[UUID, UserId], _Handed],
) -> None:
    criteria = rubrics[task.rubric].criteria if task.rubric else []

    async def of(student: str, given: GivenGrade) -> None:
        user = hands.people[student]
        known = seen.get((assignment, user))
        if known is None or known.grades == 0:
            given = msgspec.structs.replace(given, version=known.version if known else 0)
            command = GradeStudent(assignment=assignment, user=user, given=given)
            await hands.do(command, at=task.scored_at or task.due, by=subject.teacher)

    async def through(work: Work) -> None:
        known = seen.get((assignment, hands.people[work.student]))
        await _hand_in(hands, subject, work, assignment=assignment, known=known, criteria=criteria)

    await side_by_side(
        *(of(s, GivenGrade(version=0, score=score)) for s, score in task.scores.items()),
        *(of(s, GivenGrade(version=0, excused=True, reason=r)) for s, r in task.excused.items()),
        *(through(work) for work in task.work),
    )


async def _hand_in(
    hands: Hands,
    subject: Subject,
    work: Work,
    *,
    assignment: AssignmentId,
    known: _Handed | None,
    criteria: list[_Line],
) -> None:
    """One student's work from the first version on; what was done of it is a beginning of it."""
    submission, version = (known.id, known.version) if known else (None, 0)
    attempts, grades = (known.attempts, known.grades) if known else (0, 0)
    before_grades = (Said(at=work.at, text=work.text), *work.again)

    async def hand_in(said: Said) -> tuple[SubmissionId, int]:
        command = SubmitWork(assignment=assignment, body=said.text.strip(), files=())
        done = await hands.do(command, at=said.at, by=work.student)
        return done.id, done.version

    for said in before_grades[attempts:]:
        submission, version = await hand_in(said)
    if submission is None:
        return
    for given in work.grades[grades:]:
        grade = GradeSubmission(submission=submission, given=_given(given, criteria, version))
        by = given.by or subject.teacher
        version = (await hands.do(grade, at=given.at, by=by)).version
    if work.reply is not None and not (known and known.replies):
        reply = CommentOnSubmission(submission=submission, criterion=None, body=work.reply.text)
        await hands.do(reply, at=work.reply.at, by=work.student)
    for said in work.revised[max(0, attempts - len(before_grades)) :]:
        await hand_in(said)


def _given(given: Given, criteria: list[_Line], version: int) -> GivenGrade:
    fields: dict[str, Any] = {"version": version, "comment": given.comment}
    if given.marks:
        fields["rubric"] = {
            line.id: GivenMark(rating_id=line.levels[mark])
            if isinstance(mark, str)
            else GivenMark(points=mark)
            for line, mark in zip(criteria, given.marks, strict=True)
        }
    source = "override" if given.reason else "human"
    return GivenGrade(**fields, score=given.score, source=source, reason=given.reason)
