"""Everything that differs between two installations, read once from the environment.

Each field names its variable, and its docstring is its documentation: `eduflow doctor --settings`
prints the table, `docs/settings.md` holds it, and a test compares the two. A variable that begins
with `EDUFLOW_` and is not in the table stops the start, because a misspelt setting is a setting
that silently is not in force.
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from eduflow.directory import DATABASES, PLACES, place
from eduflow.kernel.addresses import is_loopback
from eduflow.kernel.environment import Env, Secret, documented, read_fields, variables
from eduflow.kernel.llm.settings import LanguageModels

DEVELOPMENT_SECRET = "not-a-secret-development-only-0123456789abcdef"  # noqa: S105 (refused in production)


class SettingsError(Exception):
    """The environment cannot be turned into settings. Lists every fault, not only the first."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            "EduFlow's settings are not usable:\n" + "\n".join(f"  - {f}" for f in faults)
        )
        self.faults = faults


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How one service database is reached, by whom, and where it may be read.

    `{DB}` stands for the database's name in capitals, as in `EDUFLOW_API_CORE_DSN`.
    """

    app: Annotated[Secret, Env("EDUFLOW_{DB}_DSN")]
    """Primary, as the role the services use. Row-level security applies to it."""
    worker: Annotated[Secret, Env("EDUFLOW_{DB}_WORKER_DSN")]
    """Primary, as the workers' role: reads the log of every institution, writes read models."""
    owner: Annotated[Secret | None, Env("EDUFLOW_{DB}_OWNER_DSN")] = None
    """Primary, as the owner of the tables. Only `eduflow migrate` uses it."""
    api: Annotated[tuple[Secret, ...], Env("EDUFLOW_{DB}_API_REPLICAS")] = ()
    """Replicas for screens, separated by blanks. None: the primary, read-only."""
    analytics: Annotated[tuple[Secret, ...], Env("EDUFLOW_{DB}_ANALYTICS_REPLICAS")] = ()
    """Replicas for dashboards. None: those for screens."""
    reports: Annotated[tuple[Secret, ...], Env("EDUFLOW_{DB}_REPORTS_REPLICAS")] = ()
    """Replicas for long queries. None: those for dashboards."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation's settings. Built by `read_settings`, never at import."""

    profile: Annotated[Literal["development", "production"], Env("EDUFLOW_PROFILE")] = "development"
    """`production` refuses to start with demo logins, default secrets or plain connections."""
    secret: Annotated[Secret, Env("EDUFLOW_SECRET")] = Secret(DEVELOPMENT_SECRET)
    """At least 32 characters. Signs positions and cursors, peppers passwords, seals keys."""
    demo: Annotated[bool, Env("EDUFLOW_DEMO")] = False
    """Whether people of the demo schools get their published passwords."""
    public_url: Annotated[str, Env("EDUFLOW_PUBLIC_URL")] = "http://127.0.0.1:8080"
    """Where people reach the platform; issuer of its tokens, and the links in its mails."""
    identity_url: Annotated[str, Env("EDUFLOW_IDENTITY_URL")] = "http://127.0.0.1:8000"
    """Where services find api_core's published keys and revoked sessions."""
    service_urls: Annotated[tuple[str, ...], Env("EDUFLOW_SERVICE_URLS")] = ()
    """Where services find one another, as `name=http://host:port`, separated by blanks.

    Those that are not named are on this machine, at the ports of the map."""
    broker_url: Annotated[Secret, Env("EDUFLOW_BROKER_URL")] = Secret("redis://127.0.0.1:6379/0")
    """Valkey or Redis: carries Dramatiq's messages and counts for the rate limits.

    `rediss://` in production."""
    smtp_url: Annotated[Secret | None, Env("EDUFLOW_SMTP_URL")] = None
    """`smtp://user:password@host:port` (STARTTLS) or `smtps://`.

    None: mails are files in `mail_folder`."""
    mail_folder: Annotated[str, Env("EDUFLOW_MAIL_FOLDER")] = ".eduflow/mail"
    """Where mails are written when there is no SMTP server."""
    mail_from: Annotated[str, Env("EDUFLOW_MAIL_FROM")] = "EduFlow <no-reply@eduflow.invalid>"
    """The sender of every mail."""
    s3_url: Annotated[str | None, Env("EDUFLOW_S3_URL")] = None
    """Endpoint of the object store; None is Amazon's own."""
    s3_bucket: Annotated[str, Env("EDUFLOW_S3_BUCKET")] = "eduflow"
    """The bucket for files."""
    s3_access_key: Annotated[str, Env("EDUFLOW_S3_ACCESS_KEY")] = ""
    """Access key of the object store."""
    s3_secret_key: Annotated[Secret, Env("EDUFLOW_S3_SECRET_KEY")] = Secret("")
    """Secret key of the object store."""
    cors_origins: Annotated[tuple[str, ...], Env("EDUFLOW_CORS_ORIGINS")] = (
        "http://127.0.0.1:3006",
    )
    """Origins of front ends that are not behind the gateway, separated by blanks."""
    trusted_proxies: Annotated[tuple[str, ...], Env("EDUFLOW_TRUSTED_PROXIES")] = ()
    """Networks whose `X-Forwarded-For` is believed, as CIDR, separated by blanks."""
    access_token_seconds: Annotated[int, Env("EDUFLOW_ACCESS_TOKEN_SECONDS")] = 600
    """Life of an access token, in seconds (60 to 3600)."""
    refresh_token_days: Annotated[int, Env("EDUFLOW_REFRESH_TOKEN_DAYS")] = 30
    """Life of a refresh token, in days (1 to 365)."""
    bcrypt_cost: Annotated[int, Env("EDUFLOW_BCRYPT_COST")] = 12
    """Work factor of password hashes (4 to 16; at least 10 in production)."""
    pool_size: Annotated[int, Env("EDUFLOW_POOL_SIZE")] = 10
    """Connections to each database address, per process (1 to 200)."""
    wait_milliseconds: Annotated[int, Env("EDUFLOW_WAIT_MS")] = 250
    """How long a read waits on a replica for the caller's own write, in ms (0 to 10000)."""
    replica_lag_seconds: Annotated[float, Env("EDUFLOW_REPLICA_LAG_SECONDS")] = 10.0
    """A replica further behind than this many seconds is left out until it has caught up."""
    request_bytes: Annotated[int, Env("EDUFLOW_REQUEST_BYTES")] = 1_048_576
    """Largest request body, in bytes. A larger one is refused with 413."""
    most_in_flight: Annotated[int, Env("EDUFLOW_MOST_IN_FLIGHT")] = 256
    """Requests a process answers at a time, streams apart (8 to 65536); more are sent away: 503."""
    rate_limits: Annotated[bool, Env("EDUFLOW_RATE_LIMITS")] = True
    """Whether requests are counted and refused above their limit."""
    log_format: Annotated[Literal["json", "text"], Env("EDUFLOW_LOG_FORMAT")] = "json"
    """`json` for machines, `text` for people."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Env("EDUFLOW_LOG_LEVEL")] = (
        "info"
    )
    """The least important line that is still written."""
    otlp_url: Annotated[str | None, Env("EDUFLOW_OTLP_URL")] = None
    """OpenTelemetry collector (OTLP over HTTP). None: no traces are sent."""
    databases: dict[str, DatabaseSettings] = {}
    """By database name; only those whose `EDUFLOW_{DB}_DSN` is set."""
    llm: LanguageModels = LanguageModels()
    """The language models."""

    def url_of(self, service: str) -> str:
        """Where another service answers by itself, without a slash at the end."""
        named = dict(pair.split("=", 1) for pair in self.service_urls)
        return (named.get(service) or f"http://127.0.0.1:{place(service).port}").rstrip("/")


_RANGES = {
    "access_token_seconds": (60, 3600),
    "refresh_token_days": (1, 365),
    "bcrypt_cost": (4, 16),
    "pool_size": (1, 200),
    "wait_milliseconds": (0, 10_000),
    "most_in_flight": (8, 65_536),
}
_OUTSIDE = {"EDUFLOW_PG_BIN", "EDUFLOW_DATA_DIR", "EDUFLOW_BUILD_ID"}
"""Variables of the launcher, not of a service: where `up` finds PostgreSQL and keeps data."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Turn environment variables into settings; raises SettingsError with every fault."""
    faults: list[str] = []
    seen: set[str] = set(_OUTSIDE)
    values = read_fields(Settings, "", environment, faults, seen)
    models = read_fields(LanguageModels, "", environment, faults, seen)
    databases = {}
    for database in DATABASES:
        prefix = database.name.upper()
        known = {v.replace("{DB}", prefix) for v in variables(DatabaseSettings).values()}
        if known & environment.keys():
            found = read_fields(DatabaseSettings, prefix, environment, faults, seen)
            missing = [
                f"EDUFLOW_{prefix}_{suffix} is not set, though another setting of that database is"
                for suffix, field in (("DSN", "app"), ("WORKER_DSN", "worker"))
                if field not in found
            ]
            faults += missing
            if not missing:
                databases[database.name] = DatabaseSettings(**found)
    faults += [
        f"{name} is not a setting of EduFlow; see docs/settings.md"
        for name in sorted(environment)
        if name.startswith("EDUFLOW_") and name not in seen
    ]
    if faults:
        raise SettingsError(faults)
    settings = Settings(**values, databases=databases, llm=LanguageModels(**models))
    faults = [
        *_out_of_range(settings),
        *_misnamed(settings),
        *settings.llm.faults(),
        *_unfit_for_production(settings),
    ]
    if faults:
        raise SettingsError(faults)
    return settings


def _out_of_range(settings: Settings) -> list[str]:
    named = variables(Settings)
    return [
        f"{named[field]}={getattr(settings, field)}: allowed are {least} to {most}"
        for field, (least, most) in _RANGES.items()
        if not least <= getattr(settings, field) <= most
    ]


def _misnamed(settings: Settings) -> list[str]:
    built = {place.name for place in PLACES}
    return [
        f"EDUFLOW_SERVICE_URLS: {pair} is not name=http://host:port of a service"
        for pair in settings.service_urls
        for name, _, url in [pair.partition("=")]
        if name not in built or urlsplit(url).scheme not in {"http", "https"}
    ]


def _unfit_for_production(settings: Settings) -> list[str]:
    if settings.profile != "production":
        return []
    faults = []
    least = 32
    if settings.secret.value == DEVELOPMENT_SECRET or len(settings.secret.value) < least:
        faults.append(f"EDUFLOW_SECRET must be your own, of at least {least} characters")
    if settings.demo:
        faults.append("EDUFLOW_DEMO makes logins whose passwords are published; not in production")
    if settings.bcrypt_cost < 10:  # noqa: PLR2004 (OWASP's floor)
        faults.append("EDUFLOW_BCRYPT_COST must be at least 10")
    if not settings.broker_url.value.startswith("rediss://"):
        faults.append("EDUFLOW_BROKER_URL must be rediss:// (TLS)")
    faults += [
        f"{name} must be https://"
        for name, url in (
            ("EDUFLOW_PUBLIC_URL", settings.public_url),
            ("EDUFLOW_IDENTITY_URL", settings.identity_url),
            ("EDUFLOW_S3_URL", settings.s3_url or "https://"),
        )
        if not url.startswith("https://")
    ]
    faults += [
        f"EDUFLOW_SERVICE_URLS: {pair} must be https://, or on this machine"
        for pair in settings.service_urls
        for url in [pair.partition("=")[2]]
        if not url.startswith("https://") and not is_loopback(url)
    ]
    faults += settings.llm.unfit_for_production()
    if not settings.databases:
        faults.append("no database is set: EDUFLOW_API_CORE_DSN and its like")
    for name, database in settings.databases.items():
        addresses = (
            database.app,
            database.worker,
            *database.api,
            *database.analytics,
            *database.reports,
        )
        if not all(_is_verified(address.value) for address in addresses):
            faults.append(
                f"each address of database {name} must say sslmode=verify-full or be a Unix socket"
            )
    return faults


def _is_verified(dsn: str) -> bool:
    parts = urlsplit(dsn)
    query = dict(pair.partition("=")[::2] for pair in parts.query.split("&"))
    on_socket = not parts.hostname and query.get("host", "").startswith(("/", "%2F", "%2f"))
    return on_socket or query.get("sslmode") == "verify-full"


__all__ = [
    "DEVELOPMENT_SECRET",
    "DatabaseSettings",
    "Env",
    "LanguageModels",
    "Secret",
    "Settings",
    "SettingsError",
    "documented",
    "read_settings",
    "variables",
]
