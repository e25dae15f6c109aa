"""The letters that tell of things: one thing at once, or many in a digest."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.jobs import Held
from eduflow.kernel.mail import Letter
from eduflow.services.api_core.notices.words import Words, when, words

# By the one or by all of a digest, whoever of the two it is; titles are as they are now.
_ROWS = (
    "SELECT n.kind, n.payload::text AS payload, n.created_at, d.kind AS digest, u.email,"
    " u.display_name, u.locale, u.time_zone, i.name AS institution, c.title AS course,"
    " t.title AS thread, a.title AS assignment FROM notifications AS n"
    " JOIN users AS u ON u.id = n.user_id AND u.state = 'active'"
    " JOIN institutions AS i ON i.id = n.institution_id"
    " LEFT JOIN notification_digests AS d ON d.id = $2"
    " LEFT JOIN courses AS c ON c.id = (n.payload->>'course_id')::uuid"
    " LEFT JOIN discussion_threads AS t ON t.id = (n.payload->>'thread_id')::uuid"
    " LEFT JOIN assignments AS a ON a.id = (n.payload->>'assignment_id')::uuid"
    " WHERE n.id = $1 OR n.digest_id = $2 ORDER BY c.title, t.title, a.title, n.id"
)


class _Row(msgspec.Struct):
    kind: str
    payload: str
    created_at: datetime
    digest: str | None
    email: str
    display_name: str
    locale: str
    time_zone: str
    institution: str
    course: str | None
    thread: str | None
    assignment: str | None


async def compose_notice(held: Held, runtime: Any) -> Letter | None:
    """A letter of one notification or of a digest; None where there is nobody to tell any more."""
    one, digest = (held.arguments.get(name) for name in ("notification", "digest"))
    # The workers' role sees every institution; this reads by a key.
    found = await runtime.databases["api_core"].primary.fetch(
        _ROWS, UUID(one) if one else None, UUID(digest) if digest else None
    )
    if not found:
        return None
    rows = [msgspec.convert(dict(row), _Row) for row in found]
    return letter(rows, public_url=runtime.settings.public_url.rstrip("/"))


def letter(rows: Sequence[_Row], *, public_url: str) -> Letter:
    """What one or more rows of one person say, in their language."""
    first = rows[0]
    language, spoken = words(first.locale)
    lines = [_line(row, spoken) for row in rows]
    subject = lines[0]
    if first.digest is not None:
        subject = (spoken.daily if first.digest == "daily" else spoken.weekly).format(
            institution=first.institution
        )
    hello = spoken.hello.format(name=first.display_name)
    why = spoken.why.format(page=f"{public_url}/settings/notifications")
    entries = [
        (line, when(row.created_at, locale=row.locale, time_zone=row.time_zone), _link(row))
        for line, row in zip(lines, rows, strict=True)
    ]
    text = [f"{line}\n{at}\n{public_url}{link}" for line, at, link in entries]
    items = "".join(
        f'<li><a href="{escape(public_url + link)}">{escape(line)}</a><br>{escape(at)}</li>'
        for line, at, link in entries
    )
    return Letter(
        name=first.display_name,
        address=first.email,
        subject=" ".join(subject.split()),
        text="\n\n".join([hello, *text, why]) + "\n",
        html=(
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f"<title>{escape(subject)}</title></head>"
            f'<body style="font-family:sans-serif;max-width:36em"><p>{escape(hello)}</p>'
            f"<ul>{items}</ul><p>{escape(why)}</p></body></html>\n"
        ),
    )


def _line(row: _Row, spoken: Words) -> str:
    said = spoken.kinds.get(row.kind, spoken.kinds["other"])
    return said.format(
        thread=row.thread or "", assignment=row.assignment or "", course=row.course or ""
    )


def _link(row: _Row) -> str:
    named = msgspec.json.decode(row.payload, type=dict[str, Any])
    link = f"/courses/{named.get('course_id', '')}"
    if "assignment_id" in named:
        link += f"/assignments/{named['assignment_id']}"
    if "thread_id" in named:
        link += f"/threads/{named['thread_id']}"
    return f"{link}#post-{named['post_id']}" if "post_id" in named else link
