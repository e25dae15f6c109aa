"""Real servers and one platform for each test process; every test has a school of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from eduflow.services import load_services
from tests.harness.models import Vendor, running_vendor
from tests.harness.platform import Eduflow, School, running_platform
from tests.harness.servers import Servers, running_servers


def pytest_configure() -> None:
    """Log as the platform does: to draw every local of a fault holds its loop for 0.1 s."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A primary with two standbys and a broker."""
    with running_servers(tmp_path_factory.mktemp("servers"), standbys=2) as running:
        yield running


@pytest.fixture(scope="session")
async def eduflow(servers: Servers) -> AsyncIterator[Eduflow]:
    """The whole platform, migrated and working."""
    await servers.migrated()
    async with running_platform(servers, load_services()) as running:
        yield running


@pytest.fixture
async def school(eduflow: Eduflow) -> School:
    """A fresh institution with its administrator."""
    return await eduflow.school()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """A vendor of language models on loopback, which says what the test wants it to say."""
    async with running_vendor() as running:
        yield running
