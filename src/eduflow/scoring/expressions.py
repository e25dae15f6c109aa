"""Formulas as they are typed, read into a tree by a grammar of our own: nothing is evaluated.

One grammar for what students answer, for the quantities of a variant and for the conditions on
them. Known names only; bounded in length, in depth and in the size of the numbers that constants
may come to, so that nothing that was read can be dear to work with (`9**9**9` is refused here).

From loose to tight: `or`, `and`, `not`, comparisons, sums, products (also by writing things side
by side: `2x`, `x(x+1)`; from the left, so that `1/2x` is `x/2`), signs, powers (from the right).
"""

import unicodedata
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn, TypeAlias

import msgspec

from eduflow.scoring.tokens import BadExpression, Token, TooLarge, tokens

MAX_LENGTH = 1000
_MAX_TOKENS = 400
_MAX_DEPTH = 40
_MAX_EXPONENT = 1000


class Number(msgspec.Struct, frozen=True, tag="number"):
    value: Decimal


class Name(msgspec.Struct, frozen=True, tag="name"):
    name: str


class Constant(msgspec.Struct, frozen=True, tag="constant"):
    name: str


class Call(msgspec.Struct, frozen=True, tag="call"):
    function: str
    arguments: tuple["Tree", ...]


class Operation(msgspec.Struct, frozen=True, tag="operation"):
    """`sign` is one of + - * / ^ and of < <= > >= == != and or."""

    sign: str
    left: "Tree"
    right: "Tree"


class Sign(msgspec.Struct, frozen=True, tag="sign"):
    """Minus what follows, or `not`."""

    sign: str
    of: "Tree"


Tree: TypeAlias = Number | Name | Constant | Call | Operation | Sign

FUNCTIONS = {
    "sqrt": 1, "cbrt": 1, "exp": 1, "ln": 1, "log": 2, "log10": 1, "log2": 1, "abs": 1,
    "sin": 1, "cos": 1, "tan": 1, "cot": 1, "sec": 1, "csc": 1, "asin": 1, "acos": 1, "atan": 1,
    "sinh": 1, "cosh": 1, "tanh": 1,
}  # fmt: skip
"""Of formulas, with the most arguments each takes; `log` is the natural one, or of a base given."""
ARITHMETIC = {
    "sqrt": 1, "exp": 1, "ln": 1, "log": 2, "log10": 1, "abs": 1, "sin": 1, "cos": 1, "tan": 1,
    "round": 2, "floor": 1, "ceil": 1, "min": 8, "max": 8, "gcd": 2, "lcm": 2, "mod": 2,
}  # fmt: skip
"""Of the expressions of a variant."""
ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log10", "π": "pi"}
CONSTANTS = frozenset({"pi", "e"})


def parse_formula(text: str, *, variables: Collection[str]) -> Tree:
    """A formula in these variables; `BadExpression` says where it is none, or `TooLarge`."""
    return _parse(text, frozenset(variables), arithmetic=False)


def parse_arithmetic(text: str, *, names: Collection[str]) -> Tree:
    """An expression, or a condition, of the parameters of a variant."""
    return _parse(text, frozenset(names), arithmetic=True)


@lru_cache(maxsize=512)
def _parse(text: str, names: frozenset[str], *, arithmetic: bool) -> Tree:
    if len(text) > MAX_LENGTH:
        raise TooLarge(MAX_LENGTH, f"is longer than {MAX_LENGTH} characters")
    text = unicodedata.normalize("NFC", text)
    functions = ARITHMETIC if arithmetic else FUNCTIONS
    read = tokens(text, known=names | CONSTANTS | functions.keys() | ALIASES.keys())
    reader = _Reader(read, names, functions, conditions=arithmetic)
    if len(read) > _MAX_TOKENS:
        reader.beyond = TooLarge(len(text), "is made of too many pieces")
    return reader.whole()


class _Reader:
    """Recursive descent; `depth` is what is open, so that no nesting overruns the stack."""

    def __init__(
        self,
        read: list[Token],
        names: frozenset[str],
        functions: dict[str, int],
        *,
        conditions: bool,
    ) -> None:
        self._read = read
        self._at = 0
        self._depth = 0
        self._names = names
        self._functions = functions
        self._conditions = conditions
        self.beyond: TooLarge | None = None
        """The first limit that was met; the rest is still read, to see whether it is one."""

    def whole(self) -> Tree:
        tree = self._choice() if self._conditions else self._sum()
        if self._peek() != "":
            self._fail(f"nobody expected {self._peek()[:20]!r} here")
        if self.beyond is not None:
            raise self.beyond
        return tree

    def _peek(self) -> str:
        return self._read[self._at].text

    def _take(self, *signs: str) -> str:
        token = self._read[self._at]
        if token.kind == "sign" and token.text in signs:
            self._at += 1
            return token.text
        return ""

    def _fail(self, why: str) -> NoReturn:
        raise BadExpression(self._read[self._at].at, why)

    def _choice(self) -> Tree:
        tree = self._both()
        while self._take("or"):
            tree = Operation("or", tree, self._both())
        return tree

    def _both(self) -> Tree:
        tree = self._denied()
        while self._take("and"):
            tree = Operation("and", tree, self._denied())
        return tree

    def _denied(self) -> Tree:
        if self._take("not"):
            self._down()
            tree = Sign("not", self._denied())
            self._depth -= 1
            return tree
        left = self._sum()
        if sign := self._take("<", "<=", ">", ">=", "==", "!="):
            return Operation(sign, left, self._sum())
        return left

    def _sum(self) -> Tree:
        tree = self._product()
        while sign := self._take("+", "-"):
            tree = Operation(sign, tree, self._product())
        return tree

    def _product(self) -> Tree:
        tree = self._signed()
        while True:
            if sign := self._take("*", "/"):
                tree = Operation(sign, tree, self._signed())
            elif self._read[self._at].kind in {"number", "name"} or self._peek() == "(":
                tree = Operation("*", tree, self._power())
            else:
                return tree

    def _signed(self) -> Tree:
        sign = self._take("-", "+")
        if not sign:
            return self._power()
        self._down()
        of = self._signed()
        self._depth -= 1
        return Sign("-", of) if sign == "-" else of

    def _power(self) -> Tree:
        base = self._atom()
        if not self._take("^"):
            return base
        self._down()
        # The exponent may have a sign, and powers of its own, which go first.
        exponent = self._signed()
        self._depth -= 1
        return self._raised(base, exponent)

    def _raised(self, base: Tree, exponent: Tree) -> Tree:
        """A power that no constants make larger than 10^308, however they are stacked."""
        tree = Operation("^", base, exponent)
        if self.beyond is not None:
            # Only its grammar is of interest still, and how large it is would be dear to know.
            return tree
        at, size = self._read[self._at].at, rough(exponent)
        if size is not None and not abs(size) <= _MAX_EXPONENT:
            self.beyond = TooLarge(at, f"has an exponent above {_MAX_EXPONENT}")
        elif rough(base) is not None and size is not None and rough(tree) is None:
            if isinstance(base, Number) and not base.value:
                self._fail("nought has no such power")
            self.beyond = TooLarge(at, "comes to too large a number")
        return tree

    def _atom(self) -> Tree:
        token = self._read[self._at]
        if token.kind == "number":
            self._at += 1
            return Number(Decimal(token.text))
        if token.kind == "name":
            self._at += 1
            return self._named(ALIASES.get(token.text, token.text))
        if self._take("("):
            return self._enclosed()
        unexpected = f"nobody expected {token.text[:20]!r} here"
        return self._fail(unexpected if token.text else "something is missing here")

    def _enclosed(self) -> Tree:
        self._down()
        tree = self._choice() if self._conditions else self._sum()
        self._depth -= 1
        if not self._take(")"):
            self._fail("a bracket is not closed")
        return tree

    def _named(self, name: str) -> Tree:
        # A variable goes before a constant or function of the same name: `e` may be a charge.
        if name in self._names:
            return Name(name)
        if name in CONSTANTS:
            return Constant(name)
        power: Tree | None = None
        if self._take("^"):
            # `sin^2(x)`: only a number can stand here.
            power = self._atom() if self._read[self._at].kind == "number" else None
            if power is None:
                self._fail("only a number can stand here")
        if not self._take("("):
            self._fail(f"{name} needs its argument in brackets")
        arguments = [self._enclosed_argument()]
        while self._take(","):
            arguments.append(self._enclosed_argument())
        if not self._take(")"):
            self._fail("a bracket is not closed")
        if len(arguments) > self._functions[name]:
            self._fail(f"{name} takes no more than {self._functions[name]}")
        call = Call(name, tuple(arguments))
        return call if power is None else self._raised(call, power)

    def _enclosed_argument(self) -> Tree:
        self._down()
        tree = self._sum()
        self._depth -= 1
        return tree

    def _down(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            signs = [token.text for token in self._read]
            if signs.count("(") != signs.count(")"):
                self._fail("a bracket is not closed")
            raise TooLarge(self._read[self._at].at, "is nested too deeply")


def rough(tree: Tree) -> float | None:
    """What constants come to, about; None where there is a name in it, or no number to it."""
    try:
        return _rough(tree)
    except (ArithmeticError, ValueError):
        return None


def _rough(tree: Tree) -> float | None:
    match tree:
        case Number(value):
            return float(value)
        case Sign("-", of):
            inner = _rough(of)
            return None if inner is None else -inner
        case Operation(sign, left, right) if sign in "+-*/^":
            one, two = _rough(left), _rough(right)
            return None if one is None or two is None else _worked(sign, one, two)
        case _:
            return None


def _worked(sign: str, one: float, two: float) -> float | None:
    if sign == "^":
        power = one**two
        return abs(power) if isinstance(power, complex) else float(power)
    return {"+": one + two, "-": one - two, "*": one * two}.get(sign) if sign != "/" else one / two
