"""A PostgreSQL with TLS: certificates are checked, and EduFlow works over it."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eduflow.directory import built_places
from eduflow.embedded.binaries import find_postgres
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.problems import EmbeddedError
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.runtime import open_runtime
from eduflow.kernel.settings import read_settings
from eduflow.services import load_services
from eduflow.services.api_core.commands.found_institution import FoundInstitution
from tests.harness.platform import identity
from tests.harness.servers import SECRET

pytestmark = pytest.mark.system
WITH_TLS = 15
"""The distribution's PostgreSQL is built with TLS; the wheel's is not."""


def _certificate(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


async def test_a_verified_connection_carries_everything_and_a_stranger_s_certificate_nothing(
    tmp_path: Path,
) -> None:
    try:
        binaries = find_postgres(WITH_TLS)
    except EmbeddedError:
        pytest.skip("no PostgreSQL with TLS on this machine: install postgresql")
    databases = list(dict.fromkeys(place.database for place in built_places()))
    with Cluster(
        tmp_path / "pg", databases=databases, standbys=0, durable=False, binaries=binaries
    ) as cluster:
        certificate, private = _certificate("localhost")
        data = cluster.primary.data
        for name, content in (("server.crt", certificate), ("server.key", private)):
            path = data / name
            path.write_bytes(content)
            path.chmod(0o600)
            cluster.primary.account.own(path)
        cluster.ask("ALTER SYSTEM SET ssl = on")
        cluster.ask("SELECT pg_reload_conf()")
        trusted, stranger = tmp_path / "trusted.crt", tmp_path / "stranger.crt"
        trusted.write_bytes(certificate)
        stranger.write_bytes(_certificate("localhost")[0])
        for name in databases:
            await upgrade_database(name, cluster.dsn(name, "owner"))

        def address(name: str, role: str, ca: Path) -> str:
            password = cluster.secrets.get(f"{name}_{role}")
            return (
                f"postgresql://{name}_{role}:{password}@localhost:{cluster.primary.address.port}"
                f"/{name}?sslmode=verify-full&sslrootcert={ca}"
            )

        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncpg.connect(address("api_core", "app", stranger))
        addresses = {
            f"EDUFLOW_{name.upper()}{kind}": address(name, role, trusted)
            for name in databases
            for kind, role in (("_DSN", "app"), ("_WORKER_DSN", "worker"))
        }
        settings = read_settings({"EDUFLOW_SECRET": SECRET, **addresses})
        async with open_runtime(settings, load_services(), worker=True) as runtime:
            institution, user = InstitutionId(new_id()), UserId(new_id())
            command = FoundInstitution(
                institution=institution,
                administrator=user,
                slug="over-tls",
                name="Over TLS",
                email="a@b.test",
                display_name="Ada",
            )
            access = Access(identity(user, institution), "")
            await runtime.commands["api_core"].execute(command, access=access)
            encrypted = await runtime.databases["api_core"].primary.fetchval(
                "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            )
        assert encrypted
