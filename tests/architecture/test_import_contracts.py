"""The import contracts of pyproject.toml catch what they forbid, and allow what they allow.

A skeleton of every room is written, once innocent and once with one fault per contract, and linted
with the real contracts: a contract that names a module wrongly would catch nothing, silently.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
}
ALLOWED = {
    "cli/up.py": "import eduflow.embedded.postgres",
    "contracts/enrollment.py": "import msgspec",
    "embedded/__init__.py": "import eduflow.embedded.postgres",
    "embedded/postgres.py": "import eduflow.embedded.ports",
    "embedded/ports.py": "",
    "interchange/reading.py": "import msgspec",
    "kernel/bell.py": "import dramatiq",
    "kernel/jobs/actors.py": "from dramatiq import actor",
    "kernel/llm/clients.py": "import anthropic\nimport openai",
    "kernel/storage.py": "import aioboto3\nimport botocore.config",
    "kernel/clock.py": "import asyncio",
    "scoring/items.py": "import msgspec",
    "services/adaptive/rows.py": "",
    "services/api_core/commands/enroll.py": "from eduflow.services.api_core.model import course",
    "services/api_core/model/course.py": "import eduflow.kernel.clock",
    "services/api_core/projections/roster.py": "import eduflow.services.api_core.rows",
    "services/api_core/queries/roster.py": "from eduflow.services.api_core import rows",
    "services/api_core/reactions/graded.py": "import eduflow.contracts.enrollment",
    "services/api_core/rows.py": "import eduflow.kernel.clock",
    "standing/projections.py": "import eduflow.kernel.clock",
    "story/hands.py": "import eduflow.kernel.clock",
}
FAULTS = [
    ("kernel", "kernel/clock.py", "import eduflow.contracts.enrollment"),
    ("kernel", "kernel/bell.py", "import eduflow.services.adaptive.rows"),
    ("contracts", "contracts/enrollment.py", "import eduflow.kernel.clock"),
    ("scoring", "scoring/items.py", "import asyncpg"),
    ("interchange", "interchange/reading.py", "import eduflow.kernel.clock"),
    ("story", "story/hands.py", "import eduflow.services.adaptive.rows"),
    ("standing", "standing/projections.py", "import eduflow.services.adaptive.rows"),
    ("services", "services/api_core/reactions/graded.py", "import eduflow.services.adaptive.rows"),
    ("queries", "services/api_core/queries/roster.py", "import eduflow.services.api_core.model"),
    ("queries", "services/api_core/queries/roster.py", "import eduflow.services.api_core.commands"),
    (
        "commands",
        "services/api_core/commands/enroll.py",
        "from eduflow.services.api_core import rows",
    ),
    ("model", "services/api_core/model/course.py", "import asyncio"),
    ("broker", "services/api_core/reactions/graded.py", "import dramatiq"),
    ("storage", "services/api_core/queries/roster.py", "import aioboto3"),
    ("llm", "services/api_core/commands/enroll.py", "import openai"),
    ("embedded", "services/api_core/queries/roster.py", "import eduflow.embedded.postgres"),
]


def test_a_code_base_that_keeps_the_contracts_passes(tmp_path: Path) -> None:
    assert broken_contracts(tmp_path, ALLOWED) == set()


@pytest.mark.parametrize(("contract", "path", "line"), FAULTS)
def test_a_fault_breaks_its_contract_and_no_other(
    tmp_path: Path, contract: str, path: str, line: str
) -> None:
    files = ALLOWED | {path: f"{ALLOWED[path]}\n{line}"}
    assert broken_contracts(tmp_path, files) == {contract}


def test_every_contract_has_a_fault_that_it_catches() -> None:
    assert {contract for contract, _, _ in FAULTS} == set(CONTRACTS)


def broken_contracts(folder: Path, files: dict[str, str]) -> set[str]:
    """Write the files as a package `eduflow` and return the ids of the contracts it breaks."""
    root = folder / "eduflow"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    for package in (root, *(path for path in root.rglob("*") if path.is_dir())):
        (package / "__init__.py").touch()
    seen = subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            *("--config", PYPROJECT, "--no-cache", "--no-logo"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = {key for key, name in CONTRACTS.items() if f"{name} BROKEN" in seen.stdout}
    assert (seen.returncode == 0) == (not broken), seen.stdout + seen.stderr
    return broken
