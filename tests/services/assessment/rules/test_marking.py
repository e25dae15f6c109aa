"""From the tries of an attempt to its score, and to what counts for a person."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.model.marking import (
    Counted,
    MarkedTry,
    Marks,
    Rules,
    counts_of,
    marks_of,
)

D = Decimal
A, B = uuid4(), uuid4()


def _asked(question: UUID, *points: str) -> Asked:
    listed = tuple(D(p) for p in points)
    return Asked(
        question_id=question, question_version_id=question, section_id=uuid4(), points_list=listed
    )


def _try(question: UUID, fraction: str | None, *, number: int = 1, **more: Any) -> MarkedTry:
    return MarkedTry(
        response_id=uuid4(),
        question_id=question,
        question_version_id=question,
        try_number=number,
        value="something",
        sha256="",
        fraction=None if fraction is None else D(fraction),
        **more,
    )


def _marks(
    tries: list[MarkedTry],
    *,
    late: bool = False,
    corrected: dict[UUID, tuple[Decimal, ...]] | None = None,
    **rules: Any,
) -> Marks:
    asked = [_asked(A, "2", "1"), _asked(B, "3")]
    return marks_of(asked, tries, Rules(**rules), late=late, points=corrected or {})


def test_the_score_is_the_sum_of_what_each_question_earned() -> None:
    marks = _marks([_try(A, "0.5"), _try(B, "1")])
    assert (marks.score, marks.points) == (D(4), D(5))
    assert marks.unjudged == 0
    assert marks.earned == {A: 1, B: 3}


def test_the_tries_are_taken_in_their_order_however_they_come() -> None:
    tries = [_try(A, "1", number=2), _try(A, "0", number=1)]
    assert _marks(tries, behaviour="interactive").earned[A] == 1
    assert _marks(tries[::-1], behaviour="interactive").earned[A] == 1


def test_lateness_takes_its_share_of_what_was_earned() -> None:
    tries = [_try(A, "1"), _try(B, "1")]
    assert _marks(tries, late=True, late_penalty=D("0.1")).score == D("4.5")
    assert _marks(tries, late_penalty=D("0.1")).score == 5


def test_corrected_points_go_before_those_of_the_form() -> None:
    marks = _marks([_try(A, "1")], corrected={A: (D(4),)})
    assert (marks.score, marks.points) == (D(4), D(7))


@pytest.mark.parametrize("behaviour", ["deferred", "interactive", "certainty"])
def test_what_nobody_has_judged_brings_nothing_and_takes_nothing(behaviour: str) -> None:
    tries = [_try(A, None, certainty=3), _try(B, "1", certainty=3)]
    marks = _marks(tries, behaviour=behaviour)
    assert (marks.score, marks.earned[A]) == (D(3), D(0))
    assert marks.unjudged == 1


def test_misplaced_certainty_costs_and_never_more_than_there_is() -> None:
    sure = _marks([_try(A, "0", certainty=2), _try(B, "1", certainty=3)], behaviour="certainty")
    assert sure.score == 3 - D("1.3333")
    assert _marks([_try(A, "0", certainty=3)], behaviour="certainty").score == 0


@pytest.mark.parametrize(
    ("counts", "score"), [("highest", "9"), ("last", "4"), ("first", "3"), ("average", "5.3333")]
)
def test_the_policy_says_which_attempt_counts(counts: str, score: str) -> None:
    attempts = [
        Counted(number=n, score=D(s), points=D(10)) for n, s in ((2, "9"), (1, "3"), (3, "4"))
    ]
    assert counts_of(attempts, Rules(attempt_counts=counts)).score == D(score)


def test_attempts_of_different_worth_are_compared_by_their_share() -> None:
    attempts = [
        Counted(number=1, score=D(5), points=D(5)),
        Counted(number=2, score=D(8), points=D(10)),
    ]
    assert counts_of(attempts, Rules()).number == 1
