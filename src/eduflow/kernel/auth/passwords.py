"""Passwords: bcrypt over a keyed hash, in a bounded pool of threads of its own.

bcrypt reads 72 bytes and refuses more. HMAC-SHA-384 in front of it, under a pepper that the
database does not hold, makes every length count and stolen hashes worthless by themselves.
"""

import asyncio
import base64
import hashlib
import hmac
import math
import os
import re
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import bcrypt
import structlog

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.problems import PasswordRefused
from eduflow.kernel.problems import TooMany
from eduflow.kernel.settings import Secret

SHORTEST, LONGEST = 10, 256
"""Characters of a new password, after NFKC."""
_LONGEST_READ = 1024
"""Characters of a presented password that are read at all; no stored one has as many."""
_SCHEME = "{bcrypt-hmac-sha384}"
_STORED = re.compile(r"\{bcrypt-hmac-sha384\}(\$2b\$(\d\d)\$[./A-Za-z0-9]{53})")
_SALT_AND_HASH = 53
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SECONDS_AT_12 = 0.25
_NICENESS = 19
_TELLING = 3
"""A local part of fewer characters is in every other password by chance."""
Answer = TypeVar("Answer")
_log = structlog.get_logger(__name__)


class Passwords:
    """Hashes and compares, never on the event loop, and never more at once than there are cores.

    Beyond `queue` waiting, callers are told `TooMany` at once: a login storm then costs the logins
    and nobody else. Close it when the process ends.
    """

    def __init__(
        self, secret: Secret, *, cost: int, threads: int | None = None, queue: int = 64
    ) -> None:
        threads = threads or os.cpu_count() or 1
        self._pepper = derived_key(secret, "password-pepper")
        self._cost = cost
        self._places = threading.BoundedSemaphore(threads + queue)
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="password", initializer=_step_back
        )
        # The time of a full queue: whoever is sent away may find a place by then.
        drained = queue / threads * _SECONDS_AT_12 * 2.0 ** (cost - 12)
        self._retry_after = max(1, math.ceil(drained))
        self._nobody = self._impossible()

    async def hash(self, password: str) -> str:
        """What to store. Raises TooMany when the queue is full; truncates nothing."""
        if len(password) > _LONGEST_READ:
            raise PasswordRefused(f"It must have at most {LONGEST} characters.")
        prepared = self._prepare(password)
        return _SCHEME + (await self._run(lambda: self._hash(prepared))).decode("ascii")

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether it is the one that was stored; costs the same when there is nobody (None).

        Any text is an answer, never a fault: NUL, lone surrogates, a megabyte, a broken row.
        """
        parts = _STORED.fullmatch(stored) if stored is not None else None
        if stored is not None and parts is None:
            _log.error("a stored password hash cannot be read")
        against = parts[1].encode() if parts else self._nobody
        prepared = self._prepare(password)
        matches = await self._run(lambda: bcrypt.checkpw(prepared, against))
        return matches and parts is not None and len(password) <= _LONGEST_READ

    def needs_rehash(self, stored: str) -> bool:
        """Whether to hash it again at the next login, the cost having been changed."""
        parts = _STORED.fullmatch(stored)
        return parts is None or int(parts[2]) != self._cost

    def close(self) -> None:
        """Let the threads go, waiting for no more than the hashes under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _prepare(self, password: str) -> bytes:
        text = unicodedata.normalize("NFKC", password[:_LONGEST_READ])
        digest = hmac.new(self._pepper, text.encode("utf-8", "surrogatepass"), hashlib.sha384)
        # 48 bytes in base64 are 64 characters: below bcrypt's 72, and never a NUL among them.
        return base64.b64encode(digest.digest())

    def _hash(self, prepared: bytes) -> bytes:
        return bcrypt.hashpw(prepared, bcrypt.gensalt(self._cost))

    def _impossible(self) -> bytes:
        """A hash that nobody's password has, made without the time that hashing takes."""
        drawn = "".join(secrets.choice(_BCRYPT_ALPHABET) for _ in range(_SALT_AND_HASH - 22))
        return bcrypt.gensalt(self._cost) + drawn.encode()

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if not self._places.acquire(blocking=False):
            raise TooMany("Too many logins at this moment", retry_after=self._retry_after)
        try:
            job = self._pool.submit(work)
        except BaseException:
            self._places.release()
            raise
        job.add_done_callback(self._release)
        return await asyncio.wrap_future(job)

    def _release(self, _: Future[Any]) -> None:
        # A caller who hung up frees the place when the thread is through, not before.
        self._places.release()


def _step_back() -> None:
    """Let this thread have what the others leave: hashing can wait, a page that is asked for not.

    On Linux alone is a number of a thread's own taken; elsewhere it would be the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def check_new_password(password: str, *, email: str, pointer: str = "/password") -> None:
    """The rules for a new password; raises PasswordRefused with every broken one.

    `pointer` is where it stood in what the caller sent.

    Length, not composition (NIST SP 800-63B): no rule asks for digits or signs.
    """
    text = unicodedata.normalize("NFKC", password[: LONGEST + 1])
    folded = text.casefold()
    local = unicodedata.normalize("NFKC", email.partition("@")[0]).casefold()
    broken = []
    if len(text) < SHORTEST:
        broken.append(f"It must have at least {SHORTEST} characters.")
    if len(password) > LONGEST or len(text) > LONGEST:
        broken.append(f"It must have at most {LONGEST} characters.")
    if folded in _common():
        broken.append("It is one of the passwords that are guessed first.")
    if len(local) >= _TELLING and local in folded:
        broken.append("It must not contain your e-mail address.")
    if broken:
        raise PasswordRefused(
            errors=[{"pointer": pointer, "message": message} for message in broken]
        )


@cache
def _common() -> frozenset[str]:
    listed = files("eduflow.kernel.auth").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.casefold() for line in listed.split("\n") if line)
