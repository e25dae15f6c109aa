"""Response processing carried out: what an answer would be given by the file's own rules.

Keys are not guessed from how rules look. The rules are run on answers, and a key is taken where it
gives the same points; so that templates, mappings and rule languages of whatever style are alike.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from eduflow.interchange import limits
from eduflow.interchange.qti.declarations import Outcome, Response
from eduflow.interchange.qti.names import said
from eduflow.interchange.qti.values import OPERATORS, Many, Value, flat, gathered, same, typed
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node

_MATCH_CORRECT = {"match_correct", "cc2_match", "cc2_match_basic"}
_MAP_RESPONSE = {"map_response", "cc2_map_response"}


class _Exit(Exception):  # noqa: N818 - as exitResponse, which it carries out
    pass


class Rules:
    """The response processing of one item. Steps are counted over all runs of it."""

    def __init__(
        self,
        node: Node | None,
        *,
        responses: Mapping[str, Response],
        outcomes: Mapping[str, Outcome],
        sample: Mapping[str, Value],
        rights: Mapping[str, Value],
    ) -> None:
        self.node = node
        self.responses = responses
        self.outcomes = outcomes
        self._sample = sample
        self._steps = 0
        self._correct = {
            name: gathered(
                response.correct or (),
                cardinality=response.cardinality,
                base_type=response.base_type,
            )
            for name, response in responses.items()
        } | dict(rights)
        self.template = _template(node)
        self.lowest = Decimal(0)
        """The least that any answer was given."""
        self.fitting: str | None = None
        """The one pattern that the text being tried is taken to match. None is ever run: whose
        pattern may take for ever is not ours to find out."""

    @property
    def none(self) -> bool:
        """Nothing in the file says what an answer is worth."""
        return self.template is None and not (self.node and any(self.node.elements))

    def right(self, name: str) -> Value:
        return self._correct.get(name)

    def run(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """The outcomes for these responses; those that are not named are NULL."""
        self._step(1 + len(self.outcomes))
        reached: dict[str, Value] = {
            name: gathered(
                outcome.default, cardinality=outcome.cardinality, base_type=outcome.base_type
            )
            for name, outcome in self.outcomes.items()
        }
        if self.template is not None:
            self._by_template(given, reached)
            return reached
        if self.node is not None:
            try:
                self._all(self.node.elements, given, reached)
            except _Exit:
                return reached
            except RecursionError:
                refuse("rules nested too deep")
        return reached

    def sampled(self, node: Node) -> Value:
        """An expression's value with no response given, in the sample of the parameters."""
        try:
            return self._value(node, {}, {})
        except RecursionError:
            refuse("rules nested too deep")

    def score(self, given: Mapping[str, Value]) -> Decimal:
        value = self.run(given).get("SCORE")
        if value is None:
            return Decimal(0)
        if isinstance(value, Decimal):
            self.lowest = min(self.lowest, value)
            return value
        return refuse("a SCORE that is no number")

    def _by_template(self, given: Mapping[str, Value], reached: dict[str, Value]) -> None:
        name = "RESPONSE" if "RESPONSE" in self.responses else next(iter(self.responses), "")
        value = given.get(name)
        if self.template in _MATCH_CORRECT:
            right = value is not None and same(value, self.right(name))
            reached["SCORE"] = Decimal(1 if right else 0)
            reached["FEEDBACKBASIC"] = "correct" if right else "incorrect"
            reached["FEEDBACK"] = value
        elif self.template in _MAP_RESPONSE:
            reached["SCORE"] = Decimal(0) if value is None else self._mapped(name, value)
        else:
            refuse(f"the response processing template {self.template}")

    def _step(self, size: int = 1) -> None:
        self._steps += size
        if self._steps > limits.MAX_STEPS:
            refuse("response processing that takes too many steps to follow")

    def _all(
        self, rules: Iterable[Node], given: Mapping[str, Value], reached: dict[str, Value]
    ) -> None:
        for rule in rules:
            self._step()
            match rule.name:
                case "qti-response-condition":
                    self._condition(rule, given, reached)
                case "qti-set-outcome-value":
                    name = rule.get("identifier")
                    value = self._only(rule, given, reached)
                    outcome = self.outcomes.get(name)
                    many = outcome is not None and outcome.cardinality != "single"
                    if many and value is not None and not isinstance(value, Many):
                        value = Many((value,))
                    reached[name] = value
                case "qti-exit-response":
                    raise _Exit
                case "qti-response-processing-fragment":
                    self._all(rule.elements, given, reached)
                case _:
                    refuse(f"response processing by {said(rule.name)}", line=rule.line)

    def _condition(self, rule: Node, given: Mapping[str, Value], reached: dict[str, Value]) -> None:
        for branch in rule.elements:
            parts = list(branch.elements)
            if branch.name == "qti-response-else":
                self._all(parts, given, reached)
                return
            if parts and self._value(parts[0], given, reached) is True:
                self._all(parts[1:], given, reached)
                return

    def _only(self, node: Node, given: Mapping[str, Value], reached: dict[str, Value]) -> Value:
        parts = list(node.elements)
        if len(parts) != 1:
            refuse(f"{said(node.name)} with {len(parts)} expressions", line=node.line)
        return self._value(parts[0], given, reached)

    def _value(  # noqa: PLR0911 - one for each kind of node
        self, node: Node, given: Mapping[str, Value], reached: dict[str, Value]
    ) -> Value:
        self._step()
        name = node.get("identifier")
        match node.name:
            case "qti-base-value":
                return typed(node.text.strip(), node.get("base-type", "string"))
            case "qti-variable":
                if name in self.responses:
                    return given.get(name)
                return reached[name] if name in reached else self._sample.get(name)
            case "qti-correct":
                return self.right(name)
            case "qti-map-response":
                return self._mapped(name, given.get(name))
            case "qti-default" if name in self.outcomes:
                declared = self.outcomes[name]
                return gathered(
                    declared.default,
                    cardinality=declared.cardinality,
                    base_type=declared.base_type,
                )
            case "qti-null":
                return None
            case "qti-pattern-match":
                return node.get("pattern") == self.fitting
        operator = OPERATORS.get(node.name)
        if operator is None:
            refuse(f"response processing by {said(node.name)}", line=node.line)
        return operator(node, [self._value(part, given, reached) for part in node.elements])

    def _mapped(self, name: str, value: Value) -> Decimal:
        response = self.responses.get(name)
        if response is None or response.mapping is None:
            refuse(f"mapResponse of {name}, which has no mapping")
        mapping = response.mapping
        total = Decimal(0)
        for one in dict.fromkeys(flat([value]) or ()):
            self._step(len(mapping.entries))
            for entry in mapping.entries:
                key = typed(entry.key, response.base_type)
                fits = same(key, one)
                if not fits and isinstance(one, str) and not entry.case_sensitive:
                    fits = str(key).casefold() == one.casefold()
                if fits:
                    total += entry.value
                    break
            else:
                total += mapping.default
        return mapping.bounded(total)


def _template(node: Node | None) -> str | None:
    if node is None or any(node.elements):
        # Rules that are written out count, whatever template is named beside them.
        return None
    address = node.get("template") or node.get("template-location")
    if not address:
        return None
    return re.sub(r"\.xml$", "", address.rstrip("/").rsplit("/", 1)[-1]).lower()
