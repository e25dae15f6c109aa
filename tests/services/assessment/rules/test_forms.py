"""A form asks each question once, and is worth the same whatever is drawn."""

from decimal import Decimal
from uuid import UUID, uuid4

from eduflow.services.assessment.model.form import Entry, Part, faults_of, points_of


def _entry(*points: int, question: UUID | None = None) -> Entry:
    return Entry(
        question_id=question or uuid4(),
        question_version_id=uuid4(),
        points_list=tuple(map(Decimal, points)),
    )


def test_a_form_is_worth_what_is_asked_of_it() -> None:
    parts = [
        Part(items=(_entry(3, 2), _entry(5))),
        Part(pick_n=2, items=(_entry(4), _entry(4), _entry(4))),
    ]
    assert faults_of(parts) == []
    assert points_of(parts) == 16


def test_what_would_not_be_the_same_for_everybody_is_refused() -> None:
    twice = uuid4()
    parts = [
        Part(pick_n=3, items=(_entry(4), _entry(5))),
        Part(items=()),
        Part(items=(_entry(1, 2), _entry(1, question=twice), _entry(1, question=twice))),
    ]
    assert [fault["pointer"] for fault in faults_of(parts)] == [
        "/sections/0/pick_n",
        "/sections/0/items",
        "/sections/1/items",
        "/sections/2/items/0/points",
        "/sections/2/items/2/question_id",
    ]
