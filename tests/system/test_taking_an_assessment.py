"""Taking an assessment as a student lives it, on a platform that `eduflow up --demo` started.

Login, open, answer, lose the connection, come back, hand in; the essay is read by the local model
in a worker, a person confirms, and score, feedback and grade are read from the replica.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from eduflow.directory import GATEWAY_PORT
from tests.embedded.conftest import Installation, free_offset
from tests.harness.things import until

pytestmark = pytest.mark.system
SCHOOL, PASSWORD = "ashgrove.test", "paper-lantern-7"
TEST = "Offer and acceptance"
ESSAY = (
    "An acceptance by post is complete when it is posted. A revocation counts when it arrives."
    " Ben posted his acceptance on Monday, and the revocation reached him on Tuesday. So there is a"
    " contract, although Ada wrote her second letter before he answered her first one."
)
_READY_SECONDS, _READ_SECONDS = 240, 240
Json = dict[str, Any]


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """Where a whole platform answers, with its demo schools."""
    with tempfile.TemporaryDirectory(prefix="eduflow-test-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        installation = Installation(folder, free_offset())
        try:
            up = installation.up_whole(seconds=_READY_SECONDS)
            assert up.returncode == 0, up.stderr
            yield f"http://127.0.0.1:{GATEWAY_PORT + installation.offset}"
        finally:
            installation.down()


class Client:
    """A browser of one person: its token, its position, and no memory beside."""

    def __init__(self, gateway: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{gateway}/api/v1", timeout=30)

    async def log_in(self, name: str) -> None:
        body = {"email": f"{name}@{SCHOOL}", "password": PASSWORD}
        tokens = await self.send("POST", "/auth/login", body)
        self._http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._http.request(method, path, json=body, headers=named)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        if position := answer.headers.get("EduFlow-Position"):
            self._http.headers["EduFlow-Position"] = position
        return answer.json() if answer.content else None

    async def get(self, path: str) -> Any:
        return await self.send("GET", path)

    async def close(self) -> None:
        await self._http.aclose()


@contextlib.asynccontextmanager
async def logged_in(gateway: str, name: str) -> AsyncIterator[Client]:
    client = Client(gateway)
    try:
        await client.log_in(name)
        yield client
    finally:
        await client.close()


async def _course(client: Client) -> str:
    courses = (await client.get("/users/me/dashboard"))["courses"]
    return str(next(c["course_id"] for c in courses if c["code"] == "LAW110"))


async def _test(client: Client, course: str) -> str:
    """As the page of a course lists it."""
    tests = (await client.get(f"/courses/{course}/assessments"))["items"]
    return str(next(t["id"] for t in tests if t["title"] == TEST))


async def test_a_student_takes_a_test_and_is_told_what_it_was_worth(gateway: str) -> None:
    async with logged_in(gateway, "kwame") as first:
        course = await _course(first)
        test = await _test(first, course)
        attempt = (await first.send("POST", f"/assessments/{test}/attempts", {}))["id"]
        paper = await first.get(f"/attempts/{attempt}")
        shelf, letter = (item["question_id"] for item in paper["items"])
        path = f"/attempts/{attempt}/responses"
        draft = {"value": ESSAY[:80], "revision": 1}
        await first.send("PUT", f"{path}/{letter}", draft)
        lost = asyncio.create_task(
            first.send("PUT", f"{path}/{shelf}", {"value": ["invitation"], "revision": 1})
        )
        await asyncio.sleep(0)
        lost.cancel()  # The train goes into the tunnel.
        await asyncio.gather(lost, return_exceptions=True)

    async with logged_in(gateway, "kwame") as again:
        shown = await again.get(f"/attempts/{attempt}")
        values = {a["question_id"]: a["value"] for a in shown["answers"]}
        assert values[letter] == ESSAY[:80]
        assert shown["state"] == "in_progress"
        body = {"value": ["invitation"], "revision": 2}
        await again.send("PUT", f"{path}/{shelf}", body)
        answers = {"answers": [{"question_id": letter, "value": ESSAY}]}
        graded = await again.send("POST", f"/attempts/{attempt}/submit", answers)
        assert graded["unjudged"] == 1
        await _confirmed(gateway, test, answer=ESSAY)
        seen: Json = {}

        async def released() -> bool:
            results = (await again.get("/users/me/results"))["items"]
            seen.update(next((r for r in results if r["title"] == TEST), {}))
            return bool(seen)

        await until(released, seconds=20, what="the result is on the replica")
        assert (seen["score"], seen["points"]) == (12, 12)
        shown = await again.get(f"/attempts/{attempt}")
        comments = {a["question_id"]: a["comment"] for a in shown["answers"]}
        assert (shown["score"], comments[letter]) == (12, "Both rules, in their order.")
    async with logged_in(gateway, "graham") as teacher:

        async def graded() -> bool:
            return await _in_gradebook(teacher, course)

        await until(graded, seconds=20, what="the gradebook has it")


async def _confirmed(gateway: str, test: str, *, answer: str) -> None:
    """The teacher, who is shown what the local model thought, decides; no gate is open yet."""
    async with logged_in(gateway, "graham") as teacher:
        task: Json = {}

        async def read() -> bool:
            queue = f"/assessments/{test}/queue/next"
            with contextlib.suppress(AssertionError):
                task.update(await teacher.send("POST", queue, {"mode": "confirm"}))
            if task and task["answer"] != answer:
                await _judged(teacher, task)
                task.clear()
            return bool(task)

        await until(read, seconds=_READ_SECONDS, what="the local model has read it")
        assert task["thoughts"] is None or task["thoughts"]["small_model"] is True
        await _judged(teacher, task)


async def _judged(teacher: Client, task: Json) -> None:
    body = {
        "criteria": {"rule": 6, "application": 4},
        "comment": "Both rules, in their order.",
        "seconds": 30,
    }
    path = f"/responses/{task['response_id']}/reviews"
    await teacher.send("POST", path, body, If_Match=f'"v{task["version"]}"')


async def _in_gradebook(teacher: Client, course: str) -> bool:
    """What the class got in the test, as the teacher's gradebook has it."""
    book = await teacher.get(f"/courses/{course}/gradebook")
    column = next((a for a in book["assignments"] if a["title"] == TEST), None)
    cells = [cell for student in book["items"] for cell in student["cells"]]
    return column is not None and any(
        c["assignment_id"] == column["id"] and c["score"] == 12 for c in cells
    )
