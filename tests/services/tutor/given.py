"""A class at a school, and calls of models that were made for it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from eduflow.kernel.addresses import trust
from eduflow.kernel.auth.services import service_token
from eduflow.kernel.ids import new_id
from tests.harness.platform import Eduflow, Person, School

PROMPT = {
    "key": "tests.grade",
    "sha256": "8e289c03c529f36dbe5fed3bf4d622a90e986969be450125b527006816e3e1c6",
    "body": "Grade it.",
}


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """A course with a teacher and two students, and who is nobody there."""

    course: str
    teacher: Person
    students: list[Person]
    stranger: Person


async def a_class(eduflow: Eduflow, school: School) -> Class:
    """Everybody knows it already: they send on the administrator's position."""
    admin = school.admin
    course = (await admin.post("/courses", {"code": "C", "title": "T", "state": "published"}))["id"]
    people = [await a_person(school, eduflow) for _ in range(4)]
    for person, role in zip(people[:3], ("teacher", "student", "student"), strict=True):
        seat = {"user_id": str(person.user), "role": role}
        await admin.post(f"/courses/{course}/enrollments", seat)
    for person in people:
        person.position = admin.position
    teacher, *students, stranger = people
    return Class(course=course, teacher=teacher, students=students, stranger=stranger)


async def a_person(school: School, eduflow: Eduflow) -> Person:
    """Added as people are, so that other services hear of them."""
    fresh = new_id().hex[-12:]
    made = await school.admin.post(
        "/users", {"email": f"p{fresh}@school.test", "display_name": "P"}
    )
    person = eduflow.person(UUID(made["id"]), school.institution)  # type: ignore[arg-type]
    person.position = school.admin.position
    return person


class Service:
    """A service of the installation, as the ledger sees it."""

    def __init__(self, eduflow: Eduflow, name: str = "assessment") -> None:
        self.eduflow = eduflow
        self.name = name
        self.base = f"http://127.0.0.1:{eduflow.ports['tutor']}"

    async def ask(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        token = service_token(
            self.eduflow.settings.secret,
            service=self.name,
            audience="tutor",
            now=datetime.now(UTC),
        )
        sent = {"Authorization": f"Bearer {token}", **headers}
        async with httpx.AsyncClient(
            base_url=self.base, timeout=30, verify=trust(self.base)
        ) as client:
            return await client.post(f"/internal/v1/ledger{path}", json=body, headers=sent)

    async def spend(
        self,
        school: School,
        *,
        user: UUID | None = None,
        course: str | None = None,
        model: str = "claude-haiku-5-5",
        tokens: int = 1_000,
        purpose: str = "grading",
    ) -> int:
        """One call, reserved and settled; its cost in micros."""
        call = new_id()
        body = reservation(school, call=call, model=model, purpose=purpose)
        body |= {"user_id": str(user) if user else None, "course_id": course}
        held = await self.ask("/reservations", body)
        assert held.status_code == 201, held.text
        settled = await self.ask(f"/reservations/{call}/settle", settlement(model, tokens=tokens))
        assert settled.status_code == 200, settled.text
        cost: int = settled.json()["cost_micros"]
        return cost


def reservation(
    school: School,
    *,
    call: UUID,
    model: str = "claude-haiku-5-5",
    purpose: str = "grading",
) -> dict[str, Any]:
    """A good body."""
    provider = "local" if model == "small" else "anthropic"
    return {
        "call_id": str(call),
        "institution_id": str(school.institution),
        "purpose": purpose,
        "prompt": PROMPT,
        "candidates": [
            {"provider": provider, "model": model, "tokens_in": 10_000, "max_tokens_out": 500}
        ],
    }


def settlement(model: str = "claude-haiku-5-5", *, tokens: int = 1_000) -> dict[str, Any]:
    """The same."""
    return {
        "provider": "local" if model == "small" else "anthropic",
        "model": model,
        "tokens_in": tokens,
        "tokens_cached": 0,
        "tokens_out": 10,
        "outcome": "ok",
        "latency_ms": 321,
    }
