"""Who is told of what, by which way, and that it is once."""

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given import a_course, a_forum, a_person, a_seat, a_thread

FOLLOWED_AT_ONCE = {"digest": "immediate"}


async def mails(eduflow: Eduflow, school: School) -> list[EmailMessage]:
    """Every notice that was sent to anybody of a school."""
    async with eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT id FROM jobs WHERE kind = 'send_notice' AND institution_id = $1"
            " AND state = 'done' ORDER BY created_at",
            school.institution,
        )
    folder = Path(eduflow.settings.mail_folder)
    files = [folder / f"{row['id']}.eml" for row in rows]
    parser = BytesParser(_class=EmailMessage, policy=email.policy.default)
    return [parser.parsebytes(file.read_bytes()) for file in files]


async def told(person: Person, kind: str) -> list[Any]:
    items = (await person.get("/users/me/notifications"))["items"]
    return [one for one in items if one["kind"] == kind]


async def until_told(eduflow: Eduflow, person: Person, kind: str, *, times: int) -> None:
    async def enough() -> bool:
        async with eduflow.sql() as connection:
            found = await connection.fetchval(
                "SELECT count(*) FROM notifications WHERE user_id = $1 AND kind = $2",
                person.user,
                kind,
            )
        return bool(found >= times)

    await until(enough, what=f"{times} of kind {kind}")
    eduflow.servers.cluster.catch_up()


async def until_quiet(eduflow: Eduflow, school: School) -> None:
    """Until everything that has happened in a school was reacted to, and its letters are sent."""

    async def quiet() -> bool:
        async with eduflow.sql() as connection:
            behind = await connection.fetchval(
                "SELECT count(*) FROM outbox_events AS e, projection_checkpoints AS c"
                " WHERE c.consumer = 'notices' AND e.institution_id = $1"
                " AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)",
                school.institution,
            )
            waiting = await connection.fetchval(
                "SELECT count(*) FROM jobs WHERE kind = 'send_notice' AND institution_id = $1"
                " AND state IN ('waiting', 'running')",
                school.institution,
            )
        return bool(behind == 0 and waiting == 0)

    await until(quiet, seconds=20, what="reactions and letters")
    eduflow.servers.cluster.catch_up()


async def test_two_that_follow_get_one_notice_and_one_mail_each_and_the_author_none(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    ann, ben, cat = [await a_person(eduflow, school, f"{n} N") for n in ("Ann", "Ben", "Cat")]
    for person in (ann, ben, cat):
        await a_seat(school, course, person)
    forum = await a_forum(school, course)
    cat.position = school.admin.position
    thread = await a_thread(cat, forum, "Müllers Büroklammer")
    scopes = (f"/courses/{course.id}", f"/forums/{forum}", f"/threads/{thread.id}")
    for person, followed in ((ann, scopes), (ben, scopes[2:])):
        for scope in followed:
            answer = await person.send("PUT", f"{scope}/subscription", FOLLOWED_AT_ONCE)
            assert answer.status_code == 204
    await until_quiet(eduflow, school)
    post = await cat.post(f"/threads/{thread.id}/posts", {"body": "News."})
    await until_quiet(eduflow, school)
    for person in (ann, ben):
        (one,) = await told(person, "post")
        assert one["payload"]["post_id"] == post["id"]
        assert one["thread_title"] == "Müllers Büroklammer"
    assert await told(cat, "post") == []
    sent = await mails(eduflow, school)
    assert sorted(str(m["To"]).split()[0] for m in sent) == ["Ann", "Ben"]
    assert sent[0]["Subject"] == "New post in “Müllers Büroklammer” (Title of MA101)"
    body = sent[0].get_body(("plain",))
    assert body is not None
    assert f"/threads/{thread.id}#post-{post['id']}" in body.get_content()


async def test_an_answer_that_is_accepted_is_told_to_who_gave_it_and_a_seat_to_who_got_it(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    ann, ben = [await a_person(eduflow, school, f"{n} N") for n in ("Ann", "Ben")]
    for person in (ann, ben):
        await a_seat(school, course, person)
    thread = await a_thread(ann, await a_forum(school, course, kind="question"))
    ben.position = ann.position
    answer = await ben.post(f"/threads/{thread.id}/posts", {"body": "42"})
    ann.position = ben.position
    await ann.patch(f"/threads/{thread.id}", {"accepted_post_id": answer["id"]}, version=1)
    await until_quiet(eduflow, school)
    assert len(await told(ben, "accepted")) == 1
    assert await told(ann, "accepted") == []
    assert len(await told(ann, "post")) == 1
    (seat,) = await told(ben, "enrolled")
    assert seat["payload"] == {"course_id": course.id, "role": "student"}
    (mail,) = await mails(eduflow, school)
    assert str(mail["To"]).startswith("Ben")


async def test_nobody_is_told_what_they_do_not_want_to_hear_or_may_no_longer_read(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    ann, ben, cat = [await a_person(eduflow, school, f"{n} N") for n in ("Ann", "Ben", "Cat")]
    seats = [await a_seat(school, course, person) for person in (ann, ben, cat)]
    thread = await a_thread(cat, await a_forum(school, course))
    path = "/users/me/notification-preferences"
    choice = {"kind": "post", "in_app": "off", "mail": "off"}
    assert (await ann.send("PUT", path, {"choices": [choice]})).status_code == 204
    for person in (ann, ben):
        person.position = cat.position
        await person.send("PUT", f"/threads/{thread.id}/subscription", {})
    await school.admin.patch(f"/enrollments/{seats[1]}", {"state": "withdrawn"}, version=1)
    await cat.post(f"/threads/{thread.id}/posts", {"body": "News."})
    await until_quiet(eduflow, school)
    assert await told(ann, "post") == []
    assert await told(ben, "post") == []
    kinds = {c["kind"]: c for c in (await ann.get(path))["choices"]}
    assert kinds["post"] == choice
    assert kinds["accepted"] == {"kind": "accepted", "in_app": "immediate", "mail": "immediate"}
    for wrong in ({**choice, "kind": "gossip"}, {**choice, "in_app": "daily"}):
        assert (await ann.refused("PUT", path, {"choices": [wrong]}))[0] == 422


async def test_what_was_read_is_read_and_only_by_whose_it_is(
    eduflow: Eduflow, school: School
) -> None:
    ann, ben = [await a_person(eduflow, school, f"{n} N") for n in ("Ann", "Ben")]
    for n in range(3):
        await a_seat(school, await a_course(school, code=f"C{n}"), ann)
    await until_told(eduflow, ann, "enrolled", times=3)
    items = (await ann.get("/users/me/notifications?limit=2"))["items"]
    assert len(items) == 2
    path = f"/users/me/notifications/{items[0]['id']}/read"
    assert (await ben.refused("PATCH", path))[0] == 404
    for _ in range(2):
        assert (await ann.send("PATCH", path)).status_code == 204
    unread = "/users/me/notifications?unread=true"
    assert len((await ann.get(unread))["items"]) == 2
    assert (await ann.send("PATCH", "/users/me/notifications/read")).status_code == 204
    assert (await ann.get(unread))["items"] == []
    assert len((await ann.get("/users/me/notifications"))["items"]) == 3
