"""What a test came to, in points of its column; and what another score would do to a grade."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from eduflow.services.api_core.model.effects import percent_with
from eduflow.services.api_core.model.grading import Group, Scored, course_grade, share_of

POINTS = st.decimals(0, 1000, places=2)
SCORES = st.decimals(-50, 1000, places=2)
GROUP = Group(UUID(int=1), Decimal(0), 0)


@given(points=POINTS, score=SCORES, out_of=POINTS)
def test_a_share_is_never_below_nothing_nor_above_the_points_where_the_score_is_not(
    points: Decimal, score: Decimal, out_of: Decimal
) -> None:
    share = share_of(points, score=score, out_of=out_of)
    assert share >= 0
    if 0 <= score <= out_of and out_of:
        assert share <= points


@given(points=POINTS, score=SCORES)
def test_of_the_same_points_a_share_is_the_score(points: Decimal, score: Decimal) -> None:
    assert share_of(points, score=score, out_of=points) == max(score, Decimal(0))


@given(score=st.decimals(0, 50, places=2), points=st.decimals(1, 50, places=2))
def test_the_score_that_is_there_changes_nothing_and_a_first_one_counts(
    score: Decimal, points: Decimal
) -> None:
    groups = {GROUP.id: GROUP}
    test = Scored(UUID(int=2), GROUP.id, points, score)
    essay = Scored(UUID(int=3), GROUP.id, Decimal(10), Decimal(5))
    both = course_grade([essay, test], groups).percent
    assert percent_with([essay, test], groups, instead=test) == both
    assert percent_with([essay], groups, instead=test) == both
