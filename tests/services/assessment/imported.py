"""Files of questions taken in as the command takes them: by the worker's pools."""

import asyncio
from pathlib import Path
from uuid import UUID

from eduflow.interchange.door import read
from eduflow.interchange.reading import Finding
from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.services.assessment.ids import BankId, CourseId
from eduflow.services.assessment.importing import QuestionImport, Summary
from eduflow.services.assessment.importing_tests import DraftImport
from tests.harness.exams import Exam
from tests.harness.platform import Eduflow, Person


async def imported(
    eduflow: Eduflow, exam: Exam, file: Path, *, by: Person, course: str | None = None
) -> tuple[Summary, list[Finding]]:
    """What became of the file in the exam's bank, once standbys show it."""
    told: list[Finding] = []
    access = on_behalf_of(by.user, by.institution)
    commands = eduflow.worker.commands["assessment"]
    into = None
    if course is not None:
        into = DraftImport(commands, access, course=CourseId(UUID(course)))
    with read(file) as reading:
        bank = BankId(UUID(exam.bank))
        job = QuestionImport(commands, access, bank=bank, told=told.append, tests=into)
        summary = await job.run(reading)
    # Whoever looks next has no position of what was written on their behalf.
    await asyncio.to_thread(eduflow.servers.cluster.catch_up)
    return summary, told
