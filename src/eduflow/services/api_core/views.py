"""What callers see of api_core's things: a command answers with the shape that a query shows."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import (
    AssignmentId,
    CertificateId,
    CourseId,
    EnrollmentId,
    ForumId,
    LessonId,
    ModuleId,
    PostId,
    SectionId,
    TermId,
    ThreadId,
)


def columns(shape: type[View], of: str) -> str:
    """The fields of a shape as columns of the table that goes by `of` in the statement."""
    return ", ".join(f"{of}.{name}" for name in shape.__struct_fields__)


class Institution(View, kw_only=True):
    """A school: the walls within which everything happens."""

    id: InstitutionId
    slug: str
    name: str
    time_zone: str
    locale: str
    version: int


class Person(View, kw_only=True):
    """Somebody of the institution."""

    id: UserId
    email: str
    display_name: str
    sortable_name: str
    sis_id: str | None
    login_id: str | None
    tier: str | None
    locale: str
    time_zone: str
    state: str
    version: int


class Term(View, kw_only=True):
    """A stretch of the year in which courses are taught."""

    id: TermId
    name: str
    sis_id: str | None
    starts_on: datetime | None
    ends_on: datetime | None
    version: int


class Course(View, kw_only=True):
    """A course's entry in the catalogue. `version` counts changes of it and of its outline."""

    id: CourseId
    code: str
    title: str
    description: str
    tier: str | None
    term_id: TermId | None
    starts_on: datetime | None
    ends_on: datetime | None
    state: str
    version: int


class Section(View, kw_only=True):
    """A part of a course's people."""

    id: SectionId
    name: str
    sis_id: str | None
    starts_on: datetime | None
    ends_on: datetime | None
    is_default: bool
    version: int


class Module(View, kw_only=True):
    """A chapter of a course. Before `unlock_at` learners see its lessons' titles only."""

    id: ModuleId
    course_id: CourseId
    title: str
    position: int
    unlock_at: datetime | None
    version: int


class Lesson(View, kw_only=True):
    """One step of a module. `body` is null to learners while the module is locked."""

    id: LessonId
    course_id: CourseId
    module_id: ModuleId
    title: str
    body: str | None
    position: int
    content_item_id: UUID | None
    content_version: int | None
    version: int


class Enrollment(View, kw_only=True):
    """One seat of one person in one section."""

    id: EnrollmentId
    course_id: CourseId
    section_id: SectionId
    user_id: UserId
    role: str
    state: str
    observes_user_id: UserId | None
    created_at: datetime
    version: int


class Forum(View, kw_only=True):
    """A place of a course to discuss, or to ask; `anonymity` `students` hides learners' names."""

    id: ForumId
    course_id: CourseId
    title: str
    description: str
    kind: str
    anonymity: str
    version: int


class Thread(View, kw_only=True):
    """A thread. `version` counts changes of the thread itself, not its posts."""

    id: ThreadId
    forum_id: ForumId
    course_id: CourseId
    title: str
    pinned: bool
    locked: bool
    accepted_post_id: PostId | None
    posts: int
    last_post_id: PostId
    last_post_at: datetime
    version: int


class Post(View, kw_only=True):
    """What the author of a post sees of it."""

    id: PostId
    thread_id: ThreadId
    parent_id: PostId | None
    depth: int
    body: str
    created_at: datetime
    edited_at: datetime | None
    version: int


class CompletionRule(View, kw_only=True):
    """What completes a lesson. `threshold` is points, as they were given."""

    lesson_id: LessonId
    rule: str
    assignment_id: AssignmentId | None
    threshold: float | None
    version: int


class AwardedCertificate(View, kw_only=True):
    """A certificate that was just awarded; what it says is for its owner to show."""

    id: CertificateId
    course_id: CourseId
    user_id: UserId
    awarded_at: datetime
    evidence_hash: str


class AwardedByRule(View, kw_only=True):
    """Who was awarded one, how many had one already, and how many have not reached it yet."""

    awarded: list[AwardedCertificate]
    had_one: int
    not_yet: int
