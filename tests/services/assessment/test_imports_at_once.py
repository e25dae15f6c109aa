"""Two imports of one file into one bank at the same moment leave each thing of it there once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.kernel.commands import Command
from eduflow.services.assessment.commands.keep_stimulus import KeepStimulus
from eduflow.services.assessment.commands.open_bank import OpenBank
from eduflow.services.assessment.ids import BankId, CourseId
from tests.harness.exams import Exam, an_exam
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.imported import imported

HOW_MANY = 45
"""Three commands of a request."""
GIFT = "\n\n".join(
    f"::Fruit {number}:: Which is fruit number {number}? {{=Apple ~Brick}}"
    for number in range(HOW_MANY)
)
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'assessment'"
    " AND wait_event_type = 'Lock' AND state = 'active'"
)


async def _titles(exam: Exam) -> list[str]:
    path = f"/banks/{exam.bank}/questions?limit=100"
    found = await exam.teacher.get(path, EduFlow_Strict="true")
    return [one["title"] for one in found["items"]]


@asynccontextmanager
async def _held(eduflow: Eduflow, *, table: str, waiting: int) -> AsyncIterator[None]:
    """Whoever writes into the table waits until so many do, all of them having looked."""
    async with eduflow.sql("assessment") as eyes, eduflow.sql("assessment") as sql:

        async def all_wait() -> bool:
            return int(await eyes.fetchval(_WAITING)) >= waiting

        async with sql.transaction():
            await sql.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
            await until(all_wait, what="all of them wait for the table")


async def _by_operator(eduflow: Eduflow, exam: Exam, file: Path) -> tuple[int, int]:
    summary, _ = await imported(eduflow, exam, file, by=exam.teacher)
    return summary.new, summary.known


async def _by_request(exam: Exam, file: Path) -> tuple[int, int]:
    path = f"/banks/{exam.bank}/import?name={file.name}"
    told = await exam.teacher.post(path, GIFT.encode())
    return told["new"], told["known"]


@pytest.mark.parametrize("again", range(3))
@pytest.mark.parametrize("operators", range(3))
async def test_what_both_have_found_new_is_written_once(
    eduflow: Eduflow, school: School, tmp_path: Path, operators: int, again: int
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / f"quiz{again}.gift"
    file.write_text(GIFT, encoding="utf-8")
    async with _held(eduflow, table="questions", waiting=2):
        both = asyncio.gather(
            *(_by_operator(eduflow, exam, file) for _ in range(operators)),
            *(_by_request(exam, file) for _ in range(2 - operators)),
        )
    told = await both
    assert sorted(await _titles(exam)) == sorted(f"Fruit {n}" for n in range(HOW_MANY))
    assert sum(new for new, _ in told) == HOW_MANY
    assert sum(known for _, known in told) == HOW_MANY


async def test_however_many_come_at_once_each_question_is_there_once(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.gift"
    file.write_text(GIFT, encoding="utf-8")
    told = await asyncio.gather(*(_by_request(exam, file) for _ in range(6)))
    assert sorted(await _titles(exam)) == sorted(f"Fruit {n}" for n in range(HOW_MANY))
    assert sum(new for new, _ in told) == HOW_MANY


async def test_a_passage_is_kept_once(eduflow: Eduflow, school: School, tmp_path: Path) -> None:
    exam = await an_exam(eduflow, school)
    command = KeepStimulus(
        bank=BankId(UUID(exam.bank)), title="Sea", body="<p>Sea</p>", identifier="sea"
    )
    ids = await _both(eduflow, exam, command, table="stimuli")
    async with eduflow.sql("assessment") as sql:
        kept = await sql.fetch("SELECT id FROM stimuli WHERE bank_id = $1::uuid", exam.bank)
    assert ids == {one["id"] for one in kept}
    assert len(ids) == 1


async def test_a_bank_named_as_the_file_is_begun_once(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    command = OpenBank(course=CourseId(UUID(exam.course)), name="quiz")
    ids = await _both(eduflow, exam, command, table="item_banks")
    assert len(ids) == 1
    # What was deleted or has another name now does not stand in the way of a new one.
    (bank,) = ids
    await exam.teacher.send("DELETE", f"/banks/{bank}")
    assert not ids & await _both(eduflow, exam, command, table="item_banks")


async def _both(eduflow: Eduflow, exam: Exam, command: Command[Any], *, table: str) -> set[UUID]:
    """What it gives two who carry it out at once, each in the name of the teacher."""
    access = on_behalf_of(exam.teacher.user, exam.teacher.institution)
    commands = eduflow.worker.commands["assessment"]
    async with _held(eduflow, table=table, waiting=2):
        both = asyncio.gather(*(commands.execute(command, access=access) for _ in range(2)))
    return {receipt.result for receipt in await both}
