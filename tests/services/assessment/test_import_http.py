"""A file of questions sent to a bank: the same as by the command, and bounded."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from eduflow.interchange.apart import Apart, Bounds
from eduflow.interchange.door import read
from eduflow.interchange.unreadable import Unreadable
from eduflow.services.assessment.routes.imports import LARGEST
from tests.harness.exams import an_exam
from tests.harness.platform import Eduflow, School
from tests.interchange.packages import harbour
from tests.interchange.test_hostile_files import XML

GIFT = b"""::Fruit:: Which is a fruit? {=Apple ~Brick#That is for building}

::Describe:: Nothing is asked here.
"""


async def test_a_file_is_taken_in_once_and_what_it_did_not_bring_is_told(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/banks/{exam.bank}/import?name=quiz.gift"
    first = await exam.teacher.post(path, GIFT)
    assert first["read"] == {"choice": 1}
    assert (first["new"], first["known"], first["refused"]) == (1, 0, 1)
    (finding,) = first["findings"]
    assert (finding["file"], finding["line"], finding["outcome"]) == ("quiz.gift", 3, "refused")
    assert "asks nothing" in finding["why"][0]
    # Its Idempotency-Key is of no command of it alone, and needed by none.
    second = await exam.teacher.post(path, GIFT, Idempotency_Key="k")
    assert (second["new"], second["known"], second["refused"]) == (0, 1, 1)
    listed = (await exam.teacher.get(f"/banks/{exam.bank}/questions"))["items"]
    assert [one["title"] for one in listed] == ["Fruit"]


async def test_tests_of_a_package_become_drafts_where_a_course_is_named(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    other = await an_exam(eduflow, school)
    package = harbour(tmp_path).read_bytes()
    path = f"/banks/{exam.bank}/import"
    without = await exam.teacher.post(path, package)
    assert without["tests"] == []
    (refused,) = (one for one in without["findings"] if one["kind"] == "test")
    assert refused["outcome"] == "refused"
    assert "course_id" in refused["why"][0]
    made = await exam.teacher.post(f"{path}?course_id={exam.course}", package)
    assert (made["known"], made["tests_new"], made["tests_known"]) == (7, 1, 0)
    form = await exam.teacher.get(f"/assessments/{made['tests'][0]}/form")
    assert [one["title"] for one in form["sections"]] == [
        "Signs",
        "Drawn",
        "Words: Written",
        "Words",
    ]
    again = await exam.teacher.post(f"{path}?course_id={exam.course}", package)
    assert (again["tests_new"], again["tests_known"]) == (0, 1)
    assert again["tests"] == made["tests"]
    answer = await exam.teacher.send("POST", f"{path}?course_id={other.course}", package)
    assert answer.status_code == 403, answer.text


async def test_whoever_may_not_write_there_is_refused_before_the_file_is_read(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    stranger = (await eduflow.school()).admin
    path = f"/banks/{exam.bank}/import"
    for person, status in ((exam.students[0], 403), (stranger, 404)):
        answer = await person.send("POST", path, b"no file of any kind")
        assert answer.status_code == status, answer.text
    assert (await exam.teacher.get(f"/banks/{exam.bank}/questions"))["items"] == []


def _bomb() -> bytes:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("../evil.xml", b"<a/>")
    return zipped.getvalue()


async def _endless() -> AsyncIterator[bytes]:
    """One byte more than may be, without saying so beforehand."""
    piece = 1024 * 1024
    for _ in range(LARGEST // piece):
        yield b" " * piece
    yield b" "


async def test_hostile_files_are_refused_with_the_reason(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/banks/{exam.bank}/import"
    files = {
        XML["billion laughs"].encode(): "document type declaration",
        XML["depth"].encode(): "nested deeper",
        _bomb(): "an entry of the name",
        b"neither this nor that": "neither a zip",
        b"": "an empty file",
    }
    for file, why in files.items():
        answer = await exam.teacher.send("POST", path, file)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["type"].endswith("assessment.file-unreadable")
        assert why in problem["reason"]
    answer = await exam.teacher.client.post(path, content=_endless())
    assert answer.status_code == 413, answer.text


async def test_who_sends_all_of_what_is_refused_is_told_so(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path, large = f"/banks/{exam.bank}/import", b" " * (2 * LARGEST - 1024 * 1024)
    told = await exam.teacher.refused("POST", path, large)
    assert told == (413, "kernel.too-large")
    student = exam.students[0]
    assert await student.refused("POST", path, large[:LARGEST]) == (403, "kernel.forbidden")


async def test_a_file_read_apart_is_what_it_is_read_here(tmp_path: Path) -> None:
    path = harbour(tmp_path)
    apart = await Apart().read(path)
    with read(path) as reading:
        assert (apart.entries, apart.tests) == (reading.entries, reading.tests)
        assert (apart.stimuli, apart.findings) == (reading.stimuli, reading.findings)


@pytest.mark.parametrize("bounds", [Bounds(memory=1 << 20), Bounds(told=100), Bounds(seconds=0)])
async def test_what_takes_more_than_a_request_has_is_unreadable(
    tmp_path: Path, bounds: Bounds
) -> None:
    with pytest.raises(Unreadable, match="more time or memory"):
        await Apart(bounds).read(harbour(tmp_path))


async def test_the_position_of_an_import_covers_all_that_it_wrote(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/banks/{exam.bank}/import?course_id={exam.course}"
    made = await exam.teacher.post(path, harbour(tmp_path).read_bytes())
    assert exam.teacher.position is not None
    known = eduflow.runtime.positions.open(exam.teacher.position)["assessment"]
    async with eduflow.sql("assessment") as sql:
        last = await sql.fetchval(
            "SELECT xmin::text::bigint FROM assessment_versions WHERE assessment_id = $1::uuid",
            made["tests"][0],
        )
    # The request reads as well, and that read knows of nothing that was written after it.
    assert [*known.xids] >= [last]
