"""Feedback by whom it is shown to: everybody, whoever is right, whoever is wrong, or a choice."""

from collections.abc import Iterable, Sequence

import msgspec

from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.values import Many, Value
from eduflow.interchange.reading import Losses


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of feedback, and when it is shown."""

    html: str
    outcome: str
    identifier: str
    show: bool
    choice: str | None
    """The choice it stands in."""


class Said(msgspec.Struct, kw_only=True):
    always: list[str] = []
    right: list[str] = []
    wrong: list[str] = []
    choices: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    """By accepted text."""

    def choice(self) -> dict[str, str]:
        return {one: "".join(texts) for one, texts in self.choices.items()}


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to look at feedback with."""

    right: dict[str, Value]
    wrong: dict[str, Value] | None
    choices: dict[str, dict[str, Value]] = {}
    """What choosing one alone is."""
    correct: Sequence[str] = ()
    texts: dict[str, dict[str, Value]] = {}


def sort(pieces: Iterable[Shown], rules: Rules, answers: Answers, losses: Losses) -> Said:
    said = Said()
    for piece in pieces:
        if piece.html and not _placed(piece, rules, answers, said):
            losses.add(f"the feedback {piece.identifier or piece.outcome}")
    return said


def _visible(piece: Shown, rules: Rules, answer: dict[str, Value] | None) -> bool:
    if answer is None:
        return False
    value = rules.run(answer).get(piece.outcome)
    held = value.values if isinstance(value, Many) else (value,)
    return (piece.identifier in {str(one) for one in held if one is not None}) == piece.show


def _placed(piece: Shown, rules: Rules, answers: Answers, said: Said) -> bool:
    right = _visible(piece, rules, answers.right)
    if answers.choices:
        return _by_choice(piece, rules, answers, said, right=right)
    wrong = _visible(piece, rules, answers.wrong)
    if right and (wrong or answers.wrong is None):
        said.always.append(piece.html)
    elif right and not _is_of_texts(piece, rules, answers):
        said.right.append(piece.html)
    elif wrong:
        said.wrong.append(piece.html)
    else:
        fits = [text for text, answer in answers.texts.items() if _visible(piece, rules, answer)]
        for text in fits:
            said.texts.setdefault(text, []).append(piece.html)
        return bool(fits)
    return True


def _is_of_texts(piece: Shown, rules: Rules, answers: Answers) -> bool:
    """Whether it is for some of the full answers only."""
    return len(answers.texts) > 1 and not all(
        _visible(piece, rules, answer) for answer in answers.texts.values()
    )


def _by_choice(piece: Shown, rules: Rules, answers: Answers, said: Said, *, right: bool) -> bool:
    fits = [one for one, answer in answers.choices.items() if _visible(piece, rules, answer)]
    wrong = [one for one in answers.choices if one not in answers.correct]
    if piece.choice in fits and len(fits) < len(answers.choices):
        said.choices.setdefault(str(piece.choice), []).append(piece.html)
    elif len(fits) == len(answers.choices) and right:
        said.always.append(piece.html)
    elif right and not set(fits) & set(wrong) and not _is_one_of_many(fits, answers):
        said.right.append(piece.html)
    elif not right and wrong and set(wrong) <= set(fits):
        said.wrong.append(piece.html)
    else:
        for one in fits:
            said.choices.setdefault(one, []).append(piece.html)
        return bool(fits)
    return True


def _is_one_of_many(fits: Sequence[str], answers: Answers) -> bool:
    """Shown for some of the right choices alone: it is theirs, not everybody's who is right."""
    return bool(fits) and len(answers.correct) > 1 and not set(answers.correct) <= set(fits)
