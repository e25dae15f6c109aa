"""The audit trail: who had what done, chained so that no row of it can be changed unseen."""

from migrations_support import run_sql

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
