"""What is answered and what is taken, as pydantic has it: the same as EduFlow's."""

import uuid
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, computed_field


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PersonOut(Out):
    display_name: str
    email: str


class SeatOut(Out):
    enrollment_id: uuid.UUID
    section_id: uuid.UUID
    user_id: uuid.UUID
    person: PersonOut | None
    role: str
    state: str
    since: datetime


class GradeOut(Out):
    percent: float | None
    letter: str | None


class CardOut(BaseModel):
    enrollment_id: uuid.UUID
    course_id: uuid.UUID
    code: str
    title: str
    course_state: str
    role: str
    section_id: uuid.UUID
    section_name: str | None
    state: str
    completed: int
    total: int
    percent: int
    last_at: datetime | None
    grade: GradeOut | None
    unread: int


class DueOut(BaseModel):
    assignment_id: uuid.UUID
    course_id: uuid.UUID
    code: str
    course_title: str
    title: str
    unlock_at: datetime | None
    due_at: datetime


class DashboardOut(BaseModel):
    courses: list[CardOut]
    due_next: list[DueOut]
    unread_posts: int
    unread_notifications: int


class AssignmentOut(Out):
    id: uuid.UUID
    group_id: uuid.UUID
    title: str
    points: float
    due_at: datetime | None
    anonymous: bool
    posting: str
    posted_at: datetime | None


class CellOut(Out):
    assignment_id: uuid.UUID
    submission_id: uuid.UUID | None
    given_score: float | None
    score: float | None
    source: str | None
    late: bool
    missing_at: datetime | None = Field(exclude=True)
    dropped: bool
    due_at: datetime | None
    posted: bool
    state: str

    @computed_field
    def missing(self) -> bool:
        return self.missing_at is not None and self.missing_at < datetime.now(UTC)


class GroupGradeOut(BaseModel):
    group_id: uuid.UUID
    earned: float
    possible: float
    percent: float | None


class StudentOut(Out):
    display_name: str
    sortable_name: str


class GradebookRowOut(Out):
    user_id: uuid.UUID
    person: StudentOut
    percent: float | None
    letter: str | None
    to_grade: int
    groups: list[GroupGradeOut]
    cells: list[CellOut]


class GradebookOut(Out):
    assignments: list[AssignmentOut]
    items: list[GradebookRowOut]


class NewEnrollment(BaseModel):
    user_id: uuid.UUID
    role: str = "student"


class Enrolled(BaseModel):
    id: uuid.UUID


class NewSubmission(BaseModel):
    body: str = ""
    files: list[uuid.UUID] = []


class SubmittedOut(BaseModel):
    id: uuid.UUID
    assignment_id: uuid.UUID
    attempt: int
    sha256: str
    submitted_at: datetime
    due_at: datetime | None
    late: bool
    version: int


class Login(BaseModel):
    email: str
    password: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"
