"""Answers that are files: sent while the attempt runs, named by the answer, read by who grades."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from eduflow.kernel.ids import InstitutionId, new_id
from eduflow.services.assessment.forgetting_files import forget_strays, forget_unnamed
from eduflow.services.assessment.ids import FileId
from eduflow.services.assessment.uploads import LARGEST, place_of
from tests.harness.exams import Exam, Json, a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.harness.uploads import FILE, an_upload, sent
from tests.services.assessment.test_erasure import forgotten

PDF: Json = {"max_files": 2, "media_types": ["application/pdf", ".txt"], "max_bytes": len(FILE)}
OF_PEOPLE = {"reading": "people"}


async def begun(
    eduflow: Eduflow, school: School, *, students: int = 1, **policy: Any
) -> tuple[Exam, str, str]:
    """A test of an upload and a choice, the first student's attempt, and the upload's id."""
    exam = await an_exam(eduflow, school, students=students)
    items = [an_upload([5, 3], **PDF), a_choice()] if policy else [an_upload(**PDF), a_choice()]
    exam = await a_test(exam, items, policy={**OF_PEOPLE, **policy})
    attempt = (await exam.students[0].post(f"/assessments/{exam.test}/attempts"))["id"]
    return exam, attempt, exam.questions[0]


async def rows_of(eduflow: Eduflow, attempt: str) -> list[Any]:
    async with eduflow.sql("assessment") as sql:
        found = "SELECT * FROM response_files WHERE attempt_id = $1 ORDER BY id"
        return list(await sql.fetch(found, UUID(attempt)))


async def objects_of(eduflow: Eduflow, institution: InstitutionId) -> list[str]:
    prefix = f"answers/{institution}/"
    return [key.rpartition("/")[2] async for key, _ in eduflow.worker.storage.keys(prefix)]


def path_to(attempt: str, question: str, name: str = "sail.pdf") -> str:
    return f"/attempts/{attempt}/files?question_id={question}&name={name}"


async def put_draft(person: Person, attempt: str, question: str, value: Any, revision: int) -> Any:
    body = {"value": value, "revision": revision}
    return await person.send("PUT", f"/attempts/{attempt}/responses/{question}", body)


async def unannounced(person: Person, path: str, size: int) -> int:
    """The answer to a file without a word of how long it is."""

    async def pieces() -> AsyncIterator[bytes]:
        for begun in range(0, size, 1 << 20):
            yield b" " * min(1 << 20, size - begun)

    said = {"Content-Type": "application/pdf", "EduFlow-Position": person.position or ""}
    return (await person.client.post(path, content=pieces(), headers=said)).status_code


async def test_a_file_comes_back_as_it_was_sent_to_its_sender_and_to_staff(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school, students=2)
    student, other = exam.students
    named = await student.send(
        "POST", path_to(attempt, question, "Mein Boot ä.pdf"), FILE, Content_Type="application/pdf"
    )
    assert named.status_code == 201, named.text
    file = named.json()
    assert (file["name"], file["size"]) == ("Mein Boot ä.pdf", len(FILE))
    assert file["sha256"] == hashlib.sha256(FILE).hexdigest()
    path = f"/attempts/{attempt}/files/{file['id']}"
    exam.teacher.position = student.position
    for person in (student, exam.teacher):
        answer = await person.send("GET", path)
        assert answer.content == FILE
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["x-content-type-options"] == "nosniff"
        told = answer.headers["content-disposition"]
        assert told.startswith("attachment;")
        assert "filename*=UTF-8''Mein%20Boot%20%C3%A4.pdf" in told
    stranger = (await eduflow.school()).admin
    other.position = student.position
    assert (await other.send("GET", path)).status_code in {403, 404}
    assert (await other.send("POST", path_to(attempt, question), FILE)).status_code == 403
    assert (await stranger.send("GET", path)).status_code == 404
    # Of another attempt it is none, whoever asks.
    own = (await other.post(f"/assessments/{exam.test}/attempts"))["id"]
    assert (await other.send("GET", f"/attempts/{own}/files/{file['id']}")).status_code == 404


async def test_what_a_question_does_not_take_is_refused_and_leaves_nothing(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    path = path_to(attempt, question)
    pdf = {"Content_Type": "application/pdf"}
    refused = {
        "too large": await student.refused("POST", path, FILE + b"!", **pdf),
        "a picture": await student.refused("POST", path, FILE, Content_Type="image/png"),
        "empty": await student.refused("POST", path, b"", **pdf),
        "no upload": await student.refused("POST", path_to(attempt, exam.questions[1]), FILE),
        "not asked": await student.refused("POST", path_to(attempt, str(new_id())), FILE),
        "no name": await student.refused("POST", path_to(attempt, question, ". ."), FILE, **pdf),
    }
    assert refused == {
        "too large": (413, "assessment.file-too-large"),
        "a picture": (415, "assessment.file-not-taken"),
        "empty": (422, "assessment.file-empty"),
        "no upload": (422, "assessment.not-an-upload"),
        "not asked": (422, "assessment.question-not-asked"),
        "no name": (422, "kernel.invalid"),
    }

    assert await unannounced(student, path, len(FILE) + 1) == 413
    # By its name it is one that is taken.
    text = await student.send("POST", path_to(attempt, question, "a.TXT"), b"x", Content_Type="a/b")
    assert text.status_code == 201, text.text
    for number in range(11):
        await sent(student, attempt, question, f"{number}".encode())
    assert await student.refused("POST", path, b"one more", **pdf) == (
        409,
        "assessment.too-many-files",
    )
    kept = {str(row["id"]) for row in await rows_of(eduflow, attempt)}
    assert kept == set(await objects_of(eduflow, school.institution))
    await student.post(f"/attempts/{attempt}/submit", {})
    assert await student.refused("POST", path, FILE, **pdf) == (409, "assessment.attempt-ended")


async def test_whatever_a_question_says_no_file_has_more_than_fifty_megabytes(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_upload(max_bytes=100_000_000)])
    (student,) = exam.students
    attempt = (await student.post(f"/assessments/{exam.test}/attempts"))["id"]
    path = path_to(attempt, exam.questions[0])
    assert await unannounced(student, path, LARGEST + 1) == 413
    assert await unannounced(student, path, LARGEST) == 201
    (row,) = await rows_of(eduflow, attempt)
    assert row["size"] == LARGEST
    answer = await student.send("GET", f"/attempts/{attempt}/files/{row['id']}")
    assert hashlib.sha256(answer.content).digest() == row["sha256"]


async def test_who_sends_all_of_what_is_too_large_is_told_so(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    path, size = path_to(attempt, question), LARGEST + (20 << 20)
    assert await unannounced(student, path, size) == 413
    pdf = {"Content_Type": "application/pdf"}
    for file in (b" " * (20 << 20), b" " * size):
        refused = await student.refused("POST", path, file, **pdf)
        assert refused == (413, "assessment.file-too-large")
    assert await rows_of(eduflow, attempt) == []


async def test_a_request_that_comes_again_is_one_file_also_after_the_end(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    key = {"Content_Type": "application/pdf", "Idempotency_Key": "once"}
    path = path_to(attempt, question)
    at_once = await asyncio.gather(*(student.send("POST", path, FILE, **key) for _ in range(3)))
    assert {answer.status_code for answer in at_once} == {201}
    (file,) = {answer.json()["id"] for answer in at_once}
    assert (await student.refused("POST", path, b"another", **key))[0] == 422
    await student.post(f"/attempts/{attempt}/submit", {})
    again = await student.post(path, FILE, **key)
    assert again["id"] == file
    other = {**key, "Idempotency_Key": "later"}
    assert await student.refused("POST", path, FILE, **other) == (409, "assessment.attempt-ended")
    assert [str(row["id"]) for row in await rows_of(eduflow, attempt)] == [file]
    assert await objects_of(eduflow, school.institution) == [file]


async def test_whoever_breaks_off_leaves_nothing(eduflow: Eduflow, school: School) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    base = urlsplit(eduflow.gateway)
    reader, writer = await asyncio.open_connection(base.hostname, base.port)
    head = (
        f"POST /api/v1{path_to(attempt, question)} HTTP/1.1\r\nHost: {base.netloc}\r\n"
        f"Authorization: Bearer {student.token}\r\nContent-Type: application/pdf\r\n"
        f"EduFlow-Position: {student.position}\r\nContent-Length: {len(FILE)}\r\n\r\n"
    )
    writer.write(head.encode() + FILE[: len(FILE) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    whole = await sent(student, attempt, question)
    assert [str(row["id"]) for row in await rows_of(eduflow, attempt)] == [whole["id"]]
    assert await objects_of(eduflow, school.institution) == [whole["id"]]


async def test_an_answer_names_only_files_that_were_sent_for_it(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school, students=2)
    student, other = exam.students
    other.position = student.position
    theirs = (await other.post(f"/assessments/{exam.test}/attempts"))["id"]
    foreign = (await sent(other, theirs, question))["id"]
    own = (await sent(student, attempt, question))["id"]
    for strange in (foreign, str(new_id()), "no id at all"):
        answer = await put_draft(student, attempt, question, [own, strange], 1)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/value/1"
        given = {"answers": [{"question_id": question, "value": [strange]}]}
        answer = await student.send("POST", f"/attempts/{attempt}/submit", given)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/answers/0/value/0"
    assert (await put_draft(student, attempt, question, [own], 1)).is_success
    seen = (await student.get(f"/attempts/{attempt}"))["answers"][0]
    assert seen["value"] == [own]
    assert [(f["id"], f["name"], f["size"]) for f in seen["files"]] == [
        (own, "sail.pdf", len(FILE))
    ]
    await student.post(f"/attempts/{attempt}/submit", {})


async def test_a_try_names_only_files_that_were_sent_for_it(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school, behaviour="interactive")
    (student,) = exam.students
    path = f"/attempts/{attempt}/responses/{question}/tries"
    answer = await student.send("POST", path, {"value": [str(new_id())]})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/value/0"
    own = (await sent(student, attempt, question))["id"]
    assert not (await student.post(path, {"value": [own]}))["judged"]


async def test_graders_get_files_of_the_answer_they_hold_and_no_name_in_them(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    unnamed = await sent(student, attempt, question)
    files = [await sent(student, attempt, question, b"%d" % n, name="Lin-L0.pdf") for n in (1, 2)]
    named = [files[1]["id"], files[0]["id"]]
    answers = [{"question_id": question, "value": named}]
    await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
    exam.teacher.position = student.position
    task = await exam.teacher.post(f"/assessments/{exam.test}/queue/next", {})
    assert [(f["id"], f["name"]) for f in task["files"]] == [
        (named[0], "file-1.pdf"),
        (named[1], "file-2.pdf"),
    ]
    assert "Lin" not in str(task)
    first = task["files"][0]["href"].removeprefix("/api/v1")
    answer = await exam.teacher.send("GET", first)
    assert answer.content == b"2"
    assert "file-1.pdf" in answer.headers["content-disposition"]
    assert "Lin" not in str(answer.headers)
    assert (await student.send("GET", first)).status_code == 403
    path = f"/responses/{task['response_id']}/files/{unnamed['id']}"
    assert (await exam.teacher.send("GET", path)).status_code == 404


async def test_who_is_forgotten_has_no_file_and_no_name_left(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    (student,) = exam.students
    own = (await sent(student, attempt, question, name="Lin.pdf"))["id"]
    answers = [{"question_id": question, "value": [own]}]
    await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
    assert await objects_of(eduflow, school.institution) == [own]
    await forgotten(eduflow, school, student.user)

    async def gone() -> bool:
        return await objects_of(eduflow, school.institution) == []

    await until(gone, what="the file is gone")
    (row,) = await rows_of(eduflow, attempt)
    assert (row["name"], row["size"]) == ("(erased)", len(FILE))
    exam.teacher.position = student.position
    answer = await exam.teacher.send("GET", f"/attempts/{attempt}/files/{own}")
    assert answer.status_code == 404


async def test_what_no_answer_names_goes_and_what_one_names_stays(
    eduflow: Eduflow, school: School
) -> None:
    exam, attempt, question = await begun(eduflow, school, students=2)
    student, other = exam.students
    other.position = student.position
    spare, own = [(await sent(student, attempt, question))["id"] for _ in range(2)]
    running = (await other.post(f"/assessments/{exam.test}/attempts"))["id"]
    kept = (await sent(other, running, question))["id"]
    answers = [{"question_id": question, "value": [own]}]
    await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
    worker = eduflow.worker
    await forget_unnamed(worker, before=datetime.now(UTC) - timedelta(days=1))
    assert set(await objects_of(eduflow, school.institution)) == {spare, own, kept}
    await forget_unnamed(worker, before=datetime.now(UTC) + timedelta(minutes=1))
    assert set(await objects_of(eduflow, school.institution)) == {own, kept}
    assert [str(row["id"]) for row in await rows_of(eduflow, attempt)] == [own]


async def test_an_object_without_a_row_goes(
    eduflow: Eduflow, school: School, tmp_path_factory: pytest.TempPathFactory
) -> None:
    exam, attempt, question = await begun(eduflow, school)
    own = (await sent(exam.students[0], attempt, question))["id"]
    stray = tmp_path_factory.mktemp("stray") / "stray"
    stray.write_bytes(b"left over")
    place = place_of(school.institution, FileId(new_id()))
    with stray.open("rb") as file:
        await eduflow.worker.storage.put(place, file, media_type="text/plain")
    await forget_strays(eduflow.worker, before=datetime.now(UTC) - timedelta(days=1))
    assert len(await objects_of(eduflow, school.institution)) == 2
    await forget_strays(eduflow.worker, before=datetime.now(UTC) + timedelta(minutes=1))
    assert await objects_of(eduflow, school.institution) == [own]
