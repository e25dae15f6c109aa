"""Formulas compared without algebra, where that decides: quotients of polynomials, exactly.

Both formulas are evaluated at the same points in arithmetic modulo a prime of 127 bits. One
difference proves that they differ; two formulas that are not the same agree at a point by an
accident of a millionth of a millionth of ... (degree over 10^38), and at three never. The points
come from the formulas themselves, so that the same two always meet the same points.

Roots, logarithms, angles, and the forms `factored`, are left to `algebra`, in a process of its own.
"""

from fractions import Fraction
from hashlib import sha256

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
from eduflow.scoring.interactions import Formula
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import Accepted, FormulaKey
from eduflow.scoring.shapes import is_expanded, same_shape
from eduflow.scoring.shares import WHOLE, nothing, scored, unread
from eduflow.scoring.tokens import BadExpression, TooLarge

UNDECIDED = "algebra"
"""The note of a formula that only `FormulaJudge` can decide, if anything can."""
_PRIME = (1 << 127) - 1
_POINTS = 3
_TRIES = 12
_MAX_POWER = 1_000_000
_MAX_STACKED = 1000


class NotRational(Exception):  # noqa: N818 - a state of the formula
    """No quotient of polynomials."""


def judge_formula(interaction: Formula, key: FormulaKey, answer: Answer) -> Score:
    """Decided, or unread: with the note `UNDECIDED` where algebra may know more.

    What is beyond the limits, the answer or the key of this variant, is for a person to read.
    """
    try:
        tree = read(answer, interaction)
    except TooLarge as beyond:
        return unread(str(beyond))
    if isinstance(tree, str):
        return nothing(tree)
    unknown = ""
    for one in key.accepted:
        try:
            wanted = read(one.text, interaction)
        except TooLarge as beyond:
            unknown = f"the key {beyond}"
            continue
        if isinstance(wanted, str):
            continue
        verdict = compare(tree, wanted, form=key.form)
        if verdict is None:
            return unread(UNDECIDED)
        if verdict:
            # One that is not known might have been worth more.
            return unread(unknown) if unknown else worth(one)
    return unread(unknown) if unknown else nothing("another formula")


def worth(one: Accepted) -> Score:
    share = Fraction(one.worth)
    return scored(
        share, correct=share >= WHOLE, feedback=(one.feedback,), note=f"as {one.text[:80]}"
    )


def read(text: Answer, interaction: Formula) -> Tree | str:
    """The formula, or why it is none; raises `TooLarge`."""
    if not isinstance(text, str) or not text.strip():
        return ""
    try:
        return parse_formula(text, variables=interaction.variables)
    except TooLarge:
        raise
    except BadExpression as fault:
        return str(fault)


def compare(given: Tree, wanted: Tree, *, form: str) -> bool | None:
    """Whether it is the same formula, in the form asked; None where this arithmetic cannot tell."""
    if form == "same":
        return same_shape(given, wanted)
    equal = True if given == wanted else _equal(given, wanted)
    if equal and form == "expanded":
        return is_expanded(given)
    if equal and form == "factored":
        return None
    return equal


def _equal(given: Tree, wanted: Tree) -> bool | None:
    seed = repr((given, wanted)).encode()
    met = 0
    for attempt in range(_TRIES):
        point = _Point(seed + attempt.to_bytes(2, "big"))
        try:
            if point.of(given) != point.of(wanted):
                return False
        except NotRational:
            return None
        except ZeroDivisionError:
            # A pole of one of them: it says nothing, elsewhere they may agree.
            continue
        met += 1
        if met == _POINTS:
            return True
    return None


class _Point:
    """Each variable's value at one point, and what formulas come to there."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def of(self, tree: Tree) -> int:
        match tree:
            case Number(value):
                ratio = Fraction(value)
                return ratio.numerator * _inverse(ratio.denominator) % _PRIME
            case Name(name) | Constant(name):
                # pi and e are taken for variables: no quotient of polynomials tells them from one.
                kind = b"\x00" if isinstance(tree, Name) else b"\x01"
                digest = sha256(self._seed + kind + name.encode()).digest()
                return int.from_bytes(digest[:16], "big") % _PRIME
            case Sign(_, of):
                return -self.of(of) % _PRIME
            case Operation("^", base, exponent):
                return self._power(self.of(base), exponent)
            case Operation(sign, left, right):
                one, two = self.of(left), self.of(right)
                if sign == "/":
                    return one * _inverse(two) % _PRIME
                return {"+": one + two, "-": one - two, "*": one * two}[sign] % _PRIME
            case Call():
                raise NotRational

    def _power(self, base: int, exponent: Tree) -> int:
        number = exact(exponent)
        if number is None or number.denominator != 1 or abs(number) > _MAX_POWER:
            raise NotRational
        return pow(_inverse(base) if number < 0 else base, abs(number.numerator), _PRIME)


def _inverse(number: int) -> int:
    if number % _PRIME == 0:
        raise ZeroDivisionError
    return pow(number, -1, _PRIME)


def exact(tree: Tree) -> Fraction | None:
    """What an exponent of whole numbers comes to; None where there is a name in it."""
    match tree:
        case Number(value):
            return Fraction(value)
        case Sign(_, of):
            inner = exact(of)
            return None if inner is None else -inner
        case Operation(sign, left, right):
            one, two = exact(left), exact(right)
            return None if one is None or two is None else _worked(sign, one, two)
        case _:
            return None


def _worked(sign: str, one: Fraction, two: Fraction) -> Fraction | None:
    if sign == "^":
        # 2^3^2; the grammar has bounded what constants come to.
        return one ** int(two) if two.denominator == 1 and 0 <= two <= _MAX_STACKED else None
    if sign == "/":
        return one / two if two else None
    return {"+": one + two, "-": one - two, "*": one * two}[sign]
