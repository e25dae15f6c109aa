"""What a regrade would do to course grades: asked of api_core, which keeps the gradebook."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx
import msgspec

from eduflow.kernel.addresses import trust
from eduflow.kernel.auth.services import service_token
from eduflow.kernel.clock import Clock
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.settings import Settings
from eduflow.services.assessment.ids import RegradeId
from eduflow.services.assessment.regrade_views import CourseEffect, StudentDiff

_SECONDS = 5.0
_OK = 200
_PATH = "/internal/v1/gradebook/effects"
_RUN = (
    "SELECT r.institution_id, r.course_id, r.assessment_id, coalesce((SELECT"
    " json_agg(DISTINCT jsonb_build_object('user_id', d.user_id, 'counts', d.new_counts,"
    " 'counts_points', d.counts_points)) FROM regrade_diffs AS d WHERE d.run_id = r.id"
    " AND d.user_id = ANY ($2::uuid[]) AND d.new_counts IS NOT NULL), '[]') AS results"
    " FROM regrade_runs AS r WHERE r.id = $1"
)


class _Result(msgspec.Struct):
    user_id: UUID
    counts: float
    counts_points: float


class _Run(msgspec.Struct):
    institution_id: UUID
    course_id: UUID
    assessment_id: UUID
    results: list[_Result]


class _Effect(msgspec.Struct):
    user_id: UUID
    before_percent: float | None
    after_percent: float | None


class _Effects(msgspec.Struct):
    items: list[_Effect]


class CourseEffects:
    """Asks; where nobody answers the diff is told without, and says why."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def added_to(
        self, students: Sequence[StudentDiff], wanted: RegradeId, *, replica: ReadSession
    ) -> list[StudentDiff]:
        """The same students, with what becomes of their course grades."""
        told = [s.user_id for s in students if not s.under_appeal]
        if not told:
            return [_with(one, None, why=None) for one in students]
        run = await replica.row(_RUN, wanted, told, into=_Run)
        known, why = await self._asked(run)
        return [_with(one, known.get(one.user_id), why=why) for one in students]

    async def _asked(self, run: _Run) -> tuple[Mapping[UUID, _Effect], str | None]:
        token = service_token(
            self._settings.secret, service="assessment", audience="api_core", now=self._clock()
        )
        url = self._settings.url_of("api_core") + _PATH
        try:
            async with httpx.AsyncClient(
                timeout=_SECONDS, verify=trust(url), trust_env=False
            ) as client:
                answer = await client.post(
                    url,
                    content=msgspec.json.encode(run),
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/json",
                    },
                )
        except httpx.HTTPError:
            return {}, "The gradebook does not answer."
        if answer.status_code != _OK:
            return {}, f"The gradebook answers {answer.status_code}."
        try:
            found = msgspec.json.decode(answer.content, type=_Effects)
        except msgspec.DecodeError:
            return {}, "The gradebook answers something else than grades."
        return {one.user_id: one for one in found.items}, None


def _with(one: StudentDiff, effect: _Effect | None, *, why: str | None) -> StudentDiff:
    if one.new_counts is None:
        return msgspec.structs.replace(one, no_course_effect=_not_final(one))
    if effect is None:
        return msgspec.structs.replace(
            one, no_course_effect=why or "The test has no column in the gradebook for them."
        )
    told = CourseEffect(old_percent=effect.before_percent, new_percent=effect.after_percent)
    return msgspec.structs.replace(one, course_effect=told)


def _not_final(one: StudentDiff) -> str:
    if one.under_appeal:
        return "An appeal of theirs waits to be decided."
    if any(attempt.unread for attempt in one.attempts):
        return "Answers must be read again before there is a result that could count."
    return "No result of theirs is released."
