"""Select missing words, drag into text; and the units of numbers."""

import re
from decimal import Decimal

import msgspec

from eduflow.interchange import limits, markup
from eduflow.interchange.moodle.making import Question, share
from eduflow.interchange.moodle.naming import named
from eduflow.interchange.moodle.texts import Texts, said
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.interchange.xml import Node
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

_PLACE = re.compile(r"\[\[(\d{1,3})\]\]")


def read(node: Node, texts: Texts, body: str) -> tuple[Question, str]:
    """`[[2]]` stands for the second word; its group says what else could stand there."""
    nodes = [*node.all("selectoption"), *node.all("dragbox")]
    if len(nodes) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} words", line=node.line)
    groups = [said(one, "group") or "1" for one in nodes]
    words = [markup.safe(said(one, "text")) for one in nodes]
    if any(one.name == "dragbox" and one.first("infinite") is None for one in nodes):
        texts.losses.add("that each word can be used once only (any number of times)")
    # Not the body: the numbers of its places are those of the right words.
    ids = named(words, role="word", asked=_PLACE.sub("[[]]", body))
    gaps: list[ours.Gap] = []
    judged: dict[str, keys.GapKey] = {}

    def place(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        if not 0 <= at < len(words):
            refuse(f"a gap for the word {found[1]}, which is not there", line=node.line)
        name = f"gap{len(gaps) + 1}"
        if len(gaps) >= limits.MAX_CHOICES:
            refuse(f"more than {limits.MAX_CHOICES} gaps", line=node.line)
        options = tuple(
            ours.Option(id=one, text=word)
            for one, word, group in zip(ids, words, groups, strict=True)
            if group == groups[at]
        )
        gaps.append(ours.Gap(id=name, options=options))
        # The same word twice in a group is right by either.
        right = [
            one
            for one, word, group in zip(ids, words, groups, strict=True)
            if group == groups[at] and word == words[at]
        ]
        judged[name] = keys.GapKey(accepted=tuple(keys.Accepted(text=one) for one in right))
        return f"[[{name}]]"

    text = _PLACE.sub(place, body)
    if not gaps:
        refuse("no gap in it", line=node.line)
    shuffle = said(node, "shuffleanswers") in {"1", "true"}
    return (
        Question(
            interaction=ours.GapFill(gaps=tuple(gaps), shuffle=shuffle),
            key=keys.GapFillKey(gaps=judged),
        ),
        text,
    )


def with_units(question: Question, node: Node, losses: Losses) -> Question:
    """The unit whose multiplier is 1 is the key's; others of its dimension are converted."""
    units = node.first("units")
    named = [
        (said(unit, "unit_name"), number(said(unit, "multiplier") or "1"))
        for unit in (units.all("unit") if units is not None else ())
    ]
    named = [(name, factor) for name, factor in named if name]
    base = next((name for name, factor in named if factor == 1), None)
    key = question.key
    if base is None or not isinstance(key, keys.NumericKey):
        if named:
            losses.add("its units, none of which is that of the answer")
        return question
    others = [name for name, factor in named if factor != 1]
    if others:
        losses.add(f"its own factors for {', '.join(others)} (units are converted by their names)")
    graded = said(node, "unitgradingtype")
    cost = share(number(said(node, "unitpenalty") or "0.1")) if graded in {"1", "2"} else Decimal(0)
    if graded == "1":
        losses.add("that a wrong unit takes its share of what the number brought, not of all")
    rules = msgspec.structs.replace(key.rules, unit=base, unit_cost=cost)
    return msgspec.structs.replace(question, key=msgspec.structs.replace(key, rules=rules))
