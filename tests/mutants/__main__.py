"""`python -m tests.mutants [NAME …]`: exit 0 if every mutant was noticed by its test.

First all the tests in question must pass on the code as it is; then each mutant is made in a copy
of its own, and its tests must fail there. A test that cannot fail shows nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
_PASSED, _FAILED = 0, 1
"""What pytest answers; anything else is that it could not run."""
_KEPT = ("src", "migrations", "tests", "pyproject.toml")


def _copy(folder: Path) -> Path:
    for name in _KEPT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def _run(root: Path, tests: list[str]) -> tuple[int, str]:
    named = [test if "/" in test else f"tests/kernel/data/{test}" for test in tests]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *named],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _mutate(root: Path, mutant: Mutant) -> None:
    path = root / mutant.file
    text = path.read_text(encoding="utf-8")
    found = text.count(mutant.old)
    if found != 1:
        raise LookupError(f"{mutant.name}: what it takes out stands {found} times in {mutant.file}")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def _try(mutant: Mutant) -> tuple[Mutant, bool, str, float]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="eduflow-mutant-") as folder:
        # The servers of the tests may run as another user, who must be able to pass through.
        Path(folder).chmod(0o755)
        root = _copy(Path(folder))
        _mutate(root, mutant)
        code, output = _run(root, list(mutant.noticed_by))
    # A test that failed, and not one that could not be set up: that would notice anything.
    noticed = code == _FAILED and "\nFAILED " in output
    return mutant, noticed, output, time.monotonic() - began


def main(names: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(f"no such mutant: {', '.join(sorted(unknown))}")
        return 2
    tests = sorted({test for mutant in chosen for test in mutant.noticed_by})
    print(f"{len(tests)} tests on the code as it is …", flush=True)
    code, output = _run(ROOT, tests)
    if code != _PASSED:
        print(output[-6000:])
        print("they do not pass, so nothing can be said of the mutants")
        return 1
    alive = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mutant, noticed, output, seconds in pool.map(_try, chosen):
            alive += not noticed
            by = mutant.noticed_by[0].partition("::")[2]
            told = f"noticed by {by}" if noticed else "ALIVE"
            print(f"{mutant.name:42} {told} ({seconds:.0f} s)", flush=True)
            if not noticed:
                print(output[-3000:])
    print(f"{len(chosen) - alive} passed, {alive} failed")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
