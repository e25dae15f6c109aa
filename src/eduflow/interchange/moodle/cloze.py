"""Cloze: questions embedded in a text, `{1:MULTICHOICE:=right~wrong}`."""

import re
from decimal import Decimal

from eduflow.interchange import limits, markup
from eduflow.interchange.moodle import making
from eduflow.interchange.moodle.making import Offer, Question
from eduflow.interchange.qti.declarations import number
from eduflow.interchange.qti.templates import plainly
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import refuse
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

NONE = ours.GapFill(gaps=())
_PLACE = re.compile(r"\{(\d{0,3}):([A-Z_]+):((?:[^{}\\]|\\.)*)\}")
_WORDS = {"SHORTANSWER", "SA", "MW"}
_CASED = {"SHORTANSWER_C", "SAC", "MWC"}
_NUMBERS = {"NUMERICAL", "NM"}
_CHOICES = {"MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH"}
_SHUFFLED = {"MULTICHOICE_S", "MCS", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"}
_SPLIT = re.compile(r"(?<!\\)~")
_FEEDBACK = re.compile(r"(?<!\\)#")
_WEIGHT = re.compile(r"\A%(-?\d{1,3}(?:\.\d{1,9})?)%")
_ESCAPE = re.compile(r"\\([{}#~/\"\\=])")


def read(body: str, *, losses: Losses) -> tuple[Question, str]:
    """The gaps of the text, and the text with `[[gap1]]` where they are."""
    gaps: list[ours.Gap] = []
    judged: dict[str, keys.GapKey] = {}
    shuffle = False
    # Not the body: the answers stand in it.
    asked = _PLACE.sub("[[]]", body)

    def one(found: re.Match[str]) -> str:
        nonlocal shuffle
        name = f"gap{len(gaps) + 1}"
        if len(gaps) >= limits.MAX_CHOICES:
            refuse(f"more than {limits.MAX_CHOICES} gaps")
        gap, key = _gap(name, found[2], _offers(found[3]), asked=asked, losses=losses)
        weight = Decimal(found[1] or "1")
        gaps.append(gap)
        judged[name] = keys.GapKey(
            accepted=key.accepted, rules=key.rules, numbers=key.numbers, weight=weight
        )
        shuffle = shuffle or found[2] in _SHUFFLED
        return f"[[{name}]]"

    text = _PLACE.sub(one, body)
    if shuffle and any(gap.options for gap in gaps):
        kinds = {
            found[2] in _SHUFFLED
            for found in _PLACE.finditer(body)
            if found[2] in _SHUFFLED | _CHOICES
        }
        if len(kinds) > 1:
            losses.add("that only some gaps are shuffled (all are)")
    return (
        Question(
            interaction=ours.GapFill(gaps=tuple(gaps), shuffle=shuffle),
            key=keys.GapFillKey(gaps=judged),
        ),
        text,
    )


def points(question: Question, declared: Decimal) -> Decimal:
    """Cloze files leave the grade out or let the weights add up to it."""
    key = question.key
    if not isinstance(key, keys.GapFillKey) or declared != 1:
        return declared
    return sum((gap.weight for gap in key.gaps.values()), Decimal(0)) or declared


def _offers(text: str) -> list[Offer]:
    made: list[Offer] = []
    for piece in _SPLIT.split(text):
        rest, fraction = piece.strip(), Decimal(0)
        if rest.startswith("="):
            rest, fraction = rest[1:], Decimal(1)
        elif found := _WEIGHT.match(rest):
            rest, fraction = rest[found.end() :], number(found[1]) / 100
        answer, *feedback = _FEEDBACK.split(rest, maxsplit=1)
        made.append(
            Offer(
                text=_ESCAPE.sub(r"\1", answer).strip(),
                fraction=fraction,
                feedback=markup.safe(_ESCAPE.sub(r"\1", feedback[0])).strip() if feedback else "",
            )
        )
    return made


def _gap(
    name: str, kind: str, offers: list[Offer], *, asked: str, losses: Losses
) -> tuple[ours.Gap, keys.GapKey]:
    if kind in _CHOICES | _SHUFFLED:
        return making.gap_of(offers, name=name, asked=asked, losses=losses)
    plain = [
        Offer(text=markup.plain(one.text), fraction=one.fraction, feedback=one.feedback)
        for one in offers
    ]
    if kind in _WORDS | _CASED:
        accepted, rules, wrong = making.words(plain, fold_case=kind in _WORDS, losses=losses)
        if wrong:
            losses.add("feedback to other words in a gap")
        return ours.Gap(id=name), keys.GapKey(accepted=accepted, rules=rules)
    if kind in _NUMBERS:
        numbers, numeric = making.figures(
            [_number(one) for one in plain if one.text.strip() not in {"*", ""}], losses=losses
        )
        return ours.Gap(id=name, numeric=True), keys.GapKey(
            accepted=tuple(
                keys.Accepted(text=one.value, worth=one.worth, feedback=one.feedback)
                for one in numbers
            ),
            numbers=numeric,
        )
    return refuse(f"a gap of the type {kind} (several choices in one gap)")


def _number(offer: Offer) -> tuple[str, Offer]:
    value, _, tolerance = offer.text.partition(":")
    return plainly(number(value)), Offer(
        text="",
        fraction=offer.fraction,
        feedback=offer.feedback,
        tolerance=abs(number(tolerance or "0")),
    )
