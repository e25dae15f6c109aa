"""Certificates: one's own, those of a course, and one that anybody may check."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound, Unauthorized
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CertificateId, CourseId


class OwnCertificate(View, kw_only=True):
    """A certificate of the caller, with the whole of what it says.

    `evidence_hash` is the SHA-256, in hexadecimal, of `evidence` in UTF-8, byte for byte.
    """

    id: CertificateId
    course_id: CourseId
    code: str
    title: str
    awarded_at: datetime
    evidence: str
    evidence_hash: str
    check: str
    revoked_at: datetime | None
    revoked_because: str | None


class CertificateLine(View, kw_only=True):
    """A certificate of a course, for its staff."""

    id: CertificateId
    user_id: UserId
    name: str | None
    awarded_by: UserId
    awarded_at: datetime
    evidence_hash: str
    revoked_at: datetime | None
    revoked_because: str | None


class CheckedCertificate(View, kw_only=True):
    """What anybody may know: name and course as the certificate says them.

    `state` is `valid` or `revoked`. Of a person who was erased nothing is said any more, and
    `because` is `erased`; any other reason is nobody's business.
    """

    id: CertificateId
    state: str
    because: str | None
    institution: str | None
    course: str | None
    name: str | None
    awarded_on: str | None
    evidence_hash: str
    revoked_at: datetime | None


_SAYS = "nullif({0}.evidence, '')::json"
_COMMON = (
    "t.id, t.awarded_at, encode(t.evidence_hash, 'hex') AS evidence_hash, t.revoked_at,"
    " t.revoked_because"
)
_OWN = (
    f"SELECT {_COMMON}, t.course_id, s->'course'->>'code' AS code, s->'course'->>'title' AS title,"
    " t.evidence, '/api/v1/certificates/' || t.id AS check FROM certificates AS t"
    f" CROSS JOIN LATERAL (SELECT {_SAYS.format('t')} AS s) AS s WHERE t.user_id = $1"
    " AND t.evidence <> '' AND ($2::timestamptz IS NULL OR (t.awarded_at, t.id) > ($2, $3::uuid))"
    " ORDER BY t.awarded_at, t.id LIMIT $4"
)
_OF_COURSE = (
    f"SELECT {_COMMON}, t.user_id, t.awarded_by, {_SAYS.format('t')}->>'name' AS name"
    " FROM certificates AS t WHERE t.course_id = $1"
    " AND ($2::timestamptz IS NULL OR (t.awarded_at, t.id) > ($2, $3::uuid))"
    " ORDER BY t.awarded_at, t.id LIMIT $4"
)
_CHECKED = (
    "SELECT t.id, CASE WHEN t.revoked_at IS NULL THEN 'valid' ELSE 'revoked' END AS state,"
    " CASE WHEN t.evidence = '' THEN 'erased' END AS because, s->>'institution' AS institution,"
    " s->'course'->>'title' AS course, s->>'name' AS name, s->>'awarded_on' AS awarded_on,"
    " encode(t.evidence_hash, 'hex') AS evidence_hash, t.revoked_at FROM certificates AS t"
    f" CROSS JOIN LATERAL (SELECT {_SAYS.format('t')} AS s) AS s WHERE t.id = $1"
)


async def own_certificates(
    replica: ReadSession, user: UserId, *, page: Page
) -> Slice[OwnCertificate]:
    """One page, the oldest first."""
    at, last = page.after(datetime, UUID) or (None, None)
    rows = await replica.rows(_OWN, user, at, last, page.fetch, into=OwnCertificate)
    return page.of(rows, by=lambda r: (r.awarded_at, r.id), into=lambda r: r)


async def course_certificates(
    replica: ReadSession, course: CourseId, *, page: Page
) -> Slice[CertificateLine]:
    """One page, the oldest first; revoked ones, too."""
    at, last = page.after(datetime, UUID) or (None, None)
    rows = await replica.rows(_OF_COURSE, course, at, last, page.fetch, into=CertificateLine)
    return page.of(rows, by=lambda r: (r.awarded_at, r.id), into=lambda r: r)


async def checked(replica: ReadSession, certificate: CertificateId) -> CheckedCertificate:
    """The certificate, of whichever institution; NotFound for one that never was."""
    replica.serve(Access(None, "public", "certificate", certificate))
    try:
        return await replica.row(_CHECKED, certificate, into=CheckedCertificate)
    except Unauthorized as refused:
        # Nobody has to be logged in; there is no such certificate.
        raise NotFound(kind="certificate") from refused
