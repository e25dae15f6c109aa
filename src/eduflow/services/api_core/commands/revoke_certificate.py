"""Revoke a certificate: for a reason, or because its person is forgotten."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core_completion import CertificateRevoked
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.erasure_steps import step_done, step_due
from eduflow.services.api_core.completion_problems import AlreadyRevoked
from eduflow.services.api_core.ids import CertificateId, CourseId

ERASED = "erased"
"""As the constraints of the table know it."""


class RevokeCertificate(Command[None], frozen=True, kw_only=True):
    """For ever: another can be awarded. The reason is for the person and the staff."""

    certificate: CertificateId
    reason: str


class EraseCertificates(Command[None], frozen=True, kw_only=True):
    """They say nothing any more, and are valid no more; that there were some can be checked."""

    erasure: UUID


class _Certificate(msgspec.Struct):
    id: CertificateId
    course_id: CourseId
    user_id: UserId
    revoked: bool


_ONE = (
    "SELECT id, course_id, user_id, revoked_at IS NOT NULL AS revoked FROM certificates"
    " WHERE id = $1"
)
_OF_PERSON = (
    "SELECT id, course_id, user_id, revoked_at IS NOT NULL AS revoked FROM certificates"
    " WHERE user_id = $1 ORDER BY id"
)
_REVOKE = (
    "UPDATE certificates SET revoked_at = $2, revoked_because = $3"
    " WHERE id = $1 AND revoked_at IS NULL AND {allowed}"
)
_BLANK = (
    "UPDATE certificates SET evidence = '', revoked_at = coalesce(revoked_at, $2),"
    " revoked_because = $3 WHERE user_id = $1 AND {allowed}"
)


async def revoke_certificate(command: RevokeCertificate, work: UnitOfWork) -> None:
    certificate = await work.look_one(_ONE, command.certificate, into=_Certificate)
    if certificate is None:
        raise NotFound(kind="certificate")
    if certificate.revoked:
        raise AlreadyRevoked
    work.write(_REVOKE, certificate.id, work.now, command.reason)
    _say(work, certificate, work.identity.institution)


async def erase_certificates(command: EraseCertificates, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "certificates")
    if erasure is None:
        return
    found = await work.look(_OF_PERSON, erasure.user_id, into=_Certificate)
    work.write(_BLANK, erasure.user_id, work.now, ERASED, changes=len(found))
    for certificate in found:
        if not certificate.revoked:
            _say(work, certificate, erasure.institution_id)
    step_done(work, command.erasure, "certificates", {"certificates": len(found)})


def _say(work: UnitOfWork, certificate: _Certificate, institution: UUID) -> None:
    work.record(
        CertificateRevoked(
            institution_id=institution,
            certificate_id=certificate.id,
            course_id=certificate.course_id,
            user_id=certificate.user_id,
        )
    )
