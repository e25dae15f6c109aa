"""Indexes by which what is under appeal is found, and what it means that a grader saw scores."""

from migrations_support import run_sql

revision = "assessment_0003"
down_revision = "assessment_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
