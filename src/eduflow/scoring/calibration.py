"""2PL calibration: how hard a question is, and how well it tells students apart.

By the library mirt (marginal maximum likelihood, EM; MIT licence; alive, compiled wheels); girth
was left in 2021, py-irt brings PyTorch. Imported when first used: numpy and scipy come with it.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

MIN_STUDENTS = 50
"""Fewer say nothing about two numbers per question."""
MIN_ITEMS = 3
"""Two have no common scale."""
MAX_STUDENTS = 20_000
MAX_ITEMS = 500
_MISSING = -1
_ROUNDS = 500


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """P(right) = 1 / (1 + exp(-discrimination * (ability - difficulty)))."""

    discrimination: float
    difficulty: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`left_out`: questions that all got right, or all wrong, or that nobody answered."""

    items: dict[str, Calibrated]
    left_out: tuple[str, ...]
    converged: bool
    log_likelihood: float
    students: int


class TooFew(ValueError):  # noqa: N818 - a state of the answers
    """Not enough students, or questions, to say anything."""


def calibrate(answers: Mapping[str, Sequence[bool | None]]) -> Calibration:
    """By question, each student's answer, in one order: right, wrong, or None for not asked."""
    usable = {item: column for item, column in answers.items() if len(set(column) - {None}) > 1}
    students = len(next(iter(usable.values()), ()))
    if students < MIN_STUDENTS or len(usable) < MIN_ITEMS:
        raise TooFew(f"{students} students and {len(usable)} questions that tell them apart")
    if students > MAX_STUDENTS or len(usable) > MAX_ITEMS:
        raise ValueError(f"no more than {MAX_STUDENTS} students and {MAX_ITEMS} questions at once")
    numpy: Any = importlib.import_module("numpy")
    mirt: Any = importlib.import_module("mirt")
    columns = [[_MISSING if one is None else int(one) for one in c] for c in usable.values()]
    fit = mirt.fit_mirt(
        numpy.array(columns, dtype=numpy.int64).T,
        model="2PL",
        max_iter=_ROUNDS,
        compute_standard_errors=False,
    )
    slopes = fit.model.parameters["discrimination"]
    places = fit.model.parameters["difficulty"]
    return Calibration(
        items={
            item: Calibrated(discrimination=float(slopes[index]), difficulty=float(places[index]))
            for index, item in enumerate(usable)
        },
        left_out=tuple(item for item in answers if item not in usable),
        converged=bool(fit.converged),
        log_likelihood=float(fit.log_likelihood),
        students=students,
    )
