"""Which events people are told of. Grades, or whatever comes next, add a line to `answers`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from eduflow.contracts.api_core import LearnerEnrolled
from eduflow.contracts.discussion import AnswerAccepted, PostAdded
from eduflow.kernel.commands import Command
from eduflow.kernel.ids import UserId
from eduflow.kernel.reactions import Happened, Reaction
from eduflow.services.api_core.commands.notify import NotifyOfAnswer, NotifyOfPost, NotifyOfSeat
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId


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


notices = Reaction(
    name="notices",
    source="api_core",
    answers={
        "api_core.post_added": _posted,
        "api_core.answer_accepted": _accepted,
        "api_core.learner_enrolled": _enrolled,
    },
)
