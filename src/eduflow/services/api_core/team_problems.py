"""What can go wrong with teams and with reviews by peers, by name."""

from eduflow.kernel.problems import Conflict, Invalid, NotFound


class InNoTeam(Conflict):
    """The assignment is handed in by teams, and the caller is in none. Facts: `team_set_id`."""

    code, title = "api_core.in-no-team", "You are in no team of this assignment"


class TeamIsEmpty(Conflict):
    """Nobody is in the team now, so nobody can be given its grade."""

    code, title = "api_core.team-is-empty", "Nobody is in this team"


class MarksAreOfTheTeam(Conflict):
    """Marks by the rubric are of the team's work; one member alone gets a score or an excuse."""

    code, title = "api_core.marks-are-of-the-team", "A rubric marks the work of the whole team"


class TeamsInUse(Conflict):
    """Something was handed in; by whom an assignment is handed in does not change any more."""

    code, title = "api_core.teams-in-use", "Something has been handed in for this already"


class NoSuchTeamSet(Invalid):
    """The set of teams named is not one of this course."""

    code, title = "api_core.no-such-team-set", "There are no such teams in this course"


class TeamNameTaken(Conflict):
    """Another team of the set has this name."""

    code, title = "api_core.team-name-taken", "Another team of the set has this name"


class TeamFull(Conflict):
    """The team has as many members as the set allows. Facts: `max_members`."""

    code, title = "api_core.team-full", "The team is full"


class NoSelfSignUp(Conflict):
    """In this set the staff decide who is in which team."""

    code, title = "api_core.no-self-sign-up", "The staff make these teams"


class TeamHasHandedIn(Conflict):
    """After a team has handed something in, only the staff change who is in it."""

    code, title = "api_core.team-has-handed-in", "This team has handed something in already"


class NotInTeam(NotFound):
    """This person is not in this team."""

    code, title = "api_core.not-in-team", "This person is not in this team"


class InAnotherTeam(Conflict):
    """At this moment the person joined another team of the set."""

    code, title = "api_core.in-another-team", "This person is in another team of the set"


class NoPeerReviews(Conflict):
    """The assignment has no peer reviews; say first how they are to be made."""

    code, title = "api_core.no-peer-reviews", "The assignment has no peer reviews"


class NotReviewable(Invalid):
    """Nobody reviews their own work or their team's, or work that was not handed in."""

    code, title = "api_core.not-reviewable", "This student cannot review this work"


class AlreadyAllocated(Conflict):
    """This student is to review this work already, or has done so."""

    code, title = "api_core.already-allocated", "This student has this work to review already"


class PeerReviewFinal(Conflict):
    """The review was finished, or withdrawn; it does not change any more. Facts: `state`."""

    code, title = "api_core.peer-review-final", "This review does not change any more"


class PeerReviewSaysNothing(Invalid):
    """Without a rubric a review says something of the whole work."""

    code, title = "api_core.peer-review-says-nothing", "The review says nothing yet"


class PeerRuleContradicts(Invalid):
    """A rule is about two students of the course, not one and themselves."""

    code, title = "api_core.peer-rule-contradicts", "Nobody reviews their own work"


class NoSuchPeerRule(NotFound):
    """There is no rule for these two students."""

    code, title = "api_core.no-such-peer-rule", "There is no rule for these two"


class PeerReviewsBegun(Conflict):
    """Reviews were allocated under the promise that nobody learns of whom; it holds for good."""

    code, title = "api_core.peer-reviews-begun", "Those who were promised no names are not unmasked"
