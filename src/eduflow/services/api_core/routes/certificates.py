"""Certificates over HTTP."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.auth.middleware import public
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Input, Line, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.award_certificates import (
    AwardCertificate,
    AwardCertificatesByRule,
)
from eduflow.services.api_core.commands.revoke_certificate import RevokeCertificate
from eduflow.services.api_core.ids import CertificateId, CourseId
from eduflow.services.api_core.queries.certificates import (
    CertificateLine,
    CheckedCertificate,
    OwnCertificate,
    checked,
    course_certificates,
    own_certificates,
)
from eduflow.services.api_core.views import AwardedByRule, AwardedCertificate

Percent = Annotated[float, msgspec.Meta(ge=0, le=1_000)]


class NewCertificate(Input, kw_only=True):
    """Who gets it."""

    user_id: UserId


class AwardRule(Input, kw_only=True):
    """What must be reached: every lesson, a course grade of at least so many per cent, or both."""

    all_lessons: bool = False
    percent_at_least: Percent | None = None


class Revocation(Input, kw_only=True):
    """Why; for the person and the staff."""

    reason: Line


@post(
    "/courses/{course_id:uuid}/certificates",
    status_code=HTTP_201_CREATED,
    guards=[may("certificate:write", on="course")],
)
async def award(
    course_id: FromPath[CourseId],
    data: JSONBody[NewCertificate],
    commands: NamedDependency[BoundCommands],
) -> AwardedCertificate:
    """Award a student a certificate of the course, which says what they have reached by now."""
    return await commands.execute(AwardCertificate(course=course_id, user=data.user_id))


@post(
    "/courses/{course_id:uuid}/certificates/by-rule",
    status_code=HTTP_200_OK,
    guards=[may("certificate:write", on="course")],
)
async def award_by_rule(
    course_id: FromPath[CourseId],
    data: JSONBody[AwardRule],
    commands: NamedDependency[BoundCommands],
) -> AwardedByRule:
    """Award a certificate to every student who meets the rule and has none that is valid."""
    command = AwardCertificatesByRule(
        course=course_id, all_lessons=data.all_lessons, percent_at_least=data.percent_at_least
    )
    return await commands.execute(command)


@get(
    "/courses/{course_id:uuid}/certificates",
    guards=[may("certificate:read", on="course")],
)
async def of_course(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[CertificateLine]:
    """The certificates of a course, valid and revoked, the oldest first."""
    return await course_certificates(replica, course_id, page=page)


@get("/users/me/certificates", guards=[logged_in])
async def own(
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Slice[OwnCertificate]:
    """The caller's certificates with their evidence, the oldest first."""
    return await own_certificates(replica, identity.user, page=page)


@post(
    "/certificates/{certificate_id:uuid}/revocation",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("certificate:write", on="certificate")],
)
async def revoke(
    certificate_id: FromPath[CertificateId],
    data: JSONBody[Revocation],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Revoke a certificate, for ever; another can be awarded."""
    await commands.execute(RevokeCertificate(certificate=certificate_id, reason=data.reason))


@get("/certificates/{certificate:uuid}", opt=public)
async def check(
    certificate: FromPath[CertificateId], replica: NamedDependency[ReadSession]
) -> CheckedCertificate:
    """Whether a certificate is valid, for anybody; 404 for one that never was."""
    return await checked(replica, certificate)
