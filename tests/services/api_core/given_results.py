"""Tests and their results, as the assessment service tells of them in its log."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts import Event
from eduflow.contracts.assessment import (
    AssessmentArchived,
    AssessmentPublished,
    AttemptSubmitted,
    ResultReleased,
)
from eduflow.kernel.ids import new_id
from tests.harness.log import logged
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given_grading import GivenClass

CLOSES = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


class GivenTest(msgspec.Struct, frozen=True):
    """A test of a course, as those who hear of it know it."""

    school: School
    given: GivenClass
    id: UUID

    def published(self, **fields: Any) -> AssessmentPublished:
        """A quiz of ten points, unless it is said otherwise."""
        says: dict[str, Any] = {
            "title": "Quiz 1",
            "kind": "quiz",
            "points": Decimal(10),
            "form": 1,
            "scoring_number": 1,
            "opens_at": CLOSES - timedelta(days=2),
            "closes_at": CLOSES,
            **fields,
        }
        return AssessmentPublished(**self._place(), **says)

    def archived(self) -> AssessmentArchived:
        return AssessmentArchived(**self._place())

    def submitted(self, student: Person, *, number: int = 1) -> AttemptSubmitted:
        return AttemptSubmitted(
            **self._place(),
            attempt_id=new_id(),
            user_id=student.user,
            number=number,
            submitted_at=CLOSES - timedelta(hours=20),
            late=False,
            by_clock=False,
            scoring_number=1,
            points=Decimal(10),
            unjudged=1,
        )

    def released(self, student: Person, counts: float, **fields: Any) -> ResultReleased:
        """Of a first attempt, under the first scoring, of ten points."""
        says: dict[str, Any] = {
            "attempt_id": new_id(),
            "number": 1,
            "scoring_number": 1,
            "score": Decimal(str(counts)),
            "points": Decimal(10),
            "counts": Decimal(str(counts)),
            "counts_points": Decimal(10),
            "submitted_at": CLOSES - timedelta(hours=20),
            "late": False,
            **fields,
        }
        return ResultReleased(**self._place(), user_id=student.user, **says)

    async def column(self) -> Any:
        """Its assignment, as the teacher sees it; None where there is none."""
        path = f"/courses/{self.given.course.id}/assignments"
        items = (await self.given.teacher.get(path, EduFlow_Strict="true"))["items"]
        return next((one for one in items if one["assessment_id"] == str(self.id)), None)

    def _place(self) -> dict[str, Any]:
        return {
            "institution_id": self.school.institution,
            "assessment_id": self.id,
            "course_id": UUID(self.given.course.id),
        }


def a_test(school: School, given: GivenClass) -> GivenTest:
    """One that nobody has heard of yet."""
    return GivenTest(school, given, new_id())


async def happened(eduflow: Eduflow, *events: Event) -> None:
    """Tell it in the assessment service's log, and wait until it was reacted to and folded."""
    async with eduflow.sql("assessment") as log:
        for event in events:
            xid = (await logged(log, event)).xid
    eduflow.worker.bell.ring("api_core")
    await until(partial(_is_heard, eduflow, xid), what="the gradebook has heard of it")
    await until(partial(_is_folded, eduflow), what="the gradebook shows it")
    eduflow.servers.cluster.catch_up()


async def _is_heard(eduflow: Eduflow, xid: str) -> bool:
    async with eduflow.sql() as home:
        heard = await home.fetchval(
            "SELECT pg_visible_in_snapshot($1::text::xid8, snapshot) AND target IS NULL"
            " FROM projection_checkpoints WHERE consumer = 'results'",
            xid,
        )
    return bool(heard)


async def _is_folded(eduflow: Eduflow) -> bool:
    async with eduflow.sql() as home:
        return not await home.fetchval(
            "SELECT EXISTS (SELECT FROM projection_checkpoints AS c, outbox_events AS e"
            " WHERE c.consumer IN ('gradebook', 'notices') AND (c.target IS NOT NULL"
            " OR NOT pg_visible_in_snapshot(e.xid, c.snapshot)))"
        )
