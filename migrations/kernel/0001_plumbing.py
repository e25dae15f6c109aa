"""The plumbing of every service database."""

from migrations_support import run_sql

revision = "kernel_0001"
down_revision = None
branch_labels = ("kernel",)
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
