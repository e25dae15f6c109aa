"""Formulas compared by computer algebra. Runs in a process of its own that may be killed.

First in numbers of 80 digits at fixed points: a difference proves that they differ. Only what
agrees everywhere is handed to sympy to be proved. What it cannot prove is not decided.

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
from eduflow.scoring.tokens import BadExpression

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
    with mpmath.workdps(_DIGITS):
        for attempt in range(_TRIES):
            one = _at(given, attempt, positive)
            two = _at(wanted, attempt, positive)
            if one is None or two is None:
                lost += two is not None
                continue
            if abs(one - two) > _AGREE * max(1, abs(one), abs(two)):
                return False
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


def _at(tree: Tree, attempt: int, positive: frozenset[str]) -> Any:
    """What it comes to at one point; None where it comes to nothing finite."""
    try:
        value = mpmath.mpmathify(_number(tree, attempt, positive))
    except (ArithmeticError, ValueError, NotImplementedError):
        return None
    return value if mpmath.isfinite(value) else None


def _number(tree: Tree, attempt: int, positive: frozenset[str]) -> Any:
    match tree:
        case Number(value):
            return mpmath.mpf(str(value))
        case Constant(constant):
            return mpmath.pi + 0 if constant == "pi" else mpmath.e + 0
        case Name(name):
            return _coordinate(name, attempt, positive=name in positive)
        case Sign(_, of):
            return -_number(of, attempt, positive)
        case Operation(sign, left, right):
            one, two = _number(left, attempt, positive), _number(right, attempt, positive)
            return _bounded(_OPERATIONS[sign](one, two))
        case Call(function, arguments):
            worked = [_number(one, attempt, positive) for one in arguments]
            return _bounded(_functions(mpmath)[function](*worked))


def _bounded(value: Any) -> Any:
    """Refuses what has so large an exponent that the next power of it would fill the memory."""
    if abs(mpmath.mag(value)) > _LARGEST_EXPONENT and value != 0:
        raise OverflowError
    return value


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
