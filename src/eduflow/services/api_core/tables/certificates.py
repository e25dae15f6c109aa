"""Certificates."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, refers
from eduflow.services.api_core.tables.base import ApiCore


class Certificates(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    user_id: Mapped[UUID]
    evidence: Mapped[str] = mapped_column(
        comment="What the certificate says, as canonical JSON; blank once its person is erased."
    )
    evidence_hash: Mapped[bytes] = mapped_column(
        comment="SHA-256 of the evidence, which never changes."
    )
    awarded_by: Mapped[UUID]
    awarded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("length(evidence_hash) = 32", name="certificates_digest_is_whole"),
        refers("institution_id", "course_id", to="courses"),
        refers("institution_id", "user_id", to="users"),
        refers("institution_id", "awarded_by", to="users"),
        CheckConstraint(
            "evidence = '' OR sha256(convert_to(evidence, 'UTF8')) = evidence_hash",
            name="certificates_digest_is_of_the_evidence",
        ),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_because IS NULL) AND revoked_because <> ''",
            name="certificates_revoked_with_a_reason",
        ),
        CheckConstraint(
            "evidence <> '' OR coalesce(revoked_because, '') = 'erased'",
            name="certificates_only_the_erased_lose_their_evidence",
        ),
        Index(
            "certificates_one_valid",
            *("user_id", "course_id"),
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("certificates_of_course", "course_id", "awarded_at", "id"),
        Index("certificates_of_person", "user_id", "awarded_at", "id"),
    )
