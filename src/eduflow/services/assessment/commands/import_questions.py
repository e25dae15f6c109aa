"""Take questions of a file into a bank, many at once; those that are there already stay."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_problems import ItemUnfit
from eduflow.services.assessment.commands.bank_rows import SEEN, write_alone
from eduflow.services.assessment.commands.question_rows import NewQuestion, write_questions
from eduflow.services.assessment.ids import BankId, QuestionId, StimulusId
from eduflow.services.assessment.model.exact import kept
from eduflow.services.assessment.model.fitness import made_fit
from eduflow.services.assessment.stored import asked_columns, digest_of_key, digest_of_question

MOST = 100
"""Questions of one command."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A question with the passage that it refers to."""

    item: Item
    stimulus_id: StimulusId | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an entry, and why it was refused."""

    is_: Literal["new", "known", "refused"]
    why: str = ""
    question: QuestionId | None = None
    number: int = 1
    """Of the version that was meant; others may have come after it."""


class ImportQuestions(Command[list[Outcome]], frozen=True, kw_only=True):
    """In the name of somebody who may write in the bank. One outcome for each entry, in order.

    A question is known by its identifier and the digests of what is asked and of its first key.
    Of equal ones that are imported at the same moment, one is new and the others know it.
    Points are kept to four decimals; a question that was once kept with finer ones is known, too.
    """

    bank: BankId
    entries: tuple[Entry, ...]


class _Known(msgspec.Struct):
    name: tuple[str, str, str]
    question: QuestionId
    number: int


class _Bank(msgspec.Struct):
    may: bool
    seen: str
    known: list[_Known]


_LOOK = (
    "SELECT (SELECT p.own OR holds_in('bank:write', p.course) FROM place_of('bank', b.id,"
    f" eduflow_person(), 'bank:write') AS p) AS may, {SEEN},"
    " coalesce((SELECT json_agg(json_build_object('name', json_build_array("
    "coalesce(v.identifier, ''), encode(v.sha256, 'hex'), encode(k.sha256, 'hex')),"
    " 'question', q.id, 'number', v.number) ORDER BY q.state, q.id) FROM questions AS q"
    " JOIN question_versions AS v ON v.question_id = q.id"
    " JOIN answer_keys AS k ON k.question_version_id = v.id AND k.number = 1"
    " WHERE q.bank_id = b.id AND v.sha256 = ANY ($2::bytea[])), '[]') AS known"
    " FROM item_banks AS b WHERE b.id = $1 AND b.state = 'active'"
    " AND b.institution_id = eduflow_institution()"
)


async def import_questions(command: ImportQuestions, work: UnitOfWork) -> list[Outcome]:
    fit = [_fit(entry) for entry in command.entries]
    finer = [_finer(entry, item) for entry, item in zip(command.entries, fit, strict=True)]
    asked = [
        digest_of_question(asked_columns(item)) for item in (*fit, *finer) if isinstance(item, Item)
    ]
    bank = await work.look_one(_LOOK, command.bank, asked, into=_Bank)
    if bank is None:
        raise NotFound(kind="bank")
    if not bank.may:
        raise Forbidden(permission="bank:write")
    known = _known(bank, fit, finer)
    new: dict[tuple[str, str, str], NewQuestion] = {}
    for entry, item in zip(command.entries, fit, strict=True):
        if isinstance(item, Item) and _name(item) not in known:
            new.setdefault(_name(item), NewQuestion(item=item, stimulus_id=entry.stimulus_id))
    made = []
    if new:
        write_alone(work, command.bank, seen=bank.seen)
        made = write_questions(work, command.bank, new=list(new.values()))
    written = {
        name: Outcome(is_="new", question=question.id)
        for name, question in zip(new, made, strict=True)
    }
    outcomes = []
    for item in fit:
        if not isinstance(item, Item):
            outcomes.append(Outcome(is_="refused", why=item))
        else:
            name = _name(item)
            # The second of two that are alike is the first, which is known by then.
            outcomes.append(known.get(name) or written[name])
            known.setdefault(name, msgspec.structs.replace(outcomes[-1], is_="known"))
    return outcomes


def _known(
    bank: _Bank, fit: Sequence[Item | str], finer: Sequence[Item | None]
) -> dict[tuple[str, str, str], Outcome]:
    known: dict[tuple[str, str, str], Outcome] = {}
    for one in bank.known:
        outcome = Outcome(is_="known", question=one.question, number=one.number)
        known.setdefault(one.name, outcome)
    for item, as_it_came in zip(fit, finer, strict=True):
        if isinstance(item, Item) and as_it_came is not None and _name(as_it_came) in known:
            known.setdefault(_name(item), known[_name(as_it_came)])
    return known


def _fit(entry: Entry) -> Item | str:
    item = entry.item
    try:
        return made_fit(msgspec.structs.replace(item, points=kept(item.points)))
    except ItemUnfit as unfit:
        return _told(unfit.facts["errors"])


def _finer(entry: Entry, fit: Item | str) -> Item | None:
    """What was taken of it before points had four decimals at most, where they have more."""
    if isinstance(fit, str) or entry.item.points == fit.points:
        return None
    return msgspec.structs.replace(fit, points=entry.item.points)


def _told(faults: Sequence[dict[str, str]]) -> str:
    return "; ".join(f"{fault['pointer']}: {fault['message']}" for fault in faults[:5])


def _name(item: Item) -> tuple[str, str, str]:
    digests = (digest_of_question(asked_columns(item)).hex(), digest_of_key(item.key).hex())
    return (item.identifier or "", *digests)
