"""Take the seats that an SIS sends."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import EnrollmentChanged, LearnerEnrolled
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.sis.outcome import Imported, Named, Rehearsal, column, uuids
from eduflow.services.api_core.sis.rows import EnrollmentRow


class ImportEnrollments(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write.

    An SIS is the register: it seats people in concluded courses too, where nobody else may.
    """

    rows: list[EnrollmentRow]
    rehearsal: Rehearsal | None


class _Person(Named):
    state: str


class _Section(Named):
    """`of` is its course, by the SIS's name; the course's own section answers to that alone."""

    state: str
    course_id: UUID
    of: str
    course_state: str
    is_default: bool


class _Seat(msgspec.Struct, kw_only=True):
    id: UUID
    section_id: UUID
    user_id: UUID
    role: str
    observes_user_id: UUID | None
    state: str
    version: int
    course_id: UUID

    @property
    def key(self) -> tuple[UUID, UUID, str, UUID | None]:
        return (self.section_id, self.user_id, self.role, self.observes_user_id)


class _Seen(msgspec.Struct):
    people: list[_Person]
    sections: list[_Section]
    seats: list[_Seat]


_LOOK = """
    WITH p AS MATERIALIZED (SELECT id, coalesce(sis_id, id::text) AS name_in_sis, state FROM users
        WHERE institution_id = $1
          AND (sis_id = ANY($2::text[]) OR (sis_id IS NULL AND id = ANY($3::uuid[])))),
    s AS MATERIALIZED (
        SELECT s.id, coalesce(s.sis_id, s.id::text) AS name_in_sis, s.state, s.course_id,
            coalesce(c.sis_id, c.id::text) AS of, c.state AS course_state, false AS is_default
        FROM course_sections AS s JOIN courses AS c ON c.id = s.course_id
        WHERE s.institution_id = $1 AND NOT s.is_default
          AND (s.sis_id = ANY($4::text[]) OR (s.sis_id IS NULL AND s.id = ANY($5::uuid[])))
        UNION ALL
        SELECT s.id, s.id::text, s.state, s.course_id, coalesce(c.sis_id, c.id::text), c.state, true
        FROM courses AS c JOIN course_sections AS s ON s.course_id = c.id AND s.is_default
        WHERE c.institution_id = $1
          AND (c.sis_id = ANY($6::text[]) OR (c.sis_id IS NULL AND c.id = ANY($7::uuid[])))),
    e AS MATERIALIZED (
        SELECT e.id, section_id, user_id, role, observes_user_id, e.state, version, e.course_id
        FROM p CROSS JOIN LATERAL (SELECT * FROM enrollments WHERE user_id = p.id OFFSET 0) AS e
        JOIN s ON s.id = e.section_id)
    SELECT coalesce((SELECT json_agg(p) FROM p), '[]') AS people,
           coalesce((SELECT json_agg(s) FROM s), '[]') AS sections,
           coalesce((SELECT json_agg(e) FROM e), '[]') AS seats
"""
_CHANGE = (
    "UPDATE enrollments AS e SET state = r.state, version = e.version + 1"
    " FROM unnest($1::uuid[], $2::int[], $3::text[]) AS r(id, version, state)"
    " WHERE e.id = r.id AND e.version = r.version AND {allowed}"
)
_ADD = (
    "INSERT INTO enrollments (id, institution_id, created_at, course_id, section_id, user_id,"
    " role, state,"
    " observes_user_id) SELECT r.id, $1, $2, r.course_id, r.section_id, r.user_id, r.role,"
    " r.state, r.observes"
    " FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],"
    " $9::uuid[])"
    " AS r(id, course_id, section_id, user_id, role, state, observes) WHERE {allowed} ON CONFLICT"
    " DO NOTHING"
)


class _Known:
    """People, sections and seats by the names of an SIS."""

    def __init__(self, seen: _Seen, rehearsal: Rehearsal | None) -> None:
        self.people = {person.name_in_sis: person for person in seen.people}
        self.sections = {s.name_in_sis: s for s in seen.sections if not s.is_default}
        self.defaults = {s.of: s for s in seen.sections if s.is_default}
        self.seats = {seat.key: seat for seat in seen.seats}
        if rehearsal:
            self._pretend(rehearsal)

    def _pretend(self, rehearsal: Rehearsal) -> None:
        self.people |= rehearsal.of("people")
        courses = rehearsal.of("courses")
        for name, course in courses.items():
            made = _Section(course.id, name, "active", course.id, name, course.state, True)
            self.defaults.setdefault(name, made).course_state = course.state
        names = {course.id: name for name, course in courses.items()}
        for name, section in rehearsal.of("sections").items():
            before = self.sections.get(name)
            of = before.of if before else names.get(section.course_id, "")
            state = courses[of].state if of in courses else "draft"
            self.sections[name] = _Section(
                section.id, name, section.state, section.course_id, of, state, False
            )

    def wanted(self, row: EnrollmentRow) -> _Seat | str:
        """The seat a row speaks of, or the reason why there can be none."""
        person = self.people.get(row.user)
        if person is None:
            return f"there is no user {row.user!r}"
        observed = self.people.get(row.observes) if row.observes else None
        if row.observes and observed is None:
            return f"there is no user {row.observes!r} to be observed"
        section = self._section(row)
        if isinstance(section, str):
            return section
        if row.state != "withdrawn":
            for gone, what in (
                (person.state, f"user {row.user!r}"),
                (observed.state if observed else "", f"user {row.observes!r}"),
                (section.course_state, f"course {section.of!r}"),
                (section.state, f"section {row.section!r}"),
            ):
                if gone == "deleted":
                    return f"{what} is deleted"
        return _Seat(
            id=new_id(),
            section_id=section.id,
            user_id=person.id,
            role=row.role,
            observes_user_id=observed.id if observed else None,
            state=row.state,
            version=1,
            course_id=section.course_id,
        )

    def _section(self, row: EnrollmentRow) -> _Section | str:
        if row.section is None:
            return self.defaults.get(row.course or "") or f"there is no course {row.course!r}"
        section = self.sections.get(row.section)
        if section is None:
            return f"there is no section {row.section!r}"
        if row.course is not None and section.of not in {row.course, ""}:
            return f"section {row.section!r} belongs to course {section.of!r}, not {row.course!r}"
        return section


async def import_enrollments(command: ImportEnrollments, work: UnitOfWork) -> Imported:
    outcome = Imported()
    rows = command.rows
    arguments: list[list[str] | list[UUID]] = []
    for names in (
        {row.user for row in rows} | {row.observes for row in rows if row.observes},
        {row.section for row in rows if row.section},
        {row.course for row in rows if row.course and not row.section},
    ):
        arguments += [list(names), uuids(names)]
    (seen,) = await work.look(_LOOK, work.identity.institution, *arguments, into=_Seen)
    known = _Known(seen, command.rehearsal)
    new: list[_Seat] = []
    changed: list[_Seat] = []
    for number, row in enumerate(rows):
        wanted = known.wanted(row)
        if isinstance(wanted, str):
            outcome.refuse(number, wanted)
            continue
        before = known.seats.get(wanted.key)
        same = before.state == wanted.state if before else wanted.state == "withdrawn"
        outcome.count(known=before is not None or same, same=same)
        if same:
            continue
        if before is not None:
            wanted = msgspec.structs.replace(before, state=wanted.state)
        (changed if before else new).append(wanted)
        known.seats[wanted.key] = wanted
    if not command.rehearsal:
        _write(work, new=new, changed=changed)
    return outcome


def _write(work: UnitOfWork, *, new: list[_Seat], changed: list[_Seat]) -> None:
    institution = work.identity.institution
    if changed:
        columns = (column(changed, c) for c in ("id", "version", "state"))
        work.write(_CHANGE, *columns, changes=len(changed))
    if new:
        fields = ("id", "course_id", "section_id", "user_id", "role", "state", "observes_user_id")
        columns = (column(new, c) for c in fields)
        work.write(_ADD, institution, work.now, *columns, changes=len(new))
    for seat in new:
        work.record(
            LearnerEnrolled(
                institution_id=institution,
                enrollment_id=seat.id,
                course_id=seat.course_id,
                section_id=seat.section_id,
                user_id=seat.user_id,
                role=seat.role,
                state=seat.state,
                since=work.now,
            )
        )
    for seat in changed:
        work.record(
            EnrollmentChanged(
                institution_id=institution,
                enrollment_id=seat.id,
                course_id=seat.course_id,
                user_id=seat.user_id,
                state=seat.state,
            )
        )
