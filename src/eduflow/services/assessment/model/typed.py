"""Whether what typed answers are compared with can be: numbers, units, patterns, formulas."""

from collections.abc import Mapping, Sequence

from eduflow.scoring.arithmetic import NoValue, plain_number, work_out
from eduflow.scoring.expressions import parse_formula
from eduflow.scoring.interactions import Formula
from eduflow.scoring.keys import Accepted, FormulaKey, NumericRules, TextRules
from eduflow.scoring.quantities import is_unit
from eduflow.scoring.texts import pattern_fault
from eduflow.scoring.tokens import BadExpression
from eduflow.scoring.variants import fill
from eduflow.services.assessment.model.faults import Faults

_MOST_FIGURES = 30


def numbers(
    accepted: Sequence[str], path: str, faults: Faults, *, variants: Sequence[Mapping[str, str]]
) -> None:
    """Each is a number, or an expression that comes to one in every variant."""
    for place, text in enumerate(accepted):
        if plain_number(text) is not None:
            continue
        try:
            for values in variants:
                work_out(text, values)
        except NoValue as fault:
            faults.add(f"{path}/{place}", f"This comes to no number: {fault}")


def number_rules(rules: NumericRules, path: str, faults: Faults) -> None:
    """Tolerances, figures and units."""
    if rules.tolerance < 0:
        faults.add(f"{path}/tolerance", "0 or more")
    if rules.significant_figures is not None and not (
        1 <= rules.significant_figures <= _MOST_FIGURES
    ):
        faults.add(f"{path}/significant_figures", f"From 1 to {_MOST_FIGURES}")
    for name in ("figures_cost", "unit_cost"):
        if not 0 <= getattr(rules, name) <= 1:
            faults.add(f"{path}/{name}", "A share of the points, from 0 to 1")
    if rules.unit is not None and not is_unit(rules.unit):
        faults.add(f"{path}/unit", "No such unit is known")


def patterns(accepted: Sequence[Accepted], rules: TextRules, path: str, faults: Faults) -> None:
    """Each regular expression is one that is matched in linear time."""
    if rules.pattern != "regex":
        return
    for place, one in enumerate(accepted):
        if fault := pattern_fault(one.text):
            faults.add(f"{path}/{place}/text", f"This {fault}")


def formulas(
    asked: Formula, key: FormulaKey, faults: Faults, *, variants: Sequence[Mapping[str, str]]
) -> None:
    """Each is a formula in the variables of the question, in every variant."""
    for name in key.positive:
        if name not in asked.variables:
            faults.add("/key/positive", f"There is no variable {name[:60]}")
    for values in variants:
        for place, one in enumerate(fill(key, values).accepted):
            try:
                parse_formula(one.text, variables=asked.variables)
            except BadExpression as fault:
                faults.add(f"/key/accepted/{place}/text", f"No formula in these variables: {fault}")
        if faults.found:
            return
