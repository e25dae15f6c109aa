"""Whether what came in is an answer to this question at all; looked at when a draft is saved.

`judge` never raises: what is stored is judged as it is, and what cannot be an answer is worth
nothing. So that nobody loses points by a slip of a program, it is refused here, where it can still
be mended.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import cast

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
    Part,
    ShortText,
    TrueFalse,
)

MAX_NUMBER = 200
"""Characters of a typed number with its unit."""
MAX_FORMULA = 1000
MAX_GAP = 400
_MAX_ID = 200


class BadAnswer(Exception):  # noqa: N818 - named like the problems of the house: a state of the world
    """Not an answer to this question. `pointer` is a JSON pointer into the answer."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or '/'}: {message}")
        self.pointer = pointer
        self.message = message


def check_answer(interaction: Interaction, answer: object) -> None:
    """Raise `BadAnswer` unless this may be saved. None is no answer, and may."""
    if answer is None:
        return
    _CHECKS[type(interaction)](interaction, answer)


def _at(*steps: object) -> str:
    return "".join(
        f"/{str(step).replace('~', '~0').replace('/', '~1')[:_MAX_ID]}" for step in steps
    )


def _text(answer: object, *, most: int, at: str = "") -> str:
    if not isinstance(answer, str):
        raise BadAnswer(at, "must be a text")
    if len(answer) > most:
        raise BadAnswer(at, f"is longer than {most} characters")
    if "\x00" in answer:
        raise BadAnswer(at, "has a null character in it")
    try:
        answer.encode()
    except UnicodeEncodeError:
        raise BadAnswer(at, "is not valid Unicode") from None
    return answer


def _ids(answer: object, *, known: Collection[str], most: int, at: str = "") -> list[str]:
    if not isinstance(answer, list):
        raise BadAnswer(at, "must be a list of ids")
    things = cast("list[object]", answer)
    if len(things) > most:
        raise BadAnswer(at, f"has more than {most} of them")
    seen: set[str] = set()
    for index, thing in enumerate(things):
        _id(thing, known=known, at=at + _at(index))
        if thing in seen:
            raise BadAnswer(at + _at(index), "is there twice")
        seen.add(cast("str", thing))
    return cast("list[str]", things)


def _id(thing: object, *, known: Collection[str], at: str) -> None:
    if not isinstance(thing, str):
        raise BadAnswer(at, "must be an id")
    if thing not in known:
        raise BadAnswer(at, "is none of the ids of this question")


def _named(answer: object, *, known: Collection[str], what: str) -> Mapping[str, object]:
    if not isinstance(answer, dict):
        raise BadAnswer("", f"must be an object by {what} id")
    things = cast("dict[object, object]", answer)
    for name in things:
        if name not in known:
            raise BadAnswer(_at(name), f"is no {what} of this question")
    return cast("dict[str, object]", things)


def _known(options: Iterable[Option]) -> dict[str, None]:
    return dict.fromkeys(option.id for option in options)


def _choice(interaction: Choice, answer: object) -> None:
    known = _known(interaction.choices)
    _ids(answer, known=known, most=interaction.max_choices or len(known))


def _true_false(_: TrueFalse, answer: object) -> None:
    if not isinstance(answer, bool):
        raise BadAnswer("", "must be true or false")


def _order(interaction: Order, answer: object) -> None:
    known = _known(interaction.choices)
    _ids(answer, known=known, most=len(known))


def _match(interaction: Match, answer: object) -> None:
    sources, targets = _known(interaction.sources), _known(interaction.targets)
    used: dict[str, int] = {}
    for source, given in _named(answer, known=sources, what="source").items():
        most = interaction.max_per_source or len(targets)
        for target in _ids(given, known=targets, most=most, at=_at(source)):
            used[target] = used.get(target, 0) + 1
            if 0 < interaction.max_per_target < used[target]:
                raise BadAnswer(
                    _at(source), f"a target is used more than {interaction.max_per_target} times"
                )


def _gaps(interaction: GapFill, answer: object) -> None:
    gaps: dict[str, Gap] = {gap.id: gap for gap in interaction.gaps}
    for name, given in _named(answer, known=gaps, what="gap").items():
        gap = gaps[name]
        if not gap.options:
            _text(given, most=MAX_NUMBER if gap.numeric else MAX_GAP, at=_at(name))
        elif given:
            _id(given, known=_known(gap.options), at=_at(name))


def _short_text(interaction: ShortText, answer: object) -> None:
    _text(answer, most=interaction.max_length)


def _numeric(_: Numeric, answer: object) -> None:
    _text(answer, most=MAX_NUMBER)


def _hot_text(interaction: HotText, answer: object) -> None:
    known = _known(interaction.stretches)
    _ids(answer, known=known, most=interaction.max_choices or len(known))


def _essay(interaction: Essay, answer: object) -> None:
    _text(answer, most=interaction.max_length)


def _files(interaction: FileUpload, answer: object) -> None:
    if not isinstance(answer, list):
        raise BadAnswer("", "must be a list of file ids")
    given = cast("list[object]", answer)
    # Whether they are this student's files only the service that keeps files can say.
    _ids(
        given,
        known=[_text(file, most=_MAX_ID, at=_at(index)) for index, file in enumerate(given)],
        most=interaction.max_files,
    )


def _formula(_: Formula, answer: object) -> None:
    _text(answer, most=MAX_FORMULA)


_CHECKS: dict[type[Part], Callable[..., None]] = {
    Choice: _choice,
    TrueFalse: _true_false,
    Order: _order,
    Match: _match,
    GapFill: _gaps,
    ShortText: _short_text,
    Numeric: _numeric,
    HotText: _hot_text,
    Essay: _essay,
    FileUpload: _files,
    Formula: _formula,
}
