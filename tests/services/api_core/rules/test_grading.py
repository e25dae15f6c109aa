"""The rules of grades, against what they are when said plainly."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduflow.services.api_core.model.dates import Dates, Override, dates_of_person
from eduflow.services.api_core.model.exact import exact
from eduflow.services.api_core.model.grading import (
    Curve,
    Group,
    Scored,
    Step,
    course_grade,
    dropped,
    is_late,
    letter_of,
    worth,
)
from eduflow.services.api_core.model.rubric import (
    CriteriaUnmarked,
    Criterion,
    Mark,
    NotOfThisRubric,
    Rating,
    marked,
    total,
)

DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
POINTS = st.decimals(0, 30, places=2)
STEPS = st.lists(st.builds(Step, st.integers(0, 500), st.integers(0, 100)), max_size=4).map(tuple)
MINUTES = st.integers(-600, 600)


def scored(entries: list[tuple[int, Decimal, Decimal]]) -> list[Scored]:
    return [
        Scored(UUID(int=n + 1), UUID(int=1000 + group), points, score)
        for n, (group, points, score) in enumerate(entries)
    ]


ENTRIES = st.lists(st.tuples(st.integers(0, 2), POINTS, POINTS), max_size=8)


def share(scores: list[Scored]) -> Fraction:
    return Fraction(sum(s.score for s in scores)) / Fraction(sum(s.points for s in scores))


@given(entries=st.lists(st.tuples(st.just(0), POINTS, POINTS), max_size=7), drop=st.integers(0, 8))
def test_what_is_dropped_leaves_the_best_there_is(
    entries: list[tuple[int, Decimal, Decimal]], drop: int
) -> None:
    scores = scored(entries)
    out = dropped(scores, drop)
    counted = [s for s in scores if s.points > 0]
    extra = [s for s in scores if s.points == 0]
    keep = max(1, len(counted) - drop)
    kept = [s for s in scores if s.assignment_id not in out]
    assert len(out) == max(0, len(counted) - keep)
    assert all(s in kept for s in extra)
    if counted:
        best = max(
            share([*chosen, *extra])
            for chosen in itertools.combinations(counted, min(keep, len(counted)))
        )
        assert share(kept) == best


def test_the_lowest_percentage_is_not_always_the_one_to_drop() -> None:
    small, large = Decimal(1), Decimal(100)
    scores = scored([(0, small, Decimal(0)), (0, large, Decimal(40)), (0, small, Decimal(1))])
    assert dropped(scores, 1) == {UUID(int=2)}


@given(
    entries=ENTRIES,
    weights=st.tuples(*[st.sampled_from([Decimal(0), Decimal("12.5"), Decimal(60)])] * 3),
    drops=st.tuples(*[st.integers(0, 2)] * 3),
)
def test_a_course_grade_is_the_weighted_mean_of_its_groups(
    entries: list[tuple[int, Decimal, Decimal]],
    weights: tuple[Decimal, ...],
    drops: tuple[int, ...],
) -> None:
    scores = scored(entries)
    groups = {
        UUID(int=1000 + n): Group(UUID(int=1000 + n), weight, drop)
        for n, (weight, drop) in enumerate(zip(weights, drops, strict=True))
    }
    grade = course_grade(scores, groups)
    kept = [s for s in scores if s.assignment_id not in grade.dropped]
    earned = [Fraction(sum(s.score for s in kept if s.group_id == g)) for g in groups]
    possible = [Fraction(sum(s.points for s in kept if s.group_id == g)) for g in groups]
    plain: Fraction | None = None
    if any(weights):
        parts = [
            (Fraction(w), e / p) for w, e, p in zip(weights, earned, possible, strict=True) if p
        ]
        if whole := sum(w for w, _ in parts):
            plain = sum((w * e for w, e in parts), Fraction(0)) / whole * 100
    elif sum(possible):
        kept_points = zip(earned, possible, strict=True)
        plain = sum((e for e, p in kept_points if p), Fraction(0)) / sum(possible) * 100
    if plain is None:
        assert (grade.percent, grade.letter) == (None, None)
    else:
        assert grade.percent is not None
        assert abs(Fraction(grade.percent) - plain) <= Fraction(1, 20000)
        assert grade.letter == letter_of(grade.percent)


@given(score=POINTS, early=STEPS, late=STEPS, minutes=MINUTES)
def test_the_furthest_step_that_was_reached_counts(
    score: Decimal, early: tuple[Step, ...], late: tuple[Step, ...], minutes: int
) -> None:
    curve = Curve(early, late)
    handed_in = DUE + timedelta(minutes=minutes)
    percent, furthest = 0, -1
    for step in late if minutes > 0 else early:
        if step.minutes <= abs(minutes) and step.minutes > furthest:
            percent, furthest = step.percent, step.minutes
    factor = 100 - percent if minutes > 0 else 100 + percent
    assert worth(score, curve, handed_in=handed_in, due_at=DUE) == score * factor / 100
    assert is_late(handed_in, due_at=DUE) is (minutes > 0)
    assert worth(score, curve, handed_in=None, due_at=DUE) == score
    assert worth(score, curve, handed_in=handed_in, due_at=None) == score


@given(
    personal=st.booleans(),
    due=st.none() | MINUTES,
    others=st.lists(MINUTES, max_size=3),
    extra=st.integers(0, 90),
)
def test_a_personal_date_goes_before_the_most_generous_of_the_sections(
    personal: bool,  # noqa: FBT001 (hypothesis names it)
    due: int | None,
    others: list[int],
    extra: int,
) -> None:
    def at(minutes: int) -> datetime:
        return DUE + timedelta(minutes=minutes)

    overrides = [Override(personal=False, due_at=at(m)) for m in others]
    if personal:
        own = None if due is None else at(due)
        overrides.append(Override(personal=True, due_at=own, extra_minutes=extra))
    expected = at(max(others)) if others else DUE
    if personal:
        expected = (at(due) if due is not None else expected) + timedelta(minutes=extra)
    found = dates_of_person(Dates(due_at=DUE, lock_at=DUE), overrides)
    assert found.due_at == expected
    assert found.lock_at is not None
    assert found.lock_at >= expected


def test_a_rubric_gives_levels_points_and_nothing_else() -> None:
    level, other = Rating(UUID(int=5), Decimal(3)), Rating(UUID(int=6), Decimal(1))
    criteria = [
        Criterion(UUID(int=1), Decimal(4), (level,)),
        Criterion(UUID(int=2), Decimal(2), (other,)),
    ]
    assert marked(criteria, UUID(int=1), mark=Mark(rating_id=level.id)) == 3
    assert marked(criteria, UUID(int=2), mark=Mark(points=Decimal("1.5"))) == Decimal("1.5")
    wrong = [
        (3, Mark(points=Decimal(1))),
        (1, Mark(points=Decimal(5))),
        (1, Mark(points=Decimal(-1))),
        (1, Mark(rating_id=other.id)),
        (1, Mark(rating_id=level.id, points=Decimal(4))),
        (1, Mark()),
    ]
    for criterion, mark in wrong:
        with pytest.raises(NotOfThisRubric):
            marked(criteria, UUID(int=criterion), mark=mark)
    assert total(criteria, {UUID(int=1): Decimal(1), UUID(int=2): Decimal(2)}) == 3
    with pytest.raises(CriteriaUnmarked):
        total(criteria, {UUID(int=1): Decimal(1)})


@pytest.mark.parametrize(
    ("number", "decimal"), [(0.1, "0.1"), (2.5, "2.5"), (1e6, "1000000"), (1 / 3, "0.3333")]
)
def test_a_number_is_the_decimal_it_was_written_as(number: float, decimal: str) -> None:
    assert exact(number) == Decimal(decimal)
