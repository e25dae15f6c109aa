"""Posts that are taken back by their author, or hidden and restored by who moderates."""

from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_forum, a_person, a_seat, a_thread
from tests.services.api_core.slices.test_forums import a_class, say, unread


async def read(person: Person, thread: str, after: Person) -> list[Any]:
    person.position = after.position
    items: list[Any] = (await person.get(f"/threads/{thread}/posts"))["items"]
    return items


async def test_who_takes_a_post_back_leaves_its_place_and_nothing_else(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    forum = await a_forum(school, course, kind="question")
    thread = await a_thread(ann, forum)
    ben.position = ann.position
    answer = await say(ben, thread.id, "A secret.")
    ann.position = ben.position
    reply = await say(ann, thread.id, "Thank you.", answer)
    await ann.patch(f"/threads/{thread.id}", {"accepted_post_id": answer}, version=1)
    teacher.position = ben.position = ann.position
    path = f"/posts/{answer}"
    for other in (ann, teacher):
        assert await other.refused("DELETE", path) == (403, "kernel.forbidden")
    for _ in range(2):
        assert (await ben.send("DELETE", path)).status_code == 204
    for person in (ann, teacher, ben):
        shown = await read(person, thread.id, ben)
        assert [(p["id"], p["state"], p["body"]) for p in shown] == [
            (thread.first, "visible", "Tell me."),
            (answer, "deleted", ""),
            (reply, "visible", "Thank you."),
        ]
        assert not any(p["accepted"] for p in shown)
    assert (await ann.get(f"/threads/{thread.id}"))["version"] == 3
    async with eduflow.sql() as connection:
        kept = await connection.fetchval("SELECT body FROM discussion_posts WHERE id = $1", answer)
    assert "secret" not in kept
    gone = (409, "api_core.post-gone")
    assert await ben.refused("PATCH", path, {"body": "x"}, If_Match='"v2"') == gone
    assert await ann.refused("PUT", f"{path}/reactions", {"kind": "vote"}) == gone
    assert await teacher.refused("PUT", f"{path}/hidden", {"note": "x"}) == gone
    assert await teacher.refused("DELETE", f"{path}/hidden") == gone
    body = {"accepted_post_id": answer}
    refused = await ann.refused("PATCH", f"/threads/{thread.id}", body, If_Match='"v3"')
    assert refused == (422, "api_core.no-such-post")
    names = await eduflow.events(school.institution)
    assert names[-2:] == ["api_core.post_deleted", "api_core.answer_withdrawn"]
    assert (await unread(teacher, ben))["unread"] == 3


async def test_in_a_locked_thread_nothing_is_taken_back_but_by_who_moderates(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, _) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    teacher.position = ann.position
    own = await say(teacher, thread.id, "Closing.")
    await teacher.patch(f"/threads/{thread.id}", {"locked": True}, version=1)
    ann.position = teacher.position
    refused = await ann.refused("DELETE", f"/posts/{thread.first}")
    assert refused == (409, "api_core.thread-locked")
    assert (await teacher.send("DELETE", f"/posts/{own}")).status_code == 204


async def test_a_report_leads_to_a_decision_that_can_be_undone(
    eduflow: Eduflow, school: School
) -> None:
    course, teacher, (ann, ben) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course))
    other = await a_thread(ann, thread.forum, "Another")
    ben.position = ann.position
    post = f"/posts/{thread.first}"
    for first in (thread.first, other.first):
        await ben.send("PUT", f"/posts/{first}/reactions", {"kind": "report"})
    reported = f"/courses/{course.id}/reported-posts"
    teacher.position = ben.position
    items = (await teacher.get(reported))["items"]
    assert [(r["post_id"], r["reports"], r["author_name"]) for r in items] == [
        (thread.first, 1, "Lin L0"),
        (other.first, 1, "Lin L0"),
    ]
    paged = await teacher.get(f"{reported}?limit=1")
    assert [r["post_id"] for r in paged["items"]] == [thread.first]
    for path in (reported, f"{post}/hidden"):
        method = "GET" if path == reported else "DELETE"
        assert await ben.refused(method, path) == (403, "kernel.forbidden")
    assert await ben.refused("PUT", f"{post}/hidden", {"note": "x"}) == (403, "kernel.forbidden")
    assert (await teacher.refused("PUT", f"{post}/hidden", {"note": ""}))[0] == 422
    assert (await teacher.send("PUT", f"{post}/hidden", {"note": "Rude"})).status_code == 204
    assert (await teacher.send("DELETE", f"/posts/{other.first}/hidden")).status_code == 204
    assert (await teacher.get(reported))["items"] == []
    seen = [(await read(p, thread.id, teacher))[0] for p in (teacher, ann, ben)]
    assert [(s["state"], s["body"], s["moderation_note"]) for s in seen] == [
        ("hidden", "Tell me.", "Rude"),
        ("hidden", "Tell me.", "Rude"),
        ("hidden", "", None),
    ]
    assert [s["reports"] for s in seen] == [0, None, None]
    assert (await teacher.send("DELETE", f"{post}/hidden")).status_code == 204
    (seen[2],) = await read(ben, thread.id, teacher)
    assert (seen[2]["state"], seen[2]["body"]) == ("visible", "Tell me.")
    ann.position = teacher.position
    await ann.send("PUT", f"{post}/reactions", {"kind": "report"})
    teacher.position = ann.position
    assert [r["post_id"] for r in (await teacher.get(reported))["items"]] == [thread.first]
    names = [n for n in await eduflow.events(school.institution) if "hidden" in n or "rest" in n]
    assert names == ["api_core.post_hidden", "api_core.post_restored", "api_core.post_restored"]


async def test_one_sees_what_one_follows_and_nobody_elses(eduflow: Eduflow, school: School) -> None:
    course, _, (ann, ben) = await a_class(eduflow, school)
    thread = await a_thread(ann, await a_forum(school, course), "Why?")
    for path, body in (
        (f"/courses/{course.id}", {"digest": "weekly"}),
        (f"/forums/{thread.forum}", {}),
    ):
        await ann.send("PUT", f"{path}/subscription", body)
    stranger = await a_person(eduflow, school, "Sid Stranger")
    await a_seat(school, course, stranger)
    ben.position = stranger.position = ann.position
    items = (await ann.get("/users/me/subscriptions"))["items"]
    assert [(s["scope_type"], s["title"], s["digest"]) for s in items] == [
        ("course", "Title of MA101", "weekly"),
        ("forum", "Talk", None),
        ("thread", "Why?", None),
    ]
    first = await ann.get("/users/me/subscriptions?limit=2")
    rest = await ann.get(f"/users/me/subscriptions?limit=2&cursor={first['next_cursor']}")
    assert [*first["items"], *rest["items"]] == items
    for person in (ben, stranger):
        assert (await person.get("/users/me/subscriptions"))["items"] == []
    await ann.send("DELETE", f"/courses/{course.id}/subscription")
    items = (await ann.get("/users/me/subscriptions"))["items"]
    assert [s["scope_type"] for s in items] == ["forum", "thread"]
