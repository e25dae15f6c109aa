"""What the assessment service tells the gradebook: of tests, who sat them, what came of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from eduflow.contracts.assessment import (
    AssessmentArchived,
    AssessmentPublished,
    AttemptSubmitted,
    ResultReleased,
)
from eduflow.kernel.commands import Command
from eduflow.kernel.ids import UserId
from eduflow.kernel.reactions import Happened, Reaction, Together
from eduflow.services.api_core.commands.take_results import Result, Sitting, TakeResults, Told
from eduflow.services.api_core.commands.take_test import TakeTest, WithdrawTest
from eduflow.services.api_core.ids import AssessmentId, CourseId


def _published(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=AssessmentPublished)
    return [
        TakeTest(
            assessment=AssessmentId(told.assessment_id),
            course=CourseId(told.course_id),
            seq=event.seq,
            kind=told.kind,
            title=told.title,
            points=told.points,
            opens_at=told.opens_at,
            closes_at=told.closes_at,
            points_shown=told.points_shown,
            at=event.at,
        )
    ]


def _archived(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=AssessmentArchived)
    return [
        WithdrawTest(
            assessment=AssessmentId(told.assessment_id),
            course=CourseId(told.course_id),
            seq=event.seq,
            at=event.at,
        )
    ]


def _submitted(event: Happened) -> Sitting:
    told = msgspec.json.decode(event.payload, type=AttemptSubmitted)
    return Sitting(
        assessment=AssessmentId(told.assessment_id),
        user=UserId(told.user_id),
        number=told.number,
        submitted_at=told.submitted_at,
    )


def _released(event: Happened) -> Result:
    told = msgspec.json.decode(event.payload, type=ResultReleased)
    return Result(
        assessment=AssessmentId(told.assessment_id),
        user=UserId(told.user_id),
        attempt=told.attempt_id,
        number=told.number,
        scoring_number=told.scoring_number,
        seq=event.seq,
        counts=told.counts,
        counts_points=told.counts_points,
        submitted_at=told.submitted_at,
        late=told.late,
    )


_TOLD: Mapping[str, Callable[[Happened], Told]] = {
    "assessment.attempt_submitted": _submitted,
    "assessment.result_released": _released,
}


def _together(events: Sequence[Happened]) -> Sequence[Command[Any]]:
    return [TakeResults(told=tuple(_TOLD[event.type](event) for event in events))]


results = Reaction(
    name="results",
    source="assessment",
    answers={"assessment.published": _published, "assessment.archived": _archived},
    together=Together(types=frozenset(_TOLD), answer=_together),
)
