"""What each type of question is in QTI: its interaction, its declarations and its rules."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from eduflow.interchange.export import rules
from eduflow.interchange.export.parts import NUMBER, Written, declared, numbers, texts
from eduflow.interchange.export.tags import Marks, Part, Tag, content, html, identifiers, tag
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item


def _yes(value: object) -> str:
    return "true" if value else "false"


def _option(
    name: str, option: ours.Option, own: str, marks: Marks, feedback: dict[str, str], **more: str
) -> Tag:
    children: list[Part] = list(html(option.text, marks))
    if feedback.get(option.id):
        children.append(
            tag(
                "qti-feedback-block",
                content(feedback[option.id], marks),
                outcome_identifier="CHOICES",
                identifier=own,
                show_hide="show",
            )
        )
    fixed = "true" if option.fixed else None
    return tag(name, *children, identifier=own, fixed=fixed, **more)


def _scored(
    known: Sequence[str], correct: Sequence[str], scoring: str, most: Decimal
) -> tuple[list[Tag], list[Tag]]:
    """Mapping and rules of a choice of several."""
    if scoring == "each":
        return [], rules.each(rules.R, known, correct, most)
    if scoring == "right_minus_wrong" and correct:
        wrong = max(1, len(known) - len(correct))
        entries = [(one, most / len(correct) if one in correct else -most / wrong) for one in known]
        mapping = rules.mapping(entries, default=Decimal(0), upper=most)
        return [mapping], [rules.mapped(rules.R)]
    return [], [rules.matched(rules.R, most)]


def _choice(item: Item, marks: Marks) -> Written:
    asked = cast("ours.Choice", item.interaction)
    key = cast("keys.ChoiceKey", item.key)
    own = identifiers([one.id for one in asked.choices], "choice_")
    known = list(own.values())
    correct = [own[one] for one in key.correct if one in own]
    single = asked.max_choices == 1
    mapping: list[Tag] = []
    if key.weights is not None:
        entries = [
            (own[one], value * item.points) for one, value in key.weights.items() if one in own
        ]
        mapping = [rules.mapping(entries, default=Decimal(0), upper=item.points)]
        judged = [rules.mapped(rules.R)]
    elif single:
        judged = [rules.matched(rules.R, item.points)]
    else:
        mapping, judged = _scored(known, correct, key.scoring, item.points)
    interaction = tag(
        "qti-choice-interaction",
        *(_option("qti-simple-choice", one, own[one.id], marks, key.feedback)
          for one in asked.choices),
        response_identifier=rules.R,
        shuffle=_yes(asked.shuffle),
        max_choices=str(asked.max_choices),
        min_choices=str(asked.min_choices) if asked.min_choices else None,
    )  # fmt: skip
    cardinality = "single" if single else "multiple"
    return Written(
        declarations=[
            declared(rules.R, "identifier", *mapping, cardinality=cardinality, right=correct)
        ],
        interaction=interaction,
        rules=judged,
        choices=any(key.feedback.values()),
    )


def _true_false(item: Item, marks: Marks) -> Written:
    key = cast("keys.TrueFalseKey", item.key)
    feedback = {str(name): text for name, text in key.feedback.items()}
    options = [ours.Option(id="true", text="True"), ours.Option(id="false", text="False")]
    interaction = tag(
        "qti-choice-interaction",
        *(_option("qti-simple-choice", one, one.id, marks, feedback) for one in options),
        response_identifier=rules.R,
        shuffle="false",
        max_choices="1",
    )
    right = ["true" if key.correct else "false"]
    return Written(
        declarations=[declared(rules.R, "identifier", right=right)],
        interaction=interaction,
        rules=[rules.matched(rules.R, item.points)],
        choices=any(feedback.values()),
    )


def _order(item: Item, marks: Marks) -> Written:
    asked, key = cast("ours.Order", item.interaction), cast("keys.OrderKey", item.key)
    own = identifiers([one.id for one in asked.choices], "choice_")
    right = [own[one] for one in key.sequence if one in own]
    by_place = key.scoring == "position"
    return Written(
        declarations=[declared(rules.R, "identifier", cardinality="ordered", right=right)],
        interaction=tag(
            "qti-order-interaction",
            *(_option("qti-simple-choice", one, own[one.id], marks, {}) for one in asked.choices),
            response_identifier=rules.R,
            shuffle=_yes(asked.shuffle),
        ),
        rules=rules.at_place(rules.R, right, item.points)
        if by_place
        else [rules.matched(rules.R, item.points)],
    )


def _match(item: Item, marks: Marks) -> Written:
    asked, key = cast("ours.Match", item.interaction), cast("keys.MatchKey", item.key)
    sources = identifiers([one.id for one in asked.sources], "source_")
    targets = identifiers([one.id for one in asked.targets], "target_")
    if set(sources.values()) & set(targets.values()):
        sources = {one: f"source_{at}" for at, one in enumerate(sources, start=1)}
        targets = {one: f"target_{at}" for at, one in enumerate(targets, start=1)}
    pairs = {
        source: [targets[one] for one in found if one in targets]
        for source, found in key.pairs.items()
        if source in sources
    }
    right = [f"{sources[source]} {one}" for source, found in pairs.items() for one in found]
    whole = sum(key.weights.values(), Decimal(0)) if key.weights else Decimal(len(asked.sources))
    mapping: list[Tag] = []
    judged = [rules.matched(rules.R, item.points)]
    if key.scoring == "each" and whole > 0:
        entries = [
            (f"{sources[source]} {one}",
             item.points * (key.weights.get(source, Decimal(0)) if key.weights else Decimal(1))
             / whole / len(found))
            for source, found in pairs.items()
            for one in found
        ]  # fmt: skip
        cost = -key.wrong_costs * item.points
        mapping = [rules.mapping(entries, default=cost, upper=item.points)]
        judged = [rules.mapped(rules.R)]

    def side(options: Sequence[ours.Option], own: dict[str, str], most: int) -> Tag:
        return tag(
            "qti-simple-match-set",
            *(
                _option(
                    "qti-simple-associable-choice", one, own[one.id], marks, {},
                    match_max=str(most),
                )
                for one in options
            ),
        )  # fmt: skip

    interaction = tag(
        "qti-match-interaction",
        side(asked.sources, sources, asked.max_per_source),
        side(asked.targets, targets, asked.max_per_target),
        response_identifier=rules.R,
        shuffle=_yes(asked.shuffle),
        max_associations="0",
    )
    return Written(
        declarations=[
            declared(rules.R, "directedPair", *mapping, cardinality="multiple", right=right)
        ],
        interaction=interaction,
        rules=judged,
    )


def _hot_text(item: Item, marks: Marks) -> Written:
    asked, key = cast("ours.HotText", item.interaction), cast("keys.HotTextKey", item.key)
    own = identifiers([one.id for one in asked.stretches], "stretch_")
    correct = [own[one] for one in key.correct if one in own]
    mapping, judged = _scored(list(own.values()), correct, key.scoring, item.points)
    return Written(
        declarations=[
            declared(rules.R, "identifier", *mapping, cardinality="multiple", right=correct)
        ],
        around="qti-hottext-interaction",
        attributes={
            "response-identifier": rules.R,
            "max-choices": str(asked.max_choices),
            "min-choices": str(asked.min_choices),
        },
        places={
            one.id: _option("qti-hottext", one, own[one.id], marks, {}) for one in asked.stretches
        },
        rules=judged,
    )


def _essay(_: Item, __: Marks) -> Written:
    return Written(
        declarations=[declared(rules.R, "string")],
        interaction=tag("qti-extended-text-interaction", response_identifier=rules.R),
    )


def _upload(item: Item, _: Marks) -> Written:
    asked = cast("ours.FileUpload", item.interaction)
    return Written(
        declarations=[declared(rules.R, "file")],
        interaction=tag(
            "qti-upload-interaction",
            response_identifier=rules.R,
            type=" ".join(asked.media_types) or None,
        ),
    )


def _entry(name: str, *, width: int | None = None) -> Tag:
    return tag(
        "qti-text-entry-interaction",
        response_identifier=name,
        expected_length=str(width) if width else None,
    )


def _short(item: Item, _: Marks) -> Written:
    key = cast("keys.ShortTextKey", item.key)
    found = texts(rules.R, key.accepted, key.rules)
    return Written(
        declarations=[
            declared(rules.R, "string", right=[key.accepted[0].text] if key.accepted else ())
        ],
        interaction=tag("div", _entry(rules.R)),
        rules=_first(found, item.points),
    )


def _first(found: Sequence[tuple[Tag, Decimal]], most: Decimal) -> list[Tag]:
    if not found:
        return []
    zero = rules.points(Decimal(0))
    branches = [(condition, rules.points(most * worth)) for condition, worth in found]
    return [rules.when(branches, otherwise=zero)]


def _numeric(item: Item, _: Marks) -> Written:
    key = cast("keys.NumericKey", item.key)
    found = numbers(rules.R, [(one.value, one.worth) for one in key.accepted], key.rules)
    first = key.accepted[0].value if key.accepted else ""
    right = [first] if NUMBER.fullmatch(first) else ()
    return Written(
        declarations=[declared(rules.R, "float", right=right)],
        interaction=tag("div", _entry(rules.R)),
        rules=_first(found, item.points),
    )


def _formula(_: Item, __: Marks) -> Written:
    return Written(
        declarations=[declared(rules.R, "string")], interaction=tag("div", _entry(rules.R))
    )


Writer = Callable[[Item, Marks], Written]
WRITERS: dict[type[Any], Writer] = {
    ours.Choice: _choice,
    ours.TrueFalse: _true_false,
    ours.Order: _order,
    ours.Match: _match,
    ours.HotText: _hot_text,
    ours.Essay: _essay,
    ours.FileUpload: _upload,
    ours.ShortText: _short,
    ours.Numeric: _numeric,
    ours.Formula: _formula,
}
