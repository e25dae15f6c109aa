"""What can go wrong in api_core, by name."""

from eduflow.kernel.problems import Conflict, Invalid, NotFound, Unauthorized


class EmailTaken(Conflict):
    """Somebody of this institution has this e-mail address."""

    code, title = "api_core.email-taken", "Somebody here has this e-mail address"


class EmailUnusable(Invalid):
    """The address cannot be written in lower case, which is how addresses are compared."""

    code, title = "api_core.email-unusable", "This e-mail address cannot be used"


class SisIdTaken(Conflict):
    """Something else of the same kind has this external id."""

    code, title = "api_core.sis-id-taken", "This SIS id belongs to another one"


class EndsBeforeStart(Invalid):
    """What ends must have begun."""

    code, title = "api_core.ends-before-start", "It would end before it starts"


class RoleGrantedAlready(Conflict):
    """This person has this role there already."""

    code, title = "api_core.role-granted-already", "This person has this role there already"


class NoSuchRole(Invalid):
    """The role named does not exist, or is not given in such a context."""

    code, title = "api_core.no-such-role", "There is no such role"


class NoSuchContext(Invalid):
    """The course, section or institution that the role is for does not exist here."""

    code, title = "api_core.no-such-context", "There is no such context in this institution"


class RoleNotGranted(NotFound):
    """This person does not have this role there."""

    code, title = "api_core.role-not-granted", "This person does not have this role there"


class NotToYourself(Conflict):
    """Nobody suspends themselves or gives up their own administration: somebody must be left."""

    code, title = "api_core.not-to-yourself", "Somebody else has to do this for you"


class AlreadyEnrolled(Conflict):
    """This person has this seat already."""

    code, title = "api_core.already-enrolled", "This person is enrolled in this section already"


class NoSuchPerson(Invalid):
    """The person named is not one of this institution."""

    code, title = "api_core.no-such-person", "There is no such person in this institution"


class NoSuchSection(Invalid):
    """The section named is not one of this course."""

    code, title = "api_core.no-such-section", "There is no such section in this course"


class CourseConcluded(Conflict):
    """The course is over; nobody joins it or works in it any more."""

    code, title = "api_core.course-concluded", "The course is concluded"


class ModuleLocked(Conflict):
    """The lesson's module opens later. Facts: `unlock_at`."""

    code, title = "api_core.module-locked", "The lesson is not open yet"


class ContentHalfPinned(Invalid):
    """A lesson names a content item with its version, or neither."""

    code, title = "api_core.content-half-pinned", "A content item is pinned with its version"


class NoSuchCourse(NotFound):
    """There is no such course for the caller."""

    code, title = "api_core.no-such-course", "There is no such course"


class NoSuchTerm(Invalid):
    """The term named is not one of this institution."""

    code, title = "api_core.no-such-term", "There is no such term in this institution"


class SlugTaken(Conflict):
    """Another institution has this short name."""

    code, title = "api_core.slug-taken", "Another institution has this short name"


class LoginRefused(Unauthorized):
    """The e-mail is unknown, the password wrong, or the account closed. Which, is not said."""

    code, title = "auth.login-refused", "E-mail or password is wrong"


class InstitutionNeeded(Conflict):
    """This person has accounts in several institutions; `institutions` lists their short names."""

    code, title = "auth.institution-needed", "Say which institution to log in to"


class RefreshRefused(Unauthorized):
    """The refresh token is unknown, used, expired or revoked: log in again."""

    code, title = "auth.refresh-refused", "The refresh token is not accepted"


class WrongPassword(Invalid):
    """The current password, asked for once more before it is changed, is not this one."""

    code, title = "auth.wrong-password", "The current password is wrong"


class OneTimeTokenRefused(Invalid):
    """The link from the mail is not ours, has been used, or is too old: have a new one sent."""

    code, title = "auth.one-time-token-refused", "The link is not valid any more"


class HasPassword(Conflict):
    """Somebody who has a password needs no invitation; a forgotten one is reset."""

    code, title = "api_core.has-password", "This person can log in already"


class NoSuchKey(NotFound):
    """No signing key has this `kid`."""

    code, title = "api_core.no-such-key", "There is no such signing key"


class NoSuchGroup(Invalid):
    """The assignment group named is not one of this course."""

    code, title = "api_core.no-such-group", "There is no such assignment group in this course"


class NoSuchRubric(Invalid):
    """The rubric version named is not one of this course."""

    code, title = "api_core.no-such-rubric", "There is no such rubric version in this course"


class RubricInUse(Conflict):
    """Work was marked by the present rubric; the marks keep it."""

    code, title = "api_core.rubric-in-use", "Work has been marked by the present rubric"


class NoRubric(Conflict):
    """The assignment has no rubric to mark by."""

    code, title = "api_core.no-rubric", "The assignment has no rubric"


class DatesOutOfOrder(Invalid):
    """An assignment opens, is due and closes, in this order."""

    code, title = "api_core.dates-out-of-order", "It opens before it is due, and closes after"


class NoSuchStudent(Invalid):
    """The person named has no seat as a student in this course."""

    code, title = "api_core.no-such-student", "There is no such student in this course"


class AssignmentNotOpen(Conflict):
    """The assignment is a draft, or opens for the caller later. Facts: `unlock_at`."""

    code, title = "api_core.assignment-not-open", "The assignment is not open yet"


class AssignmentLocked(Conflict):
    """The assignment takes nothing any more from the caller. Facts: `lock_at`."""

    code, title = "api_core.assignment-locked", "The assignment is closed"


class AttemptsUsedUp(Conflict):
    """The assignment takes only so many attempts. Facts: `max_attempts`."""

    code, title = "api_core.attempts-used-up", "There are no attempts left"


class NotHandedInThisWay(Invalid):
    """The assignment takes another kind of work. Facts: `submission_types`."""

    code, title = "api_core.not-handed-in-this-way", "The assignment takes another kind of work"


class GradeSaysNothing(Invalid):
    """A grade is one of: a score, marks by the rubric, an excuse."""

    code, title = (
        "api_core.grade-says-nothing",
        "A grade is a score, marks by the rubric or an excuse",
    )


class OverrideNeedsReason(Invalid):
    """Whoever overrides a grade says why."""

    code, title = "api_core.override-needs-reason", "An override says why"


class PersonForgotten(Conflict):
    """This person was erased; nothing can be said of them any more."""

    code, title = "api_core.person-forgotten", "This person was erased"


class ThreadLocked(Conflict):
    """Who moderates has closed the thread; nobody but they writes in it."""

    code, title = "api_core.thread-locked", "The thread is locked"


class NoSuchPost(Invalid):
    """The post named is not one of this thread."""

    code, title = "api_core.no-such-post", "There is no such post in this thread"


class NoQuestion(Conflict):
    """Answers are accepted in forums for questions only, and the question itself is none."""

    code, title = "api_core.no-question", "This cannot be accepted as an answer"


class AlreadyNotified(Conflict):
    """Whoever is concerned has been told of this event."""

    code, title = "api_core.already-notified", "They were told of this already"


class AlreadyDigested(Conflict):
    """The person has their digest of this morning."""

    code, title = "api_core.already-digested", "This digest was made already"


class NoSuchNotificationKind(Invalid):
    """Nobody is ever told of such a thing."""

    code, title = "api_core.no-such-notification-kind", "There is no such kind of notification"


class BlindPostedByHand(Invalid):
    """Graded without names means: until grades are posted, which so is done by hand."""

    code, title = (
        "api_core.blind-posted-by-hand",
        "What is graded without names is posted by hand",
    )


class PostedAutomatically(Conflict):
    """Grades of this assignment are seen when they are given; there is nothing to post or hide."""

    code, title = (
        "api_core.posted-automatically",
        "Grades of this assignment are posted by themselves",
    )


class GradedBlind(Conflict):
    """Work that is graded without names is graded as work, and not by the student's name."""

    code, title = "api_core.graded-blind", "This work is graded without names until it is posted"


class PostGone(Conflict):
    """The author has deleted the post; nothing can be done with it any more."""

    code, title = "api_core.post-gone", "The post was deleted"
