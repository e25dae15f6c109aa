"""What completes a lesson, over HTTP."""

from typing import Any, Literal

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, shown
from eduflow.services.api_core.commands.set_completion_rule import SetCompletionRule
from eduflow.services.api_core.ids import AssignmentId, LessonId
from eduflow.services.api_core.queries.completion_rule import completion_rule
from eduflow.services.api_core.routes.kinds import Points
from eduflow.services.api_core.views import CompletionRule


class NewCompletionRule(Input, kw_only=True):
    """`submitted` and `scored` name an assignment of the course; `scored` at least how many points.

    `said`: when the learner says so, as without a rule.
    """

    rule: Literal["said", "viewed", "submitted", "scored"]
    assignment_id: AssignmentId | None = None
    threshold: Points | None = None


@get("/lessons/{lesson_id:uuid}/completion-rule", guards=[may("course:read", on="lesson")])
async def one(
    lesson_id: FromPath[LessonId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
) -> Response[CompletionRule]:
    """What completes a lesson; `version` 0 where nothing was set."""
    return shown(request, await completion_rule(replica, lesson_id))


@put("/lessons/{lesson_id:uuid}/completion-rule", guards=[may("course:write", on="lesson")])
async def set_rule(
    lesson_id: FromPath[LessonId],
    data: JSONBody[NewCompletionRule],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[CompletionRule]:
    """Say what completes a lesson, `If-Match: "v0"` for the first time. All progress follows."""
    command = SetCompletionRule(
        lesson=lesson_id,
        expected=if_match,
        rule=data.rule,
        assignment_id=data.assignment_id,
        threshold=data.threshold,
    )
    return changed(await commands.execute(command))
