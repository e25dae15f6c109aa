"""Find a passage of a file in a bank, or add it."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.services.assessment.commands.bank_rows import SEEN, write_alone
from eduflow.services.assessment.ids import BankId, StimulusId
from eduflow.services.assessment.model.sanitation import safe


class KeepStimulus(Command[StimulusId], frozen=True, kw_only=True):
    """In the name of somebody who may write in the bank; twice, also at once, is one passage."""

    bank: BankId
    title: str
    body: str
    identifier: str


class _Found(msgspec.Struct):
    may: bool
    seen: str
    stimulus: StimulusId | None


_LOOK = (
    "SELECT (SELECT p.own OR holds_in('bank:write', p.course) FROM place_of('bank', b.id,"
    f" eduflow_person(), 'bank:write') AS p) AS may, {SEEN}, (SELECT s.id FROM stimuli AS s"
    " WHERE s.institution_id = b.institution_id AND s.bank_id = b.id AND s.identifier = $2"
    " AND s.body = $3 ORDER BY s.id LIMIT 1) AS stimulus"
    " FROM item_banks AS b WHERE b.id = $1 AND b.state = 'active'"
    " AND b.institution_id = eduflow_institution()"
)
_INSERT = (
    "INSERT INTO stimuli (id, institution_id, bank_id, title, body, identifier, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def keep_stimulus(command: KeepStimulus, work: UnitOfWork) -> StimulusId:
    body = safe(command.body)
    found = await work.look_one(_LOOK, command.bank, command.identifier, body, into=_Found)
    if found is None:
        raise NotFound(kind="bank")
    if not found.may:
        raise Forbidden(permission="bank:write")
    if found.stimulus is not None:
        return found.stimulus
    made = StimulusId(new_id())
    write_alone(work, command.bank, seen=found.seen)
    institution = work.identity.institution
    named = (command.title, body, command.identifier)
    work.write(_INSERT, made, institution, command.bank, *named, work.now)
    return made
