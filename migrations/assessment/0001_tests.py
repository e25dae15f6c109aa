"""Item banks, tests, attempts, and how answers are judged."""

from migrations_support import run_sql

revision = "assessment_0001"
down_revision = None
branch_labels = ("assessment",)
depends_on = ("kernel_0001", "standing_0001")


def upgrade() -> None:
    run_sql(__file__)
