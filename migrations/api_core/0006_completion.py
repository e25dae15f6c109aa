"""Grades from files, calendars, what completes a lesson, and certificates."""

from migrations_support import run_sql

revision = "api_core_0006"
down_revision = "api_core_0005"
branch_labels = None
depends_on = ("kernel_0002",)


def upgrade() -> None:
    run_sql(__file__)
