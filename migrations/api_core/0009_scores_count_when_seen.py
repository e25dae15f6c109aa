"""A score completes a lesson when the student can see it."""

from migrations_support import run_sql

revision = "api_core_0009"
down_revision = "api_core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
