"""FastAPI with SQLAlchemy's asynchronous ORM and pydantic, as their tutorials put it together."""

import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import bcrypt
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ops.bench.rivals import fastapi_models as m
from ops.bench.rivals import fastapi_schemas as out

_POOL = {"pool_size": 10, "max_overflow": 0}
_KEY = "of the bench, and of nothing else: 0123456789abcdef"
_DUE, _CLASS, _PAGE = 10, 201, 51


def _engine(variable: str) -> async_sessionmaker[AsyncSession]:
    url = os.environ[variable].replace("postgresql://", "postgresql+asyncpg://")
    return async_sessionmaker(create_async_engine(url, **_POOL), expire_on_commit=False)


primary, standby = _engine("BENCH_PRIMARY"), _engine("BENCH_STANDBY")
institution = uuid.UUID(os.environ["BENCH_INSTITUTION"])
app = FastAPI()


async def reading() -> AsyncIterator[AsyncSession]:
    async with standby() as session:
        yield session


async def writing() -> AsyncIterator[AsyncSession]:
    async with primary() as session:
        yield session


Reading = Annotated[AsyncSession, Depends(reading)]
Writing = Annotated[AsyncSession, Depends(writing)]
User = Annotated[uuid.UUID, Header(alias="X-User")]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/courses/{course_id}/roster", response_model=list[out.SeatOut])
async def roster(course_id: uuid.UUID, session: Reading) -> Any:
    query = (
        select(m.Seat)
        .options(joinedload(m.Seat.person))
        .where(m.Seat.course_id == course_id)
        .order_by(m.Seat.since, m.Seat.enrollment_id)
        .limit(_PAGE)
    )
    return (await session.scalars(query)).all()


@app.get("/users/me/dashboard")
async def dashboard(session: Reading, user: User) -> out.DashboardOut:
    seats = (
        await session.scalars(
            select(m.Seat)
            .join(m.Seat.course)
            .options(
                contains_eager(m.Seat.course).joinedload(m.CourseCard.posts),
                joinedload(m.Seat.section),
                joinedload(m.Seat.progress),
                joinedload(m.Seat.grade),
                joinedload(m.Seat.reads),
            )
            .where(m.Seat.user_id == user, m.Seat.state != "withdrawn")
            .where(m.CourseCard.state != "deleted")
            .order_by(m.CourseCard.code, m.Seat.enrollment_id)
        )
    ).all()
    due = await session.scalars(
        select(m.Cell)
        .join(m.Cell.course)
        .options(contains_eager(m.Cell.course), joinedload(m.Cell.assignment, innerjoin=True))
        .where(m.Cell.user_id == user, m.Cell.published, m.Cell.state == "none")
        .where(m.Cell.due_at > func.now(), m.CourseCard.state == "published")
        .where(m.Cell.course_id.in_([seat.course_id for seat in seats]))
        .order_by(m.Cell.due_at, m.Cell.assignment_id)
        .limit(_DUE)
    )
    unread = await session.scalar(
        select(func.count())
        .select_from(m.Notification)
        .where(m.Notification.user_id == user, m.Notification.in_app)
        .where(m.Notification.read_at.is_(None))
    )
    cards = [_card(seat) for seat in seats]
    return out.DashboardOut(
        courses=cards,
        due_next=[_due(cell) for cell in due],
        unread_posts=sum({card.course_id: card.unread for card in cards}.values()),
        unread_notifications=unread or 0,
    )


def _card(seat: m.Seat) -> out.CardOut:
    card, progress = seat.course, seat.progress
    completed = progress.completed if progress else 0
    posts = card.posts.posts if card.posts else 0
    return out.CardOut(
        enrollment_id=seat.enrollment_id,
        course_id=seat.course_id,
        code=card.code,
        title=card.title,
        course_state=card.state,
        role=seat.role,
        section_id=seat.section_id,
        section_name=seat.section.name if seat.section else None,
        state=seat.state,
        completed=completed,
        total=card.lessons,
        percent=min(100, completed * 100 // card.lessons) if card.lessons else 0,
        last_at=progress.last_at if progress else None,
        grade=out.GradeOut.model_validate(seat.grade) if seat.grade else None,
        unread=posts - (seat.reads.seen if seat.reads else 0),
    )


def _due(cell: m.Cell) -> out.DueOut:
    return out.DueOut(
        assignment_id=cell.assignment_id,
        course_id=cell.course_id,
        code=cell.course.code,
        course_title=cell.course.title,
        title=cell.assignment.title,
        unlock_at=cell.unlock_at,
        due_at=cell.due_at,
    )


@app.get("/courses/{course_id}/gradebook", response_model=out.GradebookOut)
async def gradebook(course_id: uuid.UUID, session: Reading) -> Any:
    assignments = await session.scalars(
        select(m.Assignment)
        .where(m.Assignment.course_id == course_id, m.Assignment.state == "published")
        .order_by(m.Assignment.position, m.Assignment.id)
    )
    students = await session.scalars(
        select(m.CourseGrade)
        .join(m.CourseGrade.person)
        .options(contains_eager(m.CourseGrade.person), selectinload(m.CourseGrade.cells))
        .where(m.CourseGrade.course_id == course_id, m.CourseGrade.active)
        .order_by(m.Person.sortable_name, m.CourseGrade.user_id)
        .limit(_CLASS)
    )
    return {"assignments": assignments.all(), "items": students.all()}


@app.post("/assignments/{assignment_id}/submissions", status_code=201)
async def submit(
    assignment_id: uuid.UUID, data: out.NewSubmission, session: Writing, user: User
) -> out.SubmittedOut:
    assignment = await session.get(m.Assignment, assignment_id)
    if assignment is None or assignment.state != "published":
        raise HTTPException(404)
    now, digest = datetime.now(UTC), hashlib.sha256(data.body.encode()).digest()
    submission = await session.scalar(
        select(m.Submission).where(
            m.Submission.assignment_id == assignment_id, m.Submission.user_id == user
        )
    )
    if submission is None:
        submission = m.Submission(
            id=uuid.uuid4(),
            institution_id=institution,
            course_id=assignment.course_id,
            assignment_id=assignment_id,
            user_id=user,
            current_attempt=0,
            version=0,
            created_at=now,
        )
        session.add(submission)
    submission.state = "submitted"
    submission.current_attempt += 1
    submission.version += 1
    session.add(
        m.SubmissionVersion(
            submission_id=submission.id,
            attempt=submission.current_attempt,
            institution_id=institution,
            body=data.body,
            file_refs=data.files,
            sha256=digest,
            at=now,
        )
    )
    await session.commit()
    return out.SubmittedOut(
        id=submission.id,
        assignment_id=assignment_id,
        attempt=submission.current_attempt,
        sha256=digest.hex(),
        submitted_at=now,
        due_at=assignment.due_at,
        late=assignment.due_at is not None and now > assignment.due_at,
        version=submission.version,
    )


@app.post("/auth/login")
async def login(data: out.Login, session: Writing) -> out.Token:
    user = await session.scalar(
        select(m.User).options(joinedload(m.User.password)).where(m.User.email == data.email)
    )
    if user is None or user.password is None:
        raise HTTPException(401)
    stored = user.password.bcrypt.encode()
    if not await run_in_threadpool(bcrypt.checkpw, data.password.encode(), stored):
        raise HTTPException(401)
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + timedelta(minutes=15)}
    return out.Token(access_token=jwt.encode(claims, _KEY, algorithm="HS256"))


@app.post("/courses/{course_id}/enrollments", status_code=202)
async def enroll(course_id: uuid.UUID, data: out.NewEnrollment, session: Writing) -> out.Enrolled:
    section = await session.scalar(
        select(m.Section).where(m.Section.course_id == course_id, m.Section.is_default)
    )
    enrollment = m.Enrollment(
        institution_id=institution,
        course_id=course_id,
        section_id=section.id,
        user_id=data.user_id,
        role=data.role,
        created_at=datetime.now(UTC),
    )
    session.add(enrollment)
    await session.commit()
    return out.Enrolled(id=enrollment.id)
