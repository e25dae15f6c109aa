"""Tests over HTTP, for whoever sits them, and for those who look at how they are made."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from eduflow.kernel.auth.guards import may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.kernel.web.versions import changed
from eduflow.services.assessment.form_views import FormWithKeys, Policy
from eduflow.services.assessment.ids import AssessmentId, CourseId
from eduflow.services.assessment.queries.assessment_to_sit import assessment_to_sit, assessments
from eduflow.services.assessment.queries.form import form
from eduflow.services.assessment.queries.policies import policy
from eduflow.services.assessment.sitting_views import AssessmentLine, AssessmentToSit


@get("/courses/{course_id:uuid}/assessments", guards=[may("assessment:see", on="course")])
async def list_assessments(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Slice[AssessmentLine]:
    """The tests of a course with the caller's own times, in the order they were made."""
    return await assessments(replica, course_id, user=identity.user, page=page)


@get("/assessments/{assessment_id:uuid}", guards=[may("assessment:see", on="assessment")])
async def to_sit(
    assessment_id: FromPath[AssessmentId],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Response[AssessmentToSit]:
    """A test as it is before an attempt, to students and teachers alike: no key is in it.

    Its questions are shown while it is open, of sections that ask all of theirs in one order, and
    of a test without a time limit; otherwise they come with the attempt.
    """
    return changed(await assessment_to_sit(replica, assessment_id, user=identity.user))


@get("/assessments/{assessment_id:uuid}/form", guards=[may("assessment:read", on="assessment")])
async def present_form(
    assessment_id: FromPath[AssessmentId], replica: NamedDependency[ReadSession]
) -> Response[FormWithKeys]:
    """What the test asks, with the keys, for those who make and grade it."""
    return changed(await form(replica, assessment_id))


@get("/assessments/{assessment_id:uuid}/policy", guards=[may("assessment:read", on="assessment")])
async def present_policy(
    assessment_id: FromPath[AssessmentId], replica: NamedDependency[ReadSession]
) -> Response[Policy]:
    """How the test is given."""
    return changed(await policy(replica, assessment_id))
