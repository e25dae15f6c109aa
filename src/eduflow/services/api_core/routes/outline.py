"""Modules and lessons over HTTP."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Dated, Input, Line, Text
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created, shown
from eduflow.services.api_core.commands.add_lesson import AddLesson
from eduflow.services.api_core.commands.add_module import AddModule
from eduflow.services.api_core.commands.change_lesson import ChangeLesson
from eduflow.services.api_core.commands.change_module import ChangeModule
from eduflow.services.api_core.ids import CourseId, LessonId, ModuleId
from eduflow.services.api_core.queries.lesson import lesson
from eduflow.services.api_core.routes.kinds import Moment, Place
from eduflow.services.api_core.views import Lesson, Module

ContentVersion = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NewModule(Dated, kw_only=True):
    """A chapter; without a `position` it comes last."""

    title: Line
    position: Place | None = None
    unlock_at: Moment | None = None


class ModuleChange(Dated, kw_only=True):
    """Members that are absent stay; null takes away what need not be there."""

    title: Line | UnsetType = UNSET
    position: Place | UnsetType = UNSET
    unlock_at: Moment | UnsetType | None = UNSET


class NewLesson(Input, kw_only=True):
    """A lesson; without a `position` it comes last. It may pin a version of a content item."""

    title: Line
    body: Text = ""
    position: Place | None = None
    content_item_id: UUID | None = None
    content_version: ContentVersion | None = None


class LessonChange(Input, kw_only=True):
    """Members that are absent stay; null takes away what need not be there."""

    title: Line | UnsetType = UNSET
    body: Text | UnsetType = UNSET
    position: Place | UnsetType = UNSET
    content_item_id: UUID | UnsetType | None = UNSET
    content_version: ContentVersion | UnsetType | None = UNSET


@post(
    "/courses/{course_id:uuid}/modules",
    status_code=HTTP_201_CREATED,
    guards=[may("course:write", on="course")],
)
async def add_module(
    course_id: FromPath[CourseId],
    data: JSONBody[NewModule],
    commands: NamedDependency[BoundCommands],
) -> Response[Module]:
    """Add a module to a course."""
    fields = msgspec.structs.asdict(data)
    return created(await commands.execute(AddModule(course=course_id, **fields)), at=None)


@patch("/modules/{module_id:uuid}", guards=[may("course:write", on="module")])
async def change_module(
    module_id: FromPath[ModuleId],
    data: JSONBody[ModuleChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Module]:
    """Change a module; its version stands in the course."""
    fields = msgspec.structs.asdict(data)
    command = ChangeModule(module=module_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/modules/{module_id:uuid}/lessons",
    status_code=HTTP_201_CREATED,
    guards=[may("course:write", on="module")],
)
async def add_lesson(
    module_id: FromPath[ModuleId],
    data: JSONBody[NewLesson],
    commands: NamedDependency[BoundCommands],
) -> Response[Lesson]:
    """Add a lesson to a module."""
    made = await commands.execute(AddLesson(module=module_id, **msgspec.structs.asdict(data)))
    return created(made, at=f"/lessons/{made.id}")


@get("/lessons/{lesson_id:uuid}", guards=[may("course:read", on="lesson")])
async def one_lesson(
    lesson_id: FromPath[LessonId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
) -> Response[Lesson]:
    """A lesson with its text; without it for learners, while the module is locked."""
    found = await lesson(replica, lesson_id)
    if found.body is None:  # The same version will have a text once the module opens.
        return Response(found)
    return shown(request, found)


@patch("/lessons/{lesson_id:uuid}", guards=[may("course:write", on="lesson")])
async def change_lesson(
    lesson_id: FromPath[LessonId],
    data: JSONBody[LessonChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Lesson]:
    """Change a lesson."""
    fields = msgspec.structs.asdict(data)
    command = ChangeLesson(lesson=lesson_id, expected=if_match, **fields)
    return changed(await commands.execute(command))
