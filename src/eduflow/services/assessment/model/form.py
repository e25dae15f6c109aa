"""What makes a form whole: each question once, and the same points for whatever is drawn."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

MOST_ITEMS = 500


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a form, at a version, and what each right try is worth."""

    question_id: UUID
    question_version_id: UUID
    points_list: tuple[Decimal, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A section with what it asks."""

    title: str = ""
    instructions: str = ""
    pick_n: int | None = None
    shuffle: bool = False
    items: tuple[Entry, ...] = ()


def points_of(parts: Sequence[Part]) -> Decimal:
    """What the whole test is worth; where some of a section are drawn, all are worth the same."""
    total = Decimal(0)
    for part in parts:
        first = [entry.points_list[0] for entry in part.items]
        total += first[0] * part.pick_n if part.pick_n is not None else sum(first, Decimal(0))
    return total


def faults_of(parts: Sequence[Part]) -> list[dict[str, str]]:
    """Why this is no form, each with a pointer into `sections`; empty where it is one."""
    faults: list[dict[str, str]] = []

    def fault(pointer: str, message: str) -> None:
        faults.append({"pointer": f"/sections/{pointer}", "message": message})

    seen: set[UUID] = set()
    if sum(len(part.items) for part in parts) > MOST_ITEMS:
        fault("0/items", f"A test asks at most {MOST_ITEMS} questions")
    for place, part in enumerate(parts):
        if not part.items:
            fault(f"{place}/items", "A section asks something")
        if part.pick_n is not None and part.pick_n > len(part.items):
            fault(f"{place}/pick_n", "There are not so many to pick from")
        if part.pick_n is not None and len({entry.points_list[0] for entry in part.items}) > 1:
            fault(f"{place}/items", "Where some are picked, all are worth the same")
        for number, entry in enumerate(part.items):
            if entry.question_id in seen:
                fault(f"{place}/items/{number}/question_id", "A test asks a question once")
            seen.add(entry.question_id)
            if list(entry.points_list) != sorted(entry.points_list, reverse=True):
                fault(f"{place}/items/{number}/points", "A later try is not worth more")
    return faults
