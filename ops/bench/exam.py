"""A published test of twenty choices, made the way a teacher's client makes it."""

from typing import Any
from uuid import UUID

import msgspec

from ops.bench.site import HOST
from ops.bench.wire import Connection, request

QUESTIONS = 20
OPTIONS = "abcd"


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """What is sat: its questions in the order in which they were made."""

    id: UUID
    questions: tuple[UUID, ...]


async def published(port: int, headers: dict[str, str], *, course: UUID) -> Test:
    """A test of choices in a course, made over HTTP by whoever may, open to everybody in it."""
    teacher = _Teacher(port, headers)
    bank = await teacher.send("POST", f"/courses/{course}/banks", {"name": "Questions"})
    questions = [
        (await teacher.send("POST", f"/banks/{bank['id']}/questions", _item(n)))["id"]
        for n in range(QUESTIONS)
    ]
    test = await teacher.send("POST", f"/courses/{course}/assessments", {"title": "Midterm"})
    path = f"/assessments/{test['id']}"
    form = {"sections": [{"shuffle": True, "items": [{"question_id": q} for q in questions]}]}
    await teacher.send("PUT", f"{path}/form", form, version=1)
    policy = {"time_limit": 3600, "attempts": 1}
    await teacher.send("PUT", f"{path}/policy", policy, version=1)
    await teacher.send("POST", f"{path}/publish", {}, version=2)
    teacher.connection.close()
    return Test(id=UUID(test["id"]), questions=tuple(map(UUID, questions)))


def _item(number: int) -> dict[str, Any]:
    return {
        "title": f"Question {number}",
        "body": f"<p>What is the {number}th of these, and how do you know that it is?</p>",
        "points": 1,
        "interaction": {
            "type": "choice",
            "choices": [{"id": o, "text": f"It is {o}, of {number}"} for o in OPTIONS],
        },
        "key": {"type": "choice", "correct": [right(number)]},
    }


def right(number: int) -> str:
    """The option that is right in the question with this number."""
    return OPTIONS[number % len(OPTIONS)]


class _Teacher:
    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = Connection(HOST, port)
        self._headers = headers

    async def send(
        self, method: str, path: str, body: dict[str, Any], *, version: int | None = None
    ) -> Any:
        headers = (
            self._headers if version is None else {**self._headers, "If-Match": f'"v{version}"'}
        )
        asking = request(method, f"/api/v1{path}", headers=headers, body=msgspec.json.encode(body))
        answer = await self.connection.ask(asking)
        if answer.status >= 300:  # noqa: PLR2004 (no answer of ours redirects)
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:500]!r}")
        if position := answer.header("eduflow-position"):
            self._headers["EduFlow-Position"] = position
        return msgspec.json.decode(answer.body)
