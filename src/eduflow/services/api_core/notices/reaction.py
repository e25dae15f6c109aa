"""Which events people are told of. Whatever comes next adds a line to `answers`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from eduflow.contracts.api_core import LearnerEnrolled
from eduflow.contracts.api_core_grading import (
    GradeGiven,
    GradesPosted,
    SubmissionCommented,
    SubmissionMade,
)
from eduflow.contracts.discussion import AnswerAccepted, PostAdded
from eduflow.kernel.commands import Command
from eduflow.kernel.ids import UserId
from eduflow.kernel.reactions import Happened, Reaction
from eduflow.services.api_core.commands.notify import NotifyOfAnswer, NotifyOfPost, NotifyOfSeat
from eduflow.services.api_core.commands.notify_of_work import (
    NotifyOfComment,
    NotifyOfGrades,
    NotifyOfWorkToGrade,
)
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    ForumId,
    PostId,
    SubmissionId,
    ThreadId,
)


def _posted(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=PostAdded)
    return [
        NotifyOfPost(
            event=event.id,
            at=event.at,
            author=UserId(told.author_id),
            course=CourseId(told.course_id),
            forum=ForumId(told.forum_id),
            thread=ThreadId(told.thread_id),
            post=PostId(told.post_id),
        )
    ]


def _accepted(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=AnswerAccepted)
    return [
        NotifyOfAnswer(
            event=event.id,
            at=event.at,
            actor=event.actor_id,
            author=UserId(told.author_id),
            course=CourseId(told.course_id),
            thread=ThreadId(told.thread_id),
            post=PostId(told.post_id),
        )
    ]


def _enrolled(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=LearnerEnrolled)
    if told.state != "active":
        return []
    return [
        NotifyOfSeat(
            event=event.id,
            at=event.at,
            actor=event.actor_id,
            user=UserId(told.user_id),
            course=CourseId(told.course_id),
            role=told.role,
        )
    ]


def _graded(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=GradeGiven)
    if told.source == "import":
        return []  # A file brings a whole gradebook, which would be as many letters at once.
    return [
        NotifyOfGrades(
            event=event.id,
            at=event.at,
            course=CourseId(told.course_id),
            assignment=AssignmentId(told.assignment_id),
            user=UserId(told.user_id),
            submission=SubmissionId(told.submission_id),
        )
    ]


def _grades_posted(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=GradesPosted)
    return [
        NotifyOfGrades(
            event=event.id,
            at=event.at,
            course=CourseId(told.course_id),
            assignment=AssignmentId(told.assignment_id),
            user=None,
            submission=None,
        )
    ]


def _commented(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=SubmissionCommented)
    return [
        NotifyOfComment(
            event=event.id,
            at=event.at,
            actor=event.actor_id,
            course=CourseId(told.course_id),
            assignment=AssignmentId(told.assignment_id),
            submission=SubmissionId(told.submission_id),
        )
    ]


def _handed_in(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=SubmissionMade)
    return [
        NotifyOfWorkToGrade(
            at=event.at,
            course=CourseId(told.course_id),
            assignment=AssignmentId(told.assignment_id),
        )
    ]


notices = Reaction(
    name="notices",
    source="api_core",
    answers={
        "api_core.post_added": _posted,
        "api_core.answer_accepted": _accepted,
        "api_core.learner_enrolled": _enrolled,
        "api_core.grade_given": _graded,
        "api_core.grades_posted": _grades_posted,
        "api_core.submission_commented": _commented,
        "api_core.submission_made": _handed_in,
    },
)
