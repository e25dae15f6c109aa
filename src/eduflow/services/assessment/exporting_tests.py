"""The form of a test as interchange has tests: weights for points, and what it has no words for."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from eduflow.interchange.reading import ItemRef, Section, Test, TestPart
from eduflow.services.assessment.ids import QuestionId

_PLACES = 12
"""Of a weight: points are given to four, so that the weight gives them again."""
_TRIES = "what further tries are worth"
_NOTHING = "the points of questions that are worth nothing by themselves"
_DATES = "when it opens and closes"
_ATTEMPTS = "how often it may be sat"
_BEHAVIOUR = "how it answers while it is sat"


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
    sections: list[SectionRow]


def test_of(form: FormRow, *, names: Mapping[QuestionId, str]) -> tuple[Test, tuple[str, ...]]:
    """The test, and what of it stays behind."""
    items = [item for section in form.sections for item in section.items]
    ways = {
        _TRIES: any(len(item.points_list) > 1 for item in items),
        _NOTHING: any(not item.points and item.points_list[0] for item in items),
        _DATES: form.dated,
        _ATTEMPTS: form.attempts is not None,
        _BEHAVIOUR: form.behaviour != "deferred",
    }
    test = Test(
        name=form.title,
        title=form.title,
        instructions=form.instructions,
        seconds=form.time_limit,
        parts=(TestPart(sections=tuple(_section(one, names) for one in form.sections)),),
    )
    return test, tuple(told for told, so in ways.items() if so)


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
