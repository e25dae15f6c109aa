"""The job that calibrates a test's questions, beside the event loop."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.scoring.calibration import MAX_STUDENTS, TooFew, calibrate
from eduflow.services.assessment.commands.calibrate import CALIBRATE, Fitted, KeepCalibration
from eduflow.services.assessment.ids import AssessmentId

_RIGHT = Decimal("0.5")
"""A share from here on is taken for right: the model knows nothing between."""
# The first attempts: whoever comes back has seen the questions before.
_ANSWERS = (
    "SELECT DISTINCT ON (j.attempt_id, j.question_id) j.attempt_id, j.question_version_id,"
    " j.fraction FROM judged_items AS j JOIN attempts AS t ON t.id = j.attempt_id"
    " WHERE j.assessment_id = $1 AND j.final AND t.number = 1 AND j.scoring_number = (SELECT"
    " max(o.scoring_number) FROM judged_items AS o WHERE o.assessment_id = $1)"
    " ORDER BY j.attempt_id, j.question_id, j.response_id"
)


async def calibrate_test(held: Held, runtime: Runtime) -> Outcome:
    """Fit a two-parameter logistic model to first attempts, and keep what comes of it."""
    if held.institution is None:
        return GiveUp("a calibration of no institution")
    assessment = AssessmentId(UUID(held.arguments["assessment_id"]))
    rows = await runtime.databases["assessment"].primary.fetch(_ANSWERS, assessment)
    by_question: dict[str, dict[UUID, bool]] = defaultdict(dict)
    for row in rows:
        right = row["fraction"] >= _RIGHT
        by_question[str(row["question_version_id"])][row["attempt_id"]] = right
    attempts = sorted({row["attempt_id"] for row in rows})[:MAX_STUDENTS]
    answers = {
        question: [given.get(attempt) for attempt in attempts]
        for question, given in sorted(by_question.items())
    }
    try:
        found = await asyncio.to_thread(calibrate, answers)
    except TooFew as few:
        return GiveUp(str(few))
    fitted = tuple(
        Fitted(
            question_version_id=UUID(question),
            a=one.discrimination,
            b=one.difficulty,
            n=sum(given is not None for given in answers[question]),
        )
        for question, one in found.items.items()
    )
    await runtime.commands["assessment"].execute(
        KeepCalibration(
            held=held, assessment=assessment, run=UUID(held.arguments["run_id"]), fitted=fitted
        ),
        access=as_system(InstitutionId(held.institution)),
    )
    return Done()


JOBS = (JobKind(name=CALIBRATE, run=calibrate_test, time_limit=timedelta(minutes=10)),)
