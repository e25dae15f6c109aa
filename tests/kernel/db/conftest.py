"""Databases that only the tests of this folder change."""

from collections.abc import AsyncIterator

import pytest

from eduflow.kernel.db.migrate import upgrade_database
from tests.harness.servers import Servers


@pytest.fixture(scope="session")
async def migrated(servers: Servers) -> AsyncIterator[str]:
    """The owner's address of a migrated database."""
    servers.cluster.create_database("described", like="api_core")
    await upgrade_database("api_core", servers.cluster.dsn("described", "owner"))
    yield servers.cluster.dsn("described", "owner")
    servers.cluster.drop_database("described")


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    """The owner's address of a database with nothing in it."""
    servers.cluster.create_database("undescribed", like="api_core")
    yield servers.cluster.dsn("undescribed", "owner")
    servers.cluster.drop_database("undescribed")
