"""Gap fill in QTI: entries and inline choices, each with a response of its own."""

from decimal import Decimal
from typing import cast

from eduflow.interchange.export import rules
from eduflow.interchange.export.parts import Written, declared, numbers, texts
from eduflow.interchange.export.tags import Marks, Tag, html, identifiers, tag
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item


def gap_fill(item: Item, marks: Marks) -> Written:
    asked, key = cast("ours.GapFill", item.interaction), cast("keys.GapFillKey", item.key)
    own = identifiers([gap.id for gap in asked.gaps], "gap_")
    judged = {gap.id: key.gaps[gap.id] for gap in asked.gaps if gap.id in key.gaps}
    whole = sum((one.weight for one in judged.values()), Decimal(0)) or Decimal(1)
    declarations: list[Tag] = []
    places: dict[str, Tag] = {}
    conditions: list[list[tuple[Tag, Decimal]]] = []
    shares: list[Decimal] = []
    for gap in asked.gaps:
        one = judged.get(gap.id)
        declaration, found = _gap(gap, own[gap.id], one)
        declarations.append(declaration)
        places[gap.id] = _place(gap, own[gap.id], marks, shuffle=asked.shuffle)
        if one is not None:
            conditions.append(found)
            shares.append(item.points * one.weight / whole)
    if key.scoring == "all_or_nothing":
        full = [tag("qti-or", *(one for one, worth in found if worth >= 1)) for found in conditions]
        usable = full and all(one.children for one in full)
        processing = [
            rules.when(
                [(tag("qti-and", *full), rules.points(item.points))],
                otherwise=rules.points(Decimal(0)),
            )
        ] if usable else []  # fmt: skip
    else:
        processing = [rules.points(Decimal(0))]
        for found, share in zip(conditions, shares, strict=True):
            if found:
                branches = [(one, rules.more(share * worth)) for one, worth in found]
                processing.append(rules.when(branches))
    return Written(declarations=declarations, places=places, rules=processing)


def _gap(
    gap: ours.Gap, name: str, key: keys.GapKey | None
) -> tuple[Tag, list[tuple[Tag, Decimal]]]:
    accepted = key.accepted if key is not None else ()
    if gap.options:
        own = _options(gap, name)
        found = [
            (
                tag("qti-match", rules.variable(name), rules.base("identifier", own[one.text])),
                one.worth,
            )
            for one in accepted
            if one.text in own
        ]
        right = [own[one.text] for one in accepted[:1] if one.text in own]
        return declared(name, "identifier", right=right), found
    if key is not None and key.numbers is not None:
        found = numbers(name, [(one.text, one.worth) for one in accepted], key.numbers)
        plain = [one.text for one in accepted[:1] if one.text.replace(".", "", 1).isdigit()]
        return declared(name, "float", right=plain), found
    found = texts(name, accepted, key.rules) if key is not None else []
    return declared(name, "string", right=[one.text for one in accepted[:1]]), found


def _options(gap: ours.Gap, name: str) -> dict[str, str]:
    return identifiers([one.id for one in gap.options], f"{name}_")


def _place(gap: ours.Gap, name: str, marks: Marks, *, shuffle: bool) -> Tag:
    if not gap.options:
        return tag(
            "qti-text-entry-interaction",
            response_identifier=name,
            expected_length=str(gap.width) if gap.width else None,
        )
    own = _options(gap, name)
    return tag(
        "qti-inline-choice-interaction",
        *(
            tag(
                "qti-inline-choice",
                *html(one.text, marks),
                identifier=own[one.id],
                fixed="true" if one.fixed else None,
            )
            for one in gap.options
        ),
        response_identifier=name,
        shuffle="true" if shuffle else "false",
    )
