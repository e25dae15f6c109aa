"""The three demo schools, made once."""

import pytest

from eduflow.services.api_core.demo.reading import written
from tests.harness.platform import Eduflow
from tests.services.api_core.demo.given_schools import MadeSchools, made


@pytest.fixture(scope="session")
async def schools(eduflow: Eduflow) -> MadeSchools:
    """All of them, whole; their people can log in."""
    return await made(eduflow, written(), log_in=True)
