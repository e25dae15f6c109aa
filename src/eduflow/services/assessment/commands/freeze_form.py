"""Say what a test asks; that is frozen at once, and another form is another number."""

from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.authoring_problems import (
    FormUnfit,
    NoSuchQuestion,
    QuestionRetired,
)
from eduflow.services.assessment.commands.assessment_rows import (
    COLUMNS,
    TABLES,
    Known,
    still_open,
    tell,
)
from eduflow.services.assessment.commands.form_rows import write_form
from eduflow.services.assessment.commands.scoring_rows import ScoringSets, policy_of, write_scoring
from eduflow.services.assessment.form_views import Form, FormItem, FormSection
from eduflow.services.assessment.ids import AssessmentId, FormId, QuestionId, QuestionVersionId
from eduflow.services.assessment.model.exact import exact
from eduflow.services.assessment.model.form import Entry, Part, faults_of, points_of
from eduflow.services.assessment.stored import as_json


class WantedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`number` is the version, the newest where none is said; so are the points the question's."""

    question_id: QuestionId
    number: int | None = None
    points: tuple[float, ...] = ()


class WantedSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Questions that stand together."""

    title: str = ""
    instructions: str = ""
    pick_n: int | None = None
    shuffle: bool = False
    items: tuple[WantedItem, ...]


class FreezeForm(Command[Form], frozen=True, kw_only=True):
    """All of it anew. Of a published test it is the form for attempts that begin after this."""

    assessment: AssessmentId
    expected: int
    instructions: str
    sections: tuple[WantedSection, ...]


class _Found(msgspec.Struct):
    question_id: QuestionId
    version_id: QuestionVersionId
    number: int
    newest: int
    type: str
    title: str
    points: Decimal
    retired: bool
    key: int
    rubric: UUID | None


class _Seen(Known, kw_only=True):
    questions: list[_Found]
    pins: dict[UUID, tuple[Decimal, ...]]
    key_set: dict[UUID, int] | None
    rubric_set: dict[UUID, UUID] | None
    points_set: dict[UUID, list[Decimal]] | None


_PINS = (
    "SELECT i.question_id, i.question_version_id, i.points_list FROM section_items AS i"
    " JOIN assessment_sections AS s ON s.id = i.section_id WHERE s.assessment_version_id = f.id"
)
# What stands in the present form may stay, whoever's bank it is from.
_USABLE = (
    "SELECT p.known AND (p.own OR holds_in('bank:read', p.course))"
    " FROM place_of('question', q.id, eduflow_person(), 'bank:read') AS p"
)
_LOOK = (
    f"SELECT {COLUMNS}, (SELECT coalesce(json_agg(json_build_object('question_id', q.id,"
    " 'version_id', v.id, 'number', v.number, 'newest', q.current_number, 'type', q.type,"
    " 'title', v.title, 'points', v.points, 'retired', q.state = 'retired' AND NOT k.pinned,"
    " 'key', (SELECT max(c.number) FROM answer_keys AS c WHERE c.question_version_id = v.id),"
    " 'rubric', (SELECT b.id FROM scoring_rubrics AS r JOIN scoring_rubric_versions AS b"
    " ON b.rubric_id = r.id AND b.number = r.current_number WHERE r.question_id = q.id))), '[]')"
    " FROM jsonb_to_recordset($2::text::jsonb) AS w(question_id uuid, number int)"
    " JOIN questions AS q ON q.id = w.question_id"
    " JOIN question_versions AS v ON v.question_id = q.id"
    " AND v.number = coalesce(w.number, q.current_number)"
    f" CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM ({_PINS}) AS n"
    " WHERE n.question_id = q.id) AS pinned) AS k"
    f" WHERE k.pinned OR ({_USABLE})) AS questions,"
    f" (SELECT coalesce(json_object_agg(n.question_version_id, n.points_list), '{{}}')"
    f" FROM ({_PINS}) AS n) AS pins, g.key_set, g.rubric_set, g.points_set"
    f" FROM {TABLES} LEFT JOIN scoring_versions AS g ON g.assessment_id = a.id"
    " AND g.number = a.scoring_number WHERE a.id = $1"
)
_UPDATE = (
    "UPDATE assessments SET current_number = $3, scoring_number = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def freeze_form(command: FreezeForm, work: UnitOfWork) -> Form:
    wanted = [
        {"question_id": item.question_id, "number": item.number}
        for section in command.sections
        for item in section.items
    ]
    seen = still_open(
        await work.look_one(_LOOK, command.assessment, as_json(wanted), into=_Seen),
        expected=command.expected,
    )
    taken = _taken(command, seen.questions)
    parts = [
        Part(
            title=section.title,
            instructions=section.instructions,
            pick_n=section.pick_n,
            shuffle=section.shuffle,
            items=tuple(_entry(item, taken[item]) for item in section.items),
        )
        for section in command.sections
    ]
    if faults := faults_of(parts):
        raise FormUnfit(errors=faults)
    published = seen.state == "published"
    form = Form(
        id=FormId(new_id()),
        assessment_id=seen.id,
        number=seen.form + 1,
        instructions=command.instructions,
        points=float(points_of(parts)),
        frozen_at=work.now,
        sections=[_shown(section, taken) for section in command.sections],
        version=seen.version + 1,
    )
    scoring = seen.last_scoring + 1 if published else seen.scoring_number
    work.write(_UPDATE, seen.id, seen.version, form.number, scoring)
    write_form(work, form, parts=parts)
    if published:
        entries = [entry for part in parts for entry in part.items]
        write_scoring(work, seen.id, number=scoring, cause="new_form", sets=_sets(seen, entries))
        tell(work, seen, points=points_of(parts), form=form.number, scoring_number=scoring)
    return form


def _taken(command: FreezeForm, found: list[_Found]) -> dict[WantedItem, _Found]:
    """What was found of each item that is wanted."""
    taken: dict[WantedItem, _Found] = {}
    missing, retired = [], []
    for item in (item for section in command.sections for item in section.items):
        one = next(
            (
                one
                for one in found
                if one.question_id == item.question_id and one.number == (item.number or one.newest)
            ),
            None,
        )
        if one is None:
            missing.append(str(item.question_id))
        elif one.retired:
            retired.append(str(item.question_id))
        else:
            taken[item] = one
    if missing:
        raise NoSuchQuestion(questions=missing)
    if retired:
        raise QuestionRetired(questions=retired)
    return taken


def _entry(item: WantedItem, found: _Found) -> Entry:
    return Entry(
        question_id=found.question_id,
        question_version_id=found.version_id,
        points_list=tuple(exact(points) for points in item.points) or (found.points,),
    )


def _shown(section: WantedSection, taken: dict[WantedItem, _Found]) -> FormSection:
    return FormSection(
        title=section.title,
        instructions=section.instructions,
        pick_n=section.pick_n,
        shuffle=section.shuffle,
        items=[
            FormItem(
                question_id=taken[item].question_id,
                question_version_id=taken[item].version_id,
                type=taken[item].type,
                title=taken[item].title,
                number=taken[item].number,
                newest=taken[item].newest,
                points_list=[float(p) for p in _entry(item, taken[item]).points_list],
            )
            for item in section.items
        ],
    )


def _sets(seen: _Seen, entries: list[Entry]) -> ScoringSets:
    """What counts stays as it was corrected; what is new comes with its newest key and rubric."""
    pinned = {entry.question_version_id: entry.points_list for entry in entries}
    found = {one.version_id: one for one in seen.questions}
    keys = {version: found[QuestionVersionId(version)].key for version in pinned}
    rubrics: dict[UUID, UUID] = {
        one.question_id: one.rubric for one in found.values() if one.rubric is not None
    }
    points = {
        version: listed
        for version, listed in (seen.points_set or {}).items()
        # Points that the author gives anew are meant; others stay as a regrade has left them.
        if version not in pinned or pinned[version] == seen.pins.get(version)
    }
    return ScoringSets(
        keys={**keys, **(seen.key_set or {})},
        rubrics={**rubrics, **(seen.rubric_set or {})},
        points=points,
        policy=policy_of(seen),
    )
