"""Take what tests tell of students: that they sat them, and what it is worth. Many at once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import GradeGiven, SubmissionMade
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.commands.result_rows import (
    FIRST,
    GRADE,
    LOOK,
    NEWER,
    NEXT,
    RESULT,
    SOURCE,
    Found,
    Kept,
    Last,
)
from eduflow.services.api_core.ids import (
    AssessmentId,
    AssignmentId,
    CourseId,
    GradeId,
    SubmissionId,
)
from eduflow.services.api_core.model.grading import share_of


class NotHeardOfYet(Exception):  # noqa: N818 (no problem of the event's: it is tried again later)
    """Something is told of a test that nothing was told of."""


class Sitting(msgspec.Struct, frozen=True, kw_only=True, tag="sitting"):
    """A student has handed in an attempt, which may still have to be judged."""

    assessment: AssessmentId
    user: UserId
    number: int
    submitted_at: datetime


class Result(msgspec.Struct, frozen=True, kw_only=True, tag="result"):
    """What counts for a student, `counts` of `counts_points`, over all their attempts."""

    assessment: AssessmentId
    user: UserId
    attempt: UUID
    number: int
    scoring_number: int
    seq: int
    counts: Decimal
    counts_points: Decimal
    submitted_at: datetime
    late: bool


Told: TypeAlias = Sitting | Result


class TakeResults(Command[list[str]], frozen=True, kw_only=True):
    """Tells of each what became of it, as if they had come one by one in this order.

    Doing it twice is doing it once; of two results, that of the newer scoring counts, and of one
    scoring the newer. An override or an excuse stays, and the result is kept for the day it is
    taken back. Raises NotHeardOfYet if one is of an unknown test; then none of them is taken.
    """

    told: tuple[Told, ...]


async def take_results(command: TakeResults, work: UnitOfWork) -> list[str]:
    places = dict.fromkeys((one.assessment, one.user) for one in command.told)
    asked = [list(column) for column in zip(*places, strict=True)] or [[], []]
    rows = await work.look(LOOK, work.identity.institution, *asked, into=Found)
    found = {(row.assessment_id, row.user_id): _Place(row, work) for row in rows}
    said = [found[one.assessment, one.user].take(one) for one in command.told]
    changed = list(found.values())
    _write(work, FIRST, [row for one in changed for row in one.works(first=True)])
    _write(work, NEXT, [row for one in changed for row in one.works(first=False)])
    _write(work, RESULT, [row for one in changed for row in one.worths(first=True)])
    _write(work, NEWER, [row for one in changed for row in one.worths(first=False)])
    _write(work, GRADE, [row for one in changed for row in one.grades])
    return said


def _write(work: UnitOfWork, sql: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        work.write(sql, msgspec.json.encode(rows).decode(), changes=len(rows))


class _Place:
    """What one student is told to have done in one test, put down in the order in which it came.

    Each row is written once, as it is after all of it: of two changes of a row in one statement
    one would be lost.
    """

    def __init__(self, found: Found, work: UnitOfWork) -> None:
        self._now = found
        self._work = work
        self._before = found.version
        self._first = found.submission_id is None
        self._seq = found.result.seq if found.result else None
        self._told = False
        self.grades: list[dict[str, Any]] = []

    def take(self, told: Told) -> str:
        now = self._now
        if now.kind is None:
            raise NotHeardOfYet(str(told.assessment))
        if now.assignment_id is None or now.course_id is None or now.points is None:
            return "no column"
        if not now.is_student:
            return "no student"
        whose = (now.assignment_id, now.course_id)
        if isinstance(told, Sitting):
            return self._sat(told, *whose)
        return self._worth(told, *whose, points=now.points)

    def _sat(self, told: Sitting, assignment: AssignmentId, course: CourseId) -> str:
        if told.number <= self._now.attempt:
            return "older"
        made = SubmissionMade(
            institution_id=self._work.identity.institution,
            submission_id=self._go_on("submitted", attempt=told.number),
            assignment_id=assignment,
            course_id=course,
            user_id=told.user,
            attempt=told.number,
            submitted_at=told.submitted_at,
        )
        self._work.record(made)
        return "taken"

    def _worth(
        self, told: Result, assignment: AssignmentId, course: CourseId, *, points: Decimal
    ) -> str:
        now, before = self._now, self._now.result
        version = (told.scoring_number, told.seq)
        if before is not None and version <= (before.scoring_number, before.seq):
            return "older"
        number = max(told.number, before.number if before else 0)
        score = share_of(points, score=told.counts, out_of=told.counts_points)
        now.result = Kept(number, *version, told.attempt, score, told.late)
        self._told = True
        last = now.grade
        if last is not None and (last.excused or last.source == "override"):
            return "kept"
        is_new = before is None or number > before.number
        if last is not None and not is_new and (last.score, last.out_of) == (score, points):
            return "same"
        state = "graded" if number >= now.attempt else "submitted"
        submission = self._go_on(state, attempt=max(number, now.attempt))
        now.grade = Last(SOURCE, excused=False, score=score, out_of=points)
        self.grades.append(
            {
                **self._whose(),
                "id": GradeId(new_id()),
                "submission_id": submission,
                "version": now.version,
                "score": score,
                "out_of": points,
                "at": self._work.now,
            }
        )
        given = GradeGiven(
            institution_id=self._work.identity.institution,
            submission_id=submission,
            assignment_id=assignment,
            course_id=course,
            user_id=told.user,
            attempt=number,
            submitted_at=told.submitted_at,
            score=score,
            source=SOURCE,
            graded_at=self._work.now,
            out_of=points,
            late=told.late,
        )
        self._work.record(given)
        return "taken"

    def _go_on(self, state: str, *, attempt: int) -> SubmissionId:
        """Nothing of it is here but that there is something: what was answered stays there."""
        now = self._now
        now.submission_id = now.submission_id or SubmissionId(new_id())
        now.state, now.attempt, now.version = state, attempt, now.version + 1
        return now.submission_id

    def _whose(self) -> dict[str, Any]:
        return {
            "institution_id": self._work.identity.institution,
            "assignment_id": self._now.assignment_id,
            "user_id": self._now.user_id,
        }

    def works(self, *, first: bool) -> list[dict[str, Any]]:
        """The row of its submission, if it is another one now."""
        now = self._now
        if now.version == self._before or first is not self._first:
            return []
        place = {**self._whose(), "id": now.submission_id, "course_id": now.course_id}
        what = {"state": now.state, "attempt": now.attempt, "version": now.version}
        return [{**place, **what, "before": self._before, "at": self._work.now}]

    def worths(self, *, first: bool) -> list[dict[str, Any]]:
        """The row of its result, if it is another one now."""
        if not self._told or first is not (self._seq is None):
            return []
        what = msgspec.structs.asdict(self._now.result) if self._now.result else {}
        points = {"out_of": self._now.points, "before": self._seq, "at": self._work.now}
        return [{**self._whose(), **what, **points}]
