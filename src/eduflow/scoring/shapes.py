"""The form in which a formula is written, whatever it comes to."""

from collections import Counter
from decimal import Decimal

from eduflow.scoring.expressions import Call, Constant, Name, Number, Operation, Sign, Tree


def same_shape(one: Tree, other: Tree) -> bool:
    """The same but for the order of what is added or multiplied, and for brackets."""
    return _sorted(one) == _sorted(other)


def _sorted(tree: Tree) -> str:
    match tree:
        case Operation("+" | "-", _, _):
            return f"({' '.join(sorted(_signed('+-', *term) for term in terms_of(tree)))})"
        case Operation("*" | "/", _, _):
            return f"({' '.join(sorted(_signed('*/', *factor) for factor in factors_of(tree)))})"
        case Operation(sign, left, right):
            return f"({_sorted(left)} {sign} {_sorted(right)})"
        case Sign(sign, of):
            return f"({sign} {_sorted(of)})"
        case _:
            return _leaf(tree)


def _leaf(tree: Number | Name | Constant | Call) -> str:
    match tree:
        case Call(function, arguments):
            return f"{function}({', '.join(_sorted(one) for one in arguments)})"
        case Name(name):
            return name
        case Constant(name):
            return f"the {name}"
        case Number(value):
            return str(value.normalize() + 0)


def _signed(signs: str, inverse: bool, tree: Tree) -> str:  # noqa: FBT001 - as the lists have it
    return f"{signs[inverse]}{_sorted(tree)}"


def terms_of(tree: Tree, *, minus: bool = False) -> list[tuple[bool, Tree]]:
    """What is added, each with whether it is taken away."""
    match tree:
        case Operation("+", left, right):
            return terms_of(left, minus=minus) + terms_of(right, minus=minus)
        case Operation("-", left, right):
            return terms_of(left, minus=minus) + terms_of(right, minus=not minus)
        case Sign("-", of):
            return terms_of(of, minus=not minus)
        case _:
            return [(minus, tree)]


def factors_of(tree: Tree, *, under: bool = False) -> list[tuple[bool, Tree]]:
    """What is multiplied, each with whether it is divided by."""
    match tree:
        case Operation("*", left, right):
            return factors_of(left, under=under) + factors_of(right, under=under)
        case Operation("/", left, right):
            return factors_of(left, under=under) + factors_of(right, under=not under)
        case _:
            return [(under, tree)]


def is_expanded(tree: Tree) -> bool:
    """A sum of products with no sum left in a product or a power, and no two terms alike."""
    kinds: Counter[str] = Counter()
    for _, term in terms_of(tree):
        factors = factors_of(term)
        if any(not under and _holds_a_sum(factor) for under, factor in factors):
            return False
        kinds[" ".join(sorted(_powers(factors)))] += 1
    return all(count == 1 for count in kinds.values())


def _holds_a_sum(factor: Tree) -> bool:
    match factor:
        case Operation("+" | "-", _, _):
            return True
        case Operation("^", base, _):
            return _holds_a_sum(base)
        case Operation("*" | "/", left, right):
            return _holds_a_sum(left) or _holds_a_sum(right)
        case Sign(_, of):
            return _holds_a_sum(of)
        case _:
            return False


def _powers(factors: list[tuple[bool, Tree]]) -> list[str]:
    """The factors but for numbers, each with its power in all: x*x and x^2 are alike."""
    powers: dict[str, Decimal] = {}
    for under, factor in factors:
        base, power = factor, Decimal(1)
        if (
            isinstance(factor, Operation)
            and factor.sign == "^"
            and isinstance(factor.right, Number)
        ):
            base, power = factor.left, factor.right.value
        if not isinstance(base, Number):
            name = _sorted(base)
            powers[name] = powers.get(name, Decimal(0)) + (-power if under else power)
    return [f"{name}^{power.normalize()}" for name, power in powers.items() if power]
