"""One good request to every route, and how often it may ask the database; a table.

Whoever adds a route adds a line: the tests that walk the table fail for a route that is not in it.
"""

from typing import Any

from litestar.handlers import HTTPRouteHandler

from tests.harness.platform import Eduflow
from tests.harness.visit import READ, WRITE, Visit
from tests.harness.visits_of_authors import OF_AUTHORS
from tests.harness.visits_of_reading import OF_READING
from tests.harness.visits_of_replay import OF_REPLAY
from tests.harness.visits_of_sitting import BY_THE_SITTING_TESTS, OF_SITTING

_PERSON = {"email": "{fresh}@school.test", "display_name": "P"}
COURSE = {"code": "C", "title": "T"}
ASSIGNMENT = {"group_id": "{assignment_group_id}", "title": "T", "points": 10}
BY_HAND = ("POST", "/courses/{course_id}/assignments", {**ASSIGNMENT, "posting": "manual"})
SAID = ("POST", "/threads/{thread_id}/posts", {"body": "B"})
RUBRIC: dict[str, Any] = {"title": "R", "criteria": [{"description": "D", "points": 10}]}
BUDGET = {"scope_type": "institution", "period": "day", "limit_micros": 1_000_000}
_PRICE = {
    "provider": "vendor",
    "model": "{fresh}",
    "in_micros_per_mtok": 1,
    "cached_micros_per_mtok": 1,
    "out_micros_per_mtok": 1,
}
_PEER_RULE = {"reviewer_id": "{user_id}", "author_id": "{peer}", "kind": "must"}
_THIRD = {"submission_id": "{submission_id}", "reviewer_id": "{third}"}

VISITS: dict[str, Visit] = {
    "GET /institutions/me": Visit(trips=READ),
    "PATCH /institutions/me": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="/institutions/me"
    ),
    "GET /audit": Visit(trips=READ),
    "POST /terms": Visit(trips=WRITE, body={"name": "Spring"}),
    "GET /terms": Visit(trips=READ),
    "GET /users/me": Visit(trips=READ),
    "POST /users/me/export": Visit(trips=WRITE),
    "GET /users/me/export": Visit(trips=READ, before=("POST", "/users/me/export", {})),
    "GET /users/me/calendar": Visit(trips=READ),
    "POST /users/me/calendar": Visit(trips=WRITE, body={"rotate": True}),
    "DELETE /users/me/calendar": Visit(trips=WRITE),
    "GET /calendars/{calendar:str}": Visit(trips=READ),
    "GET /users/{user_id:uuid}": Visit(trips=READ),
    "POST /users/{user_id:uuid}/erasure": Visit(
        trips=WRITE, before=("POST", "/users", _PERSON), body={"reason": "asked for"}
    ),
    "GET /users/{user_id:uuid}/erasure": Visit(
        trips=READ, before=("POST", "/users/{person}/erasure", {"reason": "asked for"})
    ),
    "GET /users": Visit(trips=READ),
    "POST /users": Visit(trips=WRITE, body=_PERSON),
    "PATCH /users/{user_id:uuid}": Visit(
        trips=WRITE, body={"display_name": "{fresh}"}, version="/users/{user_id:uuid}"
    ),
    "POST /users/{user_id:uuid}/roles": Visit(
        trips=WRITE,
        before=("POST", "/users", _PERSON),
        body={"role": "registrar", "context_type": "institution"},
    ),
    "DELETE /users/{user_id:uuid}/roles": Visit(
        trips=WRITE,
        before=("POST", "/users/{person}/roles", {"role": "registrar"}),
        query="?role=registrar",
    ),
    "POST /courses": Visit(trips=WRITE, body=COURSE),
    "GET /courses": Visit(trips=READ),
    "GET /courses/{course_id:uuid}": Visit(trips=READ),
    "PATCH /courses/{course_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/courses/{course_id:uuid}"
    ),
    "POST /courses/{course_id:uuid}/sections": Visit(trips=WRITE, body={"name": "B"}),
    "GET /courses/{course_id:uuid}/sections": Visit(trips=READ),
    "POST /courses/{course_id:uuid}/modules": Visit(trips=WRITE, body={"title": "M"}),
    "PATCH /modules/{module_id:uuid}": Visit(trips=WRITE, body={"title": "{fresh}"}, version="v"),
    "POST /modules/{module_id:uuid}/lessons": Visit(trips=WRITE, body={"title": "L"}),
    "GET /lessons/{lesson_id:uuid}": Visit(trips=READ),
    "PATCH /lessons/{lesson_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/lessons/{lesson_id:uuid}"
    ),
    "POST /lessons/{lesson_id:uuid}/progress": Visit(
        trips=WRITE, body={"kind": "viewed"}, by="learner"
    ),
    "GET /lessons/{lesson_id:uuid}/completion-rule": Visit(trips=READ),
    "PUT /lessons/{lesson_id:uuid}/completion-rule": Visit(
        trips=WRITE, body={"rule": "viewed"}, version="/lessons/{lesson_id:uuid}/completion-rule"
    ),
    "GET /courses/{course_id:uuid}/progress": Visit(trips=READ),
    "GET /users/me/progress": Visit(trips=READ, by="learner"),
    "GET /users/me/dashboard": Visit(trips=READ, by="learner"),
    "GET /courses/{course_id:uuid}/dashboard": Visit(trips=READ),
    "POST /courses/{course_id:uuid}/enrollments": Visit(
        trips=WRITE, before=("POST", "/users", _PERSON), body={"user_id": "{new}"}
    ),
    "GET /courses/{course_id:uuid}/roster": Visit(trips=READ),
    "GET /enrollments/{enrollment_id:uuid}": Visit(trips=READ),
    "PATCH /enrollments/{enrollment_id:uuid}": Visit(
        trips=WRITE, body={"state": "{seat}"}, version="/enrollments/{enrollment_id:uuid}"
    ),
    "POST /courses/{course_id:uuid}/assignment-groups": Visit(trips=WRITE, body={"name": "G"}),
    "GET /courses/{course_id:uuid}/assignment-groups": Visit(trips=READ),
    "PATCH /assignment-groups/{assignment_group_id:uuid}": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="v"
    ),
    "POST /courses/{course_id:uuid}/assignments": Visit(trips=WRITE, body=ASSIGNMENT),
    "GET /courses/{course_id:uuid}/assignments": Visit(trips=READ, by="learner"),
    "GET /assignments/{assignment_id:uuid}": Visit(trips=READ, by="learner"),
    "PATCH /assignments/{assignment_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/assignments/{assignment_id:uuid}"
    ),
    "POST /assignments/{assignment_id:uuid}/overrides": Visit(
        trips=WRITE,
        before=("POST", "/courses/{course_id}/sections", {"name": "B"}),
        body={"section_id": "{new}", "extra_minutes": 30},
    ),
    "POST /assignments/{assignment_id:uuid}/post-grades": Visit(trips=WRITE, before=BY_HAND),
    "POST /assignments/{assignment_id:uuid}/hide-grades": Visit(trips=WRITE, before=BY_HAND),
    "GET /assignments/{assignment_id:uuid}/overrides": Visit(trips=READ),
    "POST /assignments/{assignment_id:uuid}/submissions": Visit(
        trips=WRITE, body={"body": "{fresh}"}, by="learner"
    ),
    "GET /assignments/{assignment_id:uuid}/submissions": Visit(trips=READ),
    "GET /assignments/{assignment_id:uuid}/next-ungraded": Visit(trips=READ),
    "POST /assignments/{assignment_id:uuid}/grades": Visit(
        trips=WRITE,
        before=("POST", "/courses/{course_id}/assignments", ASSIGNMENT),
        body={"user_id": "{user_id}", "version": 0, "score": 5},
    ),
    "GET /submissions/{submission_id:uuid}": Visit(trips=READ, by="learner"),
    "POST /submissions/{submission_id:uuid}/grades": Visit(
        trips=WRITE,
        body={"version": "{version}", "score": 5, "comment": "{fresh}"},
        version="/submissions/{submission_id:uuid}",
    ),
    "PUT /submissions/{submission_id:uuid}/rubric/{criterion_id:uuid}": Visit(
        trips=WRITE, body={"points": 5}, version="v"
    ),
    "POST /submissions/{submission_id:uuid}/comments": Visit(trips=WRITE, body={"body": "Hm"}),
    "POST /rubrics": Visit(trips=WRITE, body={"course_id": "{course_id}", **RUBRIC}),
    "POST /rubrics/{rubric_id:uuid}/versions": Visit(
        trips=WRITE, body={"criteria": RUBRIC["criteria"]}
    ),
    "GET /rubrics/{rubric_id:uuid}": Visit(trips=READ),
    "GET /courses/{course_id:uuid}/gradebook": Visit(trips=READ),
    "GET /users/me/grades": Visit(trips=READ, by="learner"),
    "POST /courses/{course_id:uuid}/certificates": Visit(
        trips=WRITE,
        folded=True,
        before=("POST", "/courses/{course_id}/enrollments", {"user_id": "{person}"}),
        body={"user_id": "{user_id}"},
    ),
    "POST /courses/{course_id:uuid}/certificates/by-rule": Visit(
        trips=WRITE, folded=True, body={"all_lessons": True, "percent_at_least": 1_000}
    ),
    "GET /courses/{course_id:uuid}/certificates": Visit(trips=READ),
    "GET /users/me/certificates": Visit(trips=READ),
    "GET /certificates/{certificate:uuid}": Visit(trips=READ),
    "POST /certificates/{certificate_id:uuid}/revocation": Visit(
        trips=WRITE,
        before=("POST", "/courses/{course_id}/certificates", {"user_id": "{user_id}"}),
        body={"reason": "{fresh}"},
    ),
    "POST /courses/{course_id:uuid}/forums": Visit(trips=WRITE, body={"title": "F"}),
    "GET /courses/{course_id:uuid}/forums": Visit(trips=READ),
    "POST /forums/{forum_id:uuid}/threads": Visit(
        trips=WRITE, body={"title": "T", "body": "B"}, by="learner"
    ),
    "GET /forums/{forum_id:uuid}/threads": Visit(trips=READ),
    "GET /threads/{thread_id:uuid}": Visit(trips=READ),
    "PATCH /threads/{thread_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/threads/{thread_id:uuid}"
    ),
    "POST /threads/{thread_id:uuid}/posts": Visit(trips=WRITE, body={"body": "B"}, by="learner"),
    "GET /threads/{thread_id:uuid}/posts": Visit(trips=READ),
    "PATCH /posts/{post_id:uuid}": Visit(
        trips=WRITE, body={"body": "{fresh}"}, by="learner", version="v"
    ),
    "DELETE /posts/{post_id:uuid}": Visit(trips=WRITE, before=SAID),
    "PUT /posts/{post_id:uuid}/hidden": Visit(trips=WRITE, before=SAID, body={"note": "N"}),
    "DELETE /posts/{post_id:uuid}/hidden": Visit(trips=WRITE, before=SAID),
    "GET /courses/{course_id:uuid}/reported-posts": Visit(trips=READ),
    "PUT /posts/{post_id:uuid}/reactions": Visit(trips=WRITE, body={"kind": "vote"}),
    "DELETE /posts/{post_id:uuid}/reactions": Visit(trips=WRITE, query="?kind=vote"),
    "PUT /courses/{course_id:uuid}/subscription": Visit(trips=WRITE, body={}),
    "DELETE /courses/{course_id:uuid}/subscription": Visit(trips=WRITE),
    "PUT /forums/{forum_id:uuid}/subscription": Visit(trips=WRITE, body={}),
    "DELETE /forums/{forum_id:uuid}/subscription": Visit(trips=WRITE),
    "PUT /threads/{thread_id:uuid}/subscription": Visit(trips=WRITE, body={}),
    "DELETE /threads/{thread_id:uuid}/subscription": Visit(trips=WRITE),
    "PUT /threads/{thread_id:uuid}/read": Visit(trips=WRITE, body={"post_id": "{post_id}"}),
    "GET /users/me/subscriptions": Visit(trips=READ, by="learner"),
    "GET /users/me/unread": Visit(trips=READ, by="learner"),
    "GET /users/me/notifications": Visit(trips=READ, by="learner"),
    "PATCH /users/me/notifications/{notification_id:uuid}/read": Visit(trips=WRITE, by="learner"),
    "PATCH /users/me/notifications/read": Visit(trips=WRITE, by="learner"),
    "GET /users/me/notification-preferences": Visit(trips=READ, by="learner"),
    "PUT /users/me/notification-preferences": Visit(
        trips=WRITE,
        by="learner",
        body={"choices": [{"kind": "post", "in_app": "immediate", "mail": "weekly"}]},
    ),
    "POST /courses/{course_id:uuid}/team-sets": Visit(trips=WRITE, body={"self_sign_up": True}),
    "GET /courses/{course_id:uuid}/team-sets": Visit(trips=READ, by="learner"),
    "PATCH /team-sets/{team_set_id:uuid}": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="v"
    ),
    "POST /team-sets/{team_set_id:uuid}/teams": Visit(trips=WRITE, body={"name": "{fresh}"}),
    "GET /team-sets/{team_set_id:uuid}/teams": Visit(trips=READ, by="learner"),
    "GET /teams/{team_id:uuid}": Visit(trips=READ),
    "PATCH /teams/{team_id:uuid}": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="/teams/{team_id:uuid}"
    ),
    "PUT /teams/{team_id:uuid}/members/{user_id:uuid}": Visit(
        trips=WRITE, body={"role": "{fresh}"}
    ),
    "DELETE /teams/{team_id:uuid}/members/{user_id:uuid}": Visit(
        trips=WRITE, before=("PUT", "/teams/{team_id}/members/{user_id}", {})
    ),
    "PUT /teams/{team_id:uuid}/membership": Visit(trips=WRITE, by="learner"),
    "DELETE /teams/{team_id:uuid}/membership": Visit(
        trips=WRITE, before=("PUT", "/teams/{team_id}/membership", None), by="learner"
    ),
    "PUT /assignments/{assignment_id:uuid}/peer-review": Visit(
        trips=WRITE,
        body={"reviews": 2, "use_rubric": True},
        version="/assignments/{assignment_id:uuid}/peer-review",
    ),
    "GET /assignments/{assignment_id:uuid}/peer-review": Visit(trips=READ, by="learner"),
    "PUT /assignments/{assignment_id:uuid}/peer-review-rules": Visit(trips=WRITE, body=_PEER_RULE),
    "DELETE /assignments/{assignment_id:uuid}/peer-review-rules": Visit(
        trips=WRITE,
        before=("PUT", "/assignments/{assignment_id}/peer-review-rules", _PEER_RULE),
        query="?reviewer_id={user_id}&author_id={peer}",
    ),
    "GET /assignments/{assignment_id:uuid}/peer-review-rules": Visit(trips=READ),
    "POST /assignments/{assignment_id:uuid}/peer-reviews/allocate": Visit(trips=WRITE, body={}),
    "POST /assignments/{assignment_id:uuid}/peer-reviews": Visit(
        trips=WRITE,
        again=(("DELETE", "/peer-reviews/{spare_review}", None),),
        body={"submission_id": "{submission_id}", "reviewer_id": "{peer}"},
    ),
    "GET /assignments/{assignment_id:uuid}/peer-reviews": Visit(trips=READ),
    "GET /users/me/peer-reviews": Visit(trips=READ, by="learner"),
    "GET /peer-reviews/{peer_review_id:uuid}": Visit(trips=READ, by="learner"),
    "PUT /peer-reviews/{peer_review_id:uuid}/rubric/{criterion_id:uuid}": Visit(
        trips=WRITE, body={"points": 5}, version="v", by="learner"
    ),
    "PATCH /peer-reviews/{peer_review_id:uuid}": Visit(
        trips=WRITE,
        body={"comment": "{fresh}"},
        by="learner",
        version="/peer-reviews/{peer_review_id:uuid}",
    ),
    "POST /peer-reviews/{peer_review_id:uuid}/finish": Visit(
        trips=WRITE,
        body={"attempt": 1},
        by="learner",
        again=(
            ("DELETE", "/peer-reviews/{peer_review_id}", None),
            (
                "POST",
                "/assignments/{assignment_id}/peer-reviews",
                {"submission_id": "{peer_work}", "reviewer_id": "{user_id}"},
            ),
        ),
    ),
    "DELETE /peer-reviews/{peer_review_id:uuid}": Visit(
        trips=WRITE, before=("POST", "/assignments/{assignment_id}/peer-reviews", _THIRD)
    ),
    "GET /submissions/{submission_id:uuid}/peer-reviews": Visit(trips=READ),
    "GET /auth/sessions": Visit(trips=READ),
    "POST /auth/invitations": Visit(trips=WRITE, body={"user_id": "{person}"}),
}

VISITS |= {
    "GET /ai/usage": Visit(trips=READ, query="?of=institution"),
    "GET /ai/models": Visit(trips=READ),
    "POST /ai/models": Visit(trips=WRITE, body=_PRICE),
    "GET /ai/budgets": Visit(trips=READ, query="?of=institution"),
    "POST /ai/budgets": Visit(
        trips=WRITE,
        before=("POST", "/courses", COURSE),
        folded=True,
        body={**BUDGET, "scope_type": "course", "scope_id": "{new}"},
    ),
    "PATCH /ai/budgets/{budget_id:uuid}": Visit(
        trips=WRITE, body={"limit_micros": "{version}"}, version="v"
    ),
}
"""Those of the tutor service."""
VISITS |= OF_AUTHORS | OF_SITTING | OF_READING | OF_REPLAY

BY_THE_LOGIN_TESTS = {
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/logout",
    "PUT /auth/password",
    "DELETE /auth/sessions/{session_id:uuid}",
    "POST /auth/invitations/accept",
    "POST /auth/password-reset",
    "POST /auth/password-reset/confirm",
}
"""Routes whose cost is a password's hash, not a round trip, and which need a login to be tried."""

BY_THE_PRIVACY_TESTS = {"GET /users/me/exports/{export_id:uuid}"}
"""Routes that need an archive to be there."""

BY_OTHER_TESTS = BY_THE_LOGIN_TESTS | BY_THE_PRIVACY_TESTS | BY_THE_SITTING_TESTS


def routes_of(eduflow: Eduflow) -> set[str]:
    """Method and path of every route of every service, without `/api/v1`."""
    return {
        f"{method} {path}"
        for service in eduflow.runtime.services.values()
        for handler in service.routes
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
    }
