"""What one row of an SIS file means, or why it means nothing. Reasons are written for registrars.

A column that is not in the file leaves what is known as it is (`UNSET`); an empty field clears it,
where it may be empty.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.services.api_core.model.names import sortable as in_order_of_family

LONGEST_ID = 255
LONGEST_TEXT = 500
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_THERE_OR_NOT = {"active": "active", "deleted": "deleted"}
ROLES = ("student", "teacher", "ta", "observer", "designer")


class RowRefused(Exception):  # noqa: N818 (a state of the row, not a fault of the program)
    """Why a row cannot be taken."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an SIS says. `sis_id` is what it calls it."""

    sis_id: str
    state: str


class TermRow(Row, frozen=True, kw_only=True):
    """A time in which courses are taught."""

    name: str
    starts_on: datetime | UnsetType | None
    ends_on: datetime | UnsetType | None


class AccountRow(Row, frozen=True, kw_only=True):
    """A department, below another one or (None) directly below the institution."""

    name: str
    parent: str | None


class UserRow(Row, frozen=True, kw_only=True):
    """A person. What an SIS leaves out stays as it is known."""

    login_id: str
    email: str | None
    display_name: str | None
    sortable_name: str | None


class CourseRow(Row, frozen=True, kw_only=True):
    """A course; `state` is still the SIS's own word, because `active` keeps what is published."""

    code: str
    title: str
    account: str | UnsetType | None
    term: str | UnsetType | None
    starts_on: datetime | UnsetType | None
    ends_on: datetime | UnsetType | None


class SectionRow(Row, frozen=True, kw_only=True):
    """A section of a course."""

    course: str
    name: str
    starts_on: datetime | UnsetType | None
    ends_on: datetime | UnsetType | None


class EnrollmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A seat; in the course's own section where none is named."""

    course: str | None
    section: str | None
    user: str
    role: str
    state: str
    observes: str | None

    @property
    def sis_id(self) -> str:
        """What makes two rows speak of one seat."""
        place = f"\0{self.section}" if self.section else f"{self.course}\0"
        return "\0".join((place, self.user, self.role, self.observes or ""))


AnyRow = TermRow | AccountRow | UserRow | CourseRow | SectionRow | EnrollmentRow
Fields = Mapping[str, str]
R = TypeVar("R")


def term(fields: Fields) -> TermRow:
    """A row of terms.csv."""
    starts_on, ends_on = _dates(fields)
    state = _status(fields, _THERE_OR_NOT)
    return TermRow(
        sis_id=_id(fields, "term_id"),
        name=_text(fields, "name", needed=state != "deleted"),
        state=state,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def account(fields: Fields) -> AccountRow:
    """A row of accounts.csv."""
    state = _status(fields, _THERE_OR_NOT)
    return AccountRow(
        sis_id=_id(fields, "account_id"),
        parent=_reference(fields, "parent_account_id"),
        name=_text(fields, "name", needed=state != "deleted"),
        state=state,
    )


def user(fields: Fields) -> UserRow:
    """A row of users.csv. The e-mail may be the login; the name is the one people are called by."""
    known = {"active": "active", "suspended": "suspended", "deleted": "deleted"}
    state = _status(fields, known)
    login = _text(fields, "login_id", needed=state != "deleted", most=LONGEST_ID)
    email = _text(fields, "email", needed=False).lower()
    if email and not _MAIL.fullmatch(email):
        raise RowRefused(f"{_shown(email)} is not an e-mail address")
    if not email and _MAIL.fullmatch(login):
        email = login.lower()
    first, last = (_text(fields, f"{which}_name", needed=False) for which in ("first", "last"))
    full = _text(fields, "full_name", needed=False) or " ".join(filter(None, (first, last)))
    display = _text(fields, "short_name", needed=False) or full
    sortable = _text(fields, "sortable_name", needed=False)
    if not sortable and full:
        sortable = f"{last}, {first}" if first and last else in_order_of_family(full)
    return UserRow(
        sis_id=_id(fields, "user_id"),
        login_id=login,
        email=email or None,
        display_name=display or None,
        sortable_name=sortable or display or None,
        state=state,
    )


def course(fields: Fields) -> CourseRow:
    """A row of courses.csv."""
    known = {w: w for w in ("active", "published", "completed", "deleted")}
    state = _status(fields, {**known, "concluded": "completed"})
    starts_on, ends_on = _dates(fields)
    return CourseRow(
        sis_id=_id(fields, "course_id"),
        code=_text(fields, "short_name", needed=state != "deleted"),
        title=_text(fields, "long_name", needed=state != "deleted"),
        state=state,
        account=_reference(fields, "account_id") if "account_id" in fields else UNSET,
        term=_reference(fields, "term_id") if "term_id" in fields else UNSET,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def section(fields: Fields) -> SectionRow:
    """A row of sections.csv."""
    starts_on, ends_on = _dates(fields)
    state = _status(fields, _THERE_OR_NOT)
    return SectionRow(
        sis_id=_id(fields, "section_id"),
        course=_text(fields, "course_id", needed=state != "deleted", most=LONGEST_ID),
        name=_text(fields, "name", needed=state != "deleted"),
        state=state,
        starts_on=starts_on,
        ends_on=ends_on,
    )


_SEATS = {
    "active": "active",
    "invited": "invited",
    "inactive": "inactive",
    "completed": "completed",
    "concluded": "completed",
    "deleted": "withdrawn",
}


def enrollment(fields: Fields) -> EnrollmentRow:
    """A row of enrollments.csv."""
    course_id, section_id = _reference(fields, "course_id"), _reference(fields, "section_id")
    if course_id is None and section_id is None:
        raise RowRefused("neither course_id nor section_id is given")
    role = _text(fields, "role", needed=False).lower()
    if not role:
        raise RowRefused("role is empty (role_id alone is not understood)")
    if role not in ROLES:
        raise RowRefused(f"role {_shown(role)} is none of {', '.join(ROLES)}")
    who = _id(fields, "user_id")
    observes = _reference(fields, "associated_user_id") if role == "observer" else None
    if observes == who:
        raise RowRefused("nobody observes themselves")
    return EnrollmentRow(
        course=course_id,
        section=section_id,
        user=who,
        role=role,
        state=_status(fields, _SEATS),
        observes=observes,
    )


PARSERS: Mapping[str, Callable[[Fields], AnyRow]] = {
    "terms": term,
    "accounts": account,
    "users": user,
    "courses": course,
    "sections": section,
    "enrollments": enrollment,
}
"""In the order in which they are imported: what is referred to comes first."""


def merged(told: R | UnsetType, known: R) -> R:
    """What is so after the row: what it says, or where it says nothing what was so before."""
    return known if isinstance(told, UnsetType) else told


def ends_before_it_starts(starts_on: datetime | None, ends_on: datetime | None) -> bool:
    """Whether two dates, where both are known, are in the wrong order."""
    return starts_on is not None and ends_on is not None and ends_on <= starts_on


def _text(fields: Fields, name: str, *, needed: bool = True, most: int = LONGEST_TEXT) -> str:
    value = fields.get(name, "").strip()
    if not value.isprintable():  # Line breaks and the like; signs that join letters stay.
        value = "".join(c for c in " ".join(value.split()) if ord(c) >= ord(" ") and c != "\x7f")
    if needed and not value:
        raise RowRefused(f"{name} is empty")
    if len(value) > most:
        raise RowRefused(f"{name} has {len(value)} characters, {most} are the most")
    return value


def _id(fields: Fields, name: str) -> str:
    return _text(fields, name, most=LONGEST_ID)


def _reference(fields: Fields, name: str) -> str | None:
    return _text(fields, name, needed=False, most=LONGEST_ID) or None


def _status(fields: Fields, known: Mapping[str, str]) -> str:
    told = _text(fields, "status").lower()
    if told not in known:
        raise RowRefused(f"status {_shown(told)} is none of {', '.join(known)}")
    return known[told]


def _dates(fields: Fields) -> tuple[datetime | UnsetType | None, datetime | UnsetType | None]:
    first, last = (
        _date(fields[name], name) if name in fields else UNSET
        for name in ("start_date", "end_date")
    )
    return first, last


def _date(value: str, name: str) -> datetime | None:
    """ISO 8601, in UTC unless it says otherwise; a day is its first moment."""
    if not value.strip():
        return None
    match = _DATE.fullmatch(value.strip())
    if match is None:
        raise RowRefused(f"{name} {_shown(value)} is not a date like 2026-09-01T00:00:00Z")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    zone = (match[7] or "Z").upper()
    try:
        return datetime.strptime(
            f"{year:04}-{month}-{day} {hour}:{minute}:{second} {'+0000' if zone == 'Z' else zone}",
            "%Y-%m-%d %H:%M:%S %z",
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused(f"{name} {_shown(value)} is no day of the calendar") from None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:57]}…")  # noqa: PLR2004 (fits a line)
