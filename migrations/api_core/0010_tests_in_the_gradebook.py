"""Tests have a column in the gradebook, and their results are grades."""

from migrations_support import run_sql

revision = "api_core_0010"
down_revision = "api_core_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
