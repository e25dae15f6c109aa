"""What callers see of teams and of reviews by peers."""

from datetime import datetime

from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.grading_views import RubricVersionView, SubmittedVersion
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    CriterionId,
    PeerReviewId,
    RatingId,
    SubmissionId,
    TeamId,
    TeamSetId,
)


class TeamSet(View, kw_only=True):
    """One way in which a course is divided into teams; a student is in at most one of them."""

    id: TeamSetId
    course_id: CourseId
    name: str
    self_sign_up: bool
    max_members: int | None
    version: int


class Team(View, kw_only=True):
    """A team. `version` counts changes of its name and of its members."""

    id: TeamId
    team_set_id: TeamSetId
    course_id: CourseId
    name: str
    version: int


class TeamMember(View, kw_only=True):
    """Somebody in a team, and what they do in it."""

    user_id: UserId
    display_name: str
    role: str
    since: datetime


class TeamEntry(Team, kw_only=True):
    """A team, and who is in it: null to those who are not and do not teach here."""

    size: int
    own: bool
    members: list[TeamMember] | None


class Membership(View, kw_only=True):
    """That somebody is in a team now; `version` is the team's."""

    team_id: TeamId
    user_id: UserId
    role: str
    version: int


class PeerReviewSettings(View, kw_only=True):
    """How the work of an assignment is reviewed by peers.

    Each student gives `reviews`. Where it is `anonymous`, reviewers do not learn whose work it is,
    nor authors who reviewed it.
    """

    assignment_id: AssignmentId
    course_id: CourseId
    reviews: int
    due_at: datetime | None
    anonymous: bool
    exclude_teammates: bool
    use_rubric: bool
    version: int


class PeerRule(View, kw_only=True):
    """`reviewer_id` must, or must not, review the work of `author_id`."""

    assignment_id: AssignmentId
    reviewer_id: UserId
    author_id: UserId
    kind: str


class Allocation(View, kw_only=True):
    """That somebody is to review a work, as the staff see it."""

    id: PeerReviewId
    assignment_id: AssignmentId
    submission_id: SubmissionId
    reviewer_id: UserId
    state: str
    by_hand: bool
    version: int


class Allocated(View, kw_only=True):
    """What an allocation came to: how many were added, and how even it is now.

    `short` are those who can give fewer reviews than asked for, `unreviewed` works that nobody
    can review.
    """

    assignment_id: AssignmentId
    seed: int
    added: int
    total: int
    fewest: int
    most: int
    short: list[UserId]
    unreviewed: list[SubmissionId]


class AllocationLine(Allocation, kw_only=True):
    """One of all, for the staff; whose work it is only where they grade with names."""

    reviewer_name: str | None
    author_id: UserId | None
    team_id: TeamId | None
    author_name: str | None
    marked: int
    overdue: bool
    finished_at: datetime | None


class OwnAllocation(View, kw_only=True):
    """What the caller is to review. Whose it is stands there only where it is not anonymous."""

    id: PeerReviewId
    assignment_id: AssignmentId
    course_id: CourseId
    title: str
    due_at: datetime | None
    overdue: bool
    state: str
    author_id: UserId | None
    author_name: str | None
    finished_at: datetime | None


class PeerMark(View, kw_only=True):
    """What a peer says of one criterion; `version` for `If-Match`."""

    criterion_id: CriterionId
    rating_id: RatingId | None
    points: float
    comment: str
    version: int
    at: datetime


class PeerMarked(View, kw_only=True):
    """The mark as it is kept; `version` is its own, `review_version` that of the review."""

    review_id: PeerReviewId
    criterion_id: CriterionId
    rating_id: RatingId | None
    points: float
    comment: str
    version: int
    review_version: int


class PeerReview(View, kw_only=True):
    """A review as it stands; `version` counts marks and comments alike."""

    id: PeerReviewId
    assignment_id: AssignmentId
    state: str
    comment: str
    attempt: int | None
    finished_at: datetime | None
    version: int


class PeerReviewWork(PeerReview, kw_only=True):
    """All that a reviewer needs: the newest version of the work, the rubric, what they said."""

    course_id: CourseId
    title: str
    instructions: str
    due_at: datetime | None
    author_id: UserId | None
    author_name: str | None
    work: SubmittedVersion
    rubric: RubricVersionView | None
    marks: list[PeerMark]


class PeerReviewEntry(PeerReview, kw_only=True):
    """A review of a work: finished ones to the author, all to the staff."""

    reviewer_id: UserId | None
    reviewer_name: str | None
    marks: list[PeerMark]
