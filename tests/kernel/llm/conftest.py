"""A vendor and a ledger on loopback, and a gateway that asks them and waits for nobody."""

from collections.abc import AsyncIterator

import anthropic
import openai
import pytest

from tests.harness.ledgers import LedgerStub, running_ledger
from tests.harness.models import Vendor, running_vendor
from tests.kernel.llm.asking import Desk, running_desk

# Loaded before any clock runs: on a busy machine they take longer than a test's deadline.
LOADED = (anthropic.AsyncAnthropic, openai.AsyncOpenAI)


@pytest.fixture
async def vendor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendor]:
    # Of whoever runs the tests; none of it may reach a vendor.
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody-else")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Spy: 1\nAuthorization: Bearer sk-foreign")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-foreign")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-foreign")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Spy: 1\nX-Api-Key: sk-foreign")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    async with running_vendor() as running:
        yield running


@pytest.fixture
async def ledger() -> AsyncIterator[LedgerStub]:
    async with running_ledger() as running:
        yield running


@pytest.fixture
async def desk(vendor: Vendor) -> AsyncIterator[Desk]:
    async with running_desk(vendor) as made:
        yield made
