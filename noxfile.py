"""Everything one does with this repository, one session a job: `nox --list` shows them.

All sessions share one environment, `.venv`, made from `requirements.lock` and made anew only when
the lock, the packaging or the interpreter has changed. So a fresh machine downloads each package
once, and `.venv/bin/eduflow` is there for the shell afterwards.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
LOCK = "requirements.lock"
WEIGHTS = "requirements.weights.lock"
RIVALS = "ops/bench/requirements.lock"
CODE = ("src", "tests", "ops", "migrations", "noxfile.py")
PATIENCE = 60
"""Seconds that what has started servers is given to stop them; nox's own 0.3 end in a kill -9."""

# nox would make an environment for each session; `prepare` makes the one that they share.
shared = nox.session(venv_backend="none")


@shared
def lint(session: nox.Session) -> None:
    """Check style, import contracts and the rules of this house (`-- --fix` mends what it can)."""
    code = [path for path in CODE if (ROOT / path).exists()]
    mend = "--fix" in session.posargs
    run(session, "ruff", "check", *session.posargs, *code)
    run(session, "ruff", "format", *([] if mend else ["--check"]), *code)
    run(session, "lint-imports")
    run(session, "python", "-m", "ops.lint", "src")


@shared
def types(session: nox.Session) -> None:
    """Check the types with mypy, strictly."""
    run(session, "mypy", *session.posargs)


@shared
def tests(session: nox.Session) -> None:
    """Run the tests, two at a time, but those that start whole platforms (`-- ARGS` to pytest)."""
    run(session, "python", "-m", "pytest", "-n", "2", "-m", "not system", *session.posargs)


@shared
def system(session: nox.Session) -> None:
    """Start real processes, kill them, and look whether anything was lost (`-- ARGS` to pytest)."""
    run(session, "python", "-m", "pytest", "-m", "system", *session.posargs)


@shared
def mutants(session: nox.Session) -> None:
    """Remove each guarantee in turn and see that its test notices (`-- NAME` for one)."""
    run(session, "python", "-m", "tests.mutants", *session.posargs)


@shared
def bench(session: nox.Session) -> None:
    """Measure how fast and how fresh the answers are (`-- --help`; `--no-rivals` is quicker)."""
    ours = [argument for argument in session.posargs if argument != "--no-rivals"]
    if {"--no-rivals", "--help", "--flatness"}.isdisjoint(session.posargs):
        ours += ["--rivals", str(rivals(session))]
    run(session, "python", "-m", "ops.bench", *ours)


@shared
def load(session: nox.Session) -> None:
    """Have a class of 1,000 open one test at once, and look whether any answer is lost."""
    run(session, "python", "-m", "ops.load", *session.posargs)


def rivals(session: nox.Session) -> Path:
    """The Python of an environment for what the bench compares with, which nothing of ours uses."""
    folder, wanted = ROOT / ".nox" / "rivals", (ROOT / RIVALS).read_text(encoding="utf-8")
    python, stamp = folder / "bin" / "python", folder / "made-from"
    prepare(session)
    with alone(ROOT / ".nox" / "prepare.lock"):
        if not stamp.is_file() or stamp.read_text() != wanted:
            session.log(f"Making {folder} from {RIVALS}")
            shutil.rmtree(folder, ignore_errors=True)
            install(session, folder, "--require-hashes", "-r", RIVALS)
            stamp.write_text(wanted)
    return python


@shared
def migrate(session: nox.Session) -> None:
    """Bring the databases named in the environment to the newest schema."""
    run(session, "python", "-m", "eduflow", "migrate", *session.posargs)


@shared
def docs(session: nox.Session) -> None:
    """Write the generated pages of docs/ again (`-- --check` only compares)."""
    run(session, "python", "-m", "ops.docs", *session.posargs)


@shared
def dev(session: nox.Session) -> None:
    """Make .venv and leave it ready; `-- COMMAND` runs a command in it."""
    prepare(session)
    if session.posargs:
        run(session, *session.posargs)
    else:
        session.log(f"Ready. Enter it with: . '{BIN / 'activate'}'")


@shared
def demo(session: nox.Session) -> None:
    """Start the platform with three demo schools (`-- ARGS` to `eduflow up`). Ctrl-C stops it."""
    run(session, "python", "-m", "eduflow", "up", "--demo", *session.posargs)


@shared
def lock(session: nox.Session) -> None:
    """Resolve both locks again, keeping their pins (`-- --upgrade` renews them)."""
    for source, target in (("pyproject.toml", LOCK), ("ops/bench/requirements.in", RIVALS)):
        run(
            session,
            *("uv", "pip", "compile", source, *(["--all-extras"] if target == LOCK else [])),
            *("--universal", "--generate-hashes", "--no-emit-index-url"),
            *("--python-version", "3.11", "-o", target, *session.posargs),
        )


def run(session: nox.Session, command: str, *arguments: str) -> None:
    """Run a command of the shared environment, and let it stop in peace when interrupted."""
    prepare(session)
    mine = BIN / command
    session.run(
        str(mine) if mine.exists() else command,
        *arguments,
        env={"VIRTUAL_ENV": str(VENV), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        interrupt_timeout=PATIENCE,
        terminate_timeout=PATIENCE,
    )


def prepare(session: nox.Session) -> None:
    """Make the shared environment, unless it already holds exactly this lock and this project."""
    stamp = VENV / "made-from"
    wanted = fingerprint()
    with alone(ROOT / ".nox" / "prepare.lock"):
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        session.log(f"Making {VENV} from {LOCK}; later sessions find it made")
        shutil.rmtree(VENV, ignore_errors=True)
        install(session, VENV, "--require-hashes", "-r", LOCK)
        # Data alone: what the package declares to need would be compiled, and is not used.
        install(session, VENV, "--require-hashes", "--no-deps", "-r", WEIGHTS)
        # The build backend is in the lock, so that nothing unpinned is fetched to build with.
        install(session, VENV, "--no-deps", "--no-build-isolation", "-e", ".")
        stamp.write_text(wanted)


def install(session: nox.Session, folder: Path, *what: str) -> None:
    """Install into an environment, which is made if it is not there."""
    python, uv = str(folder / "bin" / "python"), find_uv()
    if not (folder / "bin").is_dir():
        make = [uv, "venv", "--quiet"] if uv else [sys.executable, "-m", "virtualenv", "--quiet"]
        session.run(*make, "--python", sys.executable, str(folder))
    if uv:
        # As pip does: whom the machine trusts is trusted, also behind a proxy of the house.
        trust = {"UV_SYSTEM_CERTS": "true"}
        session.run(uv, "pip", "install", "--python", python, *what, env=trust)
    else:
        quiet = ("--quiet", "--disable-pip-version-check")
        session.run(python, "-m", "pip", "install", *quiet, *what)


def find_uv() -> str | None:
    """The uv that `pip install "nox[uv]"` brought, which need not be on the PATH, or any other."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        import uv  # noqa: PLC0415 (nox may have been installed without it)

        return uv.find_uv_bin()
    return shutil.which("uv")


def fingerprint() -> str:
    """What the environment is made from: when this changes, it must be made anew."""
    packaging = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = (sys.version, ROOT, packaging["project"], packaging["build-system"])
    digest = hashlib.sha256(repr(parts).encode())
    for pinned in (LOCK, WEIGHTS):
        digest.update((ROOT / pinned).read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one nox at a time install; two side by side would tear each other's files."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
