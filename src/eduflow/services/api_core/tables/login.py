"""How people prove who they are, and the keys that their tokens are signed with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import ApiCore


class Credentials(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    password_hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(
        comment="When the person chose it. Hashing it anew at another cost does not move it."
    )
    kept_session: Mapped[UUID | None] = mapped_column(
        comment="The session it was changed in, which alone outlives the change."
    )

    __table_args__ = (refers("institution_id", "user_id", to="users"),)


class LoginSessions(Keyed, ApiCore):
    """One family of refresh tokens; only keyed hashes of them are kept."""

    user_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    secret_hash: Mapped[bytes]
    previous_hash: Mapped[bytes | None]
    rotated_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    user_agent: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]

    __table_args__ = (
        refers("institution_id", "user_id", to="users"),
        one_of(
            "revoked_because",
            ("logout", "reuse", "password", "suspended", "administrator"),
            name="login_sessions_reason_is_known",
        ),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_because IS NULL)",
            name="login_sessions_revoked_with_a_reason",
        ),
        Index("login_sessions_of_user", "user_id", postgresql_where=text("revoked_at IS NULL")),
        Index(
            "login_sessions_revoked",
            "revoked_at",
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
    )


class OneTimeTokens(Keyed, ApiCore):
    """What was promised by mail. The token itself is made from the id under EDUFLOW_SECRET and stored nowhere."""  # noqa: E501 (word for word)

    user_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        refers("institution_id", "user_id", to="users"),
        one_of(
            "purpose", ("invitation", "password-reset"), name="one_time_tokens_purpose_is_known"
        ),
        Index("one_time_tokens_of_user", "user_id", "purpose"),
        # Whoever asks for a link many times at once is sent one.
        Index(
            "one_time_tokens_one_open",
            *("user_id", "purpose"),
            unique=True,
            postgresql_where=text("used_at IS NULL"),
        ),
    )


class SigningKeys(ApiCore):
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    sealed_key: Mapped[bytes] = mapped_column(
        comment="Private key, AES-GCM under a key derived from EDUFLOW_SECRET."
    )
    state: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        one_of(
            "state",
            ("announced", "signing", "retiring", "withdrawn"),
            name="signing_keys_state_is_known",
        ),
        # Whoever makes the first key, or rotates, at the same moment as another, meets them here.
        Index(
            "signing_keys_one_signing",
            "state",
            unique=True,
            postgresql_where=text("state = 'signing'"),
        ),
        Index(
            "signing_keys_one_announced",
            "state",
            unique=True,
            postgresql_where=text("state = 'announced'"),
        ),
    )
