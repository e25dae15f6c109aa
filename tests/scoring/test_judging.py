"""Every type: what may be saved, what is judged, and how fast."""

import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.answers import BadAnswer, check_answer
from eduflow.scoring.interactions import (
    Choice,
    Essay,
    FileUpload,
    Formula,
    Gap,
    GapFill,
    HotText,
    Interaction,
    Match,
    Numeric,
    Option,
    Order,
    ShortText,
    TrueFalse,
)
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import (
    Accepted,
    AcceptedNumber,
    ChoiceKey,
    EssayKey,
    FileUploadKey,
    FormulaKey,
    GapFillKey,
    GapKey,
    HotTextKey,
    Key,
    MatchKey,
    NumericKey,
    NumericRules,
    OrderKey,
    ShortTextKey,
    TextRules,
    TrueFalseKey,
)
from eduflow.scoring.solutions import right_answer

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)
_AB = (Option(id="a", text="A"), Option(id="b", text="B"))

EVERY: dict[str, tuple[Interaction, Key]] = {
    "choice": (Choice(choices=_AB), ChoiceKey(correct=("a",))),
    "true_false": (TrueFalse(), TrueFalseKey(correct=False)),
    "order": (Order(choices=_AB), OrderKey(sequence=("b", "a"), scoring="position")),
    "match": (Match(sources=_AB, targets=_AB), MatchKey(pairs={"a": ("b",)})),
    "gap_fill": (
        GapFill(gaps=(Gap(id="a"), Gap(id="b", options=_AB), Gap(id="c", numeric=True))),
        GapFillKey(
            gaps={
                "a": GapKey(accepted=(Accepted(text="red"),)),
                "b": GapKey(accepted=(Accepted(text="b"),)),
                "c": GapKey(accepted=(Accepted(text="n+1"),), numbers=NumericRules(unit="m")),
            }
        ),
    ),
    "short_text": (ShortText(), ShortTextKey(accepted=(Accepted(text="{{word}}"),))),
    "numeric": (Numeric(), NumericKey(accepted=(AcceptedNumber(value="2n"),))),
    "hot_text": (HotText(stretches=_AB), HotTextKey(correct=("b",))),
    "essay": (Essay(), EssayKey()),
    "file_upload": (FileUpload(), FileUploadKey()),
    "formula": (Formula(variables=("x",)), FormulaKey(accepted=(Accepted(text="{{n}}x"),))),
}
_VALUES = {"n": "-2.5", "word": "pears"}
_READ = {"essay", "file_upload"}
_kinds = some.sampled_from(sorted(EVERY))
_texts = some.text(max_size=30) | some.sampled_from(["a", "b", "x" * 100_000, "\x00", "\ud800"])
_anything: Any = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | _texts,
    lambda deeper: some.lists(deeper, max_size=5) | some.dictionaries(_texts, deeper, max_size=4),
    max_leaves=8,
)


def test_every_type_is_tried() -> None:
    assert len(EVERY) == 11
    assert set(EVERY) == {interaction.__struct_config__.tag for interaction, _ in EVERY.values()}


@_unhurried
@given(_kinds, _anything, some.booleans())
def test_whatever_is_stored_is_judged_within_nought_and_all_and_alike(
    kind: str, answer: Any, varied: object
) -> None:
    interaction, key = EVERY[kind]
    values = _VALUES if varied else {}
    score = judge(interaction, key, answer, values=values)
    assert 0 <= score.fraction <= 1
    assert score == judge(interaction, key, answer, values=values)
    assert not (score.needs_reading and score.fraction)
    assert msgspec.json.decode(msgspec.json.encode(score), type=type(score)) == score


@_unhurried
@given(_kinds, _anything)
def test_whatever_comes_in_is_saved_or_refused_with_its_place(kind: str, answer: Any) -> None:
    try:
        check_answer(EVERY[kind][0], answer)
    except BadAnswer as bad:
        assert bad.pointer == "" or bad.pointer.startswith("/")  # noqa: PT017
        assert len(str(bad)) < 1000  # noqa: PT017


@pytest.mark.parametrize("kind", sorted(set(EVERY) - _READ))
def test_the_right_answer_may_be_saved_and_is_worth_all(kind: str) -> None:
    interaction, key = EVERY[kind]
    answer = right_answer(interaction, key, values=_VALUES)
    check_answer(interaction, answer)
    score = judge(interaction, key, answer, values=_VALUES)
    assert (str(score.fraction), score.correct) == ("1", True)


@pytest.mark.parametrize("text", ["*blue*", "sp* ring *", "a * b", r"2 \* 3*", "a**b", "* sea"])
def test_what_is_told_of_a_wildcard_fits_it(text: str) -> None:
    accepted = (Accepted(text=text), Accepted(text="grey", worth=Decimal("0.5")))
    key = ShortTextKey(accepted=accepted, rules=TextRules(pattern="wildcard"))
    answer = right_answer(ShortText(), key, values={})
    assert judge(ShortText(), key, answer, values={}).correct, answer


@pytest.mark.parametrize(("most", "right"), [(1, ["b"]), (2, ["a", "b"]), (0, ["a", "b"])])
def test_of_weighted_choices_as_many_are_right_as_may_be_taken(most: int, right: list[str]) -> None:
    choice = Choice(choices=_AB, max_choices=most)
    weights = {"a": Decimal("0.5"), "b": Decimal(1)}
    key = ChoiceKey(correct=("b",), weights=weights)
    answer = right_answer(choice, key, values={})
    check_answer(choice, answer)
    assert answer == right
    assert judge(choice, key, answer, values={}).correct


@pytest.mark.parametrize("kind", sorted(EVERY))
@pytest.mark.parametrize("answer", [None, "", [], {}, " "])
def test_no_answer_is_worth_nothing_and_waits_for_nobody(kind: str, answer: Any) -> None:
    score = judge(*EVERY[kind], answer, values=_VALUES)
    assert score.fraction == 0
    assert not score.needs_reading or answer == " "


@pytest.mark.parametrize(("kind", "answer"), [("essay", "words"), ("file_upload", ["1"])])
def test_what_is_to_be_read_waits_for_a_reader(kind: str, answer: Any) -> None:
    assert judge(*EVERY[kind], answer, values={}).needs_reading


def test_a_key_of_another_type_gives_nothing() -> None:
    assert judge(EVERY["choice"][0], EVERY["order"][1], ["b", "a"], values={}).fraction == 0


@pytest.mark.parametrize(
    ("kind", "answer", "pointer"),
    [
        ("choice", "a", ""), ("choice", ["z"], "/0"), ("choice", ["a", "b"], ""),
        ("choice", [1], "/0"),
        ("order", ["a", "a"], "/1"), ("true_false", 1, ""), ("match", {"z": []}, "/z"),
        ("match", {"a": ["z"]}, "/a/0"), ("match", {"a": "b"}, "/a"),
        ("match", {"a": ["a", "b"]}, "/a"),
        ("match", {"a/~": []}, "/a~1~0"), ("gap_fill", {"b": "c"}, "/b"),
        ("gap_fill", {"a": 1}, "/a"),
        ("gap_fill", {"a": "x" * 500}, "/a"), ("short_text", "x" * 401, ""),
        ("short_text", "\x00", ""),
        ("short_text", "\ud800", ""), ("numeric", 5, ""), ("numeric", "1" * 300, ""),
        ("hot_text", ["a", "z"], "/1"), ("essay", "x" * 100_001, ""), ("essay", ["x"], ""),
        ("file_upload", ["1", "2"], ""), ("file_upload", [{}], "/0"), ("formula", "x" * 2000, ""),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_where_it_is_wrong(
    kind: str, answer: Any, pointer: str
) -> None:
    with pytest.raises(BadAnswer) as refusal:
        check_answer(EVERY[kind][0], answer)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("kind", sorted(EVERY))
def test_a_huge_answer_is_soon_judged(kind: str) -> None:
    began = time.perf_counter()
    for huge in ("x" * 10**6, ["a"] * 10**5, {str(n): ["a"] for n in range(10**4)}, "(" * 10**5):
        judge(*EVERY[kind], huge, values={})  # type: ignore[arg-type]
    assert time.perf_counter() - began < 3


def test_a_hundred_thousand_choices_are_judged_in_a_minute_with_room_to_spare() -> None:
    # Twenty thousand a second is the promise; a fifth of it passes on a machine that is busy.
    interaction = Choice(choices=tuple(Option(id=one, text=one) for one in "abcde"), max_choices=0)
    key = ChoiceKey(correct=("a", "b"), scoring="right_minus_wrong", feedback={"a": "yes"})
    began = time.process_time()
    for _ in range(4000):
        judge(interaction, key, ["a", "c"], values={})
    assert time.process_time() - began < 1


def test_who_judges_choices_has_neither_units_nor_algebra_in_memory() -> None:
    code = (
        "import sys, eduflow.scoring.judging, eduflow.scoring.formula_judge\n"
        "import eduflow.scoring.calibration, eduflow.scoring.grouping, eduflow.scoring.behaviours\n"
        "heavy = {'pint', 'sympy', 'mpmath', 'numpy', 'mirt', 're2', 'rapidfuzz'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
