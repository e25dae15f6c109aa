"""Assignments, submissions, rubrics and grades; the gradebook as a fold of them."""

from migrations_support import run_sql

revision = "api_core_0002"
down_revision = "api_core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
