"""Settings are read once, whole, and refuse what is wrong before anything starts."""

import os
import subprocess
import sys

import pytest

from eduflow.directory import DATABASES
from eduflow.kernel.settings import (
    DatabaseSettings,
    Secret,
    Settings,
    SettingsError,
    documented,
    read_settings,
    variables,
)

VERIFIED = "postgresql://app:pw@db.example.org/api_core?sslmode=verify-full"
PRODUCTION = {
    "EDUFLOW_PROFILE": "production",
    "EDUFLOW_SECRET": "a secret of one's own, which is long enough",
    "EDUFLOW_BROKER_URL": "rediss://broker.example.org:6380/0",
    "EDUFLOW_PUBLIC_URL": "https://school.example.org",
    "EDUFLOW_IDENTITY_URL": "https://identity.example.org",
    "EDUFLOW_API_CORE_DSN": VERIFIED,
    "EDUFLOW_API_CORE_WORKER_DSN": VERIFIED,
}


def faults(**changed: str) -> list[str]:
    """What is wrong with production settings that are good but for these."""
    environment = {**PRODUCTION, **{f"EDUFLOW_{name}": value for name, value in changed.items()}}
    with pytest.raises(SettingsError) as refused:
        read_settings(environment)
    return refused.value.faults


def test_production_starts_with_everything_verified() -> None:
    settings = read_settings(PRODUCTION)
    assert settings.profile == "production"
    assert list(settings.databases) == ["api_core"]


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("SECRET", "", "EDUFLOW_SECRET must be your own"),
        ("SECRET", "short", "EDUFLOW_SECRET must be your own"),
        ("DEMO", "true", "EDUFLOW_DEMO"),
        ("BCRYPT_COST", "9", "EDUFLOW_BCRYPT_COST"),
        ("BROKER_URL", "redis://broker.example.org:6379/0", "EDUFLOW_BROKER_URL"),
        ("PUBLIC_URL", "http://school.example.org", "EDUFLOW_PUBLIC_URL"),
        ("IDENTITY_URL", "http://identity.example.org", "EDUFLOW_IDENTITY_URL"),
        ("S3_URL", "http://files.example.org", "EDUFLOW_S3_URL"),
        ("API_CORE_DSN", "postgresql://app@db.example.org/x?sslmode=require", "verify-full"),
        ("API_CORE_API_REPLICAS", f"{VERIFIED} postgresql://app@other/x", "verify-full"),
        ("API_CORE_WORKER_DSN", "postgresql://app@db.example.org/x", "verify-full"),
    ],
)
def test_production_does_not_start_with(variable: str, value: str, told: str) -> None:
    assert any(told in fault for fault in faults(**{variable: value}))


def test_a_unix_socket_needs_no_certificate() -> None:
    socket = "postgresql://app:pw@/api_core?host=/run/postgresql"
    assert read_settings({**PRODUCTION, "EDUFLOW_API_CORE_DSN": socket}).profile == "production"


def test_every_fault_is_told_at_once() -> None:
    told = faults(PROFILE="staging", MISSPELT="1", POOL_SIZE="many")
    assert len(told) == 3
    assert any("EDUFLOW_MISSPELT is not a setting" in fault for fault in told)


def test_a_number_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(SettingsError, match="allowed are 1 to 200"):
        read_settings({"EDUFLOW_POOL_SIZE": "0"})


def test_half_a_database_is_none() -> None:
    with pytest.raises(SettingsError, match="EDUFLOW_API_CORE_WORKER_DSN is not set"):
        read_settings({"EDUFLOW_API_CORE_DSN": VERIFIED})


def test_each_database_has_addresses_of_its_own() -> None:
    environment = {
        f"EDUFLOW_{database.name.upper()}_{kind}": f"postgresql://{database.name}/{kind}"
        for database in DATABASES
        for kind in ("DSN", "WORKER_DSN")
    }
    settings = read_settings(environment)
    assert settings.databases["tutor"].app == Secret("postgresql://tutor/DSN")
    assert len(settings.databases) == len(DATABASES)


def test_a_secret_never_shows_itself() -> None:
    settings = read_settings({"EDUFLOW_SECRET": "correct horse battery staple, and more"})
    assert "horse" not in f"{settings!r} {settings.secret} {settings.secret!r}"


@pytest.mark.parametrize("kind", [Settings, DatabaseSettings])
def test_every_setting_is_documented(kind: type[Settings] | type[DatabaseSettings]) -> None:
    assert documented(kind).keys() == variables(kind).keys()
    assert all(text.strip().endswith(".") for _, text in documented(kind).values())


def test_what_serves_in_production_does_not_import_the_embedded_servers() -> None:
    code = (
        "import sys, eduflow.serve, eduflow.worker, eduflow.kernel.db.migrate;"
        "from eduflow.services import load_services; load_services();"
        "print([m for m in sys.modules if m.startswith('eduflow.embedded')])"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
