"""Questions as Moodle thinks of them, whether its XML or GIFT wrote them down."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange import limits, markup
from eduflow.interchange.moodle.naming import named
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

GAP = "gap1"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that the author thought of."""

    text: str
    """HTML where it is shown, plain where it is compared."""
    fraction: Decimal = Decimal(0)
    """Share of the points, 1 is all; negative takes points."""
    feedback: str = ""
    tolerance: Decimal = Decimal(0)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The parts in which types differ."""

    interaction: ours.Interaction
    key: keys.Key
    wrong: str = ""
    """Feedback to whatever nobody thought of."""


def share(fraction: Decimal) -> Decimal:
    """Without zeros at its end."""
    value = fraction.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def choice(offers: Sequence[Offer], *, asked: str, single: bool, shuffle: bool) -> Question:
    """In the order of the file: it is the author's, and shown where nothing is shuffled."""
    if len(offers) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} choices")
    ids = named([offer.text for offer in offers], role="choice", asked=asked)
    worth = dict(zip(ids, (share(offer.fraction) for offer in offers), strict=True))
    correct = tuple(one for one in ids if (worth[one] >= 1 if single else worth[one] > 0)) or tuple(
        one for one in ids if worth[one] > 0
    )
    if not correct:
        refuse("no right answer among its choices")
    weights = {one: value for one, value in worth.items() if value}
    plain = single and all(value == (1 if one in correct else 0) for one, value in worth.items())
    return Question(
        interaction=ours.Choice(
            choices=tuple(
                ours.Option(id=one, text=offer.text) for one, offer in zip(ids, offers, strict=True)
            ),
            max_choices=1 if single else 0,
            shuffle=shuffle,
        ),
        key=keys.ChoiceKey(
            correct=correct,
            weights=None if plain else weights,
            feedback={
                one: offer.feedback
                for one, offer in zip(ids, offers, strict=True)
                if offer.feedback
            },
        ),
    )


def true_false(*, right: bool, if_true: str, if_false: str) -> Question:
    feedback: dict[str, str] = {"true": if_true, "false": if_false}
    return Question(
        interaction=ours.TrueFalse(),
        key=keys.TrueFalseKey(
            correct=right,
            feedback={one: feedback[one] for one in ("true", "false") if feedback[one]},
        ),
    )


def _catch_all(offers: Sequence[Offer]) -> tuple[list[Offer], str]:
    """A last `*` that brings nothing is feedback to all others."""
    kept = [offer for offer in offers if offer.fraction > 0]
    wrong = next(
        (one.feedback for one in offers if one.fraction <= 0 and one.text.strip() in {"*", ""}), ""
    )
    return kept, wrong


def words(
    offers: Sequence[Offer], *, fold_case: bool, losses: Losses
) -> tuple[tuple[keys.Accepted, ...], keys.TextRules, str]:
    """Accepted texts, how they are compared, and what is said to all others."""
    wild = any("*" in offer.text for offer in offers)
    kept, wrong = _catch_all(offers)
    known = [
        offer for offer in offers if offer.fraction <= 0 and offer.text.strip() not in {"*", ""}
    ]
    if not kept:
        refuse("no right answer")
    if any(offer.fraction < 0 for offer in known):
        losses.add("points taken for certain wrong answers")
    accepted = tuple(
        keys.Accepted(text=offer.text, worth=share(max(offer.fraction, Decimal(0))),
                      feedback=offer.feedback)
        for offer in offers
        if offer in kept or (offer in known and offer.feedback)
    )  # fmt: skip
    rules = keys.TextRules(pattern="wildcard" if wild else "exact", fold_case=fold_case)
    return accepted, rules, wrong


def short(offers: Sequence[Offer], *, fold_case: bool, losses: Losses) -> Question:
    accepted, rules, wrong = words(offers, fold_case=fold_case, losses=losses)
    return Question(
        interaction=ours.ShortText(),
        key=keys.ShortTextKey(accepted=accepted, rules=rules),
        wrong=wrong,
    )


def gap(offers: Sequence[Offer], *, fold_case: bool, losses: Losses) -> Question:
    """One word missing in the text, `[[gap1]]`."""
    accepted, rules, wrong = words(offers, fold_case=fold_case, losses=losses)
    return Question(
        interaction=ours.GapFill(gaps=(ours.Gap(id=GAP),)),
        key=keys.GapFillKey(gaps={GAP: keys.GapKey(accepted=accepted, rules=rules)}),
        wrong=wrong,
    )


def gap_of(
    offers: Sequence[Offer], *, name: str, asked: str, losses: Losses
) -> tuple[ours.Gap, keys.GapKey]:
    """A gap that is chosen into."""
    ids = named([offer.text for offer in offers], role=f"word of {name}", asked=asked)
    options = tuple(
        ours.Option(id=one, text=offer.text) for one, offer in zip(ids, offers, strict=True)
    )
    accepted = [
        keys.Accepted(
            text=option.id, worth=share(max(offer.fraction, Decimal(0))), feedback=offer.feedback
        )
        for option, offer in zip(options, offers, strict=True)
        if offer.fraction > 0 or offer.feedback
    ]
    if not any(one.worth > 0 for one in accepted):
        refuse(f"a gap ({name}) without a right answer")
    if any(offer.fraction < 0 for offer in offers):
        losses.add("points taken for certain wrong answers")
    return ours.Gap(id=name, options=options), keys.GapKey(accepted=tuple(accepted))


def figures(
    offers: Sequence[tuple[str, Offer]], *, losses: Losses
) -> tuple[tuple[keys.AcceptedNumber, ...], keys.NumericRules]:
    """Numbers that all have the tolerance of the best; of the others it is told."""
    ranked = sorted(offers, key=lambda one: -one[1].fraction)
    if not ranked or ranked[0][1].fraction <= 0:
        refuse("no right answer")
    tolerance = ranked[0][1].tolerance
    kept: list[keys.AcceptedNumber] = []
    for value, offer in ranked:
        if offer.fraction < 0:
            losses.add("points taken for certain wrong answers")
        if offer.tolerance != tolerance:
            losses.add(f"the answer {value}, whose tolerance is another ({offer.tolerance})")
        elif offer.fraction > 0 or offer.feedback:
            worth = share(max(offer.fraction, Decimal(0)))
            kept.append(keys.AcceptedNumber(value=value, worth=worth, feedback=offer.feedback))
    return tuple(kept), keys.NumericRules(tolerance=tolerance)


def numeric(offers: Sequence[tuple[str, Offer]], *, wrong: str, losses: Losses) -> Question:
    accepted, rules = figures(offers, losses=losses)
    return Question(
        interaction=ours.Numeric(),
        key=keys.NumericKey(accepted=accepted, rules=rules),
        wrong=wrong,
    )


def match(pairs: Sequence[tuple[str, str]], *, asked: str, shuffle: bool) -> Question:
    """Pairs of question and answer; one without a question is there to mislead.

    The answers stand beside their questions in the file, so here in the order of their ids.
    """
    if len(pairs) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} pairs")
    answers = list(dict.fromkeys(answer for _, answer in pairs))
    targets = dict(zip(answers, named(answers, role="target", asked=asked), strict=True))
    whole = [(text, answer) for text, answer in pairs if not markup.is_blank(text)]
    if not whole:
        refuse("a match without pairs")
    sources = named([text for text, _ in whole], role="source", asked=asked)
    return Question(
        interaction=ours.Match(
            sources=tuple(
                ours.Option(id=one, text=text)
                for one, (text, _) in zip(sources, whole, strict=True)
            ),
            targets=tuple(
                ours.Option(id=one, text=markup.from_text(answer))
                for answer, one in sorted(targets.items(), key=lambda target: target[1])
            ),
            shuffle=shuffle,
        ),
        key=keys.MatchKey(
            pairs={one: (targets[answer],) for one, (_, answer) in zip(sources, whole, strict=True)}
        ),
    )


def essay() -> Question:
    return Question(interaction=ours.Essay(), key=keys.EssayKey())


def category_tag(path: str) -> str:
    """`$course$/top/Algebra/Lines` is `Algebra/Lines`: the roots are the other site's."""
    parts = [part.strip() for part in path.replace("//", "\x00").split("/")]
    kept = [part for part in parts if part and part not in {"top", "$course$", "$system$"}]
    kept = [part for part in kept if not (part.startswith("$") and part.endswith("$"))]
    return "/".join(kept).replace("\x00", "/")[:200]
