"""Formulas compared by computer algebra. Runs in a process of its own that may be killed.

First in numbers of 80 digits at fixed points. A difference that stays when they are worked out with
as many more digits as the largest number on the way has proves that they differ. Only what agrees
is handed to sympy to be proved. What it cannot prove, or is too large to work out, is not decided.

Variables stand for real numbers, `positive` ones for positive.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any, Literal

import mpmath
import msgspec
import sympy

from eduflow.scoring.expressions import (
    Call,
    Constant,
    Name,
    Number,
    Operation,
    Sign,
    Tree,
    parse_formula,
)
from eduflow.scoring.formulas import compare
from eduflow.scoring.shapes import factors_of, terms_of
from eduflow.scoring.tokens import BadExpression, TooLarge

Verdict = Literal["same", "different", "undecided"]

_DIGITS = 80
_AGREE = mpmath.mpf(10) ** -30
_POINTS = 8
_TRIES = 24
_LARGEST_EXPONENT = 20_000


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whether `given` is `wanted`, in the form asked."""

    given: str
    wanted: str
    variables: tuple[str, ...]
    positive: tuple[str, ...] = ()
    form: Literal["any", "expanded", "factored", "same"] = "any"


def decide(question: Question) -> Verdict:
    """The same verdict for the same question, however often and wherever it is asked."""
    try:
        given = parse_formula(question.given, variables=question.variables)
        wanted = parse_formula(question.wanted, variables=question.variables)
    except TooLarge:
        return "undecided"
    except BadExpression:
        return "different"
    # Not the exact arithmetic's `factored`: whether that holds is found out below.
    known = compare(given, wanted, form="any" if question.form == "factored" else question.form)
    if known is None:
        known = _equal(given, wanted, positive=frozenset(question.positive))
    if known and question.form == "factored":
        known = _is_factored(given, frozenset(question.positive))
    if known is None:
        return "undecided"
    return "same" if known else "different"


def _equal(given: Tree, wanted: Tree, *, positive: frozenset[str]) -> bool | None:
    met = lost = 0
    for attempt in range(_TRIES):
        match _Point(attempt, positive).compare(given, wanted):
            case "apart":
                return False
            case "none":
                lost += 1
            case "agree":
                met += 1
        if met == _POINTS:
            break
    if not met:
        # What has no value where the key has one is another formula; else nothing is known.
        return False if lost >= _POINTS else None
    difference = _symbolic(given, positive) - _symbolic(wanted, positive)
    return True if _is_nought(difference) else None


def _is_nought(difference: Any) -> bool:
    for simpler in (sympy.expand, sympy.simplify, lambda of: sympy.simplify(of.rewrite(sympy.exp))):
        difference = simpler(difference)
        if difference == 0:
            return True
    return False


def _is_factored(tree: Tree, positive: frozenset[str]) -> bool | None:
    """As many factors as the polynomial has that cannot be split over the rationals."""
    expression = _symbolic(tree, positive)
    if not expression.is_polynomial(*expression.free_symbols):
        return None
    _, irreducible = sympy.factor_list(expression)
    return bool(_written_factors(tree) == sum(power for _, power in irreducible))


def _written_factors(tree: Tree) -> int:
    count = 0
    for _, factor in factors_of(tree):
        match factor:
            case Number() | Constant() | Call():
                continue
            case Sign(_, of):
                count += _written_factors(of)
            case Operation("^", base, Number(power)):
                count += _written_factors(base) * int(power)
            case Operation("*" | "/", _, _):
                count += _written_factors(factor)
            case _:
                count += 1 if len(terms_of(factor)) > 1 or isinstance(factor, Name) else 0
    return count


class _Beyond(Exception):  # noqa: N818 - a state of the formula
    """Numbers on the way that are too large to be worked with."""


class _Point:
    """Each variable's value at one point, and what formulas come to there."""

    def __init__(self, attempt: int, positive: frozenset[str]) -> None:
        self._attempt = attempt
        self._positive = positive
        self._largest = 0
        """Binary digits of the largest, or smallest, number on the way so far."""

    def compare(self, given: Tree, wanted: Tree) -> Literal["agree", "apart", "none", "open"]:
        """`none`: only the key has a value here. `open`: nothing can be said."""
        try:
            one, two = self._values(given, wanted, digits=_DIGITS)
            if one is not None and two is not None and _near(one, two):
                return "agree"
            # What is left of two large numbers may be nothing but what was rounded of them.
            digits = _DIGITS + 2 * self._largest // 3
            one, two = first = self._values(given, wanted, digits=digits)
            second = self._values(given, wanted, digits=digits + _DIGITS)
        except _Beyond:
            return "open"
        if two is None or not all(map(_steady, first, second)):
            return "open"
        if one is None:
            return "none"
        return "agree" if _near(one, two) else "apart"

    def _values(self, given: Tree, wanted: Tree, *, digits: int) -> tuple[Any, Any]:
        with mpmath.workdps(digits):
            return self._at(given), self._at(wanted)

    def _at(self, tree: Tree) -> Any:
        """What it comes to; None where it comes to nothing finite."""
        try:
            value = mpmath.mpmathify(self._number(tree))
        except (OverflowError, NotImplementedError) as beyond:
            raise _Beyond from beyond
        except (ArithmeticError, ValueError):
            return None
        return value if mpmath.isfinite(value) else None

    def _number(self, tree: Tree) -> Any:
        match tree:
            case Number(value):
                return self._bounded(mpmath.mpf(str(value)))
            case Constant(constant):
                return mpmath.pi + 0 if constant == "pi" else mpmath.e + 0
            case Name(name):
                return _coordinate(name, self._attempt, positive=name in self._positive)
            case Sign(_, of):
                return -self._number(of)
            case Operation(sign, left, right):
                one, two = self._number(left), self._number(right)
                return self._bounded(_OPERATIONS[sign](one, two))
            case Call(function, arguments):
                worked = [self._number(one) for one in arguments]
                return self._bounded(_functions(mpmath)[function](*worked))

    def _bounded(self, value: Any) -> Any:
        """Refuses what has so large an exponent that the next power of it would fill the memory."""
        if value != 0 and mpmath.isfinite(value):
            size = abs(mpmath.mag(value))
            if size > _LARGEST_EXPONENT:
                raise _Beyond
            self._largest = max(self._largest, int(size))
        return value


def _near(one: Any, two: Any) -> bool:
    with mpmath.workdps(_DIGITS):
        return bool(abs(one - two) <= _AGREE * max(1, abs(one), abs(two)))


def _steady(one: Any, again: Any) -> bool:
    """Whether more digits changed nothing."""
    return one is again is None or (one is not None and again is not None and _near(one, again))


def _coordinate(name: str, attempt: int, *, positive: bool) -> Any:
    """Between a fifth and three; at the first point all positive, at the second all negative."""
    digest = sha256(f"{attempt} {name}".encode()).digest()
    size = mpmath.mpf(int.from_bytes(digest[:8], "big")) / 2**64
    size = size * mpmath.mpf("2.8") + mpmath.mpf("0.2")
    negative = digest[8] % 2 if attempt > 1 else attempt
    return -size if negative and not positive else size


def _symbolic(tree: Tree, positive: frozenset[str]) -> Any:
    match tree:
        case Number(value):
            return sympy.Rational(str(value))
        case Constant(constant):
            return sympy.pi if constant == "pi" else sympy.E
        case Name(name):
            # False would say: is negative or nought.
            return sympy.Symbol(name, real=True, positive=True if name in positive else None)
        case Sign(_, of):
            return -_symbolic(of, positive)
        case Operation(sign, left, right):
            return _OPERATIONS[sign](_symbolic(left, positive), _symbolic(right, positive))
        case Call(function, arguments):
            return _functions(sympy)[function](*(_symbolic(one, positive) for one in arguments))


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "/": lambda one, two: one / two,
    "^": lambda one, two: one**two,
}


@cache
def _functions(library: Any) -> dict[str, Callable[..., Any]]:
    """Both libraries call them alike, but for absolute values."""
    same = ["sqrt", "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan",
            "sinh", "cosh", "tanh"]  # fmt: skip
    return {name: getattr(library, name) for name in same} | {
        "ln": library.log,
        "cbrt": library.cbrt,
        "abs": abs,
        "log2": lambda of: library.log(of) / library.log(2),
        "log10": lambda of: library.log(of) / library.log(10),
    }
