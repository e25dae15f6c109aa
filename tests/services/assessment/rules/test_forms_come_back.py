"""What a form is told as in a file, made a form again, is the same form."""

from decimal import Decimal
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from eduflow.services.assessment import exporting_tests
from eduflow.services.assessment.arranging import Asked, arranged
from eduflow.services.assessment.exporting_tests import FormRow, ItemRow, SectionRow
from eduflow.services.assessment.giving_tests import review_of
from eduflow.services.assessment.ids import QuestionId

_POINTS = some.decimals("0.01", 1000, places=2)


@some.composite
def _forms(draw: some.DrawFn) -> FormRow:
    behaviour = draw(some.sampled_from(["deferred", "immediate", "interactive"]))
    tries = draw(some.integers(2, 20)) if behaviour == "interactive" else 1
    number = 0
    sections = []
    for _ in range(draw(some.integers(1, 4))):
        size = draw(some.integers(1, 4))
        pick = draw(some.none() | some.integers(1, size))
        alike = draw(_POINTS)
        items = []
        for _ in range(size):
            number += 1
            worth = alike if pick is not None else draw(_POINTS)
            items.append(
                ItemRow(
                    question_id=QuestionId(UUID(int=number)),
                    points=draw(_POINTS),
                    points_list=[worth] * tries,
                )
            )
        sections.append(
            SectionRow(
                title=draw(some.sampled_from(["", "One", "Two: three"])),
                instructions=draw(some.sampled_from(["", "<p>Go</p>"])),
                pick_n=pick,
                shuffle=draw(some.booleans()),
                items=items,
            )
        )
    review, solution = draw(some.sampled_from([(None, None), (False, None), (None, False)]))
    phases = review_of(behaviour, review=review, solution=solution)
    return FormRow(
        title="T",
        instructions=draw(some.sampled_from(["", "<p>All</p>"])),
        time_limit=draw(some.none() | some.integers(1, 9999)),
        dated=False,
        attempts=None,
        behaviour=behaviour,
        otherwise=False,
        review={name: list(shows) for name, shows in msgspec.structs.asdict(phases).items()},
        sections=sections,
    )


@given(_forms())
def test_a_form_told_as_a_test_is_arranged_as_it_was(form: FormRow) -> None:
    items = [item for section in form.sections for item in section.items]
    names = {item.question_id: str(item.question_id) for item in items}
    test, left = exporting_tests.test_of(form, names=names)
    assert left == ()
    known = {
        names[item.question_id]: Asked(question=item.question_id, number=1, points=item.points)
        for item in items
    }
    again = arranged(test, known)
    assert again.lost == ()
    assert (again.title, again.instructions) == (form.title, form.instructions)
    assert (again.given.time_limit, again.given.behaviour) == (form.time_limit, form.behaviour)
    phases = msgspec.structs.asdict(again.given.review)
    assert {name: list(shows) for name, shows in phases.items()} == form.review
    for section, was in zip(again.sections, form.sections, strict=True):
        assert (section.title, section.instructions) == (was.title, was.instructions)
        assert (section.pick_n, section.shuffle) == (was.pick_n, was.shuffle)
        assert [one.question_id for one in section.items] == [one.question_id for one in was.items]
        assert [[Decimal(str(p)) for p in one.points] for one in section.items] == [
            one.points_list for one in was.items
        ]
