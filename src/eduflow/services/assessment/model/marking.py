"""From how each try was judged to the score of an attempt, and of a person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID

import msgspec

from eduflow.scoring import behaviours
from eduflow.scoring.behaviours import fold_question
from eduflow.services.assessment.asking import Asked

_PLACES = 4
"""Of points, as they are stored, shown and digested."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a policy that decides about points; kept with each scoring version."""

    behaviour: Literal["deferred", "immediate", "interactive", "certainty"] = "deferred"
    attempt_counts: str = "highest"
    late_penalty: Decimal = Decimal(0)


class MarkedTry(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, and how it is judged; `fraction` is None while nobody has."""

    response_id: UUID
    question_id: UUID
    question_version_id: UUID
    try_number: int
    value: Any
    sha256: str
    certainty: int | None = None
    hints: int = 0
    hint_costs: tuple[Decimal, ...] = ()
    """Share of the points that each hint takes which was seen before it."""
    seconds: int = 0
    fraction: Decimal | None = None
    correct: bool = False
    method: str | None = None
    revision: int = 0
    rests_on: dict[str, str | None] = {}

    @property
    def chosen(self) -> tuple[str, ...]:
        """The options taken, where the answer is a list of them."""
        if isinstance(self.value, bool):
            return ("true" if self.value else "false",)
        return tuple(self.value) if isinstance(self.value, list) else ()


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt is worth so far."""

    score: Decimal
    points: Decimal
    unjudged: int
    earned: dict[UUID, Decimal]
    """By question; below nought where certainty was misplaced."""
    possible: dict[UUID, Decimal]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A released attempt, or what counts of several."""

    number: int
    score: Decimal
    points: Decimal


def marks_of(
    asked: Sequence[Asked],
    tries: Sequence[MarkedTry],
    rules: Rules,
    *,
    late: bool,
    points: Mapping[UUID, tuple[Decimal, ...]],
) -> Marks:
    """The fold: every question by its tries in their order, then what lateness takes.

    `points` are by question version, where a scoring version corrects those of the form.
    """
    by_question: dict[UUID, list[MarkedTry]] = defaultdict(list)
    for one in tries:
        by_question[one.question_id].append(one)
    earned: dict[UUID, Decimal] = {}
    possible: dict[UUID, Decimal] = {}
    unjudged = 0
    for item in asked:
        listed = points.get(item.question_version_id, item.points_list)
        given = sorted(by_question[item.question_id], key=lambda t: t.try_number)
        possible[item.question_id] = listed[0]
        waits = sum(one.fraction is None for one in given)
        unjudged += waits
        # What nobody has judged yet is worth nothing so far, and costs nothing either.
        share = Fraction(0) if waits else _share_of(given, listed, rules)
        earned[item.question_id] = behaviours.rounded(share * Fraction(listed[0]), places=_PLACES)
    score = max(sum(earned.values(), Decimal(0)), Decimal(0))
    if late:
        score *= 1 - rules.late_penalty
    return Marks(
        score=rounded(score),
        points=sum(possible.values(), Decimal(0)),
        unjudged=unjudged,
        earned=earned,
        possible=possible,
    )


def counts_of(attempts: Sequence[Counted], rules: Rules) -> Counted:
    """What counts for a person over all their released attempts; there is at least one."""
    ordered = sorted(attempts, key=lambda a: a.number)
    match rules.attempt_counts:
        case "first":
            return ordered[0]
        case "last":
            return ordered[-1]
        case "average":
            shares = sum((_share(a) for a in ordered), Decimal(0)) / len(ordered)
            of = ordered[-1].points
            return Counted(number=ordered[-1].number, score=rounded(shares * of), points=of)
        case _:
            # Of equals the first: it was there already.
            return max(ordered, key=lambda a: (_share(a), -a.number))


def rounded(points: Decimal) -> Decimal:
    """As every sum of points is, once, at its end."""
    return behaviours.rounded(Fraction(points), places=_PLACES)


def _share(attempt: Counted) -> Decimal:
    return attempt.score / attempt.points if attempt.points else Decimal(0)


def _share_of(given: Sequence[MarkedTry], listed: Sequence[Decimal], rules: Rules) -> Fraction:
    tries = [_as_folded(one) for one in given]
    costs = max((one.hint_costs for one in given), key=len, default=())
    return fold_question(tries, _policy(rules, listed), hint_costs=costs)


def _policy(rules: Rules, listed: Sequence[Decimal]) -> behaviours.Policy:
    """A question by itself may cost points where certainty was misplaced; the whole never does."""
    whole = listed[0]
    return behaviours.Policy(
        behaviour=rules.behaviour,
        tries=tuple(worth / whole if whole else Decimal(0) for worth in listed),
        floor=None if rules.behaviour == "certainty" else Decimal(0),
    )


def _as_folded(one: MarkedTry) -> behaviours.Try:
    return behaviours.Try(
        fraction=one.fraction or Decimal(0),
        answered=one.value is not None,
        certainty=one.certainty,
        hints=one.hints,
    )
