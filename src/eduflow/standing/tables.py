"""The tables of the copy, described for every database that holds one."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Roles:
    """What a role permits in this service. The names are api_core's, the permissions its own."""

    key: Mapped[str] = mapped_column(primary_key=True)
    permissions: Mapped[list[str]]


class StandingCourses:
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    code: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]


class StandingSeats:
    enrollment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    section_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    state: Mapped[str]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 (SQLAlchemy hands in the class)
        return (
            Index("standing_seats_of_person", "user_id", "course_id"),
            Index("standing_seats_of_course", "course_id", "user_id"),
        )


class StandingRoles:
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    context_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]


class People:
    """A small copy of names, fed by person.* events, joined where names are shown."""

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    display_name: Mapped[str]
    sortable_name: Mapped[str]
    state: Mapped[str]


def add_standing(base: type[DeclarativeBase]) -> None:
    """Describe them among the tables of one service's database."""
    for table in (Roles, StandingCourses, StandingSeats, StandingRoles, People):
        type(table.__name__, (table, base), {"__doc__": table.__doc__, "__module__": __name__})
