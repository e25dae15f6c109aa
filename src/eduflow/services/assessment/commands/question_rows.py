"""Writing questions, their versions, options and keys: many at once, whole and for ever."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.scoring.interactions import Choice, GapFill, HotText, Interaction, Match, Option, Order
from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_views import Question, QuestionVersion
from eduflow.services.assessment.ids import BankId, QuestionId, QuestionVersionId, StimulusId
from eduflow.services.assessment.stored import (
    as_json,
    asked_columns,
    digest_of_key,
    digest_of_question,
    type_of,
)

_QUESTIONS = (
    "INSERT INTO questions (id, institution_id, bank_id, stimulus_id, type, title, created_at)"
    " SELECT q.id, $1, $2, q.stimulus_id, q.type, q.title, $3"
    " FROM jsonb_to_recordset($4::text::jsonb) AS q(id uuid, stimulus_id uuid, type text,"
    " title text) WHERE {allowed}"
)
_VERSIONS = (
    "INSERT INTO question_versions (id, institution_id, question_id, number, title, body, language,"
    " interaction, parameters, conditions, feedback, points, identifier, sha256, made_by, made_at)"
    " SELECT v.id, $1, v.question_id, v.number, v.title, v.body, v.language, v.interaction,"
    " v.parameters, v.conditions, v.feedback, v.points, v.identifier, decode(v.sha256, 'hex'),"
    " $2, $3 FROM jsonb_to_recordset($4::text::jsonb) AS v(id uuid, question_id uuid, number int,"
    " title text, body text, language text, interaction jsonb, parameters jsonb, conditions text[],"
    " feedback jsonb, points numeric, identifier text, sha256 text) WHERE {allowed}"
)
_KEYS = (
    "INSERT INTO answer_keys (id, institution_id, question_version_id, number, key, reason, sha256,"
    " made_by, made_at)"
    " SELECT k.id, $1, k.question_version_id, 1, k.key, '', decode(k.sha256, 'hex'), $2, $3"
    " FROM jsonb_to_recordset($4::text::jsonb) AS k(id uuid, question_version_id uuid, key jsonb,"
    " sha256 text) WHERE {allowed}"
)
_CHOICES = (
    "INSERT INTO question_choices (question_version_id, part, identifier, institution_id, position,"
    " text) SELECT c.question_version_id, c.part, c.identifier, $1, c.position, c.text"
    " FROM jsonb_to_recordset($2::text::jsonb) AS c(question_version_id uuid, part text,"
    " identifier text, position int, text text) WHERE {allowed}"
)
_TAGS = (
    "INSERT INTO question_tags (question_id, tag, institution_id) SELECT t.question_id, t.tag, $1"
    " FROM jsonb_to_recordset($2::text::jsonb) AS t(question_id uuid, tag text) WHERE {allowed}"
)


_UNTAG = (
    "DELETE FROM question_tags WHERE question_id = $1 AND tag <> ALL ($2::text[]) AND {allowed}"
)
_TAG = (
    "INSERT INTO question_tags (question_id, tag, institution_id)"
    " SELECT $2, tag, $1 FROM unnest($3::text[]) AS tag WHERE {allowed} ON CONFLICT DO NOTHING"
)


class NewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was found fit, and what it stands beside."""

    item: Item
    stimulus_id: StimulusId | None = None


def write_questions(
    work: UnitOfWork, bank: BankId, *, new: Sequence[NewQuestion]
) -> list[Question]:
    """Write questions with their first versions and keys."""
    made = [_question(work, bank, one) for one in new]
    institution = work.identity.institution
    rows = [
        {"id": q.id, "stimulus_id": q.stimulus_id, "type": q.type, "title": q.title} for q in made
    ]
    work.write(_QUESTIONS, institution, bank, work.now, as_json(rows), changes=len(rows))
    write_versions(work, [(q.id, q.current) for q in made])
    write_tags(work, [(q.id, tag) for q in made for tag in q.current.item.tags])
    return made


def write_versions(work: UnitOfWork, made: Sequence[tuple[QuestionId, QuestionVersion]]) -> None:
    """Write versions, each with its options and its first key."""
    who = (work.identity.institution, work.identity.user, work.now)
    versions = [
        {
            "id": version.id,
            "question_id": question,
            "number": version.number,
            "identifier": version.item.identifier,
            "sha256": version.sha256,
            **asked_columns(version.item),
        }
        for question, version in made
    ]
    work.write(_VERSIONS, *who, as_json(versions), changes=len(versions))
    keys = [
        {
            "id": new_id(),
            "question_version_id": version.id,
            "key": version.item.key,
            "sha256": version.key_sha256,
        }
        for _, version in made
    ]
    work.write(_KEYS, *who, as_json(keys), changes=len(keys))
    choices = [
        {"question_version_id": version.id, **row}
        for _, version in made
        for row in options_of(version.item.interaction)
    ]
    if choices:
        work.write(_CHOICES, who[0], as_json(choices), changes=len(choices))


def write_tags(work: UnitOfWork, tags: Sequence[tuple[QuestionId, str]]) -> None:
    """Write tags of questions that have none yet."""
    if tags:
        rows = [{"question_id": question, "tag": tag} for question, tag in tags]
        work.write(_TAGS, work.identity.institution, as_json(rows), changes=len(rows))


def set_tags(work: UnitOfWork, question: QuestionId, *, tags: Sequence[str]) -> None:
    """These, and no others."""
    work.write(_UNTAG, question, list(tags), changes=None)
    if tags:
        work.write(_TAG, work.identity.institution, question, list(tags), changes=None)


def made_version(work: UnitOfWork, item: Item, *, number: int) -> QuestionVersion:
    """A version that is made now, with its first key."""
    return QuestionVersion(
        id=QuestionVersionId(new_id()),
        number=number,
        item=item,
        sha256=digest_of_question(asked_columns(item)).hex(),
        made_by=work.identity.user,
        made_at=work.now,
        key_number=1,
        key_sha256=digest_of_key(item.key).hex(),
        key_reason="",
    )


def options_of(interaction: Interaction) -> Iterator[dict[str, Any]]:
    """What can be chosen, part by part, as rows of `question_choices`."""
    for part, options in _parts(interaction):
        for position, option in enumerate(options, 1):
            yield {
                "part": part,
                "identifier": option.id,
                "position": position,
                "text": option.text,
            }


def _parts(interaction: Interaction) -> Iterator[tuple[str, tuple[Option, ...]]]:
    match interaction:
        case Choice() | Order():
            yield "", interaction.choices
        case Match():
            yield "source", interaction.sources
            yield "target", interaction.targets
        case GapFill():
            for gap in interaction.gaps:
                yield gap.id, gap.options
        case HotText():
            yield "", interaction.stretches
        case _:
            return


def _question(work: UnitOfWork, bank: BankId, new: NewQuestion) -> Question:
    return Question(
        id=QuestionId(new_id()),
        bank_id=bank,
        stimulus_id=new.stimulus_id,
        type=type_of(new.item),
        title=new.item.title,
        state="active",
        current=made_version(work, new.item, number=1),
        version=1,
    )
