"""Whose erasure has been asked for writes nothing more, also while their token still lives."""

from migrations_support import run_sql

revision = "api_core_0008"
down_revision = "api_core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
