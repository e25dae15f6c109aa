"""One lesson with its text."""

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.api_core.ids import LessonId
from eduflow.services.api_core.views import Lesson

_ONE = (
    "SELECT l.id, l.course_id, l.module_id, l.title, l.position, l.content_item_id,"
    " l.content_version, l.version, CASE WHEN m.unlock_at IS NULL OR m.unlock_at <= now()"
    " OR holds_in('course:write', l.course_id) THEN l.body END AS body"
    " FROM lessons AS l JOIN course_modules AS m ON m.id = l.module_id WHERE l.id = $1"
)


async def lesson(replica: ReadSession, wanted: LessonId) -> Lesson:
    """The lesson; its text only once its module is open, but always to those who write it."""
    return await replica.row(_ONE, wanted, into=Lesson)
