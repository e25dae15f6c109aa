"""Mail: written as a job beside the fact it tells of, sent by a worker, at least once.

The `Message-ID` is made from the job's id, so that a mail that is sent twice is one mail to whoever
receives it, and one file where mails are files.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import msgspec

from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome, Retry
from eduflow.kernel.settings import Settings

SEND_MAIL = "send_mail"
"""The kind of job; its arguments are ids, from which the letter is written when it is sent."""
_SECONDS = 20.0
_PORTS = {"smtp": 587, "smtps": 465}
_FOR_EVER = 500


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said to one person, once as text and once as HTML."""

    name: str
    address: str
    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return "Letter(…)"


class UnsendableError(Exception):
    """No later try will do better: the address is none, or its server refuses it for good."""


class Mailer:
    """Sends by the SMTP server of the settings, or puts each mail as a file into their folder."""

    def __init__(self, settings: Settings) -> None:
        self._smtp = settings.smtp_url
        self._folder = Path(settings.mail_folder)
        self._from = settings.mail_from
        self._needs_tls = settings.profile == "production"

    async def send(self, letter: Letter, *, job: UUID, now: datetime) -> None:
        """Raises UnsendableError; anything else that is raised may pass by itself."""
        try:
            message = self._message(letter, job=job, now=now)
        except (ValueError, MessageError, IndexError) as fault:
            raise UnsendableError(f"no mail can be made: {type(fault).__name__}") from fault
        if self._smtp is None:
            await asyncio.to_thread(self._keep, message, job)
        else:
            await self._deliver(message, self._smtp.value)

    def _message(self, letter: Letter, *, job: UUID, now: datetime) -> EmailMessage:
        name, sender = parseaddr(self._from)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = Address(letter.name, addr_spec=letter.address)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now.astimezone(UTC))
        message["Message-ID"] = f"<{job}@{sender.rpartition('@')[2]}>"
        # No out-of-office note answers a machine (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    def _keep(self, message: EmailMessage, job: UUID) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = self._folder / f"{job}.eml"
        # A link in it opens an account: nobody else on the machine may read it.
        part = os.open(whole.with_suffix(".part"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(part, "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        whole.with_suffix(".part").replace(whole)

    def _starts_tls(self, scheme: str, *, secret: bool) -> bool | None:
        if scheme == "smtps":
            return False
        return True if secret or self._needs_tls else None

    async def _deliver(self, message: EmailMessage, url: str) -> None:
        server = urlsplit(url)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port or _PORTS[server.scheme],
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                # Elsewhere STARTTLS where it is offered; a login is never sent without it.
                start_tls=self._starts_tls(server.scheme, secret=bool(server.username)),
                timeout=_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as fault:
            if all(refusal.code >= _FOR_EVER for refusal in fault.recipients):
                raise UnsendableError("its server refuses the address") from fault
            raise


Compose = Callable[[Held, Any], Awaitable[Letter | None]]
"""Writes a job's letter with the worker's runtime; None where there is nothing to tell any more."""


def mailing(compose: Compose) -> JobKind:
    """The kind of job that sends a service's letters."""

    async def send(held: Held, runtime: Any) -> Outcome:
        letter = await compose(held, runtime)
        if letter is None:
            return Done()
        try:
            await Mailer(runtime.settings).send(letter, job=held.id, now=runtime.clock())
        except UnsendableError as fault:
            return GiveUp(str(fault))
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
            # The reason only: a server's words may repeat what the mail says.
            return Retry(timedelta(seconds=min(3600, 15 * 2**held.attempts)), type(fault).__name__)
        return Done()

    return JobKind(name=SEND_MAIL, run=send, time_limit=timedelta(minutes=1))
