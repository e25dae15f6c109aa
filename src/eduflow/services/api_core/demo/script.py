"""What a file of `data/` may say of an institution or a course. Moments are `DAYS HH:MM`.

Days count from the day on which the school is made, and the time is that of the institution's
clock: `-12 17:30` was twelve days ago. People are named by what stands before the @ of their mail.
"""

from typing import Annotated, Literal

import msgspec

_TIME = r" ([01]\d|2[0-3]):[0-5]\d$"
When = Annotated[str, msgspec.Meta(pattern=r"^[+-]\d{1,3}" + _TIME)]
Past = Annotated[str, msgspec.Meta(pattern=r"^-[1-9]\d{0,2}" + _TIME)]
"""At least a day ago: what has happened has happened whenever on its first day a school is made."""
Text = Annotated[str, msgspec.Meta(min_length=1)]
Mail = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+@[a-z]+\.test$")]
Points = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Tier = Literal["high_school", "undergraduate", "graduate", "professional"]


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Notice(_Written, frozen=True, kw_only=True):
    """How somebody wants to be told of a kind of news."""

    kind: Literal["post", "accepted", "enrolled"]
    in_app: Literal["off", "immediate"]
    mail: Literal["off", "immediate", "daily", "weekly"]


class Somebody(_Written, frozen=True, kw_only=True):
    """A person of a school."""

    mail: Mail
    name: Text
    sortable: Text | None = None
    locale: Text
    time_zone: Text
    notices: tuple[Notice, ...] = ()

    @property
    def key(self) -> str:
        """The name by which the files speak of them."""
        return self.mail.partition("@")[0]


class Term(_Written, frozen=True, kw_only=True):
    """A term that all courses are in."""

    name: Text
    starts: When
    ends: When


class Institution(_Written, frozen=True, kw_only=True):
    """`institution.toml`."""

    slug: Text
    name: Text
    locale: Text
    time_zone: Text
    tier: Tier
    founded: Past
    password: Text
    term: Term
    administrator: Somebody
    teachers: tuple[Somebody, ...]
    students: tuple[Somebody, ...]


class Section(_Written, frozen=True, kw_only=True):
    """Some of a course's students."""

    name: Text
    students: tuple[Text, ...]


class LessonText(_Written, frozen=True, kw_only=True):
    """A lesson to be read."""

    title: Text
    body: Text


class Chapter(_Written, frozen=True, kw_only=True):
    """A module."""

    title: Text
    lessons: tuple[LessonText, ...]


class Level(_Written, frozen=True, kw_only=True):
    """A named level of a criterion."""

    label: Text
    points: Points


class Criterion(_Written, frozen=True, kw_only=True):
    """A line of a rubric; the note is for those who grade."""

    description: Text
    points: Points
    note: str = ""
    levels: tuple[Level, ...] = ()


class RubricText(_Written, frozen=True, kw_only=True):
    """A rubric."""

    title: Text
    criteria: tuple[Criterion, ...]


class Weighed(_Written, frozen=True, kw_only=True):
    """A group of assignments."""

    name: Text
    weight: Points
    drop_lowest: int = 0


class Step(_Written, frozen=True, kw_only=True):
    """From so many minutes before or after the due date: so many per cent."""

    minutes: int
    percent: int


class OtherDates(_Written, frozen=True, kw_only=True):
    """Another due date, or more time, for a student or for a section."""

    student: Text | None = None
    section: Text | None = None
    due: When | None = None
    extra_minutes: int = 0


class Given(_Written, frozen=True, kw_only=True):
    """A grade: a mark for each criterion, by label or points, or a score.

    With a `reason` it overrides: it is taken as it is, by no late policy.
    """

    at: Past
    by: Text | None = None
    marks: tuple[str | float, ...] = ()
    score: Points | None = None
    reason: str = ""
    comment: str = ""


class Said(_Written, frozen=True, kw_only=True):
    """Something that was written at a moment."""

    at: Past
    text: Text


class Work(_Written, frozen=True, kw_only=True):
    """What a student handed in, then once more, how it was graded, and what they said to that.

    What is `revised` came after the grades and waits for another one.
    """

    student: Text
    at: Past
    text: Text
    again: tuple[Said, ...] = ()
    grades: tuple[Given, ...] = ()
    reply: Said | None = None
    revised: tuple[Said, ...] = ()


class Task(_Written, frozen=True, kw_only=True):
    """An assignment. What is done on paper has scores and no work."""

    title: Text
    group: Text
    points: Points
    instructions: Text
    due: When
    closes: When | None = None
    rubric: Text | None = None
    anonymous: bool = False
    paper: bool = False
    early: tuple[Step, ...] = ()
    late: tuple[Step, ...] = ()
    other_dates: tuple[OtherDates, ...] = ()
    scored_at: Past | None = None
    scores: dict[Text, Points] = {}
    excused: dict[Text, Text] = {}
    work: tuple[Work, ...] = ()


class Steps(_Written, frozen=True, kw_only=True):
    """Lessons completed in their order, the last one then, the others some days apart before it."""

    done: Count
    last: Past
    reopened: tuple[Text, ...] = ()


class Reply(_Written, frozen=True, kw_only=True):
    """An answer; `to` is the number of the reply that it answers, from 1."""

    by: Text
    at: Past
    body: Text
    to: Count | None = None
    votes: tuple[Text, ...] = ()
    endorsed: bool = False


class ThreadText(_Written, frozen=True, kw_only=True):
    """A thread; `accepted` is the number of a reply, `read` how many posts somebody has read."""

    title: Text
    by: Text
    at: Past
    body: Text
    votes: tuple[Text, ...] = ()
    pinned: bool = False
    locked: bool = False
    accepted: Count | None = None
    replies: tuple[Reply, ...] = ()
    read: dict[Text, Count] = {}


class ForumText(_Written, frozen=True, kw_only=True):
    """A forum; in an anonymous one students do not see who of them wrote what."""

    title: Text
    description: Text
    kind: Literal["discussion", "question"]
    anonymous: bool = False
    followers: tuple[Text, ...] = ()
    threads: tuple[ThreadText, ...]


class Subject(_Written, frozen=True, kw_only=True):
    """A course: every other file of the folder."""

    code: Text
    title: Text
    description: Text
    tier: Tier
    teacher: Text
    assistants: tuple[Text, ...] = ()
    opens: Past
    sections: tuple[Section, ...]
    modules: tuple[Chapter, ...]
    rubrics: tuple[RubricText, ...]
    groups: tuple[Weighed, ...]
    assignments: tuple[Task, ...]
    progress: dict[Text, Steps]
    forums: tuple[ForumText, ...]

    @property
    def students(self) -> list[str]:
        """Everybody who learns in it."""
        return [student for section in self.sections for student in section.students]


class Script(msgspec.Struct, frozen=True):
    """A school as it is written down."""

    institution: Institution
    courses: tuple[Subject, ...]

    @property
    def people(self) -> dict[str, Somebody]:
        """Everybody, by name."""
        school = self.institution
        return {p.key: p for p in (school.administrator, *school.teachers, *school.students)}
