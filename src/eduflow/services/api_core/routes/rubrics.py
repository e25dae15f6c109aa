"""Rubrics over HTTP."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Line, Note
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands import rubric_rows
from eduflow.services.api_core.commands.add_rubric_version import AddRubricVersion
from eduflow.services.api_core.commands.create_rubric import CreateRubric
from eduflow.services.api_core.grading_views import Rubric, RubricVersionView
from eduflow.services.api_core.ids import CourseId, RubricId
from eduflow.services.api_core.queries.rubric import rubric
from eduflow.services.api_core.routes.kinds import Points


class NewRating(Input, kw_only=True):
    """A named level of a criterion."""

    label: Line
    points: Points


class NewCriterion(Input, kw_only=True):
    """One line; `points` is the most it gives. Learners never see the `grader_note`."""

    description: Annotated[Note, msgspec.Meta(min_length=1)]
    points: Points
    grader_note: Note = ""
    ratings: Annotated[list[NewRating], msgspec.Meta(max_length=20)] = msgspec.field(
        default_factory=list
    )


Criteria = Annotated[list[NewCriterion], msgspec.Meta(min_length=1, max_length=50)]


class NewRubric(Input, kw_only=True):
    """A rubric of a course, with its first version."""

    course_id: CourseId
    title: Line
    criteria: Criteria


class NewRubricVersion(Input, kw_only=True):
    """All criteria anew."""

    criteria: Criteria


@post("/rubrics", status_code=HTTP_201_CREATED, guards=[logged_in])
async def create(
    data: JSONBody[NewRubric], commands: NamedDependency[BoundCommands]
) -> Response[Rubric]:
    """Write a rubric for a course in which the caller has `rubric:write`."""
    command = CreateRubric(
        course=data.course_id, title=data.title, criteria=_criteria(data.criteria)
    )
    made = await commands.execute(command)
    return created(made, at=f"/rubrics/{made.id}")


@post(
    "/rubrics/{rubric_id:uuid}/versions",
    status_code=HTTP_201_CREATED,
    guards=[may("rubric:write", on="rubric")],
)
async def add_version(
    rubric_id: FromPath[RubricId],
    data: JSONBody[NewRubricVersion],
    commands: NamedDependency[BoundCommands],
) -> RubricVersionView:
    """Write the next version. It is frozen at once; what cites an older one keeps it."""
    command = AddRubricVersion(rubric=rubric_id, criteria=_criteria(data.criteria))
    return await commands.execute(command)


@get("/rubrics/{rubric_id:uuid}", guards=[may("rubric:read", on="rubric")])
async def one(
    rubric_id: FromPath[RubricId], replica: NamedDependency[ReadSession]
) -> Response[Rubric]:
    """A rubric with all its versions, newest first."""
    return changed(await rubric(replica, rubric_id))


def _criteria(sent: list[NewCriterion]) -> tuple[rubric_rows.NewCriterion, ...]:
    return tuple(
        rubric_rows.NewCriterion(
            description=one.description,
            points=one.points,
            grader_note=one.grader_note,
            ratings=tuple(rubric_rows.NewRating(r.label, r.points) for r in one.ratings),
        )
        for one in sent
    )
