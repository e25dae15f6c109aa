"""What whoever may sit a test sees of it. No key, hint, feedback or formula has a place here."""

from datetime import datetime

from eduflow.kernel.web import View
from eduflow.scoring.interactions import Interaction
from eduflow.services.assessment.ids import (
    AssessmentId,
    CourseId,
    QuestionId,
    QuestionVersionId,
    StimulusId,
)


class Yours(View, kw_only=True):
    """How the test is given to the caller, with what they in particular were given.

    Times in seconds; null: without a limit. `attempts_left` null: as many as one likes.
    """

    opens_at: datetime | None
    closes_at: datetime | None
    time_limit: int | None
    grace: int
    attempts: int | None
    attempts_left: int | None
    behaviour: str
    attempt_counts: str
    late_penalty: float


class Asked(View, kw_only=True):
    """A question as it is asked. `points_list`: what the first, second, … right try is worth."""

    question_id: QuestionId
    question_version_id: QuestionVersionId
    type: str
    body: str
    language: str
    interaction: Interaction
    points_list: list[float]
    stimulus_id: StimulusId | None


class Passage(View, kw_only=True):
    """What several questions refer to."""

    id: StimulusId
    title: str
    body: str


class AskedSection(View, kw_only=True):
    """`questions` is null while it is for the attempt to say which are asked, or the test is shut.

    `asks` is how many are asked of the `available` ones.
    """

    title: str
    instructions: str
    asks: int
    available: int
    points: float
    shuffle: bool
    questions: list[Asked] | None


class AssessmentLine(View, kw_only=True):
    """A test in a list, with the caller's own times. `open`: whether an attempt may begin now."""

    id: AssessmentId
    course_id: CourseId
    kind: str
    title: str
    state: str
    points: float
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    time_limit: int | None
    attempts_left: int | None
    version: int


class AssessmentToSit(View, kw_only=True):
    """A test as it is before an attempt. `version` counts changes of the test by its authors."""

    id: AssessmentId
    course_id: CourseId
    kind: str
    title: str
    state: str
    instructions: str
    points: float
    open: bool
    policy: Yours
    sections: list[AskedSection]
    stimuli: list[Passage]
    version: int
