"""What a person may give an answer, whether they review it or decide an appeal about it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from eduflow.services.assessment.commands.judged_rows import parts_of
from eduflow.services.assessment.model.faults import Faults, pointer
from eduflow.services.assessment.reading.asking import Criterion
from eduflow.services.assessment.reading_problems import BadAward

_CRITERIA, _FRACTION = "/criteria", "/fraction"


def worth(
    criteria: Sequence[Criterion],
    *,
    points: Mapping[str, Decimal] | None,
    fraction: Decimal | None,
) -> tuple[dict[str, Decimal], dict[str, Decimal], Decimal]:
    """Points and share by criterion, and the share of all; raises BadAward where they do not fit.

    With a rubric each criterion gets the points of one of its levels, without one there is but a
    share. What does not fit is refused and not left unread: it was meant.
    """
    faults = Faults()
    if criteria:
        if fraction is not None:
            faults.add(_FRACTION, "is not for an answer with a rubric: give points by `criteria`")
        _find_faults(faults, criteria, points)
    else:
        if points:
            faults.add(_CRITERIA, "are not for an answer without a rubric: give a `fraction`")
        if fraction is None:
            faults.add(_FRACTION, "is needed: there is no rubric")
    if faults.found:
        raise BadAward(errors=faults.found)
    if not criteria:
        return {}, {}, fraction or Decimal(0)
    given = dict(points or {})
    return given, *parts_of(criteria, given)


def _find_faults(
    faults: Faults, criteria: Sequence[Criterion], points: Mapping[str, Decimal] | None
) -> None:
    if points is None:
        faults.add(_CRITERIA, "is needed: points for each criterion of the rubric")
        return
    known = {one.key: one for one in criteria}
    for key in points:
        if key not in known:
            faults.add(pointer(_CRITERIA, key), "is no criterion of the rubric")
    for key, one in known.items():
        levels = [level.points for level in one.levels]
        allowed = ", ".join(f"{level.normalize():f}" for level in levels)
        if key not in points:
            faults.add(pointer(_CRITERIA, key), f"is needed: one of {allowed}")
        elif points[key] not in levels:
            faults.add(pointer(_CRITERIA, key), f"must be one of {allowed}")
