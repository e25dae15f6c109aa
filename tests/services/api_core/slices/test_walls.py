"""No route leads from one institution into another, and none is open that does not say so."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from eduflow.app import Doors, create_app
from eduflow.kernel.auth.guards import guarded_routes
from eduflow.services import load_services
from eduflow.services.api_core import service
from tests.harness.platform import Eduflow, School
from tests.harness.visiting import a_notification
from tests.services.api_core.given import (
    a_course,
    a_forum,
    a_person,
    a_seat,
    a_session,
    a_thread,
)
from tests.services.api_core.given_grading import a_class, a_rubric, an_assignment, handed_in
from tests.services.api_core.given_peers import reviewed_by_peers
from tests.services.api_core.given_teams import a_team, a_team_set

_PARAMETER = re.compile(r"\{(\w+)_id:uuid\}")
SOMEBODY = str(uuid4())
BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/users/{user_id:uuid}"): {"display_name": "Mine now"},
    ("POST", "/users/{user_id:uuid}/roles"): {"role": "student"},
    ("POST", "/users/{user_id:uuid}/erasure"): {"reason": "Mine now"},
    ("PATCH", "/courses/{course_id:uuid}"): {"title": "Mine now"},
    ("POST", "/courses/{course_id:uuid}/sections"): {"name": "Mine"},
    ("POST", "/courses/{course_id:uuid}/modules"): {"title": "Mine"},
    ("POST", "/courses/{course_id:uuid}/enrollments"): {"user_id": SOMEBODY},
    ("PATCH", "/modules/{module_id:uuid}"): {"title": "Mine now"},
    ("POST", "/modules/{module_id:uuid}/lessons"): {"title": "Mine"},
    ("PATCH", "/lessons/{lesson_id:uuid}"): {"title": "Mine now"},
    ("POST", "/lessons/{lesson_id:uuid}/progress"): {"kind": "completed"},
    ("PUT", "/lessons/{lesson_id:uuid}/completion-rule"): {"rule": "viewed"},
    ("POST", "/courses/{course_id:uuid}/certificates"): {"user_id": SOMEBODY},
    ("POST", "/courses/{course_id:uuid}/certificates/by-rule"): {"all_lessons": True},
    ("POST", "/certificates/{certificate_id:uuid}/revocation"): {"reason": "Mine now"},
    ("PATCH", "/enrollments/{enrollment_id:uuid}"): {"state": "withdrawn"},
    ("POST", "/courses/{course_id:uuid}/assignment-groups"): {"name": "Mine"},
    ("PATCH", "/assignment-groups/{assignment_group_id:uuid}"): {"name": "Mine now"},
    ("POST", "/courses/{course_id:uuid}/assignments"): {
        "group_id": SOMEBODY,
        "title": "Mine",
        "points": 1,
    },
    ("PATCH", "/assignments/{assignment_id:uuid}"): {"title": "Mine now"},
    ("POST", "/assignments/{assignment_id:uuid}/overrides"): {"user_id": SOMEBODY},
    ("POST", "/assignments/{assignment_id:uuid}/post-grades"): {},
    ("POST", "/assignments/{assignment_id:uuid}/hide-grades"): {},
    ("POST", "/assignments/{assignment_id:uuid}/submissions"): {"body": "Mine"},
    ("POST", "/assignments/{assignment_id:uuid}/grades"): {
        "user_id": SOMEBODY,
        "version": 0,
        "score": 1,
    },
    ("POST", "/submissions/{submission_id:uuid}/grades"): {"version": 1, "score": 1},
    ("PUT", "/submissions/{submission_id:uuid}/rubric/{criterion_id:uuid}"): {"points": 1},
    ("POST", "/submissions/{submission_id:uuid}/comments"): {"body": "Mine"},
    ("POST", "/rubrics/{rubric_id:uuid}/versions"): {
        "criteria": [{"description": "Mine", "points": 1}]
    },
    ("POST", "/courses/{course_id:uuid}/forums"): {"title": "Mine"},
    ("POST", "/forums/{forum_id:uuid}/threads"): {"title": "Mine", "body": "Mine"},
    ("PATCH", "/threads/{thread_id:uuid}"): {"title": "Mine now"},
    ("POST", "/threads/{thread_id:uuid}/posts"): {"body": "Mine"},
    ("PATCH", "/posts/{post_id:uuid}"): {"body": "Mine now"},
    ("PUT", "/posts/{post_id:uuid}/hidden"): {"note": "Mine now"},
    ("PUT", "/posts/{post_id:uuid}/reactions"): {"kind": "vote"},
    ("PUT", "/courses/{course_id:uuid}/subscription"): {},
    ("PUT", "/forums/{forum_id:uuid}/subscription"): {},
    ("PUT", "/threads/{thread_id:uuid}/subscription"): {},
    ("PUT", "/threads/{thread_id:uuid}/read"): {"post_id": SOMEBODY},
    ("PATCH", "/users/me/notifications/{notification_id:uuid}/read"): None,
    ("POST", "/courses/{course_id:uuid}/team-sets"): {"name": "Mine"},
    ("PATCH", "/team-sets/{team_set_id:uuid}"): {"name": "Mine now"},
    ("POST", "/team-sets/{team_set_id:uuid}/teams"): {"name": "Mine"},
    ("PATCH", "/teams/{team_id:uuid}"): {"name": "Mine now"},
    ("PUT", "/teams/{team_id:uuid}/members/{user_id:uuid}"): {"role": "member"},
    ("PUT", "/teams/{team_id:uuid}/membership"): None,
    ("PUT", "/assignments/{assignment_id:uuid}/peer-review"): {"reviews": 1},
    ("PUT", "/assignments/{assignment_id:uuid}/peer-review-rules"): {
        "reviewer_id": SOMEBODY,
        "author_id": str(uuid4()),
        "kind": "must",
    },
    ("POST", "/assignments/{assignment_id:uuid}/peer-reviews/allocate"): {},
    ("POST", "/assignments/{assignment_id:uuid}/peer-reviews"): {
        "submission_id": SOMEBODY,
        "reviewer_id": SOMEBODY,
    },
    ("PATCH", "/peer-reviews/{peer_review_id:uuid}"): {"comment": "Mine now"},
    ("PUT", "/peer-reviews/{peer_review_id:uuid}/rubric/{criterion_id:uuid}"): {"points": 1},
    ("POST", "/peer-reviews/{peer_review_id:uuid}/finish"): {"attempt": 1},
}
"""A body that would be good, for every route that takes one and a thing in its path."""


def routes() -> Iterator[tuple[str, str]]:
    """Method and path of every route of the service that names a thing."""
    for handler in service.routes:
        for path in handler.paths:  # type: ignore[union-attr]
            if _PARAMETER.search(path):
                for method in sorted(handler.http_methods):  # type: ignore[union-attr]
                    yield str(method), path


@pytest.mark.parametrize(("method", "path"), list(routes()))
async def test_a_thing_of_another_institution_does_not_exist(
    eduflow: Eduflow, school: School, method: str, path: str
) -> None:
    other = await eduflow.school()
    given = await a_class(eduflow, other, students=2)
    course = await a_course(other, lessons=1)
    learner, peer = given.students
    rubric = await a_rubric(given)
    version = rubric["versions"][0]
    essay = await an_assignment(given, rubric_version_id=version["id"])
    work = await handed_in(given, essay, learner)
    things = {
        "assignment": essay["id"],
        "assignment_group": given.group,
        "rubric": rubric["id"],
        "criterion": version["criteria"][0]["id"],
        "submission": work["id"],
        "course": course.id,
        "module": course.module,
        "lesson": course.lessons[0],
        "user": str(learner.user),
        "enrollment": await a_seat(other, course, learner),
    }
    award = {"user_id": str(learner.user)}
    awarded = await given.teacher.post(f"/courses/{given.course.id}/certificates", award)
    things["certificate"] = awarded["id"]
    team_set = await a_team_set(given)
    things |= {"team_set": team_set["id"], "team": (await a_team(given, team_set, learner))["id"]}
    await reviewed_by_peers(given, essay)
    body_of_peer = {"submission_id": work["id"], "reviewer_id": str(peer.user)}
    reviews = f"/assignments/{essay['id']}/peer-reviews"
    things["peer_review"] = (await given.teacher.post(reviews, body_of_peer))["id"]
    thread = await a_thread(learner, await a_forum(other, course))
    things |= {"forum": thread.forum, "thread": thread.id, "post": thread.first}
    things["notification"] = await a_notification(eduflow, learner)
    things["session"] = str(await a_session(eduflow, learner))
    asked = await learner.post("/users/me/export")
    things["export"] = asked["id"]
    before = await eduflow.events(other.institution)
    body = None
    if method in {"POST", "PATCH", "PUT"}:
        assert (method, path) in BODIES, "say here what a good body is"
        body = BODIES[method, path]
    queries = {
        "roles": "?role=student",
        "reactions": "?kind=vote",
        "peer-review-rules": f"?reviewer_id={SOMEBODY}&author_id={SOMEBODY}",
    }
    query = queries.get(path.rpartition("/")[2], "") if method == "DELETE" else ""
    for there in (things, {kind: str(uuid4()) for kind in things}):
        address = _PARAMETER.sub(lambda match, there=there: there[match[1]], path)  # type: ignore[misc]
        answer = await school.admin.send(method, address + query, body, If_Match='"v1"')
        assert answer.status_code == 404, answer.text
        assert not set(things.values()) & set(re.findall(r"[0-9a-f-]{36}", answer.text))
    assert await eduflow.events(other.institution) == before


async def test_what_a_body_names_must_be_of_the_institution_too(
    eduflow: Eduflow, school: School
) -> None:
    other = await eduflow.school()
    theirs = await a_course(other)
    stranger = await a_person(eduflow, other)
    sections = (await other.admin.get(f"/courses/{theirs.id}/sections"))["items"]
    term = await other.admin.post("/terms", {"name": "Theirs"})
    course = await a_course(school)
    learner = await a_person(eduflow, school)
    seats = f"/courses/{course.id}/enrollments"
    roles = f"/users/{learner.user}/roles"
    context = {"role": "ta", "context_type": "course", "context_id": theirs.id}
    there = {"user_id": str(learner.user), "section_id": sections[0]["id"]}
    name = {"name": "Group"}
    group = await school.admin.post(f"/courses/{course.id}/assignment-groups", name)
    their_group = await other.admin.post(f"/courses/{theirs.id}/assignment-groups", name)
    criteria = [{"description": "All", "points": 1}]
    their_teams = await other.admin.post(f"/courses/{theirs.id}/team-sets", {})
    their_rubric = await other.admin.post(
        "/rubrics", {"course_id": theirs.id, "title": "R", "criteria": criteria}
    )
    work = {"group_id": group["id"], "title": "T", "points": 1}
    assignments = f"/courses/{course.id}/assignments"
    rubric = {"course_id": theirs.id, "title": "R", "criteria": criteria}
    assert (await school.admin.refused("POST", "/rubrics", rubric))[0] == 404
    for path, body in (
        (seats, {"user_id": str(stranger.user)}),
        (seats, there),
        (roles, context),
        (roles, {**context, "context_type": "section", "context_id": sections[0]["id"]}),
        (roles, {"role": "registrar", "context_id": str(other.institution)}),
        ("/courses", {"code": "A", "title": "A", "term_id": term["id"]}),
        (assignments, {**work, "group_id": their_group["id"]}),
        (assignments, {**work, "team_set_id": their_teams["id"]}),
        (assignments, {**work, "rubric_version_id": their_rubric["versions"][0]["id"]}),
    ):
        assert (await school.admin.refused("POST", path, body))[0] == 422, (path, body)


async def test_lists_hold_only_what_is_of_the_institution(eduflow: Eduflow, school: School) -> None:
    other = await eduflow.school()
    await a_course(other)
    await a_person(eduflow, other)
    await other.admin.post("/terms", {"name": "Theirs"})
    assert (await school.admin.get("/courses"))["items"] == []
    assert (await school.admin.get("/terms"))["items"] == []
    people = (await school.admin.get("/users"))["items"]
    assert [person["id"] for person in people] == [str(school.admin.user)]


@pytest.mark.parametrize(
    "table",
    [
        *("courses", "users", "enrollments", "course_roster", "people", "course_cards", "lessons"),
        *("submissions", "submission_versions", "grade_events", "gradebook_cells", "rubrics"),
        *("discussion_forums", "discussion_threads", "discussion_posts", "thread_posts"),
        *("team_sets", "teams", "team_members", "peer_review_settings", "peer_review_rules"),
        *("peer_review_allocations", "peer_review_marks"),
        *("thread_subscriptions", "thread_reads", "notifications", "thread_counts"),
    ],
)
@pytest.mark.parametrize("server", ["primary", "standby"])
async def test_plain_sql_under_the_role_of_the_services_sees_nothing(
    eduflow: Eduflow, school: School, table: str, server: str
) -> None:
    course = await a_course(school, lessons=1)
    await a_thread(school.admin, await a_forum(school, course))
    database = eduflow.runtime.databases["api_core"]
    pool = database.primary
    if server == "standby":
        pool = next(r.pool for r in database.all_replicas().values() if r.standby)
    assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_every_route_has_a_rule_and_asks_for_a_login_unless_it_is_public(
    eduflow: Eduflow,
) -> None:
    doors = Doors.make(eduflow.runtime)
    try:
        app = create_app(
            eduflow.runtime, load_services(), doors=doors, name="gateway", title="EduFlow"
        )
        found = list(guarded_routes(app))
    finally:
        await doors.close()
    async with httpx.AsyncClient(base_url=eduflow.gateway) as nobody:
        for route in found:
            if route.rule == "public" or route.method == "HEAD":
                continue
            path = re.sub(r"\{\w+:uuid\}", SOMEBODY, route.path)
            answer = await nobody.request(route.method, path, headers={"If-Match": '"v1"'})
            assert answer.status_code == 401, (route, answer.text)
    assert sum(route.rule != "public" for route in found) > 25
