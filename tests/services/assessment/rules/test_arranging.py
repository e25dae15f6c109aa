"""A test of a file as a form: what it asks, and what is said where that is not the same."""

import re
from decimal import Decimal
from uuid import UUID

import pytest

from eduflow.interchange import reading
from eduflow.interchange.reading import ItemRef, Section
from eduflow.services.assessment.arranging import Arranged, Asked, Unarranged, arranged
from eduflow.services.assessment.ids import QuestionId


def _asked(**points: int) -> dict[str, Asked]:
    return {
        name: Asked(question=QuestionId(UUID(int=ord(name))), number=1, points=Decimal(worth))
        for name, worth in points.items()
    }


def _ref(name: str, weight: str = "1", *, required: bool = False, fixed: bool = False) -> ItemRef:
    return ItemRef(item=name, weight=Decimal(weight), required=required, fixed=fixed)


KNOWN = _asked(a=1, b=1, c=1, d=2)


def _of(*sections: Section, **part: object) -> Arranged:
    given = reading.TestPart(sections=sections, **part)  # type: ignore[arg-type]
    return arranged(reading.Test(name="t", title="T", parts=(given,)), KNOWN)


def _drawn(*refs: ItemRef | Section, pick: int, with_replacement: bool = False) -> Section:
    return Section(title="S", pick=pick, parts=refs, with_replacement=with_replacement)


def _shape(form: Arranged) -> list[tuple[str, int | None, str, list[float]]]:
    return [
        (
            section.title,
            section.pick_n,
            "".join(chr(item.question_id.int) for item in section.items),
            [item.points[0] for item in section.items],
        )
        for section in form.sections
    ]


def test_weights_are_points_and_nested_sections_stand_one_after_another() -> None:
    inner = Section(title="In", instructions="<p>i</p>", parts=(_ref("b", "2.5"),))
    outer = Section(title="Out", instructions="<p>o</p>", parts=(_ref("a"), inner, _ref("d", "3")))
    form = _of(outer)
    assert _shape(form) == [
        ("Out", None, "a", [1]),
        ("Out: In", None, "b", [2.5]),
        ("Out", None, "d", [6]),
    ]
    assert [one.instructions for one in form.sections] == ["<p>o</p>", "<p>i</p>", ""]
    assert form.lost == ()


def test_what_is_required_in_every_pick_is_asked_of_everybody() -> None:
    form = _of(_drawn(_ref("a"), _ref("b", required=True), _ref("c"), pick=2))
    assert _shape(form) == [("S", None, "b", [1]), ("S", 1, "ac", [1, 1])]
    assert form.lost == ("the order in S (those that are always asked come first)",)


def test_a_pick_of_sections_of_one_question_is_one_of_questions() -> None:
    single = Section(title="One", parts=(_ref("c"),))
    assert _shape(_of(_drawn(_ref("a"), single, pick=1))) == [("S", 1, "ac", [1, 1])]


@pytest.mark.parametrize(
    ("section", "why"),
    [
        (_drawn(_ref("a"), _ref("d"), pick=1), "worth different points (1, 2)"),
        (
            _drawn(_ref("a"), Section(title="Two", parts=(_ref("b"), _ref("c"))), pick=1),
            "picks among sections",
        ),
        (
            _drawn(_ref("a", required=True), _ref("b", required=True), pick=1),
            "picks 1 questions and requires 2",
        ),
        (Section(title="S", parts=(_ref("x"),)), "none of its questions"),
        (Section(title="S", parts=(_ref("a", "1e9"),)), "is worth 1000000000.0000 points"),
    ],
)
def test_what_would_ask_something_else_is_no_form(section: Section, why: str) -> None:
    with pytest.raises(Unarranged, match=re.escape(why)):
        _of(section)


@pytest.mark.parametrize(
    ("section", "lost"),
    [
        (_drawn(_ref("a"), _ref("b"), pick=3), "that 3 are picked in S, of which 2 came along"),
        (_drawn(_ref("a"), _ref("b"), pick=1, with_replacement=True), "may ask a question twice"),
        (Section(title="S", parts=(_ref("a"), _ref("a"))), "the question a once more"),
        (Section(title="S", parts=(_ref("a"), _ref("x"))), "the question x, which the bank did"),
        (
            Section(title="S", shuffle=True, parts=(_ref("a", fixed=True), _ref("b"))),
            "that some keep their place in S",
        ),
        (Section(title="S", seconds=60, parts=(_ref("a"),)), "the time limit of S"),
        (
            Section(title="S", shuffle=True, parts=(Section(title="I", parts=(_ref("a"),)),)),
            "that the sections of S are shuffled",
        ),
        (
            Section(title="S", instructions='<img src="eduflow-media:a.png">', parts=(_ref("a"),)),
            "pictures and files in the instructions of S",
        ),
    ],
)
def test_what_is_otherwise_is_told_with_what_happens_instead(section: Section, lost: str) -> None:
    form = _of(section)
    assert len(form.lost) == 1
    assert lost in form.lost[0]


@pytest.mark.parametrize(
    ("part", "behaviour", "tries", "lost"),
    [
        ({}, "deferred", 1, ()),
        ({"submission": "individual", "max_attempts": 0}, "deferred", 1, ()),
        (
            {"submission": "individual"},
            "deferred",
            1,
            ("that a question takes one answer (until it is handed in, any number)",),
        ),
        ({"submission": "individual", "feedback": True}, "immediate", 1, ()),
        (
            {"submission": "individual", "feedback": True, "max_attempts": 3},
            "interactive",
            3,
            (),
        ),
        (
            {"submission": "individual", "feedback": True, "max_attempts": 0},
            "interactive",
            20,
            ("that a question takes any number of tries (20)",),
        ),
        (
            {"navigation": "linear"},
            "deferred",
            1,
            ("that there is no way back (all questions stay open until it is handed in)",),
        ),
    ],
)
def test_modes_and_tries_are_the_behaviour_of_the_policy(
    part: dict[str, object], behaviour: str, tries: int, lost: tuple[str, ...]
) -> None:
    form = _of(Section(title="S", parts=(_ref("a"),)), **part)
    assert (form.given.behaviour, form.given.tries, form.lost) == (behaviour, tries, lost)
    assert form.sections[0].items[0].points == (1.0,) * tries


def test_time_limits_of_parts_are_added_up_where_the_whole_has_none() -> None:
    section = Section(title="S", parts=(_ref("a"),))
    other = Section(title="R", parts=(_ref("b"),))
    parts = (
        reading.TestPart(seconds=60, sections=(section,)),
        reading.TestPart(seconds=30, sections=(other,)),
    )
    form = arranged(reading.Test(name="t", title="T", parts=parts), KNOWN)
    assert form.given.time_limit == 90
    assert form.lost == ("the time limits of its parts (together they are that of the test)",)
    form = arranged(reading.Test(name="t", title="T", seconds=50, parts=parts), KNOWN)
    assert form.given.time_limit == 50
    assert "only the whole test has one" in form.lost[0]


def test_points_that_a_weight_makes_finer_than_points_can_be_are_told() -> None:
    form = _of(Section(title="S", parts=(_ref("a", "0.33333"), _ref("b", "0.000000000001"))))
    assert _shape(form) == [("S", None, "ab", [0.3333, 0])]
    assert form.lost == (
        "the exact points of a: 0.33333 is 0.3333 (points have at most four decimals)",
    )
