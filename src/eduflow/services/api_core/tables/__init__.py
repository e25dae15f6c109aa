"""Every table of api_core's database, readable as Python; `METADATA` is the whole of it.

Nothing that serves or works imports this package: see `eduflow.kernel.db.tables`.
"""

from eduflow.kernel.db.tables.plumbing import add_plumbing
from eduflow.services.api_core.tables import (
    assignments,
    calendars,
    certificates,
    completion,
    courses,
    forums,
    gradebook,
    login,
    notices,
    peer_reviews,
    people,
    privacy,
    read_models,
    rubrics,
    submissions,
    teams,
    tests,
)
from eduflow.services.api_core.tables.base import ApiCore

add_plumbing(ApiCore)
METADATA = ApiCore.metadata

__all__ = [
    "METADATA",
    "ApiCore",
    "assignments",
    "calendars",
    "certificates",
    "completion",
    "courses",
    "forums",
    "gradebook",
    "login",
    "notices",
    "peer_reviews",
    "people",
    "privacy",
    "read_models",
    "rubrics",
    "submissions",
    "teams",
    "tests",
]
