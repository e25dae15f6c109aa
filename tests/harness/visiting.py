"""A small school with everything in it that a route may be asked for, and the asking."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from eduflow.kernel.ids import new_id
from tests.harness.exams import Exam, a_choice, a_test, an_essay
from tests.harness.platform import Eduflow, Person, School
from tests.harness.reading import read_by_people
from tests.harness.things import until
from tests.harness.uploads import with_files
from tests.harness.visit import Visit
from tests.harness.visits import ASSIGNMENT, BUDGET, COURSE, RUBRIC, VISITS


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A small school to make requests in, and its administrator and learner."""

    eduflow: Eduflow
    school: School
    admin: Person
    learner: Person
    ids: dict[str, str]


async def given(eduflow: Eduflow) -> Given:
    """A school with a course, a lesson and a learner in it."""
    school = await eduflow.school()
    admin = school.admin
    learner = await eduflow.somebody(school)
    course = (await admin.post("/courses", {**COURSE, "state": "published"}))["id"]
    module = (await admin.post(f"/courses/{course}/modules", {"title": "M"}))["id"]
    lesson = (await admin.post(f"/modules/{module}/lessons", {"title": "L"}))["id"]
    seat = {"user_id": str(learner.user)}
    await admin.post(f"/courses/{course}/enrollments", seat)
    other = await eduflow.somebody(school)
    other_seat = {"user_id": str(other.user), "role": "ta"}
    spare = (await admin.post(f"/courses/{course}/enrollments", other_seat))["id"]
    forum = (await admin.post(f"/courses/{course}/forums", {"title": "F"}))["id"]
    learner.position = admin.position
    thread = await learner.post(f"/forums/{forum}/threads", {"title": "T", "body": "B"})
    calendar = (await learner.post("/users/me/calendar"))["url"].rpartition("/")[2]
    graduate = {"user_id": str((await eduflow.somebody(school)).user)}
    await admin.post(f"/courses/{course}/enrollments", graduate)
    certificate = await admin.post(f"/courses/{course}/certificates", graduate)
    budget = await admin.post("/ai/budgets", BUDGET)
    ids = {
        "budget_id": budget["id"],
        "calendar": calendar,
        "certificate": certificate["id"],
        "forum_id": forum,
        "thread_id": thread["id"],
        "post_id": thread["last_post_id"],
        "notification_id": await a_notification(eduflow, learner),
        "user_id": str(learner.user),
        "course_id": course,
        "module_id": module,
        "lesson_id": lesson,
        "enrollment_id": spare,
        "person": str(other.user),
        **await _handed_in(admin, learner, course=course),
    }
    ids |= await _examined(eduflow, school, course=course)
    ids |= await _sitting(admin, learner, course=course, bank=ids["bank_id"])
    ids |= await with_files(admin, learner, course=course, bank=ids["bank_id"])
    ids |= await _replayed(admin, learner, course=course, bank=ids["bank_id"])
    ids |= await read_by_people(eduflow, admin, learner, course=course, bank=ids["bank_id"])
    ids |= await _among_peers(eduflow, school, learner, ids=ids)
    return Given(eduflow=eduflow, school=school, admin=admin, learner=learner, ids=ids)


async def _examined(eduflow: Eduflow, school: School, *, course: str) -> dict[str, str]:
    """A bank with a question, its test and its rubric, and a published test that asks it."""
    admin = school.admin
    bank = (await admin.post(f"/courses/{course}/banks", {"name": "B"}))["id"]
    stimulus = await admin.post(f"/banks/{bank}/stimuli", {"title": "S", "body": "B"})
    question = (await admin.post(f"/banks/{bank}/questions", an_essay()))["id"]
    exam = Exam(course=course, section="", teacher=admin, students=[], bank=bank)
    exam = await a_test(exam, [a_choice()])
    colleague = await eduflow.somebody(school)
    seat = {"user_id": str(colleague.user), "role": "student"}
    await admin.post(f"/courses/{course}/enrollments", seat)
    mine = {"user_id": str(colleague.user), "extra_minutes": 5}
    override = await admin.post(f"/assessments/{exam.test}/overrides", mine)
    return {
        "bank_id": bank,
        "stimulus_id": stimulus["id"],
        "question_id": question,
        "choice": exam.questions[0],
        "assessment_id": exam.test,
        "override_id": override["id"],
    }


async def _sitting(admin: Person, learner: Person, *, course: str, bank: str) -> dict[str, str]:
    """A test that may be tried again and again, released by hand; the learner sits it."""
    exam = Exam(course=course, section="", teacher=admin, students=[learner], bank=bank)
    often = 12
    item = a_choice([1] * often, hints=[{"text": f"Hint {n}"} for n in range(often)])
    policy = {"behaviour": "interactive", "time_limit": 36_000}
    exam = await a_test(exam, [item], policy=policy)
    attempt = await learner.post(f"/assessments/{exam.test}/attempts")
    by_hand = await a_test(exam, [a_choice()], policy={"release": "by_hand"})
    return {
        "attempt_id": attempt["id"],
        "sat_question": exam.questions[0],
        "sat_id": by_hand.test,
    }


async def _replayed(admin: Person, learner: Person, *, course: str, bank: str) -> dict[str, str]:
    """A released attempt, an appeal about its answer, and a regrade of its test."""
    exam = Exam(course=course, section="", teacher=admin, students=[learner], bank=bank)
    exam = await a_test(exam, [a_choice()])
    attempt = (await learner.post(f"/assessments/{exam.test}/attempts"))["id"]
    answers = [{"question_id": exam.questions[0], "value": ["b"]}]
    await learner.post(f"/attempts/{attempt}/submit", {"answers": answers})
    (answer,) = (await learner.get(f"/attempts/{attempt}"))["answers"]
    path = f"/responses/{answer['response_id']}/appeals"
    appeal = await learner.post(path, {"claim": "C"})
    admin.position = learner.position
    rules = {"cause": "policy", "reason": "R", "policy": {"attempt_counts": "last"}}
    run = await admin.post(f"/assessments/{exam.test}/regrades", rules)
    return {
        "released_id": attempt,
        "replayed_id": exam.test,
        "response_id": answer["response_id"],
        "appeal_id": appeal["id"],
        "regrade_id": run["id"],
    }


async def _among_peers(
    eduflow: Eduflow, school: School, learner: Person, *, ids: dict[str, str]
) -> dict[str, str]:
    """A team to choose, and reviews of two works by peers, one with a first mark."""
    admin = school.admin
    peer, third = await eduflow.somebody(school), await eduflow.somebody(school)
    course, assignment = ids["course_id"], ids["assignment_id"]
    for person in (peer, third):
        await admin.post(f"/courses/{course}/enrollments", {"user_id": str(person.user)})
    team_set = await admin.post(f"/courses/{course}/team-sets", {"self_sign_up": True})
    team = await admin.post(f"/team-sets/{team_set['id']}/teams", {"name": "T"})
    peer.position = admin.position
    work = (await peer.post(f"/assignments/{assignment}/submissions", {"body": "P"}))["id"]
    admin.position = peer.position
    how = {"reviews": 1, "use_rubric": True}
    path = f"/assignments/{assignment}/peer-review"
    answer = await admin.send("PUT", path, how, If_Match='"v0"')
    assert answer.is_success, answer.text
    reviews = f"/assignments/{assignment}/peer-reviews"
    made = [
        (await admin.post(reviews, {"submission_id": one, "reviewer_id": str(person.user)}))["id"]
        for one, person in ((work, learner), (ids["submission_id"], peer))
    ]
    learner.position = admin.position
    path = f"/peer-reviews/{made[0]}/rubric/{ids['criterion_id']}"
    answer = await learner.send("PUT", path, {"points": 1}, If_Match='"v0"')
    assert answer.is_success, answer.text
    admin.position = learner.position
    return {
        "team_set_id": team_set["id"],
        "team_id": team["id"],
        "peer": str(peer.user),
        "third": str(third.user),
        "peer_work": work,
        "peer_review_id": made[0],
        "spare_review": made[1],
    }


async def _handed_in(admin: Person, learner: Person, *, course: str) -> dict[str, str]:
    """Work with a rubric and a first mark."""
    group = (await admin.post(f"/courses/{course}/assignment-groups", {"name": "G"}))["id"]
    rubric = await admin.post("/rubrics", {"course_id": course, **RUBRIC})
    (version,) = rubric["versions"]
    body = {**ASSIGNMENT, "group_id": group, "state": "published"}
    body["rubric_version_id"] = version["id"]
    assignment = (await admin.post(f"/courses/{course}/assignments", body))["id"]
    learner.position = admin.position
    work = (await learner.post(f"/assignments/{assignment}/submissions", {"body": "W"}))["id"]
    criterion = version["criteria"][0]["id"]
    path = f"/submissions/{work}/rubric/{criterion}"
    marked = await admin.send("PUT", path, {"points": 1}, If_Match='"v0"')
    assert marked.is_success, marked.text
    return {
        "assignment_group_id": group,
        "assignment_id": assignment,
        "rubric_id": rubric["id"],
        "submission_id": work,
        "criterion_id": criterion,
    }


async def a_notification(eduflow: Eduflow, person: Person) -> str:
    """Something a person was told."""
    made = new_id()
    async with eduflow.sql() as connection:
        await connection.execute(
            "INSERT INTO notifications (id, institution_id, user_id, kind, event_id, payload,"
            " in_app, mail, created_at) VALUES ($1, $2, $3, 'post', $1, '{}', true, 'off', now())",
            made,
            person.institution,
            person.user,
        )
    return str(made)


_NAMED_BY = {
    "users": "user_id",
    "certificates": "certificate_id",
    "peer-reviews": "peer_review_id",
    "assignments": "assignment_id",
    "posts": "post_id",
    "banks": "bank_id",
    "stimuli": "stimulus_id",
    "questions": "question_id",
    "tests": "test_id",
    "assessments": "assessment_id",
    "overrides": "override_id",
}
"""What is made beforehand under a path of this ending is asked for by this name."""


async def prepared(
    world: Given, route: str, *, turn: int
) -> tuple[Person, str, str, Any, dict[str, str]]:
    """Who asks, method, path, body and headers of one more good request to a route."""
    visit = VISITS[route]
    method, _, pattern = route.partition(" ")
    ids = {
        **world.ids,
        "fresh": uuid4().hex,
        "count": str(turn + 1),
        "seat": ("inactive", "active")[turn % 2],
    }
    person = world.learner if visit.by == "learner" else world.admin
    for first, path, body in visit.again:
        made = await world.admin.send(first, _filled(path, ids), _filled(body, ids))
        assert made.is_success, made.text
    if visit.before is not None:
        first, path, body = visit.before
        if "{person}" in f"{path} {body}":
            ids["person"] = ids["user_id"] = str((await world.eduflow.somebody(world.school)).user)
        maker = world.learner if visit.before_by == "learner" else person
        made = await maker.send(first, _filled(path, ids), _filled(body, ids))
        assert made.is_success, made.text
        ids["new"] = made.json().get("id", "")
        for method_, path_, body_ in visit.then:
            after = await maker.send(
                method_, _filled(path_, ids), _filled(body_, ids), If_Match='"v1"'
            )
            assert after.is_success, after.text
        # Whoever asks without a position asks any standby, and this must be there to be found.
        world.eduflow.servers.cluster.catch_up()
        kind = visit.before[1].rpartition("/")[2]
        if kind in _NAMED_BY:
            ids[_NAMED_BY[kind]] = ids["new"]
    if visit.made is not None:
        ids |= await visit.made(world)
        world.eduflow.servers.cluster.catch_up()
    ids |= {name: _filled(stands_for, ids) for name, stands_for in visit.asked.items()}
    if visit.folded:
        await until(partial(is_quiet, world.eduflow), what=f"{route}: folded")
    headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
    headers |= await _preconditions(
        visit, person, ids, turn=turn, catch_up=world.eduflow.servers.cluster.catch_up
    )
    # Without a position nobody waits for a replica: what is counted is the question itself.
    person.position = None
    return person, method, _filled(pattern + visit.query, ids), _filled(visit.body, ids), headers


async def _preconditions(
    visit: Visit,
    person: Person,
    ids: dict[str, str],
    *,
    turn: int,
    catch_up: Callable[[], None],
) -> dict[str, str]:
    """Which version is seen; `ids` learn of its number."""
    match visit.version:
        case None:
            return {}
        case "v":
            ids["version"] = str(turn + 1)
            return {"If-Match": f'"v{turn + 1}"'}
        case "v1":
            return {"If-Match": '"v1"'}
        case path:
            # It is read from any standby, and one that is behind would name a version that was.
            catch_up()
            told = await person.send("GET", _filled(path, ids))
            assert told.is_success, told.text
            seen = told.headers["ETag"].removeprefix("W/")
            ids["version"] = seen.strip('v"')
            return {"If-Match": seen}


_NEW = (
    "SELECT EXISTS (SELECT FROM outbox_events AS e WHERE e.type = ANY ($2::text[])"
    " AND NOT pg_visible_in_snapshot(e.xid, $1::text::pg_snapshot))"
)
_REACHED = (
    "SELECT snapshot::text AS snapshot, target IS NOT NULL AS behind FROM projection_checkpoints"
    " WHERE consumer = $1 AND source = $2"
)


_WORKING = (
    "SELECT EXISTS (SELECT FROM jobs WHERE state IN ('waiting', 'running')"
    " AND kind IN ('fold_regrade', 'publish_regrade', 'calibrate'))"
)
"""What a request has left to be done that will write more."""


async def is_quiet(eduflow: Eduflow) -> bool:
    """Whether every reaction and read model has every event for it, and none is to come."""
    async with contextlib.AsyncExitStack() as stack:
        services = eduflow.runtime.services.values()
        sql = {
            name: await stack.enter_async_context(eduflow.sql(name))
            for name in {s.database for s in services}
        }
        for name in {s.database for s in services}:
            if await sql[name].fetchval(_WORKING):
                return False
        for service in services:
            # First the reactions: what they do is folded too.
            readers = [(r.name, r.source, list(r.answers)) for r in service.reactions]
            readers += [(m.name, m.source, list(m.folds)) for m in service.models]
            for name, source, types in readers:
                reached = await sql[service.database].fetch(_REACHED, name, source)
                for row in reached:
                    new = sql[source].fetchval(_NEW, row["snapshot"], types)
                    if row["behind"] or await new:
                        return False
    return True


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str) and value in {"{version}", "{count}"}:
        return int(ids[value.strip("{}")])
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, ids) for item in value]
    if isinstance(value, str):
        for name, known in ids.items():
            for place in (f"{{{name}:uuid}}", f"{{{name}:str}}", f"{{{name}}}"):
                value = value.replace(place, known)
    return value
