"""Institutions, how they are divided, who is in them, and what each may do there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import TIERS, ApiCore

_NOT_DELETED = text("state <> 'deleted'")


class Institutions(Keyed, ApiCore):
    slug: Mapped[str]
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("slug", name="institutions_slug_is_free"),
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="institutions_slug_is_a_name"),
    )


class Accounts(Keyed, ApiCore):
    """Departments and schools within an institution, as an SIS sends them."""

    institution_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    sis_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers("institution_id", to="institutions"),
        refers(
            *("institution_id", "parent_id"),
            to="accounts",
            name="accounts_parent_is_of_the_same_institution",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "sis_id", name="accounts_sis_id_once"),
        CheckConstraint("parent_id <> id", name="accounts_are_not_their_own_parent"),
        one_of("state", ("active", "deleted"), name="accounts_state_is_known"),
    )


class Terms(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    name: Mapped[str]
    sis_id: Mapped[str | None]
    starts_on: Mapped[datetime | None]
    ends_on: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers("institution_id", to="institutions"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "sis_id", name="terms_sis_id_once"),
        CheckConstraint("ends_on > starts_on", name="terms_end_after_they_start"),
        one_of("state", ("active", "deleted"), name="terms_state_is_known"),
    )


class Users(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    email: Mapped[str]
    display_name: Mapped[str]
    sortable_name: Mapped[str]
    sis_id: Mapped[str | None]
    login_id: Mapped[str | None]
    tier: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="en")
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    state: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    # Columns, not indexes on lower(): under row-level security PostgreSQL lets only leak-proof
    # functions choose rows by an index, and lower() is none.
    search_name: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("lower(sortable_name)", persisted=True)
    )
    search_display: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("lower(display_name)", persisted=True)
    )

    __table_args__ = (
        refers("institution_id", to="institutions"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "sis_id", name="users_sis_id_once"),
        CheckConstraint("display_name <> ''", name="users_have_a_name"),
        CheckConstraint(
            "email = lower(email) AND email LIKE '%_@_%'", name="users_email_is_lower_case"
        ),
        one_of("tier", TIERS, name="users_tier_is_known"),
        one_of("state", ("active", "suspended", "deleted"), name="users_state_is_known"),
        Index(
            "users_email_once",
            *("institution_id", "email"),
            unique=True,
            postgresql_where=_NOT_DELETED,
        ),
        Index("users_email", "email"),
        # Serve the list of people: by name from a cursor on, or by the beginning of either name.
        Index(
            "users_by_name",
            *("institution_id", "search_name", "id"),
            postgresql_where=_NOT_DELETED,
        ),
        Index(
            "users_by_display_name",
            *("institution_id", "search_display"),
            postgresql_where=_NOT_DELETED,
        ),
    )


class Roles(ApiCore):
    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    permissions: Mapped[list[str]]


class RoleAssignments(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    context_type: Mapped[str]
    context_id: Mapped[UUID]
    created_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(["role"], ["roles.key"]),
        refers(*("institution_id", "user_id"), to="users", name="role_assignments_person_exists"),
        UniqueConstraint("user_id", "role", "context_id", name="role_assignments_once"),
        one_of(
            "context_type",
            ("institution", "course", "section"),
            name="role_assignments_context_is_known",
        ),
    )
