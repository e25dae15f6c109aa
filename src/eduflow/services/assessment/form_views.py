"""What authors see of tests."""

from datetime import datetime

from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.scoring.items import Item
from eduflow.services.assessment.ids import (
    AssessmentId,
    CourseId,
    FormId,
    OverrideId,
    QuestionId,
    QuestionVersionId,
    SectionId,
)


class Assessment(View, kw_only=True):
    """A test. `form` and `scoring_number` are 0 until there is one."""

    id: AssessmentId
    course_id: CourseId
    kind: str
    title: str
    state: str
    form: int
    scoring_number: int
    created_by: UserId
    created_at: datetime
    version: int


class FormItem(View, kw_only=True):
    """A question of a form, at the version it is pinned to. `newest` is the question's present."""

    question_id: QuestionId
    question_version_id: QuestionVersionId
    type: str
    title: str
    number: int
    newest: int
    points_list: list[float]


class FormSection(View, kw_only=True):
    """`pick_n` null: all its items are asked."""

    title: str
    instructions: str
    pick_n: int | None
    shuffle: bool
    items: list[FormItem]


class Form(View, kw_only=True):
    """What the test asks. Frozen: another one has another number."""

    id: FormId
    assessment_id: AssessmentId
    number: int
    instructions: str
    points: float
    frozen_at: datetime
    sections: list[FormSection]
    version: int
    """Of the test: what the next change is made on."""


class FormItemWithKey(FormItem, kw_only=True):
    """With what is asked and its key: the one that counts, else the newest."""

    item: Item
    key_number: int


class FormSectionWithKeys(View, kw_only=True):
    """`pick_n` null: all its items are asked."""

    title: str
    instructions: str
    pick_n: int | None
    shuffle: bool
    items: list[FormItemWithKey]


class FormWithKeys(View, kw_only=True):
    """What the test asks, and how it is judged."""

    id: FormId
    assessment_id: AssessmentId
    number: int
    instructions: str
    points: float
    frozen_at: datetime
    sections: list[FormSectionWithKeys]
    version: int


class Review(View, kw_only=True):
    """What a student sees of an attempt, in each phase."""

    during: list[str]
    after_submit: list[str]
    while_open: list[str]
    after_close: list[str]


class Policy(View, kw_only=True):
    """How a test is given. Times in seconds; null: without a limit."""

    assessment_id: AssessmentId
    opens_at: datetime | None
    closes_at: datetime | None
    time_limit: int | None
    grace: int
    attempts: int | None
    overdue: str
    behaviour: str
    attempt_counts: str
    late_penalty: float
    reading: str
    release: str
    appeal_days: int | None
    """Within which a student may appeal, from the last release of the result on; 0: never."""
    review: Review
    version: int


class Override(View, kw_only=True):
    """Other dates, more time or more attempts for one student or one section."""

    id: OverrideId
    assessment_id: AssessmentId
    user_id: UserId | None
    section_id: SectionId | None
    opens_at: datetime | None
    closes_at: datetime | None
    extra_minutes: int
    extra_attempts: int
    version: int
