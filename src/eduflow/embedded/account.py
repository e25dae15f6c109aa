"""Under which identity the servers run, since PostgreSQL refuses to run as root."""

import functools
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from eduflow.embedded.problems import EmbeddedError

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How to start a server that must not be root."""

    prefix: tuple[str, ...] = ()
    """Put before the command. It replaces itself by the command, so the pid is the server's."""
    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder to the servers, where they are somebody else than we."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def check_reach(self, paths: Sequence[Path]) -> None:
        """Raise EmbeddedError if the servers' user could not get to one of the paths."""
        if self.uid is None:
            return
        for path in paths:
            for folder in path.resolve().parents:
                if folder.stat().st_mode & 0o001 == 0 and folder.stat().st_uid != self.uid:
                    raise EmbeddedError(
                        f"PostgreSQL cannot run as root, and user 'nobody' may not enter {folder}",
                        advice=f"run as an ordinary user, or `chmod o+x {folder}`, or pass "
                        "--data-dir with a folder outside of it",
                    )


@functools.cache
def server_account() -> Account:
    """Root starts servers in a user namespace, else as `nobody`; anyone else as themselves."""
    if os.geteuid() != 0:
        return Account()
    if _namespaces_work():
        # Files stay owned by root, so a data folder under /root (mode 0700) works as well.
        return Account(prefix=_NAMESPACE)
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def _namespaces_work() -> bool:
    return _works(_NAMESPACE)


@functools.cache
def dying_with_parent(farewell: signal.Signals) -> tuple[str, ...]:
    """Put before a command: the kernel sends it this signal when whoever started it dies.

    A program of its own rather than a `preexec_fn`, which is not safe beside threads. Where it is
    missing, what a killed start left is still found and ended by the next one.
    """
    prefix = ("setpriv", "--pdeathsig", farewell.name.removeprefix("SIG"), "--")
    return prefix if _works(prefix) else ()


def _works(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)  # noqa: S603 (our own programs, no shell)
    return tried.returncode == 0
