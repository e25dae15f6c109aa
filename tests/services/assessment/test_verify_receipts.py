"""Receipts as an operator checks them: a process with an exit code that names what does not fit."""

import asyncio
import os
import sys
from uuid import UUID

from tests.harness.exams import a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.services.assessment.replaying import BRICK, handed_in, regraded


async def _run(servers: Servers, *arguments: str) -> tuple[int | None, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDUFLOW_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "eduflow", "verify-receipts"),
        *arguments,
        # Wide enough that no line of the report is folded.
        env={**kept, **servers.environment(port=1, gateway=2), "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_a_good_chain_ends_well_and_an_edited_row_is_named(
    eduflow: Eduflow, school: School, servers: Servers
) -> None:
    made = await an_exam(eduflow, school, students=2)
    exam = await a_test(made, [a_choice(2), a_choice(3)])
    first, second = exam.questions
    attempts = [
        (await handed_in(student, exam, {first: ["b"], second: ["a"]}))["id"]
        for student in exam.students
    ]
    exam.teacher.position = exam.students[-1].position
    await regraded(eduflow, exam, question=first, key=BRICK, dry_run=False)
    slug = f"school-{school.institution.hex[-12:]}"
    for only in (("--institution", slug), ("--assessment", exam.test)):
        code, told = await _run(servers, *only)
        assert code == 0, told
        assert "4 receipts of 2 attempts recomputed" in told
    async with eduflow.sql("assessment") as sql:
        changed = await sql.execute(
            "UPDATE grade_receipts SET score = score + 1 WHERE attempt_id = $1 AND number = 2",
            UUID(attempts[1]),
        )
    assert changed == "UPDATE 1"
    code, told = await _run(servers, "--institution", slug)
    assert code == 1, told
    assert f"attempt {attempts[1]} receipt 2:" in told
    assert attempts[0] not in told
    # Whoever may check them over HTTP is told the same.
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert {(f["attempt_id"], f["number"]) for f in check["faults"]} == {(attempts[1], 2)}
    nobody = await exam.students[0].refused("POST", f"/assessments/{exam.test}/receipts/check", {})
    assert nobody[0] == 403


async def test_an_institution_that_is_not_there_is_no_good_chain(
    eduflow: Eduflow, servers: Servers
) -> None:
    assert eduflow.ports
    code, told = await _run(servers, "--institution", "nobody-s")
    assert code == 2, told
    assert "eduflow institution create" in told
