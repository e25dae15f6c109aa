"""The job that calibrates a test's questions, in a process of its own."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from math import isfinite
from uuid import UUID

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.scoring.calibration import Calibrated, TooFew
from eduflow.scoring.calibration_process import Limits, NotFitted, calibrated
from eduflow.services.assessment.commands.calibrate import (
    ANSWERED,
    CALIBRATE,
    Fitted,
    KeepCalibration,
)
from eduflow.services.assessment.ids import AssessmentId

_ANSWERS = f"{ANSWERED} ORDER BY 1"


async def calibrate_test(held: Held, runtime: Runtime) -> Outcome:
    """Fit a two-parameter logistic model to first attempts, and keep what comes of it."""
    if held.institution is None:
        return GiveUp("a calibration of no institution")
    assessment = AssessmentId(UUID(held.arguments["assessment_id"]))
    rows = await runtime.databases["assessment"].primary.fetch(_ANSWERS, assessment)
    by_question: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    for row in rows:
        by_question[row["question_version_id"]][row["attempt_id"]] = row["correct"]
    attempts = sorted({row["attempt_id"] for row in rows})
    answers = {
        str(question): [given.get(attempt) for attempt in attempts]
        for question, given in sorted(by_question.items())
    }
    try:
        found = await calibrated(answers, limits=Limits())
    except (TooFew, NotFitted) as why:
        return GiveUp(str(why))
    if not found.converged:
        return GiveUp("the fit does not settle")
    fitted = [_fitted(one, given, found.items) for one, given in by_question.items()]
    await runtime.commands["assessment"].execute(
        KeepCalibration(
            held=held,
            assessment=assessment,
            run=UUID(held.arguments["run_id"]),
            fitted=tuple(fitted),
        ),
        access=as_system(InstitutionId(held.institution)),
    )
    return Done()


def _fitted(question: UUID, given: Mapping[UUID, bool], found: Mapping[str, Calibrated]) -> Fitted:
    fit = found.get(str(question))
    if fit is None:
        left_out = "all_right" if all(given.values()) else "all_wrong"
        return Fitted(question_version_id=question, n=len(given), left_out=left_out)
    if not (isfinite(fit.discrimination) and isfinite(fit.difficulty)):
        return Fitted(question_version_id=question, n=len(given), left_out="no_fit")
    return Fitted(
        question_version_id=question, n=len(given), a=fit.discrimination, b=fit.difficulty
    )


JOBS = (JobKind(name=CALIBRATE, run=calibrate_test, time_limit=timedelta(minutes=10)),)
