"""FastAPI with SQLAlchemy's asynchronous ORM and pydantic, as their tutorials put it together."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

_POOL = {"pool_size": 10, "max_overflow": 0}


def _engine(variable: str) -> async_sessionmaker[AsyncSession]:
    url = os.environ[variable].replace("postgresql://", "postgresql+asyncpg://")
    return async_sessionmaker(create_async_engine(url, **_POOL), expire_on_commit=False)


primary, standby = _engine("BENCH_PRIMARY"), _engine("BENCH_STANDBY")
institution = uuid.UUID(os.environ["BENCH_INSTITUTION"])
learner = uuid.UUID(os.environ["BENCH_LEARNER"])
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    email: Mapped[str]


class CourseCard(Base):
    __tablename__ = "course_cards"
    course_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    lessons: Mapped[int]


class Seat(Base):
    __tablename__ = "course_roster"
    enrollment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_cards.course_id"))
    section_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.user_id"))
    role: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    person: Mapped[Person | None] = relationship()
    course: Mapped[CourseCard] = relationship()


class Section(Base):
    __tablename__ = "course_sections"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID]
    is_default: Mapped[bool]


class Enrollment(Base):
    __tablename__ = "enrollments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    institution_id: Mapped[uuid.UUID]
    course_id: Mapped[uuid.UUID]
    section_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PersonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    display_name: str
    email: str


class SeatOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    enrollment_id: uuid.UUID
    section_id: uuid.UUID
    user_id: uuid.UUID
    person: PersonOut | None
    role: str
    state: str
    since: datetime


class CourseOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    course_id: uuid.UUID
    code: str
    title: str
    state: str
    lessons: int


class CardOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    enrollment_id: uuid.UUID
    role: str
    state: str
    course: CourseOut


class NewEnrollment(BaseModel):
    user_id: uuid.UUID
    role: str = "student"


class Enrolled(BaseModel):
    id: uuid.UUID


async def reading() -> AsyncIterator[AsyncSession]:
    async with standby() as session:
        yield session


async def writing() -> AsyncIterator[AsyncSession]:
    async with primary() as session:
        yield session


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/courses/{course_id}/roster")
async def roster(
    course_id: uuid.UUID, session: Annotated[AsyncSession, Depends(reading)]
) -> list[SeatOut]:
    query = (
        select(Seat)
        .options(joinedload(Seat.person))
        .where(Seat.course_id == course_id)
        .order_by(Seat.since, Seat.enrollment_id)
        .limit(51)
    )
    return list((await session.scalars(query)).all())  # type: ignore[arg-type]


@app.get("/users/me/dashboard")
async def dashboard(session: Annotated[AsyncSession, Depends(reading)]) -> list[CardOut]:
    query = (
        select(Seat)
        .options(joinedload(Seat.course, innerjoin=True))
        .where(Seat.user_id == learner, Seat.state != "withdrawn")
    )
    return list((await session.scalars(query)).all())  # type: ignore[arg-type]


@app.post("/courses/{course_id}/enrollments", status_code=202)
async def enroll(
    course_id: uuid.UUID,
    data: NewEnrollment,
    session: Annotated[AsyncSession, Depends(writing)],
) -> Enrolled:
    section = await session.scalar(
        select(Section).where(Section.course_id == course_id, Section.is_default)
    )
    enrollment = Enrollment(
        institution_id=institution,
        course_id=course_id,
        section_id=section.id,
        user_id=data.user_id,
        role=data.role,
        created_at=datetime.now(UTC),
    )
    session.add(enrollment)
    await session.commit()
    return Enrolled(id=enrollment.id)
