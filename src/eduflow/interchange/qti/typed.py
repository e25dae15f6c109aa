"""Keys of what is written into a question: words and numbers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.templates import expression
from eduflow.interchange.qti.trial import ids, share
from eduflow.interchange.qti.values import Many, Value, flat, tolerances, typed
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.interchange.xml import Node
from eduflow.scoring.keys import Accepted, AcceptedNumber, NumericRules, TextRules

NOBODY = "\u2042 nobody writes this \u2042"
_FAR = Decimal("-987654321.5")
_ROUND = "qzx"


class Words(msgspec.Struct, frozen=True, kw_only=True):
    accepted: tuple[Accepted, ...]
    rules: TextRules
    points: Decimal


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    accepted: tuple[AcceptedNumber, ...]
    rules: NumericRules
    points: Decimal


class Blank:
    """One place to write into, tried while the other places hold what `others` says."""

    def __init__(self, rules: Rules, name: str, *, others: Mapping[str, Value]) -> None:
        self.rules = rules
        self.name = name
        self.others = {key: value for key, value in others.items() if key != name}
        # Something wrong may be worth less than nothing: what is right is measured from nothing.
        tried = (None, NOBODY) if self.is_text else (None,)
        self.empty = max(rules.score({**self.others, name: value}) for value in tried)

    @property
    def is_text(self) -> bool:
        return self.rules.responses[self.name].base_type == "string"

    def score(self, value: Value) -> Decimal:
        """What the value adds."""
        if self.rules.responses[self.name].cardinality != "single" and value is not None:
            value = Many((value,)) if not isinstance(value, Many) else value
        return self.rules.score({**self.others, self.name: value}) - self.empty

    @property
    def costs(self) -> bool:
        """Whether something wrong is worth less than nothing."""
        response = self.rules.responses[self.name]
        entries = response.mapping.entries if response.mapping is not None else ()
        below = [typed(entry.key, response.base_type) for entry in entries if entry.value < 0]
        return any(self.score(value) < 0 for value in (NOBODY if self.is_text else _FAR, *below))

    def nodes(self) -> Iterator[Node]:
        return iter(()) if self.rules.node is None else self.rules.node.under()


def words(blank: Blank, *, points: Decimal | None, losses: Losses) -> Words:
    rules, response = blank.rules, blank.rules.responses[blank.name]
    right = ids(rules.right(blank.name))
    if rules.none:
        losses.add("a rule for points, which the file has not (scored by the right answer alone)")
        accepted = tuple(Accepted(text=text) for text in right)
        return Words(
            accepted=accepted, rules=TextRules(fold_case=False), points=points or Decimal(1)
        )
    literals = dict.fromkeys(right)
    if response.mapping is not None:
        literals |= dict.fromkeys(entry.key for entry in response.mapping.entries)
    literals |= dict.fromkeys(
        node.text.strip() for node in blank.nodes() if node.name == "qti-base-value"
    )
    worth = {text: blank.score(text) for text in literals if text}
    worth = {text: score for text, score in worth.items() if score > 0}
    patterns: dict[str, Decimal] = {}
    for node in blank.nodes():
        if node.name == "qti-pattern-match":
            rules.fitting = node.get("pattern")
            if (score := blank.score(NOBODY)) > 0:
                patterns[node.get("pattern")] = score
            rules.fitting = None
    whole = points or max((*worth.values(), *patterns.values()), default=Decimal(0))
    if whole <= 0:
        refuse("rules that give no text any points")
    return Words(
        accepted=_accepted(blank, worth, patterns, whole=whole),
        rules=_rules(blank, worth, patterns, losses),
        points=whole,
    )


def _within(blank: Blank, text: str, score: Decimal) -> bool:
    return blank.score(_ROUND + text + _ROUND) == score


def _accepted(
    blank: Blank, worth: Mapping[str, Decimal], patterns: Mapping[str, Decimal], *, whole: Decimal
) -> tuple[Accepted, ...]:
    spell = _literally if patterns else _wildly if _wild(blank, worth) else str
    found = [
        Accepted(
            text=_around(spell(text), patterns) if _within(blank, text, score) else spell(text),
            worth=share(score, whole),
        )
        for text, score in worth.items()
    ]
    found += [Accepted(text=text, worth=share(score, whole)) for text, score in patterns.items()]
    # The first that fits decides, and the file would give the best.
    return tuple(sorted(found, key=lambda one: -one.worth))


def _wild(blank: Blank, worth: Mapping[str, Decimal]) -> bool:
    return any(_within(blank, text, score) for text, score in worth.items())


def _around(text: str, patterns: Mapping[str, Decimal]) -> str:
    return f".*{text}.*" if patterns else f"*{text}*"


def _wildly(text: str) -> str:
    return text.replace("*", r"\*")


def _literally(text: str) -> str:
    return "".join(f"\\{one}" if one in r"\.+*?()[]{}|^$" else one for one in text)


def _rules(
    blank: Blank,
    worth: Mapping[str, Decimal],
    patterns: Mapping[str, Decimal],
    losses: Losses,
) -> TextRules:
    folds = [
        blank.score(text.swapcase()) == score
        for text, score in worth.items()
        if text.swapcase() != text
    ]
    if folds and any(folds) != all(folds):
        losses.add("that some of its answers heed upper case and others do not (none does)")
    if patterns and any(folds):
        losses.add("that its plain answers do not heed upper case (all do, as its patterns do)")
    pattern: Literal["exact", "wildcard", "regex"] = (
        "regex" if patterns else "wildcard" if _wild(blank, worth) else "exact"
    )
    # Figures have no case: there our own default says the same.
    fold_case = all(folds) if not any(folds) else True
    return TextRules(pattern=pattern, fold_case=fold_case and not patterns, collapse_space=True)


class _Candidate(msgspec.Struct, frozen=True):
    text: str
    value: Decimal
    tolerance: Decimal = Decimal(0)
    relative: bool = False


def figures(
    blank: Blank, *, rights: Mapping[str, str], points: Decimal | None, losses: Losses
) -> Numbers:
    """`rights` are right answers that templates compute, as expressions."""
    rules = blank.rules
    found = list(dict.fromkeys(_candidates(blank, rights)))
    if rules.none:
        losses.add("a rule for points, which the file has not (scored by the right answer alone)")
        accepted = tuple(AcceptedNumber(value=one.text) for one in found)
        return Numbers(accepted=accepted, rules=NumericRules(), points=points or Decimal(1))
    worth = {one: blank.score(one.value) for one in found}
    whole = points or max(worth.values(), default=Decimal(0))
    if whole <= 0:
        refuse("rules that give no number any points")
    # Of one value the widest tolerance that still brings the same.
    ranked = sorted(
        (one for one in found if worth[one] > 0), key=lambda one: (-worth[one], -one.tolerance)
    )
    if not ranked:
        refuse("rules that give no number any points")
    best = ranked[0]
    kept: dict[str, AcceptedNumber] = {}
    for one in ranked:
        if one.text in kept and worth[one] == kept[one.text].worth * whole:
            continue
        if (one.tolerance, one.relative) != (best.tolerance, best.relative):
            losses.add(f"the answer {one.text}, whose tolerance is another ({one.tolerance})")
        elif one.text not in kept:
            kept[one.text] = AcceptedNumber(value=one.text, worth=share(worth[one], whole))
    return Numbers(
        accepted=tuple(kept.values()),
        rules=NumericRules(
            tolerance=best.tolerance / 100 if best.relative else best.tolerance,
            tolerance_is="relative" if best.relative else "absolute",
        ),
        points=whole,
    )


def _candidates(blank: Blank, rights: Mapping[str, str]) -> Iterator[_Candidate]:
    right = flat([blank.rules.right(blank.name)]) or []
    texts = [rights[blank.name]] if blank.name in rights else [str(one) for one in right]
    for text, value in zip(texts, right, strict=False):
        if isinstance(value, Decimal):
            yield _Candidate(text, value)
    mapping = blank.rules.responses[blank.name].mapping
    if mapping is not None:
        for entry in mapping.entries:
            yield _Candidate(entry.key.strip(), number(entry.key))
    for node in blank.nodes():
        if node.name == "qti-equal":
            yield from _equal(blank, node, rights)
        elif node.name == "qti-and":
            yield from _range(blank, node)


def _other(blank: Blank, node: Node) -> Node | None:
    """What this comparison compares our response with."""
    parts = list(node.elements)
    ours = [part.name == "qti-variable" and part.get("identifier") == blank.name for part in parts]
    if len(parts) != 2 or sum(ours) != 1:  # noqa: PLR2004
        return None
    return parts[ours.index(False)]


def _equal(blank: Blank, node: Node, rights: Mapping[str, str]) -> Iterator[_Candidate]:
    other = _other(blank, node)
    if other is None:
        return
    value = blank.rules.sampled(other)
    if not isinstance(value, Decimal):
        return
    mode, low, high = tolerances(node)
    try:
        text = (
            rights.get(blank.name, str(value))
            if other.name == "qti-correct"
            else (expression(other))
        )
    except Refused:
        text = str(value)
    if low != high and mode == "absolute":
        middle = (high - low) / 2
        yield _Candidate(f"{text} + {middle}", value + middle, (low + high) / 2)
    else:
        yield _Candidate(text, value, max(low, high), mode == "relative")


def _range(blank: Blank, node: Node) -> Iterator[_Candidate]:
    edges: list[Decimal] = []
    for part in node.elements:
        other = _other(blank, part)
        if part.name in {"qti-gte", "qti-lte", "qti-gt", "qti-lt"} and other is not None:
            value = blank.rules.sampled(other)
            if isinstance(value, Decimal) and other.name == "qti-base-value":
                edges.append(value)
    if len(edges) == 2:  # noqa: PLR2004
        low, high = sorted(edges)
        middle = (low + high) / 2
        yield _Candidate(str(middle), middle, (high - low) / 2)
