"""Expressions of a variant worked out in decimals: the same digits on every machine.

Floats are not: `sin` of one C library differs from another's in the last place, and a true answer
that moves with the machine would regrade itself. Fifty digits inside, thirty given out.
"""

from collections.abc import Callable, Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache
from math import gcd, lcm

from eduflow.scoring.expressions import (
    Call,
    Constant,
    Name,
    Number,
    Operation,
    Sign,
    Tree,
    parse_arithmetic,
)
from eduflow.scoring.tokens import BadExpression

_TRAPS = [DivisionByZero, InvalidOperation, Overflow]
_INSIDE = Context(prec=50, Emin=-5000, Emax=5000, traps=_TRAPS)
_GIVEN = Context(prec=30, Emin=-5000, Emax=5000, traps=_TRAPS)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
_E = Decimal("2.71828182845904523536028747135266249775724709369995957496696763")
_MAX_ANGLE = Decimal(10) ** 9
_MAX_WHOLE = Decimal(10) ** 40
_MAX_PLACES = 30
_MAX_EXPONENT = 10_000


class NoValue(ArithmeticError):  # noqa: N818 - a state of the expression
    """Divided by nought, a root of a negative number, out of bounds, a word for a number."""


def work_out(text: str, values: Mapping[str, str]) -> Decimal:
    """What an expression comes to; `NoValue` where it comes to nothing, also where it is none."""
    try:
        tree = parse_arithmetic(text, names=tuple(values))
    except BadExpression as fault:
        raise NoValue(str(fault)) from fault
    try:
        with localcontext(_INSIDE):
            worked = _GIVEN.plus(_of(tree, values)) + 0
    except NoValue:
        raise
    except (ArithmeticError, ValueError) as fault:
        # The arithmetic's own words name its traps, not what was typed.
        raise NoValue(f"{text[:60]!r} has no value") from fault
    if not worked.is_finite():
        # ln(0) is minus infinity to the library, and nothing to anybody who is asked.
        raise NoValue(f"{text[:60]!r} has no value")
    return worked


def holds(text: str, values: Mapping[str, str]) -> bool:
    """Whether a condition holds: an expression that is not nought."""
    return work_out(text, values) != 0


@lru_cache(maxsize=1024)
def plain_number(text: str) -> Decimal | None:
    """A number written as one, which needs no working out."""
    try:
        number = Decimal(text.strip())
    except DecimalException:
        return None
    bounded = number.is_finite() and abs(number.adjusted()) <= _MAX_EXPONENT
    return number if bounded and len(number.as_tuple().digits) <= _MAX_EXPONENT else None


def written(number: Decimal) -> str:
    """As it stands in a text: no exponent while it is of a size that people write out."""
    short = number.normalize(_GIVEN) + 0
    most = 15
    return format(short, "f") if abs(short.adjusted()) <= most else str(short)


def _of(tree: Tree, values: Mapping[str, str]) -> Decimal:
    match tree:
        case Number(value):
            return value
        case Name(name):
            return _named(name, values)
        case Constant(name):
            return _PI if name == "pi" else _E
        case Sign(sign, of):
            worth = _of(of, values)
            return -worth if sign == "-" else Decimal(worth == 0)
        case Operation(sign, left, right):
            return _OPERATIONS[sign](_of(left, values), _of(right, values))
        case Call(function, arguments):
            return _called(function, [_of(argument, values) for argument in arguments])


def _called(function: str, worked: list[Decimal]) -> Decimal:
    try:
        return _FUNCTIONS[function](*worked)
    except TypeError as fault:
        raise NoValue(f"{function} takes another number of arguments") from fault


def _named(name: str, values: Mapping[str, str]) -> Decimal:
    if name in values:
        number = plain_number(values[name])
        if number is not None:
            return number
    raise NoValue(f"{name} is no number")


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > _MAX_EXPONENT:
        raise NoValue("an exponent is too large")
    return Decimal(1) if exponent == 0 else base**exponent


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value() or abs(number) > _MAX_WHOLE:
        raise NoValue("a whole number of no more than 40 digits is wanted")
    return int(number)


def _rounded(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    if abs(places) > _MAX_PLACES:
        raise NoValue(f"rounds to more than {_MAX_PLACES} places")
    return number.quantize(Decimal(1).scaleb(-_whole(places)), rounding=ROUND_HALF_UP)


def _log(number: Decimal, base: Decimal | None = None) -> Decimal:
    return number.ln() if base is None else number.ln() / base.ln()


def _modulo(number: Decimal, by: Decimal) -> Decimal:
    # As in mathematics: of the sign of the divisor, where Decimal's own takes the dividend's.
    return number - by * (number / by).to_integral_value(rounding=ROUND_FLOOR)


def _sine(angle: Decimal) -> Decimal:
    if abs(angle) > _MAX_ANGLE:
        raise NoValue("an angle is too large")
    angle = angle.remainder_near(2 * _PI)
    term = total = angle
    for step in range(2, 120, 2):
        term = -term * angle * angle / (step * (step + 1))
        total += term
    # What is below is the error of the last digits, not an angle: sin(pi) is nought.
    return total.quantize(Decimal("1e-40"))


def _cosine(angle: Decimal) -> Decimal:
    return _sine(angle + _PI / 2)


_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": _power,
    "<": lambda left, right: Decimal(left < right),
    "<=": lambda left, right: Decimal(left <= right),
    ">": lambda left, right: Decimal(left > right),
    ">=": lambda left, right: Decimal(left >= right),
    "==": lambda left, right: Decimal(left == right),
    "!=": lambda left, right: Decimal(left != right),
    "and": lambda left, right: Decimal(left != 0 and right != 0),
    "or": lambda left, right: Decimal(left != 0 or right != 0),
}
_FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "sqrt": lambda number: number.sqrt(),
    "exp": lambda number: number.exp(),
    "ln": lambda number: number.ln(),
    "log": _log,
    "log10": lambda number: number.log10(),
    "abs": abs,
    "sin": _sine,
    "cos": _cosine,
    "tan": lambda angle: _sine(angle) / _cosine(angle),
    "round": _rounded,
    "floor": lambda number: number.to_integral_value(rounding=ROUND_FLOOR),
    "ceil": lambda number: number.to_integral_value(rounding=ROUND_CEILING),
    "min": min,
    "max": max,
    "gcd": lambda left, right: Decimal(gcd(_whole(left), _whole(right))),
    "lcm": lambda left, right: Decimal(lcm(_whole(left), _whole(right))),
    "mod": _modulo,
}
