"""Questions that are answered by files, and files that were sent."""

from typing import Any

from tests.harness.exams import Exam, Json, a_test
from tests.harness.platform import Person

FILE = b"%PDF-1.7 all of it\n" * 1000


def an_upload(points: float | list[float] = 5, **asked: Any) -> Json:
    """Draw a sail. Every file is taken, where nothing else is said."""
    return {
        "title": "Drawing",
        "body": "<p>Draw a sail</p>",
        "points": points,
        "interaction": {"type": "file_upload", **asked},
        "key": {"type": "file_upload"},
    }


async def sent(
    person: Person, attempt: str, question: str, file: bytes = FILE, *, name: str = "sail.pdf"
) -> Any:
    """The answer to a file that is taken."""
    path = f"/attempts/{attempt}/files?question_id={question}&name={name}"
    return await person.post(path, file, Content_Type="application/pdf")


async def with_files(admin: Person, learner: Person, *, course: str, bank: str) -> dict[str, str]:
    """An attempt for which one file was sent, and one that was handed in with one."""
    exam = Exam(course=course, section="", teacher=admin, students=[learner], bank=bank)
    policy = {"reading": "people"}
    running, over = [await a_test(exam, [an_upload(max_files=20)], policy=policy) for _ in range(2)]
    (question,) = running.questions
    attempt = (await learner.post(f"/assessments/{running.test}/attempts"))["id"]
    file = (await sent(learner, attempt, question))["id"]
    ended = (await learner.post(f"/assessments/{over.test}/attempts"))["id"]
    (named,) = over.questions
    given = (await sent(learner, ended, named))["id"]
    answers = [{"question_id": named, "value": [given]}]
    await learner.post(f"/attempts/{ended}/submit", {"answers": answers})
    (answer,) = (await learner.get(f"/attempts/{ended}"))["answers"]
    admin.position = learner.position
    return {
        "upload_attempt": attempt,
        "upload_question": question,
        "sent_file": file,
        "filed_response": answer["response_id"],
        "filed": given,
    }
