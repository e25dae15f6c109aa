"""What api_core publishes: who there is, what is taught, who learns it and how far they are."""

from datetime import datetime
from uuid import UUID

from eduflow.contracts import Event


class InstitutionChanged(Event, frozen=True, kw_only=True, tag="api_core.institution_changed"):
    """What the institution says of itself is another."""

    about = "institution_id"


class PersonAdded(Event, frozen=True, kw_only=True, tag="person.added"):
    """Somebody belongs to the institution now. Blanked when the person is erased."""

    about = "user_id"
    user_id: UUID
    display_name: str
    sortable_name: str
    email: str
    state: str


class PersonChanged(Event, frozen=True, kw_only=True, tag="person.changed"):
    """What is known of a person, as it is now. Blanked when the person is erased."""

    about = "user_id"
    user_id: UUID
    display_name: str
    sortable_name: str
    email: str
    state: str


class RoleGranted(Event, frozen=True, kw_only=True, tag="api_core.role_granted"):
    """A person may do what the role permits, in that context."""

    about = "user_id"
    user_id: UUID
    role: str
    context_type: str
    context_id: UUID


class RoleWithdrawn(Event, frozen=True, kw_only=True, tag="api_core.role_withdrawn"):
    """A person may no longer do what the role permitted there."""

    about = "user_id"
    user_id: UUID
    role: str
    context_type: str
    context_id: UUID


class TermAdded(Event, frozen=True, kw_only=True, tag="api_core.term_added"):
    """The year has one more term."""

    about = "term_id"
    term_id: UUID


class TermChanged(Event, frozen=True, kw_only=True, tag="api_core.term_changed"):
    """A term has another name or other dates, or is no more."""

    about = "term_id"
    term_id: UUID
    state: str


class AccountAdded(Event, frozen=True, kw_only=True, tag="api_core.account_added"):
    """The institution has one more department."""

    about = "account_id"
    account_id: UUID
    parent_id: UUID | None


class AccountChanged(Event, frozen=True, kw_only=True, tag="api_core.account_changed"):
    """A department has another name or place, or is no more."""

    about = "account_id"
    account_id: UUID
    parent_id: UUID | None
    state: str


class CourseCreated(Event, frozen=True, kw_only=True, tag="api_core.course_created"):
    """A course is in the catalogue."""

    about = "course_id"
    course_id: UUID
    code: str
    title: str
    state: str


class CourseChanged(Event, frozen=True, kw_only=True, tag="api_core.course_changed"):
    """The course's entry as it is now."""

    about = "course_id"
    course_id: UUID
    code: str
    title: str
    state: str


class SectionAdded(Event, frozen=True, kw_only=True, tag="api_core.section_added"):
    """A course has one more section."""

    about = "course_id"
    course_id: UUID
    section_id: UUID


class SectionChanged(Event, frozen=True, kw_only=True, tag="api_core.section_changed"):
    """A section has another name or other dates, or is no more."""

    about = "course_id"
    course_id: UUID
    section_id: UUID
    state: str


class ModuleAdded(Event, frozen=True, kw_only=True, tag="api_core.module_added"):
    """A course has one more module."""

    about = "course_id"
    course_id: UUID
    module_id: UUID
    position: int


class ModuleChanged(Event, frozen=True, kw_only=True, tag="api_core.module_changed"):
    """A module has another title, place or time of opening."""

    about = "course_id"
    course_id: UUID
    module_id: UUID
    position: int


class LessonAdded(Event, frozen=True, kw_only=True, tag="api_core.lesson_added"):
    """A course has one more lesson to be completed."""

    about = "course_id"
    course_id: UUID
    module_id: UUID
    lesson_id: UUID
    position: int


class LessonChanged(Event, frozen=True, kw_only=True, tag="api_core.lesson_changed"):
    """A lesson has another title, body, place or content."""

    about = "course_id"
    course_id: UUID
    module_id: UUID
    lesson_id: UUID
    position: int


class LearnerEnrolled(Event, frozen=True, kw_only=True, tag="api_core.learner_enrolled"):
    """Somebody has a seat in a course, as learner, teacher or otherwise."""

    about = "enrollment_id"
    enrollment_id: UUID
    course_id: UUID
    section_id: UUID
    user_id: UUID
    role: str
    state: str
    since: datetime


class EnrollmentChanged(Event, frozen=True, kw_only=True, tag="api_core.enrollment_changed"):
    """A seat is invited, active, inactive, completed or withdrawn now."""

    about = "enrollment_id"
    enrollment_id: UUID
    course_id: UUID
    user_id: UUID
    state: str


class LessonProgressed(Event, frozen=True, kw_only=True, tag="api_core.lesson_progressed"):
    """A learner viewed, completed or reopened a lesson."""

    about = "user_id"
    user_id: UUID
    course_id: UUID
    lesson_id: UUID
    kind: str
    occurred_at: datetime


class InvitationSent(Event, frozen=True, kw_only=True, tag="api_core.invitation_sent"):
    """A person was invited by mail to choose a password."""

    about = "user_id"
    user_id: UUID
    invitation_id: UUID


class PasswordChanged(Event, frozen=True, kw_only=True, tag="api_core.password_changed"):
    """A person chose a password; every session but the one it was done in has ended with it."""

    about = "user_id"
    user_id: UUID
    because: str
    """`change`, `invitation`, `password-reset`, or `demonstration`: a published password."""


class SessionRevoked(Event, frozen=True, kw_only=True, tag="api_core.session_revoked"):
    """A login ended before its time."""

    about = "user_id"
    user_id: UUID
    session_id: UUID
    because: str
    """`logout`, or `reuse`: a refresh token was shown that had been used long before."""


class DataExportAsked(Event, frozen=True, kw_only=True, tag="api_core.data_export_asked"):
    """A person wants to take along what is known of them."""

    about = "user_id"
    user_id: UUID
    export_id: UUID


class ErasureAsked(Event, frozen=True, kw_only=True, tag="api_core.erasure_asked"):
    """A person is to be forgotten; their account is closed already."""

    about = "user_id"
    user_id: UUID
    erasure_id: UUID


class PersonErased(Event, frozen=True, kw_only=True, tag="api_core.person_erased"):
    """A person was forgotten: whoever keeps texts or names of theirs blanks them now."""

    about = "user_id"
    user_id: UUID
    erasure_id: UUID
