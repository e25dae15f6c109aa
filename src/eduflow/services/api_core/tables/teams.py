"""Teams of a course, and who is and was in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, refers
from eduflow.services.api_core.tables.base import ApiCore


class TeamSets(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    name: Mapped[str]
    self_sign_up: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether learners choose their team themselves, until it has handed something in.",
    )
    max_members: Mapped[int | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("name <> ''", name="team_sets_have_a_name"),
        CheckConstraint("max_members > 0", name="team_sets_hold_somebody"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        refers("institution_id", "course_id", to="courses"),
        Index("team_sets_of_course", "course_id", "id"),
    )


class Teams(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    team_set_id: Mapped[UUID]
    name: Mapped[str]
    works: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Counted up by everything handed in, which so locks the team: "
        "who was a member at that moment has one answer.",
    )
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(
        server_default=text("1"), comment="Counts changes of the name and of the members."
    )

    __table_args__ = (
        CheckConstraint("name <> ''", name="teams_have_a_name"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "team_set_id", "id"),
        UniqueConstraint("team_set_id", "name", name="teams_name_once"),
        refers("institution_id", "course_id", "team_set_id", to="team_sets"),
    )


class TeamMembers(ApiCore):
    """Who is in a team, and who was: a grade given to a member cites the row."""

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    team_set_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(
        comment="What the person does in the team. A word, which permits nothing."
    )
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("role <> ''", name="team_members_have_a_role"),
        UniqueConstraint("institution_id", "team_id", "user_id"),
        refers(
            *("institution_id", "team_set_id", "team_id"),
            to="teams",
            name="team_members_team_is_of_the_set",
        ),
        refers("institution_id", "user_id", to="users"),
        Index(
            "team_members_one_team_of_a_set",
            *("team_set_id", "user_id"),
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("team_members_of_person", "user_id"),
    )
