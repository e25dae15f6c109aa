"""A letter over SMTP, and as a file."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.mail import Letter, Mailer, UnsendableError
from eduflow.kernel.settings import Secret, Settings

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
LETTER = Letter(
    name="Zoë Müller",
    address="zoe@school.test",
    subject="Grüße",
    text="Hello\n.\nstill the same letter\n",
    html="<p>Hello</p>",
)


class PostOffice:
    """Speaks enough SMTP to take a letter, or to refuse whom it does not know."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.taken: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 office.test ready\r\n")
        while line := await reader.readline():
            answer = "250 good"
            match line.split()[0].upper():
                case b"RCPT" if self.refusal:
                    answer = self.refusal
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    self.taken.append(await reader.readuntil(b"\r\n.\r\n"))
                case b"QUIT":
                    answer = "221 bye"
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if answer.startswith("221"):
                break
        writer.close()
        await writer.wait_closed()


async def send(office: PostOffice) -> None:
    server = await asyncio.start_server(office, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        mailer = Mailer(Settings(smtp_url=Secret(f"smtp://127.0.0.1:{port}")))
        await mailer.send(LETTER, job=new_id(), now=NOW)


async def test_a_letter_is_handed_to_the_server_whole() -> None:
    office = PostOffice()
    await send(office)
    (taken,) = office.taken
    message = message_from_bytes(taken.removesuffix(b"\r\n.\r\n"), policy=policy.default)
    assert "Zoë Müller" in str(message["To"])
    text = message.get_body(("plain",))
    assert text is not None
    assert "still the same letter" in text.get_content()


async def test_an_address_that_is_refused_for_good_is_not_tried_again() -> None:
    with pytest.raises(UnsendableError):
        await send(PostOffice("550 nobody of that name"))


async def test_an_address_that_is_refused_for_now_may_be_tried_again() -> None:
    with pytest.raises(Exception, match="450") as caught:
        await send(PostOffice("450 come back later"))
    assert not isinstance(caught.value, UnsendableError)


@pytest.mark.parametrize("address", ["no address", "a@b\r\nBcc: all@school.test", "", "@"])
async def test_what_is_no_address_gets_no_letter(address: str, tmp_path: Path) -> None:
    mailer = Mailer(Settings(mail_folder=str(tmp_path)))
    wrong = Letter(name="x", address=address, subject="x", text="x", html="x")
    with pytest.raises(UnsendableError):
        await mailer.send(wrong, job=new_id(), now=NOW)


async def test_a_letter_that_is_sent_twice_is_one_file(tmp_path: Path) -> None:
    mailer, job = Mailer(Settings(mail_folder=str(tmp_path / "new"))), new_id()
    await mailer.send(LETTER, job=job, now=NOW)
    await mailer.send(LETTER, job=job, now=NOW)
    (file,) = (tmp_path / "new").iterdir()
    assert file.name == f"{job}.eml"
    assert file.stat().st_mode & 0o077 == 0
