"""Parameters of a question as QTI's templates, as far as those can compute them."""

import ast
from decimal import Decimal

from eduflow.interchange.export.rules import base, figure, variable
from eduflow.interchange.export.tags import Tag, tag
from eduflow.interchange.qti.templates import parameter_name
from eduflow.scoring.items import Item, Parameter

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "qti-sum",
    ast.Sub: "qti-subtract",
    ast.Mult: "qti-product",
    ast.Div: "qti-divide",
    ast.BitXor: "qti-power",
    ast.Pow: "qti-power",
}
_CALLS = {"min": "qti-min", "max": "qti-max", "mod": "qti-integer-modulus"}
_MAX = 300


def templates(item: Item) -> list[Tag]:
    """Declarations and processing; nothing where a name is none in QTI."""
    if not item.parameters or any(parameter_name(name) != name for name in item.parameters):
        return []
    declared: list[Tag] = []
    rules: list[Tag] = []
    for name, parameter in item.parameters.items():
        kind, value = _value(parameter)
        if value is None:
            return []
        declared.append(
            tag("qti-template-declaration", identifier=name, cardinality="single", base_type=kind)
        )
        rules.append(tag("qti-set-template-value", value, identifier=name))
    return [*declared, tag("qti-template-processing", *rules)]


def _value(parameter: Parameter) -> tuple[str, Tag | None]:
    if parameter.equals is not None:
        return "float", _expression(parameter.equals)
    if parameter.among:
        values = (base("string", one) for one in parameter.among)
        return "string", tag("qti-random", tag("qti-multiple", *values))
    low, high, step = parameter.low, parameter.high, parameter.step
    if low is None or high is None:
        return "float", None
    if all(one == one.to_integral_value() for one in (low, high, step)):
        return "integer", tag(
            "qti-random-integer", min=figure(low), max=figure(high), step=figure(step)
        )
    return "float", tag("qti-random-float", min=figure(low), max=figure(high))


def _expression(text: str) -> Tag | None:
    """Sums, products, powers and the like; None for what QTI has no element for."""
    if len(text) > _MAX:
        return None
    try:
        # Only its shape is looked at; nothing is evaluated. `^` binds too loosely in Python.
        tree = ast.parse(text.replace("^", "**").strip(), mode="eval")
        return _made(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _made(node: ast.expr) -> Tag | None:  # noqa: PLR0911 - one for each kind of node
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return base("float", figure(Decimal(str(node.value))))
    if isinstance(node, ast.Name):
        return variable(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _made(node.operand)
        return None if inner is None else tag("qti-product", base("float", "-1"), inner)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        left, right = _made(node.left), _made(node.right)
        if left is None or right is None:
            return None
        return tag(_SIGNS[type(node.op)], left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        parts = [_made(one) for one in node.args]
        known = [one for one in parts if one is not None]
        return tag(_CALLS[node.func.id], *known) if len(known) == len(parts) else None
    return None
