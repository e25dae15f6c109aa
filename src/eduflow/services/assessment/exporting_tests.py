"""The form of a test as interchange has tests: weights for points, and what it has no words for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange.reading import ItemRef, Section, Test, TestPart
from eduflow.services.assessment.giving_tests import review_of
from eduflow.services.assessment.ids import QuestionId
from eduflow.services.assessment.model.reviewing import Phases

_PLACES = 12
"""Of a weight: points are given to four, so that the weight gives them again."""
_TRIES = "what further tries are worth"
_NOTHING = "the points of questions that are worth nothing by themselves"
_DATES = "when it opens and closes"
_ATTEMPTS = "how often it may be sat"
_BEHAVIOUR = "how it answers while it is sat"
_OTHERWISE = "its kind, lateness, release, review, overrides, and which attempt counts"
_BY_TRIES = ("immediate", "interactive")


class ItemRow(msgspec.Struct, kw_only=True):
    """A question of a section; `points` are what it is worth by itself."""

    question_id: QuestionId
    points: Decimal
    points_list: list[Decimal]


class SectionRow(msgspec.Struct, kw_only=True):
    """A section in its place."""

    title: str
    instructions: str
    pick_n: int | None
    shuffle: bool
    items: list[ItemRow]


class FormRow(msgspec.Struct, kw_only=True):
    """A form with what its policy says."""

    title: str
    instructions: str
    time_limit: int | None
    dated: bool
    attempts: int | None
    behaviour: str
    otherwise: bool
    """Whether it is given in some way that no new test is, and that is not said above."""
    review: dict[str, list[str]]
    sections: list[SectionRow]


def test_of(form: FormRow, *, names: Mapping[QuestionId, str]) -> tuple[Test, tuple[str, ...]]:
    """The test, and what of it stays behind."""
    items = [item for section in form.sections for item in section.items]
    tries = _tries(form, items)
    review, solution = _review(form)
    known = review_of(form.behaviour, review=review, solution=solution)
    ways = {
        _TRIES: any(len(item.points_list) != tries for item in items)
        or any(len(set(item.points_list)) > 1 for item in items),
        _NOTHING: any(not item.points and item.points_list[0] for item in items),
        _DATES: form.dated,
        _ATTEMPTS: form.attempts is not None,
        _BEHAVIOUR: form.behaviour not in {"deferred", *_BY_TRIES},
        _OTHERWISE: form.otherwise or _shown(form) != _shown_by(known),
    }
    test = Test(
        name=form.title,
        title=form.title,
        instructions=form.instructions,
        seconds=form.time_limit,
        parts=(
            TestPart(
                submission="individual" if form.behaviour in _BY_TRIES else "simultaneous",
                max_attempts=tries if form.behaviour in _BY_TRIES else None,
                feedback=True if form.behaviour in _BY_TRIES else None,
                review=review,
                solution=solution,
                sections=tuple(_section(one, names) for one in form.sections),
            ),
        ),
    )
    return test, tuple(told for told, so in ways.items() if so)


def _review(form: FormRow) -> tuple[bool | None, bool | None]:
    """Whether it is shown, and the solution with it; as usual, where it cannot be said."""
    for said in ((None, None), (False, None), (None, False)):
        if _shown(form) == _shown_by(review_of(form.behaviour, review=said[0], solution=said[1])):
            return said
    return None, None


def _shown(form: FormRow) -> dict[str, set[str]]:
    return {phase: set(shows) for phase, shows in form.review.items()}


def _shown_by(phases: Phases) -> dict[str, set[str]]:
    return {phase: set(shows) for phase, shows in msgspec.structs.asdict(phases).items()}


def _tries(form: FormRow, items: Sequence[ItemRow]) -> int:
    """How many a question has: where they differ, the most that one has."""
    if form.behaviour != "interactive":
        return 1
    return max((len(item.points_list) for item in items), default=1)


def _section(section: SectionRow, names: Mapping[QuestionId, str]) -> Section:
    return Section(
        title=section.title,
        instructions=section.instructions,
        pick=section.pick_n,
        shuffle=section.shuffle,
        parts=tuple(
            ItemRef(item=names[item.question_id], weight=_weight(item))
            for item in section.items
            if item.question_id in names
        ),
    )


def _weight(item: ItemRow) -> Decimal:
    if not item.points:
        return Decimal(1)
    return round(item.points_list[0] / item.points, _PLACES).normalize()
