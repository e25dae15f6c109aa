"""Reads the tests of `data/`, and refuses a file that says what cannot be made of it."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec

from eduflow.scoring.answers import BadAnswer, check_answer
from eduflow.services.assessment.demo.script import TestText


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
        for name, value in sitting.answers.items():
            where = f"$.sittings[{number}].answers.{name}"
            if name not in questions:
                yield f"there is no such question - at `{where}`"
                continue
            try:
                check_answer(questions[name].interaction, value)
            except BadAnswer as fault:
                yield f"{fault.message} - at `{where}{fault.pointer}`"
