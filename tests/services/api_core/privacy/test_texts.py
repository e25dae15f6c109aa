"""Texts: taken along by whoever wrote them, and blanked with their author, but nobody else's."""

import hashlib
from uuid import UUID

import asyncpg
import pytest

from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given import a_course, a_person, a_seat
from tests.services.api_core.privacy.given_voice import Voice, a_voice
from tests.services.api_core.privacy.test_erasure import erased
from tests.services.api_core.privacy.test_take_along import archive_of, rows

NAME = "Wanda Writer"


async def a_writer(eduflow: Eduflow, school: School) -> tuple[Person, Voice]:
    """Somebody with a voice in a course."""
    course = await a_course(school)
    person = await a_person(eduflow, school, NAME)
    await a_seat(school, course, person)
    return person, await a_voice(eduflow, school, person, course=course)


async def test_what_somebody_wrote_and_what_was_said_of_them_is_in_their_archive(
    eduflow: Eduflow, school: School
) -> None:
    person, voice = await a_writer(eduflow, school)

    async def is_told() -> bool:
        told = (await person.get("/users/me/notifications"))["items"]
        return "post" in {notice["kind"] for notice in told}

    await until(is_told)
    archive = await archive_of(person)
    (work,) = rows(archive, "submissions")
    assert (work["id"], work["attempt"], work["body"]) == (voice.submission, 1, f"By {NAME}")
    said = {row["body"]: (row["own"], row["on_own_work"]) for row in rows(archive, "comments")}
    assert said == {
        f"{NAME} was ill": (True, True),
        f"Hello {NAME}": (False, True),
        f"Well done, {NAME}": (False, True),
    }
    (mark,) = rows(archive, "marks")
    assert (mark["criterion"], mark["comment"]) == ("D", f"Good, {NAME}")
    (grade,) = rows(archive, "grades")
    assert grade["reason"] == f"{NAME} asked"
    assert [row["extra_minutes"] for row in rows(archive, "own-dates")] == [9]
    assert [row["title"] for row in rows(archive, "threads")] == [f"{NAME} asks"]
    (post,) = rows(archive, "posts")
    assert (post["id"], post["body"]) == (voice.first, "Tell me.")
    assert [row["kind"] for row in rows(archive, "reactions")] == ["vote"]
    assert {row["scope_type"] for row in rows(archive, "followed")} == {"course", "thread"}
    told = {row["kind"]: row["payload"] for row in rows(archive, "notifications")}
    assert told["post"]["post_id"] == voice.reply
    assert [r["digest"] for r in rows(archive, "notification-preferences")] == [
        *("immediate", "weekly")
    ]
    for name in archive.namelist():
        text = archive.read(name).decode()
        assert "Otto" not in text
        assert str(voice.other.user) not in text


async def test_posts_of_the_erased_keep_their_place_and_grades_of_others_are_untouched(
    eduflow: Eduflow, school: School
) -> None:
    person, voice = await a_writer(eduflow, school)
    before = await school.admin.get(f"/submissions/{voice.others_work}")
    counts = (await erased(school, person))["erasure"]["counts"]
    expected = {"works": 1, "comments": 3, "marks": 1, "grades": 1, "threads": 1, "posts": 1}
    assert expected.items() <= counts.items()
    thread = await school.admin.get(f"/threads/{voice.thread}")
    assert thread["title"] == "(erased)"
    first, reply = (await school.admin.get(f"/threads/{voice.thread}/posts"))["items"]
    assert (first["id"], first["body"], first["author_name"]) == (
        *(voice.first, "(erased)"),
        "Erased person",
    )
    assert (reply["parent_id"], reply["body"]) == (voice.first, "Otto says so.")
    assert (reply["author_name"], reply["votes"]) == ("Otto Else", 1)
    assert await school.admin.get(f"/submissions/{voice.others_work}") == before
    seen = await school.admin.get(f"/submissions/{voice.submission}")
    assert seen["versions"][0]["body"] == ""
    blank = hashlib.sha256(b'{"body":"","files":[]}').hexdigest()
    assert seen["versions"][0]["sha256"] == blank
    assert {comment["body"] for comment in seen["comments"]} == {"(erased)"}


async def test_workers_blank_the_texts_of_nobody_but_the_erased(
    eduflow: Eduflow, school: School
) -> None:
    person, voice = await a_writer(eduflow, school)
    await erased(school, person)
    pool = eduflow.worker.databases["api_core"].primary
    for change in (
        """UPDATE submission_versions SET body = '', file_refs = '{}',
           sha256 = sha256('{"body":"","files":[]}') WHERE submission_id = $1""",
        "UPDATE submission_comments SET body = '(erased)' WHERE submission_id = $1",
        "UPDATE rubric_assessments SET comment = '' WHERE submission_id = $1",
        "UPDATE grade_events SET reason = '(erased)' WHERE submission_id = $1",
    ):
        assert await pool.execute(change, UUID(voice.others_work)) == "UPDATE 0"
        assert await pool.execute(change, UUID(voice.submission)) != "UPDATE 0"
    for change in (
        "UPDATE submission_versions SET body = 'Other' WHERE submission_id = $1",
        "UPDATE submission_comments SET body = 'Other' WHERE submission_id = $1",
        "UPDATE rubric_assessments SET comment = 'Other' WHERE submission_id = $1",
        "UPDATE grade_events SET reason = 'Other' WHERE submission_id = $1",
        "UPDATE grade_events SET score = 9 WHERE submission_id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(change, UUID(voice.submission))
    for table in ("notifications", "notification_preferences"):
        gone = await pool.execute(f"DELETE FROM {table} WHERE user_id = $1", voice.other.user)
        assert gone == "DELETE 0"
