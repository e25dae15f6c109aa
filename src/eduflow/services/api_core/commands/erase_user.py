"""Forget somebody: what is said of them is blanked, and what others rely on stays without a name.

`EraseUser` closes the account in the same moment. The rest is a job in steps, each one command,
each remembered in the erasure's row as it is done, so that a worker that is killed loses none.
"""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import ErasureAsked, PersonChanged, PersonErased, RoleWithdrawn
from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.erasure_steps import step_done, step_due
from eduflow.services.api_core.problems import NotToYourself

ERASE_PERSON = "erase_person"
NOBODY = "Erased person"
"""As `eduflow_blank` of the schema writes it."""
_TRIES = 50


class EraseUser(Command[UUID], frozen=True, kw_only=True):
    """Answers with the erasure's id; for somebody who is being erased, with that one's."""

    user: UserId
    reason: str


class EraseTraces(Command[None], frozen=True, kw_only=True):
    """Kept answers and finished jobs that tell of the person."""

    erasure: UUID


class EraseArchives(Command[None], frozen=True, kw_only=True):
    """That archives of theirs can be downloaded; the files themselves are gone before."""

    erasure: UUID


class EraseAccount(Command[None], frozen=True, kw_only=True):
    """Name, address, password, roles, sessions and links."""

    erasure: UUID


class BlankEvents(Command[None], frozen=True, kw_only=True):
    """What the log tells of the person; the last step, which ends the job."""

    held: Held
    erasure: UUID


class _Known(msgspec.Struct):
    version: int
    erasure: UUID | None


class _Account(msgspec.Struct):
    passwords: int
    sessions: int
    links: int
    calendars: int


class _Role(msgspec.Struct):
    role: str
    context_type: str
    context_id: UUID


class _Count(msgspec.Struct):
    n: int


_LOOK = (
    "SELECT u.version, e.id AS erasure FROM users AS u LEFT JOIN erasures AS e ON e.user_id = u.id"
    " WHERE u.id = $1"
)
_ASK = (
    "INSERT INTO erasures (id, institution_id, user_id, asked_by, reason, asked_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_CLOSE = (
    "UPDATE users SET state = 'deleted', version = version + 1 WHERE id = $1 AND version = $2"
    " AND {allowed}"
)
_ANSWERS = (
    "DELETE FROM idempotency_keys WHERE (principal = $1 OR answer->>'id' = $1::text) AND {allowed}"
)
_JOBS = (
    "DELETE FROM jobs WHERE state IN ('done', 'dead') AND arguments->>'email' ="
    " (SELECT email FROM users WHERE id = $1) AND {allowed}"
)
_ARCHIVES = (
    "UPDATE data_exports SET state = 'expired', sha256 = NULL WHERE user_id = $1"
    " AND state <> 'expired' AND {allowed}"
)
_ACCOUNT = (
    "SELECT (SELECT count(*) FROM credentials WHERE user_id = $1) AS passwords,"
    " (SELECT count(*) FROM login_sessions WHERE user_id = $1) AS sessions,"
    " (SELECT count(*) FROM one_time_tokens WHERE user_id = $1) AS links,"
    " (SELECT count(*) FROM calendar_feeds WHERE user_id = $1) AS calendars"
)
_ROLES = "SELECT role, context_type, context_id FROM role_assignments WHERE user_id = $1"
_PSEUDONYM = (
    "UPDATE users SET email = 'erased-' || id || '@erased.invalid', display_name = $2,"
    " sortable_name = $2, sis_id = NULL, login_id = NULL, tier = NULL, locale = 'en',"
    " time_zone = 'UTC', state = 'deleted', version = version + 1 WHERE id = $1 AND {allowed}"
)
# Rows of sessions stay a while: by them other processes know which tokens they must refuse.
_SESSIONS = (
    "UPDATE login_sessions SET user_agent = '', secret_hash = '', previous_hash = NULL,"
    " revoked_at = coalesce(revoked_at, clock_timestamp()),"
    " revoked_because = coalesce(revoked_because, 'administrator') WHERE user_id = $1 AND {allowed}"
)
_TELLING = (
    "SELECT count(*) AS n FROM outbox_events WHERE aggregate_id = $1 AND type LIKE 'person.%'"
    " AND payload <> eduflow_blank(type, institution_id, aggregate_id)"
)
_BLANK = (
    "UPDATE outbox_events SET payload = eduflow_blank(type, institution_id, aggregate_id)"
    " WHERE aggregate_id = $1 AND type LIKE 'person.%'"
    " AND payload <> eduflow_blank(type, institution_id, aggregate_id) AND {allowed}"
)
_BLANK_SET_ASIDE = (
    "UPDATE projection_failures SET event = jsonb_set(event, '{payload}',"
    " eduflow_blank(event->>'type', (event->>'institution_id')::uuid, aggregate_id))"
    " WHERE aggregate_id = $1 AND event->>'type' LIKE 'person.%' AND {allowed}"
)
_DONE = (
    "UPDATE erasures SET state = 'done', finished_at = $2, steps = steps || 'events'::text,"
    " counts = counts || $3::text::jsonb WHERE id = $1 AND state = 'running' AND {allowed}"
)


async def erase_user(command: EraseUser, work: UnitOfWork) -> UUID:
    known = await work.look_one(_LOOK, command.user, into=_Known)
    if known is None:
        raise NotFound(kind="user")
    if known.erasure is not None:
        return known.erasure
    who = work.identity
    if command.user == who.user:
        raise NotToYourself
    erasure = new_id()
    work.write(_ASK, erasure, who.institution, command.user, who.user, command.reason, work.now)
    work.write(_CLOSE, command.user, known.version)
    work.enqueue(Enqueue(ERASE_PERSON, {"erasure": str(erasure)}, max_attempts=_TRIES))
    work.record(
        ErasureAsked(institution_id=who.institution, user_id=command.user, erasure_id=erasure)
    )
    return erasure


async def erase_traces(command: EraseTraces, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "traces")
    if erasure is None:
        return
    work.write(_ANSWERS, erasure.user_id, changes=None)
    work.write(_JOBS, erasure.user_id, changes=None)
    step_done(work, command.erasure, "traces", {})


async def erase_archives(command: EraseArchives, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "archives")
    if erasure is None:
        return
    work.write(_ARCHIVES, erasure.user_id, changes=None)
    step_done(work, command.erasure, "archives", {})


async def erase_account(command: EraseAccount, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "account")
    if erasure is None:
        return
    user = erasure.user_id
    (found,) = await work.look(_ACCOUNT, user, into=_Account)
    roles = await work.look(_ROLES, user, into=_Role)
    work.write(_PSEUDONYM, user, NOBODY)
    for table, count in (
        ("credentials", found.passwords),
        ("one_time_tokens", found.links),
        ("calendar_feeds", found.calendars),
    ):
        delete = f"DELETE FROM {table} WHERE user_id = $1 AND {{allowed}}"
        work.write(delete, user, changes=count)
    work.write(
        "DELETE FROM role_assignments WHERE user_id = $1 AND {allowed}", user, changes=len(roles)
    )
    work.write(_SESSIONS, user, changes=found.sessions)
    for role in roles:
        work.record(
            RoleWithdrawn(
                institution_id=erasure.institution_id,
                user_id=user,
                role=role.role,
                context_type=role.context_type,
                context_id=role.context_id,
            )
        )
    # From this every copy of the name learns that there is none any more.
    work.record(
        PersonChanged(
            institution_id=erasure.institution_id,
            user_id=user,
            display_name=NOBODY,
            sortable_name=NOBODY,
            email="",
            state="deleted",
        )
    )
    counts = {**msgspec.structs.asdict(found), "roles": len(roles)}
    step_done(work, command.erasure, "account", counts)


async def blank_events(command: BlankEvents, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "events")
    if erasure is not None:
        user = erasure.user_id
        (telling,) = await work.look(_TELLING, user, into=_Count)
        work.write(_BLANK, user, changes=telling.n)
        work.write(_BLANK_SET_ASIDE, user, changes=None)
        counts = msgspec.json.encode({"events": telling.n}).decode()
        work.write(_DONE, command.erasure, work.now, counts)
        work.record(
            PersonErased(
                institution_id=erasure.institution_id, user_id=user, erasure_id=command.erasure
            )
        )
    command.held.finish_in(work)
