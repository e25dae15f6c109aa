"""Giving a grade: on which version, by what, and what is written of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import GradeGiven
from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.commands.desk import (
    Desk,
    TestResult,
    refuse_unseen_work,
    write_comment,
    write_mark,
)
from eduflow.services.api_core.grading_views import Graded
from eduflow.services.api_core.ids import CriterionId, GradeId, SubmissionId
from eduflow.services.api_core.model.exact import exact
from eduflow.services.api_core.model.rubric import Mark, marked, total
from eduflow.services.api_core.problems import (
    GradeSaysNothing,
    NoRubric,
    OverrideNeedsReason,
)
from eduflow.services.api_core.team_problems import MarksAreOfTheTeam, TeamIsEmpty
from eduflow.services.api_core.test_problems import GradedByTest, NoResult

SOURCE_OF_TESTS = "assessment"


class GivenMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A level of the criterion, or points."""

    rating_id: UUID | None = None
    points: float | None = None
    comment: str = ""

    def mark(self) -> Mark:
        """The same, exactly."""
        points = None if self.points is None else exact(self.points)
        return Mark(rating_id=self.rating_id, points=points, comment=self.comment)


class GivenGrade(msgspec.Struct, frozen=True, kw_only=True):
    """One of score, rubric and excused; made on a version of the submission.

    With the source `assessment` none of them: what the test came to counts again.
    """

    version: int
    score: float | None = None
    rubric: dict[UUID, GivenMark] | None = None
    excused: bool = False
    source: str = "human"
    reason: str = ""
    comment: str = ""


_FIRST = (
    "INSERT INTO submissions (id, institution_id, course_id, assignment_id, user_id, team_id,"
    " team_set_id, state, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE {allowed}"
    " ON CONFLICT DO NOTHING"
)
_NEXT = (
    "UPDATE submissions SET state = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)
_GRADE = (
    "INSERT INTO grade_events (id, institution_id, assignment_id, user_id, submission_id, attempt,"
    " version, score, excused, source, reason, actor_id, at, team_id, alone, out_of)"
    " SELECT g.id, $3, $4, g.user_id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16"
    " FROM unnest($1::uuid[], $2::uuid[]) AS g(id, user_id) WHERE {allowed}"
    # Where somebody was faster this writes nothing, so that the whole is decided again.
    " ON CONFLICT ON CONSTRAINT grade_events_version_once DO NOTHING"
)
# Its members are those there are at this moment: whoever joins or leaves waits, or this does.
_SAME_TEAM = "UPDATE teams SET version = version WHERE id = $1 AND version = $2 AND {allowed}"


def give(work: UnitOfWork, desk: Desk, given: GivenGrade) -> Graded:
    """Write the grade, its marks and its comment, or nothing where another version is current.

    Of a team's work it is a grade for each member there is, unless it is given to one alone.
    """
    refused = msgspec.to_builtins(given)
    refuse_unseen_work(
        given.version, desk.version, theirs=msgspec.to_builtins(desk.grade), refused=refused
    )
    _refuse_unclear(given, desk)
    whom = _whom(desk, given)
    alone = desk.team_id is not None and desk.user_id is not None
    who = work.identity
    state = "excused" if given.excused else "graded"
    if alone:
        state = desk.state
    is_new = desk.id is None
    desk.id = submission = desk.id or SubmissionId(new_id())
    if desk.team_id is not None:
        work.write(_SAME_TEAM, desk.team_id, desk.team_version)
    if is_new:
        place = (desk.course_id, desk.assignment_id, desk.owner, desk.team_id, desk.team_set_id)
        work.write(_FIRST, submission, who.institution, *place, state, work.now)
    else:
        work.write(_NEXT, submission, desk.version, state)
    score = _score(work, desk, given)
    grade = Graded(
        id=GradeId(new_id()),
        submission_id=submission,
        attempt=desk.graded_attempt,
        score=None if score is None else float(score),
        excused=given.excused,
        source=given.source,
        version=desk.version + 1,
        people=len(whom),
    )
    rows = ([grade.id, *(new_id() for _ in whom[1:])][: len(whom)], whom)
    what = (desk.assignment_id, submission, grade.attempt, grade.version)
    how = (score, given.excused, given.source, given.reason, who.user, work.now)
    result = _again(desk, given)
    of = (desk.team_id, alone, result.out_of if result else None)
    work.write(_GRADE, *rows, who.institution, *what, *how, *of, changes=len(whom))
    for student in whom:
        work.record(_event(work, desk, grade, student=student, score=score))
    if given.comment:
        write_comment(work, desk, given.comment, criterion=None)
    return grade


def _refuse_unclear(given: GivenGrade, desk: Desk) -> None:
    said = (given.score is not None, given.rubric is not None, given.excused)
    if sum(said) != (given.source != SOURCE_OF_TESTS):
        raise GradeSaysNothing
    if given.source == SOURCE_OF_TESTS:
        if desk.result is None:
            raise NoResult
    elif desk.assessment_id is not None and not given.excused and given.source != "override":
        raise GradedByTest(assessment_id=str(desk.assessment_id))
    if given.source == "override" and not given.reason.strip():
        raise OverrideNeedsReason


def _whom(desk: Desk, given: GivenGrade) -> list[UserId]:
    if desk.user_id is not None:
        if desk.team_id is not None and given.rubric is not None:
            raise MarksAreOfTheTeam
        return [desk.user_id]
    if not desk.members:
        raise TeamIsEmpty
    return [member for member in desk.members if member not in desk.standing]


def _score(work: UnitOfWork, desk: Desk, given: GivenGrade) -> Decimal | None:
    """The score; by the rubric, the marks given now go before those saved at the desk."""
    if (result := _again(desk, given)) is not None:
        return result.score
    if given.rubric is None:
        return None if given.score is None else exact(given.score)
    if desk.rubric_version_id is None:
        raise NoRubric
    of_rubric = {criterion.id for criterion in desk.criteria}
    points: Mapping[UUID, Decimal] = {
        m.criterion_id: m.points for m in desk.marks if m.criterion_id in of_rubric
    }
    fresh: dict[UUID, Decimal] = {}
    for criterion, sent in given.rubric.items():
        mark = sent.mark()
        fresh[criterion] = marked(desk.criteria, criterion, mark=mark)
        write_mark(work, desk, CriterionId(criterion), mark=mark, points=fresh[criterion])
    return total(desk.criteria, {**points, **fresh})


def _again(desk: Desk, given: GivenGrade) -> TestResult | None:
    return desk.result if given.source == SOURCE_OF_TESTS else None


def _event(
    work: UnitOfWork, desk: Desk, grade: Graded, *, student: UserId, score: Decimal | None
) -> Any:
    result = desk.result if grade.source == SOURCE_OF_TESTS else None
    return GradeGiven(
        institution_id=work.identity.institution,
        submission_id=grade.submission_id,
        assignment_id=desk.assignment_id,
        course_id=desk.course_id,
        user_id=student,
        attempt=desk.attempt or None,
        submitted_at=desk.submitted_at,
        score=score,
        source=grade.source,
        graded_at=work.now,
        team_id=desk.team_id,
        out_of=result.out_of if result else None,
        late=result.late if result else None,
    )
