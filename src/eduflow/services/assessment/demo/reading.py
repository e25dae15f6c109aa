"""Reads the tests of `data/`, and refuses a file that says what cannot be made of it."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from eduflow.scoring.answers import BadAnswer, check_answer
from eduflow.services.assessment.demo.script import QuestionText, Sitting, TestText


class TestRefused(ValueError):  # noqa: N818 (it says what happened, as problems do)
    """A file of the demo tests cannot be used: which, where in it, and why."""

    def __init__(self, file: str, fault: str) -> None:
        super().__init__(f"{file}: {fault}")


@cache
def written() -> tuple[TestText, ...]:
    """All tests, by the names of their files; raises TestRefused."""
    folder = files(__package__).joinpath("data")
    found = sorted(folder.iterdir(), key=lambda f: f.name)
    return tuple(_read(f.name, f.read_bytes()) for f in found if f.name.endswith(".toml"))


def _read(name: str, body: bytes) -> TestText:
    try:
        test = msgspec.toml.decode(body, type=TestText)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise TestRefused(name, str(fault)) from fault
    for why in _faults(test):
        raise TestRefused(name, why)
    return test


def _faults(test: TestText) -> Iterator[str]:
    """What msgspec cannot know: that what is answered is asked, and could be an answer."""
    questions = {question.name: question for question in test.questions}
    for number, sitting in enumerate(test.sittings):
        yield from _faults_of_marks(sitting, questions, where=f"$.sittings[{number}]")
        for name, value in sitting.answers.items():
            where = f"$.sittings[{number}].answers.{name}"
            if name not in questions:
                yield f"there is no such question - at `{where}`"
                continue
            try:
                check_answer(questions[name].interaction, value)
            except BadAnswer as fault:
                yield f"{fault.message} - at `{where}{fault.pointer}`"


def _faults_of_marks(
    sitting: Sitting, questions: Mapping[str, QuestionText], *, where: str
) -> Iterator[str]:
    if sitting.marks and sitting.marked is None:
        yield f"marks have no moment - at `{where}.marked`"
    for name, mark in sitting.marks.items():
        rubric = questions[name].rubric if name in sitting.answers else None
        levels = (
            {c.key: {level.points for level in c.levels} for c in rubric.criteria} if rubric else {}
        )
        if mark.points.keys() != levels.keys() or any(
            points not in levels[key] for key, points in mark.points.items()
        ):
            yield f"is no mark by the rubric of an answer that is there - at `{where}.marks.{name}`"
