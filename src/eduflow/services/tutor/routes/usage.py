"""What was spent on models, for those who may know."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Word, refuse_far
from eduflow.services.tutor.queries.usage import Usage, Wanted, usage
from eduflow.services.tutor.routes.scopes import OfCourse, Whose, access_to


@get("/ai/usage", guards=[logged_in])
async def show(
    *,
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    of: Whose = "own",
    course_id: OfCourse = None,
    user_id: Annotated[
        UserId | None, QueryParameter(name="user_id", description="Only of this person")
    ] = None,
    purpose: Annotated[Word | None, QueryParameter(description="Only for this purpose")] = None,
    model: Annotated[
        str | None, QueryParameter(max_length=200, description="Only of this model")
    ] = None,
    since: Annotated[date | None, QueryParameter(description="The first day (of UTC)")] = None,
    until: Annotated[date | None, QueryParameter(description="The last day")] = None,
) -> Usage:
    """What calls of models took and cost: one's own, a course's, or the institution's.

    Without `of` only what the caller had models do, which may be nothing: `of=course` and
    `of=institution` tell what everybody's calls took there, and need `ai_usage:read` there.
    """
    refuse_far(since=since, until=until)
    replica.serve(access_to(of, identity, permission="ai_usage:read", course=course_id))
    wanted = Wanted(
        user=identity.user if of == "own" else user_id,
        course=course_id,
        purpose=purpose,
        model=model,
        since=since,
        until=until,
    )
    return await usage(replica, wanted=wanted, page=page)
