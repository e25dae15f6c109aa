"""Calculated questions: wildcards `{a}` as parameters, formulas as expressions."""

import re
from decimal import Decimal

from eduflow.interchange import limits
from eduflow.interchange.moodle.texts import said
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.templates import parameter_name
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node
from eduflow.scoring.items import Parameter

_WILDCARD = re.compile(r"\{([^{}=\s][^{}\s]{0,60})\}")
_COMPUTED = re.compile(r"\{=((?:[^{}]|\{[^{}]*\})*)\}")
_FORMULA = re.compile(r"[\w\s+\-*/^(),.]*")
_NAME = re.compile(r"[^\W\d]\w*")
_CALLED = re.compile(r"([^\W\d]\w*)\s*\(")
_KNOWN = {"sqrt", "exp", "ln", "log10", "abs", "sin", "cos", "tan", "round", "floor", "ceil", "min",
          "max"}  # fmt: skip
_MAX_FORMULA = 500
_MAX_PLACES = 9


class Datasets:
    """The wildcards of one question, in the order of the file, and what is computed of them."""

    def __init__(self, node: Node, losses: Losses) -> None:
        self.parameters: dict[str, Parameter] = {}
        holder = node.first("dataset_definitions")
        nodes = list(holder.all("dataset_definition")) if holder is not None else []
        if len(nodes) > limits.MAX_PARAMETERS:
            refuse(f"more than {limits.MAX_PARAMETERS} wildcards", line=node.line)
        for one in nodes:
            name = parameter_name(said(one, "name"))
            if said(one, "distribution") not in {"", "uniform"}:
                losses.add(f"the distribution of {name} (uniform instead)")
            places = said(one, "decimals") or "1"
            if not re.fullmatch(r"\d", places) or int(places) > _MAX_PLACES:
                refuse(f"{places!r} decimals of a wildcard", line=one.line)
            low = number(said(one, "minimum"), line=one.line)
            high = number(said(one, "maximum"), line=one.line)
            if high < low:
                low, high = high, low
            self.parameters[name] = Parameter(low=low, high=high, step=Decimal(10) ** -int(places))
        if nodes:
            losses.add("the values drawn for its wildcards (drawn anew from the same ranges)")

    def fill(self, text: str) -> str:
        """The text with `{{a}}` for `{a}`, and a computed parameter for each `{={a}+1}`."""

        def computed(found: re.Match[str]) -> str:
            expression = self.expression(found[1])
            name = f"computed_{len(self.parameters) + 1}"
            for known, parameter in self.parameters.items():
                if parameter.equals == expression:
                    name = known
            self.parameters[name] = Parameter(equals=expression)
            if len(self.parameters) > limits.MAX_PARAMETERS:
                refuse("too many computed values")
            return "\x00" + name + "\x01"

        def wildcard(found: re.Match[str]) -> str:
            name = parameter_name(found[1])
            return "{{" + name + "}}" if name in self.parameters else found[0]

        filled = _WILDCARD.sub(wildcard, _COMPUTED.sub(computed, text))
        return filled.replace("\x00", "{{").replace("\x01", "}}")

    def expression(self, formula: str) -> str:
        if len(formula) > _MAX_FORMULA:
            refuse("a formula that is too long")

        def wildcard(found: re.Match[str]) -> str:
            name = parameter_name(found[1])
            if name not in self.parameters:
                refuse(f"a formula of {{{found[1]}}}, which is no wildcard of it")
            return name

        text = _WILDCARD.sub(wildcard, formula.strip()).replace("**", "^").replace("pi()", "pi")
        text = re.sub(r"\blog\(", "ln(", text)
        text = _powers(text)
        if not text or not _FORMULA.fullmatch(text):
            refuse(f"the formula {formula[:80]}")
        for call in _CALLED.findall(text):
            if call not in _KNOWN:
                refuse(f"a formula with {call}()")
        for name in _NAME.findall(text):
            if name not in _KNOWN and name != "pi" and name not in self.parameters:
                refuse(f"a formula with {name}")
        return text


def _powers(text: str) -> str:
    """`pow(x, y)` as `((x) ^ (y))`."""
    while (start := text.find("pow(")) >= 0:
        depth, comma, at = 1, -1, start + 4
        while at < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if text[at] == "," and depth == 1:
                comma = at
            at += 1
        if depth or comma < 0:
            refuse("a formula with a broken pow()")
        base, power = text[start + 4 : comma], text[comma + 1 : at - 1]
        text = f"{text[:start]}(({base.strip()}) ^ ({power.strip()})){text[at:]}"
    return text
