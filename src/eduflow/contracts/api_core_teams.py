"""What api_core publishes of teams and of reviews by peers. Ids and numbers, never a text."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts import Event


class TeamSetAdded(Event, frozen=True, kw_only=True, tag="api_core.team_set_added"):
    """A course can be divided into teams in one more way."""

    about = "team_set_id"
    team_set_id: UUID
    course_id: UUID
    self_sign_up: bool
    max_members: int | None


class TeamSetChanged(Event, frozen=True, kw_only=True, tag="api_core.team_set_changed"):
    """A set of teams as it is now."""

    about = "team_set_id"
    team_set_id: UUID
    course_id: UUID
    self_sign_up: bool
    max_members: int | None


class TeamAdded(Event, frozen=True, kw_only=True, tag="api_core.team_added"):
    """A set has one more team, with nobody in it yet."""

    about = "team_id"
    team_id: UUID
    team_set_id: UUID
    course_id: UUID


class TeamChanged(Event, frozen=True, kw_only=True, tag="api_core.team_changed"):
    """A team has another name."""

    about = "team_id"
    team_id: UUID
    team_set_id: UUID
    course_id: UUID


class TeamWork(msgspec.Struct, frozen=True):
    """What a team had handed in for an assignment when its members changed."""

    assignment_id: UUID
    submission_id: UUID
    attempt: int
    submitted_at: datetime


class TeamJoined(Event, frozen=True, kw_only=True, tag="api_core.team_joined"):
    """Somebody is in a team now; what it has handed in is theirs as well."""

    about = "team_id"
    team_id: UUID
    team_set_id: UUID
    course_id: UUID
    user_id: UUID
    works: tuple[TeamWork, ...]


class TeamLeft(Event, frozen=True, kw_only=True, tag="api_core.team_left"):
    """Somebody is in a team no more. The grades they were given with it stay theirs."""

    about = "team_id"
    team_id: UUID
    team_set_id: UUID
    course_id: UUID
    user_id: UUID
    works: tuple[TeamWork, ...]


class TeamRoleChanged(Event, frozen=True, kw_only=True, tag="api_core.team_role_changed"):
    """A member of a team has something else to do in it."""

    about = "team_id"
    team_id: UUID
    team_set_id: UUID
    course_id: UUID
    user_id: UUID


class PeerReviewsSet(Event, frozen=True, kw_only=True, tag="api_core.peer_reviews_set"):
    """The work of an assignment is to be reviewed by peers, as it is said now."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    reviews: int
    """How many each student gives."""
    due_at: datetime | None
    anonymous: bool
    exclude_teammates: bool
    use_rubric: bool


class PeerReviewRuleSet(Event, frozen=True, kw_only=True, tag="api_core.peer_review_rule_set"):
    """One student must, or must not, review the work of another."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    reviewer_id: UUID
    author_id: UUID
    kind: str
    """`must` or `must_not`."""


class PeerReviewRuleRemoved(
    Event, frozen=True, kw_only=True, tag="api_core.peer_review_rule_removed"
):
    """Whether one student reviews the work of another is open again."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    reviewer_id: UUID
    author_id: UUID


class PeerReviewAllocated(Event, frozen=True, kw_only=True, tag="api_core.peer_review_allocated"):
    """Somebody is to review a work. Whose it is stands nowhere in it: they may not be told."""

    about = "review_id"
    review_id: UUID
    assignment_id: UUID
    course_id: UUID
    submission_id: UUID
    reviewer_id: UUID
    by_hand: bool


class PeerReviewWithdrawn(Event, frozen=True, kw_only=True, tag="api_core.peer_review_withdrawn"):
    """Somebody need not review a work any more; what they said of it nobody sees."""

    about = "review_id"
    review_id: UUID
    assignment_id: UUID
    course_id: UUID
    submission_id: UUID


class PeerCriterionMarked(Event, frozen=True, kw_only=True, tag="api_core.peer_criterion_marked"):
    """A peer marked one criterion. It is no grade, and becomes none."""

    about = "review_id"
    review_id: UUID
    assignment_id: UUID
    course_id: UUID
    criterion_id: UUID
    points: Decimal
    version: int


class PeerReviewWritten(Event, frozen=True, kw_only=True, tag="api_core.peer_review_written"):
    """A peer said something of the whole work."""

    about = "review_id"
    review_id: UUID
    assignment_id: UUID
    course_id: UUID


class PeerReviewFinished(Event, frozen=True, kw_only=True, tag="api_core.peer_review_finished"):
    """A review is done, and the author may read it. It changes no grade."""

    about = "review_id"
    review_id: UUID
    assignment_id: UUID
    course_id: UUID
    submission_id: UUID
    attempt: int
    """Which version was reviewed."""
    finished_at: datetime
