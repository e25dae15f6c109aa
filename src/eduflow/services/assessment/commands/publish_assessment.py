"""Let a test be sat."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.authoring_problems import NoForm, PublishedAlready
from eduflow.services.assessment.commands.assessment_rows import (
    COLUMNS,
    TABLES,
    Known,
    shown,
    still_open,
    tell,
)
from eduflow.services.assessment.commands.scoring_rows import (
    NEWEST,
    ScoringSets,
    policy_of,
    write_scoring,
)
from eduflow.services.assessment.form_views import Assessment
from eduflow.services.assessment.ids import AssessmentId


class PublishAssessment(Command[Assessment], frozen=True, kw_only=True):
    """With the newest keys and rubrics there are; a later correction is a regrade."""

    assessment: AssessmentId
    expected: int


class _Seen(Known, kw_only=True):
    key_set: dict[UUID, int]
    rubric_set: dict[UUID, UUID]


_LOOK = f"SELECT {COLUMNS}, {NEWEST.format(form='f.id')} FROM {TABLES} WHERE a.id = $1"
_UPDATE = (
    "UPDATE assessments SET state = 'published', scoring_number = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def publish_assessment(command: PublishAssessment, work: UnitOfWork) -> Assessment:
    seen = still_open(
        await work.look_one(_LOOK, command.assessment, into=_Seen), expected=command.expected
    )
    if seen.state == "published":
        raise PublishedAlready
    if not seen.form:
        raise NoForm
    number = seen.last_scoring + 1
    work.write(_UPDATE, seen.id, seen.version, number)
    sets = ScoringSets(
        keys=seen.key_set, rubrics=seen.rubric_set, points={}, policy=policy_of(seen)
    )
    write_scoring(work, seen.id, number=number, cause="published", sets=sets)
    tell(work, seen, scoring_number=number)
    return msgspec.structs.replace(
        shown(seen), state="published", scoring_number=number, version=seen.version + 1
    )
