"""What a model said, checked against the answer, and whether it may stand."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.services.assessment.reading.asking import CONFIDENCES, Criterion, Task
from eduflow.services.assessment.reading.control import is_claimed
from eduflow.services.assessment.reading.folding import latin, lowered
from eduflow.services.assessment.reading.grounds import is_grounded
from eduflow.services.assessment.reading.plain import Plain, Span

SAMPLES = 2
"""Independent readings of the whole answer."""
EVIDENCE = 3
"""The number of the reading of what they cite, alone; of answers that nobody else would see."""
_FAR = Decimal("0.2")
"""Share of the points by which two samples may differ."""
_SURE = Decimal("0.5")
_LONGEST_REASON, _LONGEST_QUOTE = 2_000, 2_000
_OF_GRADING = re.compile(
    r"\b(?:grad(?:e[rsd]?|ing)|scor(?:e[sd]?|ing)|marks|rubric|criteri\w+|evaluator|examiner|"
    r"punktzahl|bestnote|bareme|rubrica|calificacion|punteggio|pontuacao|балл\w*|оценк\w*)\b|"
    r"满分|评分|満点|採点|만점|채점"
)
"""One such word that the task does not have, and a quotation is no evidence."""
_NEAR_GRADING = re.compile(
    r"\b(?:points|full|maximum|highest|instructions?|ignore|disregard|award|credit|prompt|level)\b"
)
_TOO_MANY = 2


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion in one sample. `quote` is a stretch of the answer itself where `span` is."""

    criterion_id: UUID
    awarded: Decimal
    reason: str
    quote: str
    span: Span | None
    confidence: Decimal


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of an answer."""

    judged: Sequence[Judged]
    control: bool
    """Whether what no answer contains was claimed of this one."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What all samples come to."""

    reason: str | None
    """Why a person must look, as the queue names it; None: nothing stands against it."""
    points: tuple[Decimal, ...]
    """By criterion."""
    fraction: Decimal
    level: int
    """In steps of the whole rubric, from 0 up."""
    levels: int
    confidence: Decimal


def said_of(reply: Any, task: Task, *, shown: Plain, answer: str) -> Said:
    """The reply, each quote looked up in what the model was shown."""
    judged = _judged_of(reply, task, shown=shown, answer=answer)
    return Said(judged=judged, control=is_claimed(reply, task.control))


def _judged_of(reply: Any, task: Task, *, shown: Plain, answer: str) -> list[Judged]:
    judged = []
    for number, criterion in enumerate(task.criteria, 1):
        line = getattr(reply, f"c{number}")
        quote = line.quote.strip()
        place = _found(quote, shown)
        span = shown.source(place) if place else None
        # A quote that talks of grading where the task does not, or of nothing that was asked, is
        # no evidence for anything.
        if place is not None and (
            _talks_of_grading(quote, task) or not is_grounded(shown.text, place, task=task.words)
        ):
            span = None
        judged.append(
            Judged(
                criterion_id=criterion.id,
                awarded=criterion.levels[line.level].points,
                reason=line.reason.replace("\0", "")[:_LONGEST_REASON],
                quote=answer[span[0] : span[1]]
                if span
                else quote.replace("\0", "")[:_LONGEST_QUOTE],
                span=span,
                confidence=CONFIDENCES[line.confidence],
            )
        )
    return judged


def verdict_of(
    criteria: Sequence[Criterion], samples: Sequence[Sequence[Judged]], *, flagged: bool
) -> Verdict:
    """The lower of what both samples say, and never more than what they cite earns alone."""
    read = [{one.criterion_id: one for one in sample} for sample in samples]
    points: list[Decimal] = []
    level = steps = 0
    least = Decimal(1)
    disagreed = unsure = False
    totals = [Decimal(0)] * len(read)
    for criterion in criteria:
        steps += len(criterion.levels) - 1
        found = [sample[criterion.id] for sample in read]
        accepted = [_accepted(criterion, one) for one in found]
        unsure |= any(
            place != _level(criterion, one) for place, one in zip(accepted, found, strict=True)
        )
        disagreed |= max(accepted) - min(accepted) > 1
        totals = [
            total + criterion.levels[place].points
            for total, place in zip(totals, accepted, strict=True)
        ]
        lowest = min(accepted)
        points.append(criterion.levels[lowest].points)
        level += lowest
        least = min(least, *(one.confidence for one in found))
    whole = sum((c.points for c in criteria), Decimal(0)) or Decimal(1)
    disagreed |= (max(totals) - min(totals)) / whole > _FAR
    reason = None
    if flagged:
        reason = "flagged"
    elif disagreed:
        reason = "disagreed"
    elif unsure or least < _SURE:
        reason = "unsure"
    fraction = min(Decimal(1), max(Decimal(0), sum(points) / whole)).quantize(Decimal("0.000001"))
    return Verdict(
        reason=reason,
        points=tuple(points),
        fraction=fraction,
        level=level,
        levels=steps + 1,
        confidence=least,
    )


def _accepted(criterion: Criterion, one: Judged) -> int:
    """Above the lowest level only what rests on words of the answer."""
    return _level(criterion, one) if one.span is not None else 0


def _level(criterion: Criterion, one: Judged) -> int:
    return next(n for n, level in enumerate(criterion.levels) if level.points == one.awarded)


def _found(quote: str, shown: Plain) -> Span | None:
    if not quote:
        return None
    at = shown.text.find(quote)
    if at >= 0:
        return at, at + len(quote)
    # Models break lines elsewhere; the words and their order must be the same.
    words = [re.escape(word) for word in quote.split()]
    found = re.search(r"\s+".join(words), shown.text)
    return found.span() if found else None


def _talks_of_grading(quote: str, task: Task) -> bool:
    own, said = latin(lowered(task.words)), latin(lowered(quote))
    if set(_OF_GRADING.findall(said)) - set(_OF_GRADING.findall(own)):
        return True
    near = set(_NEAR_GRADING.findall(said)) - set(_NEAR_GRADING.findall(own))
    return len(near) >= _TOO_MANY
