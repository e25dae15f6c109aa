"""One course with its outline."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import CourseId, LessonId, ModuleId
from eduflow.services.api_core.views import Course, columns


class LessonTitle(View, kw_only=True):
    """A lesson, without its text."""

    id: LessonId
    title: str
    position: int
    version: int


class OutlineModule(View, kw_only=True):
    """A module with its lessons, in their order."""

    id: ModuleId
    title: str
    position: int
    unlock_at: datetime | None
    version: int
    lessons: list[LessonTitle]


class CourseWithOutline(Course, kw_only=True):
    """A course, with modules and lessons in their order."""

    modules: list[OutlineModule]


_LESSONS = (
    "coalesce((SELECT json_agg(json_build_object('id', l.id, 'title', l.title, 'position',"
    " l.position,"
    " 'version', l.version) ORDER BY l.position, l.id) FROM lessons AS l WHERE l.module_id ="
    " m.id), '[]')"
)
_ONE = (
    f"SELECT {columns(Course, 'c')}, coalesce((SELECT json_agg(json_build_object('id', m.id,"
    " 'title', m.title, 'position', m.position, 'unlock_at', m.unlock_at, 'version', m.version,"
    f" 'lessons', {_LESSONS}) ORDER BY m.position, m.id)"
    " FROM course_modules AS m WHERE m.course_id = c.id), '[]') AS modules"
    " FROM courses AS c WHERE c.id = $1 AND c.state <> 'deleted'"
)


async def course(replica: ReadSession, wanted: CourseId) -> CourseWithOutline:
    """The course as it is."""
    return await replica.row(_ONE, wanted, into=CourseWithOutline)
