"""Template processing as parameters: quantities drawn or computed, and conditions on them."""

import re
from decimal import Decimal

from eduflow.interchange import limits
from eduflow.interchange.qti.declarations import Response, number
from eduflow.interchange.qti.names import said
from eduflow.interchange.qti.values import OPERATORS, Value, typed
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node
from eduflow.scoring.items import Parameter

_NUMBERS = {"float", "integer"}
_SIGNS = {"qti-sum": " + ", "qti-product": " * ", "qti-subtract": " - ", "qti-divide": " / ",
          "qti-power": " ^ ", "qti-gt": " > ", "qti-gte": " >= ", "qti-lt": " < ",
          "qti-lte": " <= ", "qti-and": " and ", "qti-or": " or ", "qti-equal": " == ",
          "qti-match": " == "}  # fmt: skip
_CALLS = {"qti-min": "min", "qti-max": "max", "qti-integer-modulus": "mod", "qti-round": "round",
          "qti-gcd": "gcd", "qti-lcm": "lcm"}  # fmt: skip
_MATHS = {"sin", "cos", "tan", "exp", "ln", "log", "abs", "floor", "ceil"}
_STEPS = 1000


def parameter_name(identifier: str) -> str:
    """As texts and expressions can have it."""
    name = re.sub(r"\W", "_", identifier)[:60]
    return name if name and not name[0].isdigit() else f"p_{name}"


def plainly(value: Decimal) -> str:
    """Without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bare(text: str) -> str:
    """Without the brackets around the whole."""
    inner = text[1:-1]
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for sign in inner:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return text
    return inner


def expression(node: Node) -> str:  # noqa: C901, PLR0911 - one for each kind of node
    """Written out, with brackets around every operation."""
    parts = list(node.elements)
    if node.name == "qti-variable":
        return parameter_name(node.get("identifier"))
    if node.name == "qti-base-value":
        value = typed(node.text.strip(), node.get("base-type"))
        if isinstance(value, Decimal):
            return plainly(value) if value >= 0 else f"({plainly(value)})"
        refuse("a computed value that is no number", line=node.line)
    if node.name == "qti-equal" and node.get("tolerance-mode", "exact") != "exact":
        refuse("a tolerance in a condition on parameters", line=node.line)
    if node.name in _SIGNS and parts:
        return "(" + _SIGNS[node.name].join(map(expression, parts)) + ")"
    if node.name == "qti-not" and len(parts) == 1:
        return f"(not {expression(parts[0])})"
    if node.name in _CALLS and parts:
        return f"{_CALLS[node.name]}({', '.join(map(expression, parts))})"
    if node.name == "qti-integer-divide" and len(parts) == 2:  # noqa: PLR2004
        return f"floor({expression(parts[0])} / {expression(parts[1])})"
    if node.name == "qti-integer-to-float" and len(parts) == 1:
        return expression(parts[0])
    if node.name == "qti-math-operator" and node.get("name") in _MATHS and len(parts) == 1:
        name = "log10" if node.get("name") == "log" else node.get("name")
        return f"{name}({expression(parts[0])})"
    if node.name == "qti-math-constant" and node.get("name") in {"pi", "e"}:
        return node.get("name")
    return refuse(f"computing by {said(node.name)}", line=node.line)


class Templates:
    """The parameters of one item, a sample of their values, and right answers they compute."""

    def __init__(self, item: Node, *, responses: dict[str, Response], losses: Losses) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.conditions: list[str] = []
        self.sample: dict[str, Value] = {}
        self.rights: dict[str, str] = {}
        """Expressions, by response."""
        self.right_values: dict[str, Value] = {}
        self._losses = losses
        self._responses = responses
        declared = list(item.all("qti-template-declaration"))
        if len(declared) > limits.MAX_PARAMETERS:
            refuse(f"more than {limits.MAX_PARAMETERS} template variables")
        self._types = {node.get("identifier"): node.get("base-type") for node in declared}
        for node in declared:
            if node.get("cardinality", "single") != "single":
                refuse("template variables of several values", line=node.line)
            default = node.first("qti-default-value")
            value = default.first("qti-value") if default is not None else None
            if value is not None:
                self._constant(node.get("identifier"), value.text.strip())
        processing = item.first("qti-template-processing")
        for rule in () if processing is None else processing.elements:
            self._rule(rule)

    @property
    def names(self) -> set[str]:
        return set(self.parameters)

    def _constant(self, name: str, text: str) -> None:
        self.sample[name] = typed(text, self._types.get(name, "string"))
        self.parameters[parameter_name(name)] = Parameter(among=(text,))

    def _rule(self, rule: Node) -> None:
        parts = list(rule.elements)
        if rule.name == "qti-template-constraint" and len(parts) == 1:
            self.conditions.append(bare(expression(parts[0])))
            return
        if len(parts) != 1:
            refuse(f"template processing by {said(rule.name)}", line=rule.line)
        name = rule.get("identifier")
        if rule.name == "qti-set-template-value":
            self._set(name, parts[0])
        elif rule.name == "qti-set-correct-response":
            response = self._responses.get(name)
            if response is None or response.base_type not in _NUMBERS:
                refuse("a right answer that differs by variant and is no number", line=rule.line)
            self.rights[name] = bare(expression(parts[0]))
            self.right_values[name] = self._value(parts[0])
        else:
            refuse(f"template processing by {said(rule.name)}", line=rule.line)

    def _set(self, name: str, node: Node) -> None:
        # Set anew, it is drawn where it is set and not where it had its default.
        self.parameters.pop(parameter_name(name), None)
        made = self._drawn(name, node)
        if made is None:
            if node.name == "qti-base-value":
                self._constant(name, node.text.strip())
                return
            self._lift(name, node)
            made = Parameter(equals=bare(expression(node)))
            self.sample[name] = self._value(node)
        self.parameters[parameter_name(name)] = made

    def _drawn(self, name: str, node: Node) -> Parameter | None:
        match node.name:
            case "qti-random-integer" | "qti-random-float":
                low = number(node.get("min", "0"), line=node.line)
                high = number(node.get("max"), line=node.line)
                step = number(node.get("step", "1"), line=node.line)
                if node.name == "qti-random-float":
                    if high <= low:
                        refuse("a random number from an empty range", line=node.line)
                    step = Decimal(10) ** ((high - low) / _STEPS).adjusted()
                    self._losses.add(f"that {name} is any number of its range (steps of {step:f})")
                if step <= 0 or high < low:
                    refuse("a random number from an empty range", line=node.line)
                self.sample[name] = low + step * (int((high - low) / step) // 3)
                return Parameter(low=low, high=high, step=step)
            case "qti-random":
                container = next(node.elements, None)
                values = list(container.elements) if container is not None else []
                if not values or any(value.name != "qti-base-value" for value in values):
                    refuse("random of what is no list of values", line=node.line)
                among = tuple(value.text.strip() for value in values)
                self.sample[name] = typed(among[0], values[0].get("base-type"))
                return Parameter(among=among)
        return None

    def _lift(self, name: str, node: Node) -> None:
        """A random number inside of a computation becomes a parameter of its own."""
        for inner in list(node.under()):
            if inner.name in {"qti-random-integer", "qti-random-float", "qti-random"}:
                own = f"{name}_{len(self.parameters) + 1}"
                made = self._drawn(own, inner)
                if made is not None:
                    self.parameters[parameter_name(own)] = made
                inner.name, inner.children = "qti-variable", []
                inner.attributes = {"identifier": own}

    def _value(self, node: Node) -> Value:
        if node.name == "qti-variable":
            return self.sample.get(node.get("identifier"))
        if node.name == "qti-base-value":
            return typed(node.text.strip(), node.get("base-type"))
        operator = OPERATORS.get(node.name)
        if operator is None:
            refuse(f"computing by {said(node.name)}", line=node.line)
        return operator(node, [self._value(part) for part in node.elements])
