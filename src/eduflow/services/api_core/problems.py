"""What can go wrong in api_core, by name."""

from eduflow.kernel.problems import Conflict, Invalid, NotFound


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
    """The course is over; nobody joins it any more."""

    code, title = "api_core.course-concluded", "The course is concluded"


class NoSuchCourse(NotFound):
    """There is no such course for the caller."""

    code, title = "api_core.no-such-course", "There is no such course"


class NoSuchTerm(Invalid):
    """The term named is not one of this institution."""

    code, title = "api_core.no-such-term", "There is no such term in this institution"


class SlugTaken(Conflict):
    """Another institution has this short name."""

    code, title = "api_core.slug-taken", "Another institution has this short name"
