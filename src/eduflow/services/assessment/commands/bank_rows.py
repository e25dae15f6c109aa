"""What the commands on a bank itself share."""

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.services.assessment.authoring_views import Bank, columns
from eduflow.services.assessment.ids import BankId


class Known(Bank, kw_only=True):
    """A bank, and whether it is the caller's to give away: theirs, or of a course of theirs."""

    theirs: bool


SEEN = "b.xmin::text AS seen"
"""Of a look at the bank `b`: which of its row versions that was, for `write_alone`."""
_ALONE = (
    # It changes nothing, and makes another row version.
    "UPDATE item_banks SET name = name WHERE id = $1 AND xmin = $2::text::xid AND {allowed}"
)
THEIRS = "(b.owner_id = eduflow_person() OR holds_in('bank:write', b.course_id))"
_LOOK = (
    f"SELECT {columns(Bank, 'b')}, {THEIRS} AS theirs FROM item_banks AS b"
    " WHERE b.id = $1 AND b.state = 'active'"
)


async def look_at_own(work: UnitOfWork, bank: BankId) -> Known:
    """The bank; whoever edits it because it was shared with their course does not own it."""
    known = await work.look_one(_LOOK, bank, into=Known)
    if known is None:
        raise NotFound(kind="bank")
    if not known.theirs:
        raise Forbidden(permission="bank:write")
    return known


def write_alone(work: UnitOfWork, bank: BankId, *, seen: str) -> None:
    """Have what is written with this rest on all that is in the bank.

    Of those who looked at the same moment one writes, and the others look again. For whoever adds
    what is not there yet; what people write by hand needs no such care.
    """
    work.write(_ALONE, bank, seen)


def shown(known: Known) -> Bank:
    """What the caller gets to see."""
    return Bank(**{name: getattr(known, name) for name in Bank.__struct_fields__})
