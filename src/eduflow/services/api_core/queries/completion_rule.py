"""What completes a lesson."""

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.api_core.ids import LessonId
from eduflow.services.api_core.views import CompletionRule

_ONE = (
    "SELECT l.id AS lesson_id, coalesce(r.rule, 'said') AS rule, r.assignment_id, r.threshold,"
    " coalesce(r.version, 0) AS version FROM lessons AS l"
    " LEFT JOIN completion_rules AS r ON r.lesson_id = l.id WHERE l.id = $1"
)


async def completion_rule(replica: ReadSession, lesson: LessonId) -> CompletionRule:
    """Its rule; without one, that the learner says so, in version 0."""
    return await replica.row(_ONE, lesson, into=CompletionRule)
