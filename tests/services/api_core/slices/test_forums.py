"""Forums: who may write, see, pin and accept; and what is unread."""

import asyncio
from typing import Any

import asyncpg
import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.thread_reads import thread_reads
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import (
    GivenCourse,
    a_course,
    a_forum,
    a_person,
    a_seat,
    a_thread,
)


async def a_class(
    eduflow: Eduflow, school: School, *, learners: int = 2
) -> tuple[GivenCourse, Person, list[Person]]:
    """A course with a teacher and learners."""
    course = await a_course(school)
    teacher = await a_person(eduflow, school, "Tess Teacher")
    await a_seat(school, course, teacher, role="teacher")
    people = [await a_person(eduflow, school, f"Lin L{n}") for n in range(learners)]
    for person in people:
        await a_seat(school, course, person)
    return course, teacher, people


async def say(person: Person, thread: str, body: str, parent: str | None = None) -> str:
    made: str = (
        await person.post(f"/threads/{thread}/posts", {"body": body, "parent_id": parent})
    )["id"]
    return made


async def unread(person: Person, after: Person) -> Any:
    """What is new to somebody, once what another has written is known everywhere."""
    person.position = after.position
    answer = await person.send("GET", "/users/me/unread", EduFlow_Strict="true")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_replies_stand_right_below_what_they_answer_page_by_page(
    eduflow: Eduflow, school: School
) -> None:
    course, _, (ann, ben) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    second = await say(ann, thread.id, "second")
    reply = await say(ben, thread.id, "reply", thread.first)
    deep = await say(ann, thread.id, "deep", reply)
    late = await say(ben, thread.id, "late", thread.first)
    seen: list[Any] = []
    cursor = ""
    while True:
        ann.position = ben.position
        page = await ann.get(f"/threads/{thread.id}/posts?limit=2{cursor}")
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [(p["id"], p["depth"]) for p in seen] == [
        (thread.first, 1),
        (reply, 2),
        (deep, 3),
        (late, 2),
        (second, 1),
    ]
    assert seen[1]["author_name"] == "Lin L1"
    shown = await ann.get(f"/threads/{thread.id}")
    assert (shown["posts"], shown["last_post_id"], shown["following"]) == (5, late, True)


async def test_replies_nest_eight_deep_and_no_deeper(eduflow: Eduflow, school: School) -> None:
    course, _, (ann, _) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    parent = thread.first
    for _ in range(7):
        parent = await say(ann, thread.id, "deeper", parent)
    body = {"body": "too deep", "parent_id": parent}
    refused = await ann.refused("POST", f"/threads/{thread.id}/posts", body)
    assert refused == (409, "api_core.replies-too-deep")
    other = await a_thread(ann, thread.forum)
    body = {"body": "elsewhere", "parent_id": thread.first}
    refused = await ann.refused("POST", f"/threads/{other.id}/posts", body)
    assert refused == (422, "api_core.no-such-post")


async def test_the_database_takes_no_path_that_is_not_the_parents_with_the_post_at_its_end(
    eduflow: Eduflow, school: School
) -> None:
    course, _, (ann, _) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    reply = await say(ann, thread.id, "reply", thread.first)
    post = new_id()
    sql = (
        "INSERT INTO discussion_posts (id, institution_id, course_id, forum_id, thread_id,"
        " author_id, parent_id, path, body, created_at) SELECT $1, institution_id, course_id,"
        " forum_id, thread_id, author_id, $2::text::uuid, $3::text[]::uuid[], 'x', now()"
        " FROM discussion_posts WHERE id = $4::text::uuid"
    )
    async with eduflow.sql() as connection:
        for parent, path in (
            (reply, [reply, str(post)]),
            (reply, [thread.first, str(post)]),
            (None, [thread.first, str(post)]),
            (reply, [thread.first, reply]),
            (reply, [str(post)]),
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await connection.execute(sql, post, parent, path, reply)
        await connection.execute(sql, post, reply, [thread.first, reply, str(post)], reply)


async def test_many_write_at_once_and_every_post_is_counted(
    eduflow: Eduflow, school: School
) -> None:
    course, _, people = await a_class(eduflow, school, learners=4)
    thread = await a_thread(people[0], await a_forum(school, course))
    for person in people:
        person.position = people[0].position
    await asyncio.gather(*(say(p, thread.id, f"{n}") for p in people for n in range(5)))
    # What comes after all of them: whoever has seen it has seen them.
    await say(people[0], thread.id, "last")
    page = await people[0].get(f"/threads/{thread.id}/posts")
    assert len(page["items"]) == 22
    assert (await people[0].get(f"/threads/{thread.id}"))["posts"] == 22
    seen = await unread(people[1], people[0])
    assert seen["unread"] == 17


async def test_a_post_is_its_authors_to_change_on_the_version_they_saw(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    path = f"/posts/{thread.first}"
    ben.position = teacher.position = ann.position
    changed = await ann.patch(path, {"body": "Tell me more."}, version=1)
    assert (changed["version"], changed["body"]) == (2, "Tell me more.")
    assert changed["edited_at"] is not None
    body = {"body": "Mine"}
    assert (await ann.refused("PATCH", path, body, If_Match='"v1"'))[0] == 412
    assert (await ann.refused("PATCH", path, body))[0] == 428
    for other in (ben, teacher, school.admin):
        assert (await other.refused("PATCH", path, body, If_Match='"v2"'))[0] == 403


async def test_who_moderates_pins_and_locks_and_who_asked_accepts(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    forum = await a_forum(school, course, kind="question")
    thread = await a_thread(ann, forum)
    newer = await a_thread(ann, forum, "Another")
    ben.position = ann.position
    answer = await say(ben, thread.id, "Because.", thread.first)
    teacher.position = ann.position = ben.position
    path = f"/threads/{thread.id}"
    version = {"If_Match": '"v1"'}
    for person, change in ((ann, {"pinned": True}), (ben, {"accepted_post_id": answer})):
        assert (await person.refused("PATCH", path, change, **version))[0] == 403
    first = {"accepted_post_id": thread.first}
    assert (await ann.refused("PATCH", path, first, **version))[1] == "api_core.no-question"
    foreign = {"accepted_post_id": newer.first}
    assert (await ann.refused("PATCH", path, foreign, **version))[1] == "api_core.no-such-post"
    accepted = await ann.patch(path, {"accepted_post_id": answer}, version=1)
    assert accepted["accepted_post_id"] == answer
    await teacher.patch(path, {"pinned": True, "locked": True}, version=2)
    assert (await ann.refused("PATCH", path, {"title": "x"}, **version))[0] == 412
    posts = f"/threads/{thread.id}/posts"
    refused = await ben.refused("POST", posts, {"body": "And another thing"})
    assert refused == (409, "api_core.thread-locked")
    await teacher.post(posts, {"body": "That is settled."})
    ben.position = teacher.position
    listed = (await ben.get(f"/forums/{forum}/threads"))["items"]
    assert [t["id"] for t in listed] == [thread.id, newer.id]
    rows = (await ben.get(posts))["items"]
    assert [p["accepted"] for p in rows] == [False, True, False]
    talk = await a_thread(ann, await a_forum(school, course))
    reply = await say(ann, talk.id, "So.")
    body = {"accepted_post_id": reply}
    refused = await ann.refused("PATCH", f"/threads/{talk.id}", body, **version)
    assert refused == (409, "api_core.no-question")


async def test_learners_of_an_anonymous_forum_are_so_to_each_other_and_not_to_staff(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    forum = await a_forum(school, course, anonymity="students")
    thread = await a_thread(ann, forum)
    ben.position = ann.position
    await say(ben, thread.id, "Me too.")
    await say(ben, thread.id, "Still.")
    teacher.position = ben.position
    await say(teacher, thread.id, "Patience.")
    ann.position = ben.position = teacher.position
    posts = f"/threads/{thread.id}/posts"
    answer = await ben.send("GET", posts)
    assert str(ann.user) not in answer.text
    found = [(p["author_name"], p["alias"], p["own"]) for p in answer.json()["items"]]
    assert found == [
        (None, 1, False),
        ("Lin L1", 2, True),
        ("Lin L1", 2, True),
        ("Tess Teacher", None, False),
    ]
    for path in (f"/forums/{forum}/threads", f"/threads/{thread.id}"):
        answer = await ben.send("GET", path)
        assert str(ann.user) not in answer.text
        assert "Lin L0" not in answer.text
    names = [p["author_name"] for p in (await teacher.get(posts))["items"]]
    assert names == ["Lin L0", "Lin L1", "Lin L1", "Tess Teacher"]


async def test_reactions_count_once_and_reports_are_for_those_who_moderate(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    path = f"/posts/{thread.first}/reactions"
    teacher.position = ben.position = ann.position
    for kind in ("vote", "vote", "report"):
        assert (await ben.send("PUT", path, {"kind": kind})).status_code == 204
    assert (await ben.refused("PUT", path, {"kind": "endorse"}))[0] == 403
    assert (await teacher.send("PUT", path, {"kind": "endorse"})).status_code == 204
    ben.position = teacher.position
    posts = f"/threads/{thread.id}/posts"
    (seen,) = (await ben.get(posts))["items"]
    assert (seen["votes"], seen["voted"], seen["endorsed"], seen["reports"]) == (
        1,
        True,
        True,
        None,
    )
    assert (await teacher.get(posts))["items"][0]["reports"] == 1
    for _ in range(2):
        assert (await ben.send("DELETE", f"{path}?kind=vote")).status_code == 204
    assert (await ben.get(posts))["items"][0]["votes"] == 0


async def test_unread_counts_what_others_wrote_since_and_equals_its_rebuild(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    forum = await a_forum(school, course)
    thread = await a_thread(ann, forum)
    other = await a_thread(ann, forum, "Another")
    ben.position = ann.position
    mine = await say(ben, thread.id, "mine")
    ann.position = ben.position
    last = await say(ann, thread.id, "last")
    seen = await unread(ben, ann)
    assert seen["unread"] == 3
    (found,) = seen["courses"]
    assert (found["course_id"], found["unread"]) == (course.id, 3)
    (in_forum,) = found["forums"]
    assert (in_forum["forum_id"], in_forum["unread"]) == (forum, 3)
    counts = {t["thread_id"]: t["unread"] for t in in_forum["threads"]}
    assert counts == {thread.id: 2, other.id: 1}
    for post, left in ((mine, 1), (last, 0), (thread.first, 0)):
        answer = await ben.send("PUT", f"/threads/{thread.id}/read", {"post_id": post})
        assert answer.status_code == 204
        assert (await unread(ben, ben))["unread"] == left + 1, post
    assert (await unread(ann, ben))["unread"] == 1
    assert (await unread(teacher, ben))["unread"] == 4
    foreign = await ben.refused("PUT", f"/threads/{thread.id}/read", {"post_id": other.first})
    assert foreign == (422, "api_core.no-such-post")
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(thread_reads, source=home, home=home, progress=lambda *_: None)
    assert rebuilt.differing == dict.fromkeys(thread_reads.tables, 0)


async def test_a_forum_is_for_those_who_take_part(eduflow: Eduflow, school: School) -> None:
    course, _, (ann, _) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    stranger = await a_person(eduflow, school, "Sid Stranger")
    stranger.position = ann.position
    for method, path, body in (
        ("GET", f"/courses/{course.id}/forums", None),
        ("GET", f"/threads/{thread.id}/posts", None),
        ("POST", f"/threads/{thread.id}/posts", {"body": "x"}),
        ("PUT", f"/threads/{thread.id}/subscription", {}),
    ):
        assert (await stranger.refused(method, path, body))[0] == 403, path
    body = {"title": "Ours"}
    assert (await ann.refused("POST", f"/courses/{course.id}/forums", body))[0] == 403
