"""Profile, roles and logins."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

_PROFILE = (
    "SELECT u.id::text AS key, u.id, u.email, u.display_name, u.sortable_name, u.sis_id,"
    " u.login_id, u.tier, u.locale, u.time_zone, u.state, u.created_at, i.name AS institution,"
    " (SELECT c.changed_at FROM credentials AS c WHERE c.user_id = u.id) AS password_chosen_at"
    " FROM users AS u JOIN institutions AS i ON i.id = u.institution_id"
    " WHERE u.id = $1 AND ($2::text IS NULL OR u.id::text > $2) ORDER BY 1 LIMIT $3"
)
_ROLES = (
    "SELECT id::text AS key, id, role, context_type, context_id, created_at FROM role_assignments"
    " WHERE user_id = $1 AND ($2::text IS NULL OR id::text > $2) ORDER BY 1 LIMIT $3"
)
_SESSIONS = (
    "SELECT id::text AS key, id, user_agent, created_at, used_at, expires_at, revoked_at,"
    " revoked_because FROM login_sessions"
    " WHERE user_id = $1 AND ($2::text IS NULL OR id::text > $2) ORDER BY 1 LIMIT $3"
)


def profile(subject: Subject) -> AsyncIterator[Row]:
    """Who they are."""
    return subject.rows(_PROFILE)


def roles(subject: Subject) -> AsyncIterator[Row]:
    """What they may do."""
    return subject.rows(_ROLES)


def sessions(subject: Subject) -> AsyncIterator[Row]:
    """Where they were logged in; what a session is known by is a secret, and not in it."""
    return subject.rows(_SESSIONS)


PARTS = (
    Part(
        name="profile",
        title="Profile",
        tables=("users", "credentials"),
        read=profile,
        erasure="The row stays, blank and without an address, because others' rows point to it."
        " The password is deleted.",
    ),
    Part(
        name="roles",
        title="Roles",
        tables=("role_assignments",),
        read=roles,
        erasure="Deleted.",
    ),
    Part(
        name="sessions",
        title="Logins",
        tables=("login_sessions",),
        read=sessions,
        erasure="Ended and blanked at once; the rows go when no token can name them any more.",
    ),
)
EXCUSED = (
    Excuse(
        tables=("one_time_tokens",),
        why="Ids of links in mails, which work once and for days; the mails are with the person.",
        erasure="Deleted.",
    ),
    Excuse(
        tables=("calendar_feeds",),
        why="The address of one's calendar, which is told at /users/me/calendar.",
        erasure="Deleted: the address is good for nothing any more.",
    ),
    Excuse(
        tables=("people",),
        why="A copy of names from the profile.",
        erasure="Blanked by folding the blanked events.",
    ),
    Excuse(
        tables=("data_exports",),
        why="When such an archive was made: this one is the newest.",
        erasure="The archives are deleted; that there were some stays, without content.",
    ),
    Excuse(
        tables=("erasures",),
        why="Whoever was erased has nobody left to ask.",
        erasure="Stays: the proof that it was done, by whom and why.",
    ),
)
